"""Senders of enquiries: their open lead, and one enquiry of a sender at a time."""

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

import frappe
from frappe.query_builder import Order
from pypika.queries import QueryBuilder
from pypika.terms import Term

from lead_pipeline.constants import LEAD, LEAD_KEY, OPEN_CATEGORIES
from lead_pipeline.domain.matching import email_key
from lead_pipeline.duplicates import redirects

Result = TypeVar("Result")


class Known(NamedTuple):
	"""Names of the leads known for an enquiry.

	The one `of_origin`, made from the same thing before, and the sender's `open` one.
	"""

	of_origin: str | None
	open: str | None


def known_sender(origin_key: str | None, email: str | None, phone_keys: tuple[str, ...] = ()) -> Known:
	"""Return what `of_origin` and `open_lead` would return, in one statement.

	Every enquiry needs both.
	"""
	origins = origins_of(origin_key) if origin_key else []
	found = answers(origins + open_lead_queries(email, phone_keys))
	return Known(first(found[: len(origins)]), first(found[len(origins) :]))


def open_lead(email: str | None = None, phone_keys: tuple[str, ...] = ()) -> str | None:
	"""Return the newest open lead of this sender, None when there is none.

	Regardless of who may see it.

	Found by the e-mail address, main or further, in any spelling. Only a sender without an address is found by
	`phone_keys` (`domain/matching.phone_key`): many people call from the same switchboard.
	"""
	return first(answers(open_lead_queries(email, phone_keys)))


def answers(asked: list[QueryBuilder]) -> tuple:
	"""Return what each of these queries for one value finds, in one statement.

	None for a query that finds nothing.
	"""
	if not asked:
		return ()
	return frappe.qb.select(*(query.as_(f"answer_{number}") for number, query in enumerate(asked))).run()[0]


def first(found: Sequence[str | None]) -> str | None:
	return next(filter(None, found), None)


def open_lead_queries(email: str | None, phone_keys: tuple[str, ...]) -> list[QueryBuilder]:
	"""Return queries for the sender's open lead.

	By its main address or numbers, then by further ones.
	"""
	lead = frappe.qb.DocType(LEAD)
	if key := email_key(email):
		return [newest(lead.email_key == key), newest(lead.name.isin(with_further((key,))))]
	if phone_keys:
		main = lead.phone_key.isin(phone_keys) | lead.mobile_key.isin(phone_keys)
		return [newest(main), newest(lead.name.isin(with_further(phone_keys)))]
	return []


def newest(condition: Term) -> QueryBuilder:
	lead = frappe.qb.DocType(LEAD)
	return (
		frappe.qb.from_(lead)
		.select(lead.name)
		.where(condition & lead.status_category.isin(OPEN_CATEGORIES))
		.orderby(lead.creation, order=Order.desc)
		.limit(1)
	)


def with_further(keys: tuple[str, ...]):
	"""Return a subquery for leads with one of these keys beside their main ones.

	The keys are addresses or numbers.
	"""
	row = frappe.qb.DocType(LEAD_KEY)
	return frappe.qb.from_(row).select(row.lead).where(row.key.isin(keys))


def of_origin(origin_key: str) -> str | None:
	"""Return the lead that was made from this, or the one that it was merged into."""
	return first(answers(origins_of(origin_key)))


def origins_of(origin_key: str) -> list[QueryBuilder]:
	lead = frappe.qb.DocType(LEAD)
	made = frappe.qb.from_(lead).select(lead.name).where(lead.origin_key == origin_key).limit(1)
	return [made, redirects.by_origin(origin_key)]

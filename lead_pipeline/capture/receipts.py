"""That an enquiry was received: the same one twice is received once, and the limits are counted. In the database, so
that it holds while Redis is down and whatever a visitor says about where the request comes from."""

import hashlib
import json
from typing import NamedTuple

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import add_to_date, now_datetime
from pypika.queries import QueryBuilder
from pypika.terms import Term

RECEIPT = "Pipeline Enquiry Receipt"


class Earlier(NamedTuple):
	"""Numbers of receipts: of the `same` enquiry, with the same ticket, of its sender in a day, by its form in an hour,
	on the whole site in a minute; and the `verdict` of people on its sender."""

	same: int
	with_ticket: int
	of_sender: int
	by_form: int
	on_site: int
	verdict: str | None


def digest(*parts: object) -> str:
	"""What stands for `parts`: equal for equal parts, and nothing can be read from it."""
	return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:40]


def find(name: str) -> frappe._dict | None:
	return frappe.db.get_value(RECEIPT, name, ["name", "content", "lead", "made_new"], as_dict=True)


def write(name: str, **values) -> None:
	"""Raises DuplicateEntryError when there is one of this name already."""
	now, user = now_datetime(), frappe.session.user
	row = {"name": name, "creation": now, "modified": now, "owner": user, "modified_by": user} | values
	try:
		# Nobody reacts to a receipt: no events, no checks, one statement.
		frappe.db.bulk_insert(RECEIPT, list(row), [tuple(row.values())])
	except Exception as error:
		# Each database has its own class for this one.
		if frappe.db.is_primary_key_violation(error):
			raise frappe.DuplicateEntryError(RECEIPT, name, error) from error
		raise


def earlier(name: str, form: str, sender: str | None, ticket: str | None, verdict: QueryBuilder) -> Earlier:
	"""What is known before this enquiry counts, in one statement: every visitor waits for it.

	`verdict`: a query for what people have said about the sender.
	"""
	receipt = frappe.qb.DocType(RECEIPT)
	now = now_datetime()

	def number(condition) -> QueryBuilder:
		return frappe.qb.from_(receipt).select(Count("*")).where(condition)

	def within(**time) -> Term:
		return receipt.creation > add_to_date(now, **time)

	row = frappe.qb.select(
		number(receipt.name == name).as_("same"),
		number(receipt.ticket == (ticket or "none")).as_("with_ticket"),
		number((receipt.sender == (sender or "nobody")) & within(days=-1)).as_("of_sender"),
		number((receipt.form == form) & within(hours=-1)).as_("by_form"),
		number(within(minutes=-1)).as_("on_site"),
		verdict.as_("verdict"),
	).run()[0]
	return Earlier(*row)

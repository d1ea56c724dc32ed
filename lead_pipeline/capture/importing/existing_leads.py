"""Known leads for the rows of a file.

Looked up for a batch of rows at a time, by indexed keys.
"""

from collections.abc import Iterable

import frappe
from frappe.query_builder import Order
from frappe.utils import create_batch

from lead_pipeline.constants import IMPORT_ROW, LEAD, LEAD_KEY, LEAD_MERGE, OPEN_CATEGORIES
from lead_pipeline.domain.import_rows import ADDED, UPDATED, Keys, Site
from lead_pipeline.duplicates import redirects

# Values in one question to the database.
BATCH_SIZE = 500


def known_of_rows(rows: list[Keys], origins: list[str]) -> Site:
	"""Look up the leads that the site has already for these rows.

	Leads made from these rows before, open leads of their senders, and which of them the user sees.

	A sender is found as `senders.open_lead` does it, regardless of who may see the lead; one who has neither address
	nor phone, by name and company together.
	"""
	found: dict[tuple, str] = {}
	found |= by_email({row.email for row in rows if row.email})
	found |= by_phone({row.phones[0]: row.phones for row in rows if row.phones and not row.email})
	found |= by_company_and_name({row.name for row in rows if row.name and not row.email and not row.phones})
	before = imported(origins)
	return Site(before, found, visible_leads({*found.values(), *before.values()}))


def imported(origins: Iterable[str]) -> dict[str, str]:
	"""Return origin → the lead made from it or to which it was added.

	If that lead was merged, the one that it was merged into.
	"""
	lead, row, merge = (frappe.qb.DocType(doctype) for doctype in (LEAD, IMPORT_ROW, LEAD_MERGE))
	found = {}
	for names in create_batch(sorted(set(origins)), BATCH_SIZE):
		added = (
			frappe.qb.from_(row)
			.select(row.origin_key, row.result_lead)
			.where(row.origin_key.isin(names) & row.outcome.isin([ADDED, UPDATED]))
		)
		found |= dict(added.run())
		became = (
			frappe.qb.from_(merge)
			.select(merge.origin_key, merge.survivor)
			.where(merge.origin_key.isin(names) & merge.undone_on.isnull())
		)
		found |= dict(became.run())
		made = frappe.qb.from_(lead).select(lead.origin_key, lead.name).where(lead.origin_key.isin(names))
		found |= dict(made.run())
	gone = redirects.survivors(found.values())
	return {origin: gone.get(lead, lead) for origin, lead in found.items()}


def by_email(keys: set[str]) -> dict[tuple, str]:
	"""Open leads by their main address, else by a further one; of several the newest."""
	return {("email", key): name for key, name in by_keys(keys, "email_key").items()}


def by_phone(numbers: dict[str, tuple[str, ...]]) -> dict[tuple, str]:
	"""Open leads by phone. `numbers`: the first number of a sender → all of them."""
	found = by_keys({number for several in numbers.values() for number in several}, "phone_key", "mobile_key")
	return {
		("phone", first): next(found[number] for number in several if number in found)
		for first, several in numbers.items()
		if any(number in found for number in several)
	}


def by_keys(keys: set[str], *main_fields: str) -> dict[str, str]:
	"""Return key → the newest open lead that has it.

	A lead that has the key in one of `main_fields` goes before one that has it among its further ones.
	"""
	lead, row = frappe.qb.DocType(LEAD), frappe.qb.DocType(LEAD_KEY)
	main, further = {}, {}
	for chunk in create_batch(sorted(keys), BATCH_SIZE):
		for field in main_fields:
			query = frappe.qb.from_(lead).select(lead[field], lead.name).where(lead[field].isin(chunk))
			main |= dict(open_ones(query))
		query = frappe.qb.from_(lead).inner_join(row).on(row.lead == lead.name).select(row.key, lead.name)
		further |= dict(open_ones(query.where(row.key.isin(chunk))))
	return further | main


def by_company_and_name(names: set[tuple[str, str]]) -> dict[tuple, str]:
	"""Open leads by company and name together."""
	lead = frappe.qb.DocType(LEAD)
	found = {}
	for chunk in create_batch(sorted({company for _name, company in names}), BATCH_SIZE):
		query = (
			frappe.qb.from_(lead)
			.select(lead.lead_name, lead.company_key, lead.name)
			.where(lead.company_key.isin(chunk))
		)
		for title, company, name in open_ones(query):
			if ((title or "").casefold(), company) in names:
				found["name", (title or "").casefold(), company] = name
	return found


def open_ones(query) -> list[tuple]:
	"""Return the rows of `query` that belong to open leads, the newest last."""
	lead = frappe.qb.DocType(LEAD)
	return (
		query.where(lead.status_category.isin(OPEN_CATEGORIES)).orderby(lead.creation, order=Order.asc).run()
	)


def visible_leads(leads: Iterable[str]) -> set[str]:
	"""Return those of `leads` that the user may see."""
	found = set()
	for names in create_batch(sorted(set(leads)), BATCH_SIZE):
		found.update(
			frappe.get_list(LEAD, filters={"name": ("in", names)}, pluck="name", limit=0, order_by=None)
		)
	return found

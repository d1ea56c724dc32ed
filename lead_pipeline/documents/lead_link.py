"""Which lead does a document belong to, when its author did not say?"""

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import CLOSED_CATEGORIES, LEAD, LEAD_LINK

# Where a document names what it was made from: (DocType, fields of the document, {child table: field}).
SOURCES = {
	"Quotation": (("Opportunity", ("opportunity",), {"items": "prevdoc_docname"}),),
	"Sales Order": (("Quotation", (), {"items": "prevdoc_docname"}),),
	"Sales Invoice": (("Sales Order", (), {"items": "sales_order"}),),
	"Customer": (("Opportunity", ("opportunity_name",), {}),),
}

# Where a document names its party: DocType → (field with the party's type or the type itself, field with its name).
PARTIES = {
	"Opportunity": ("opportunity_from", "party_name"),
	"Quotation": ("quotation_to", "party_name"),
	"Sales Order": (None, "customer"),
	"Sales Invoice": (None, "customer"),
}


def fill(document: Document) -> None:
	"""Set the document's link to a lead, when it is empty, from its sources, else from its party.

	The party counts only when exactly one open lead has it: with two, nobody knows which one is meant.
	"""
	if not document.get(LEAD_LINK):
		document.set(LEAD_LINK, from_sources(document) or from_party(document))


def from_sources(document: Document) -> str | None:
	"""The lead of the documents that this one was made from; None when they have none or more than one."""
	if amended := document.get("amended_from"):
		return frappe.db.get_value(document.doctype, amended, LEAD_LINK)
	for source_type, fields, tables in SOURCES.get(document.doctype, ()):
		names = {document.get(field) for field in fields}
		for table, field in tables.items():
			names |= {row.get(field) for row in document.get(table) or []}
		if names := sorted(names - {None, ""}):
			return the_only(leads_of(source_type, names))
	return None


def leads_of(source_type: str, names: list[str]) -> set[str]:
	"""Without permissions: that a document belongs to a lead is true whoever makes the next document."""
	if not frappe.get_meta(source_type).has_field(LEAD_LINK):
		return set()
	rows = frappe.get_all(source_type, filters={"name": ("in", names)}, pluck=LEAD_LINK, order_by=None)
	return set(rows) - {None, ""}


def from_party(document: Document) -> str | None:
	"""The one open lead behind the document's party, if there is exactly one."""
	if document.doctype not in PARTIES:
		return None
	type_field, name_field = PARTIES[document.doctype]
	party_type = document.get(type_field) if type_field else "Customer"
	party = document.get(name_field)
	if not party_type or not party:
		return None
	# Without permissions, and two rows suffice to know that it is not the only one.
	leads = frappe.get_all(
		LEAD,
		filters={
			"party_type": party_type,
			"party": party,
			"status_category": ("not in", CLOSED_CATEGORIES),
		},
		pluck="name",
		limit=2,
		order_by=None,
	)
	return the_only(set(leads))


def the_only(leads: set[str]) -> str | None:
	return next(iter(leads)) if len(leads) == 1 else None

"""Which lead does a document belong to, when its author did not say?

The link has no `no_copy`. An amendment and what ERPNext maps from a document belong to its lead. So does a
duplicate: people duplicate a quotation to offer the same customer a variant.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import CLOSED_CATEGORIES, LEAD, LEAD_FOUND, LEAD_LINK
from lead_pipeline.status import rules, safely

# Where a document names what it was made from: (DocType, fields of the document, {child table: field}).
SOURCES = {
	"Quotation": (("Opportunity", ("opportunity",), {"items": "prevdoc_docname"}),),
	"Sales Order": (("Quotation", (), {"items": "prevdoc_docname"}),),
	"Sales Invoice": (("Sales Order", (), {"items": "sales_order"}),),
	"Customer": (("Opportunity", ("opportunity_name",), {}),),
}

# Where a document names its party: DocType → (field with the party's type, field with its name).
PARTIES = {
	"Opportunity": ("opportunity_from", "party_name"),
	"Quotation": ("quotation_to", "party_name"),
	"Sales Order": (None, "customer"),
	"Sales Invoice": (None, "customer"),
	"Customer": (None, "lead_name"),
}

# What that field names where no other one says it. ERPNext makes the Customer of a quotation from its own Lead.
PARTY_TYPES = {"Sales Order": "Customer", "Sales Invoice": "Customer", "Customer": "Lead"}


def fill(document: Document) -> None:
	"""Set the link of a new document to a lead, when it is empty, from its sources, else from its party.

	The party counts only when exactly one open lead has it: with two, nobody knows which one is meant.
	Whatever goes wrong, the document is saved without a lead.
	"""
	if new_rows(document) or not document.get(LEAD_LINK):
		safely.attempt_reading(lambda: find(document), lambda error: report_unlinked(document))


def find(document: Document) -> None:
	mark_rows(document)
	if not document.get(LEAD_LINK):
		document.set(LEAD_LINK, from_sources(document) or from_party(document))


def forget_fetched(document: Document) -> None:
	"""What was fetched through the link has done its work, see `setup/custom_fields.py`: it is no change to be noted."""
	for linked in (document, *document.get_all_children()):
		if linked.get(LEAD_FOUND):
			linked.set(LEAD_FOUND, None)


def mark_new_rows(document: Document) -> None:
	"""Rows that are added to a draft can come from another lead's documents."""
	if new_rows(document):
		safely.attempt_reading(lambda: mark_rows(document), lambda error: report_unlinked(document))


def new_rows(document: Document) -> list[Document]:
	return [row for row, _source_type, source in rows_with_source(document) if row.is_new() and source]


def mark_rows(document: Document) -> None:
	"""Name the lead of each row when the rows come from documents of several leads, so that all of them follow.

	With one lead the document's own link says it all, and a user's other choice there is respected.
	"""
	sources: dict[str, set[str]] = {}
	rows = rows_with_source(document)
	for _row, source_type, source in rows:
		sources.setdefault(source_type, set()).add(source)
	leads = {
		(source_type, source): lead
		for source_type, names in sources.items()
		for source, lead in lead_by_source(source_type, sorted(names)).items()
	}
	if len(set(leads.values())) < 2:
		return
	for row, source_type, source in rows:
		lead = leads.get((source_type, source))
		if lead and lead != document.get(LEAD_LINK) and not row.get(LEAD_LINK):
			row.set(LEAD_LINK, lead)


def rows_with_source(document: Document) -> list[tuple[Document, str, str]]:
	"""The rows that can name a lead and that were made from a document, with its DocType and name."""
	return [
		(row, source_type, row.get(field))
		for source_type, _fields, tables in SOURCES.get(document.doctype, ())
		for table, field in tables.items()
		for row in document.get(table) or []
		if row.get(field) and row.meta.has_field(LEAD_LINK)
	]


def leads_of(document: Document) -> list[str]:
	"""The leads that the document names as it is: in its own link, and in its rows."""
	link = rules.lead_link(document.doctype)
	if not link:
		return []
	tables = {table for table, _field in rules.row_links(document.doctype)}
	rows = [
		row.get(LEAD_LINK)
		for field in document.meta.get_table_fields()
		if field.options in tables
		for row in document.get(field.fieldname) or []
	]
	return [lead for lead in dict.fromkeys([document.get(link), *rows]) if lead]


def report_unlinked(document: Document) -> None:
	frappe.log_error(
		title=_("The lead of a {0} could not be found").format(_(document.doctype)),
		message="\n".join(
			[
				_(
					"The document was saved without it. Set its field {0} by hand, if it belongs to a lead."
				).format(_("Pipeline Lead")),
				"",
				frappe.get_traceback(),
			]
		),
		reference_doctype=document.doctype,
		reference_name=document.name,
	)


def from_sources(document: Document) -> str | None:
	"""The lead of the documents that this one was made from; None when they have none or more than one."""
	if amended := document.get("amended_from"):
		return frappe.db.get_value(document.doctype, amended, LEAD_LINK)
	for source_type, fields, tables in SOURCES.get(document.doctype, ()):
		names = {document.get(field) for field in fields}
		for table, field in tables.items():
			names |= {row.get(field) for row in document.get(table) or []}
		if names := sorted(names - {None, ""}):
			return the_only(set(lead_by_source(source_type, names).values()))
	return None


def lead_by_source(source_type: str, names: list[str]) -> dict[str, str]:
	"""The leads of the named documents, for those that have one.

	Without permissions: that a document belongs to a lead is true whoever makes the next document.
	"""
	if not names or not frappe.get_meta(source_type).has_field(LEAD_LINK):
		return {}
	rows = frappe.get_all(
		source_type,
		filters={"name": ("in", names), LEAD_LINK: ("is", "set")},
		fields=["name", LEAD_LINK],
		order_by=None,
	)
	return {row.name: row[LEAD_LINK] for row in rows}


def from_party(document: Document) -> str | None:
	"""The one open lead behind the document's party, if there is exactly one."""
	if document.doctype not in PARTIES:
		return None
	type_field, name_field = PARTIES[document.doctype]
	party_type = document.get(type_field) if type_field else PARTY_TYPES[document.doctype]
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

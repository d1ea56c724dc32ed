"""Which lead does a document belong to, when its author did not say?

The link has no `no_copy`. An amendment and what ERPNext maps from a document belong to its lead. So does a
duplicate: people duplicate a quotation to offer the same customer a variant.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from pypika import Criterion

from lead_pipeline.constants import CLOSED_CATEGORIES, LEAD, LEAD_FOUND, LEAD_LINK, MADE_FOR_SALE
from lead_pipeline.documents import made_for_sale
from lead_pipeline.documents.contact_links import Record
from lead_pipeline.documents.types import CUSTOMER, TYPES, Party, Source
from lead_pipeline.framework import transactions
from lead_pipeline.status import after_commit, rules

# A row, and the document that it was made from: its DocType and name.
SourceRow = tuple[Document, str, str]


def set_lead(document: Document) -> None:
	"""Set the lead link of a new document from its sources, else from its party.

	Only when it is empty. The party counts only when exactly one open lead has it: with two, nobody knows which one
	is meant. Whatever goes wrong, the document is saved without a lead.
	"""
	if new_rows(document) or not document.get(LEAD_LINK):
		transactions.attempt_reading(lambda: find_lead(document), lambda error: report_unlinked(document))


def find_lead(document: Document) -> None:
	mark_rows(document)
	if document.get(LEAD_LINK):
		return
	lead, is_for_sale = from_sources(document), made_for_sale.is_made_by_deal
	if not lead:
		lead, is_for_sale = from_party(document), made_for_sale.is_made_by_mapping
	if lead and document.doctype == CUSTOMER:
		document.set(MADE_FOR_SALE, int(is_for_sale(document)))
	document.set(LEAD_LINK, lead)


def forget_fetched(document: Document) -> None:
	"""Empty the field that is fetched through the lead link.

	It is no change to be noted. See `setup/custom_fields.py`.
	"""
	for linked in (document, *document.get_all_children()):
		if linked.get(LEAD_FOUND):
			linked.set(LEAD_FOUND, None)


def mark_new_rows(document: Document) -> None:
	"""Rows that are added to a draft can come from another lead's documents."""
	if new_rows(document):
		transactions.attempt_reading(lambda: mark_rows(document), lambda error: report_unlinked(document))


def new_rows(document: Document) -> list[Document]:
	return [row for row, _source_type, source in rows_with_source(document) if row.is_new() and source]


def mark_rows(document: Document) -> None:
	"""Set the lead of each row when rows come from documents of several leads.

	All of these leads then follow the document. With one lead the document's own link says it all, and a user's
	other choice there is respected.
	"""
	rows = rows_with_source(document)
	leads = leads_by_source(rows)
	if len(set(leads.values())) < 2:
		return
	for row, source_type, source in rows:
		lead = leads.get((source_type, source))
		if lead and lead != document.get(LEAD_LINK) and not row.get(LEAD_LINK):
			row.set(LEAD_LINK, lead)


def follow_removed_rows(document: Document) -> None:
	"""Update the lead link of a draft when rows are removed from it.

	The rows take their lead along, also when the document's own link names it.
	"""
	before = document.get_doc_before_save()
	if not before or not document.get(LEAD_LINK):
		return
	present = {row.name for row in document.get_all_children()}
	removed = [entry for entry in rows_with_source(before) if entry[0].name not in present]
	if removed:
		transactions.attempt_reading(
			lambda: document.set(LEAD_LINK, link_without(document, removed)),
			lambda error: report_unlinked(document),
		)


def link_without(document: Document, removed: list[SourceRow]) -> str | None:
	"""Return what the document's own link is to be, now that it has lost these rows.

	The leads of the rows that stay take the place of one that has none any more. Without such rows it stays: the
	document still came into being for it.
	"""
	link, stay = document.get(LEAD_LINK), leads_of_rows(rows_with_source(document))
	if not stay or link in stay or link not in leads_of_rows(removed):
		return link
	return the_only(stay)


def leads_of_rows(rows: list[SourceRow]) -> set[str]:
	leads = leads_by_source(rows)
	named = {row.get(LEAD_LINK) or leads.get((source_type, source)) for row, source_type, source in rows}
	return named - {None, ""}


def leads_by_source(rows: list[SourceRow]) -> dict[tuple[str, str], str]:
	"""Return the leads of the documents that the rows were made from.

	By DocType and name of the document.
	"""
	sources: dict[str, set[str]] = {}
	for _row, source_type, source in rows:
		sources.setdefault(source_type, set()).add(source)
	return {
		(source_type, source): lead
		for source_type, names in sources.items()
		for source, lead in lead_by_source(source_type, sorted(names)).items()
	}


def let_deleted_row_go(row: Document) -> None:
	"""Remove the lead of a deleted row from its document.

	ERPNext's *Update Items* deletes rows of a submitted order by themselves.
	"""
	link = frappe.db.get_value(row.parenttype, row.parent, LEAD_LINK)
	if not link and not row.get(LEAD_LINK):
		return
	document = frappe.get_doc(row.parenttype, row.parent)
	removed = [
		(row, source.doctype, row.get(field))
		for source in sources_of(document.doctype)
		for field in source.rows.values()
		if row.get(field)
	]
	wanted = link_without(document, removed)
	if wanted != link:
		# By its author's own change: the document has lost the row already.
		document.db_set(LEAD_LINK, wanted, update_modified=False)
	for lead in {row.get(LEAD_LINK)} - {None, "", *leads_of(document)}:
		after_commit.schedule_recompute(lead, trigger=(document.doctype, document.name))


def rows_with_source(document: Document) -> list[SourceRow]:
	"""Return the rows that can name a lead and were made from a document.

	Each with the DocType and name of that document.
	"""
	return [
		(row, source.doctype, row.get(field))
		for source in sources_of(document.doctype)
		for table, field in source.rows.items()
		for row in document.get(table) or []
		if row.get(field) and row.meta.has_field(LEAD_LINK)
	]


def sources_of(document_type: str) -> tuple[Source, ...]:
	"""Return what such a document can be made from.

	Another app's type that a site has linked itself has no row in the table.
	"""
	return TYPES[document_type].sources if document_type in TYPES else ()


def leads_of(document: Document) -> list[str]:
	"""Return the leads that the document names, in its own link and in its rows.

	As the document is now.
	"""
	link = rules.link_in(document.meta)
	if not link:
		return []
	# Whether a table has the field is asked of rows that have a value there: few rows name a lead of their own.
	rows = [
		row.get(LEAD_LINK)
		for field in document.meta.get_table_fields()
		for row in document.get(field.fieldname) or []
		if row.get(LEAD_LINK) and row.meta.has_field(LEAD_LINK)
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
	"""Return the lead of the documents that this one was made from.

	None when they have none or more than one.
	"""
	if amended := document.get("amended_from"):
		return frappe.db.get_value(document.doctype, amended, LEAD_LINK)
	for source in sources_of(document.doctype):
		if names := sources_named(document, source):
			return the_only(set(lead_by_source(source.doctype, names).values()))
	return None


def sources_named(document: Document, source: Source) -> list[str]:
	"""Return the documents of this kind that `document` says it was made from."""
	names = {document.get(field) for field in source.fields}
	place = place_of_party(document)
	if place and place.type_field and document.get(place.type_field) == source.doctype:
		# ERPNext's quotation for a deal of Frappe CRM has the deal as its party.
		names.add(document.get(place.name_field))
	for table, field in source.rows.items():
		names |= {row.get(field) for row in document.get(table) or []}
	return sorted(names - {None, ""})


def lead_by_source(source_type: str, names: list[str]) -> dict[str, str]:
	"""Return the leads of the named documents, for those that have one.

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
	"""Return the one open lead behind the document's party, if there is exactly one."""
	parties = parties_of(document)
	return the_only(open_leads_of(parties)) if parties else None


def parties_of(document: Document) -> list[Record]:
	"""Return whom the document is for; a Customer, whom it was made from."""
	if document.doctype == CUSTOMER:
		return made_for_sale.prospects_of(document)
	place = place_of_party(document)
	if not place:
		return []
	party_type = document.get(place.type_field) if place.type_field else CUSTOMER
	party = Record(party_type, document.get(place.name_field))
	return [party] if party.doctype and party.name else []


def place_of_party(document: Document) -> Party | None:
	return TYPES[document.doctype].party if document.doctype in TYPES else None


def open_leads_of(parties: list[Record]) -> set[str]:
	"""Return up to two open leads of the parties.

	Leads that have one of the parties, or that a Customer among them names. Two are enough to know that there are
	several.

	Without permissions: to which lead a customer belongs does not depend on who sells. The Customer of a prospect
	names the lead, whose party is still the prospect.
	"""
	lead = frappe.qb.DocType(LEAD)
	either = [(lead.party_type == party.doctype) & (lead.party == party.name) for party in parties]
	for party in parties:
		if party.doctype == CUSTOMER and frappe.get_meta(CUSTOMER).has_field(LEAD_LINK):
			customer = frappe.qb.DocType(CUSTOMER)
			own = frappe.qb.from_(customer).select(customer[LEAD_LINK]).where(customer.name == party.name)
			either.append(lead.name == own)
	found = (
		frappe.qb.from_(lead)
		.select(lead.name)
		.where(Criterion.any(either))
		.where(lead.status_category.isnull() | lead.status_category.notin(CLOSED_CATEGORIES))
		.limit(2)
	)
	return set(found.run(pluck=True))


def the_only(leads: set[str]) -> str | None:
	return next(iter(leads)) if len(leads) == 1 else None

"""Links from sales documents to a migrated lead.

With them its status follows the documents from now on.
"""

import frappe

from lead_pipeline.constants import LEAD_LINK, MADE_FOR_SALE
from lead_pipeline.documents.types import TYPES, DocumentType


def link_documents(source: str, source_lead: str, lead: str) -> int:
	"""Link the documents of another app's lead to `lead`; return their number.

	Only documents that have no lead yet. `source`: the DocType of `source_lead`.

	By the database, not by a save of each: submitted documents, and those that would not be valid any more, belong
	to their lead all the same. The caller recomputes the lead.
	"""
	found: dict[str, set[str]] = {}
	# In the order in which documents are made from one another.
	for doctype, kind in TYPES.items():
		if has_link(doctype):
			found[doctype] = naming(doctype, kind, source, source_lead) | made_from(doctype, kind, found)
	if source == "Lead":
		mark_made_for_sale(source_lead, found.get("Customer", set()))
	return sum(set_link(doctype, names, lead) for doctype, names in found.items())


def naming(doctype: str, kind: DocumentType, source: str, source_lead: str) -> set[str]:
	"""Return the documents that name the other app's lead themselves."""
	field = kind.other_leads.get(source)
	if not field or not frappe.get_meta(doctype).has_field(field):
		return set()
	filters = {field: source_lead}
	if kind.party and kind.party.name_field == field and kind.party.type_field:
		filters[kind.party.type_field] = source
	return set(frappe.get_all(doctype, filters, pluck="name", order_by="creation asc"))


def made_from(doctype: str, kind: DocumentType, found: dict[str, set[str]]) -> set[str]:
	"""Return the documents that were made from one of `found`."""
	meta, names = frappe.get_meta(doctype), set()
	for source in kind.sources:
		origins = ("in", sorted(found.get(source.doctype, ())))
		if not origins[1]:
			continue
		for field in filter(meta.has_field, source.fields):
			names.update(frappe.get_all(doctype, {field: origins}, pluck="name", order_by="creation asc"))
		for table, field in source.rows.items():
			rows = meta.get_field(table).options
			if frappe.get_meta(rows).has_field(field):
				of_type = {field: origins, "parenttype": doctype}
				names.update(frappe.get_all(rows, of_type, pluck="parent", order_by=None))
	return names


def mark_made_for_sale(source_lead: str, customers: set[str]) -> None:
	"""Mark Customers created after a quotation to the prospect.

	ERPNext creates one for the order of each prospect.
	"""
	if not has_link("Quotation"):
		return
	free = {"name": ("in", sorted(customers)), LEAD_LINK: ("is", "not set")}
	for customer in (
		frappe.get_all("Customer", free, ["name", "creation"], order_by="creation asc") if customers else ()
	):
		offer = {"quotation_to": "Lead", "party_name": source_lead, "docstatus": ("!=", 0)}
		if frappe.db.exists("Quotation", offer | {"creation": ("<=", customer.creation)}):
			frappe.db.set_value("Customer", customer.name, MADE_FOR_SALE, 1, update_modified=False)


def has_link(doctype: str) -> bool:
	return bool(frappe.db.exists("DocType", doctype)) and frappe.get_meta(doctype).has_field(LEAD_LINK)


def set_link(doctype: str, names: set[str], lead: str) -> int:
	if not names:
		return 0
	free = {"name": ("in", sorted(names)), LEAD_LINK: ("is", "not set")}
	# Without permissions: to whom these documents belong does not depend on who migrates.
	found = frappe.get_all(doctype, filters=free, pluck="name", order_by="creation asc")
	for name in found:
		frappe.db.set_value(doctype, name, LEAD_LINK, lead, update_modified=False)
	return len(found)

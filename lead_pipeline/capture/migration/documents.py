"""Sales documents of a migrated lead: they get its link, so that its status follows them from now on."""

import frappe

from lead_pipeline.constants import LEAD_LINK, MADE_FOR_SALE

# Documents that name ERPNext's lead themselves → how they do it.
DIRECT = {
	"Opportunity": {"opportunity_from": "Lead"},
	"Quotation": {"quotation_to": "Lead"},
	"Customer": {},
}
NAME_FIELDS = {"Opportunity": "party_name", "Quotation": "party_name", "Customer": "lead_name"}

# Documents made from these: DocType, its row, the row's field that names what it was made from, what that is.
FURTHER = (
	("Quotation", "Quotation", "opportunity", "Opportunity"),
	("Sales Order", "Sales Order Item", "prevdoc_docname", "Quotation"),
	("Sales Invoice", "Sales Invoice Item", "sales_order", "Sales Order"),
)


def link(source_lead: str, lead: str) -> int:
	"""Link the documents of ERPNext's `source_lead` that have no lead yet to `lead`; returns how many there are.

	By the database, not by a save of each: submitted documents, and those that would not be valid any more, belong to
	their lead all the same. The caller recomputes the lead.
	"""
	found: dict[str, set[str]] = {}
	for doctype, filters in DIRECT.items():
		if has_link(doctype):
			names = frappe.get_all(doctype, {**filters, NAME_FIELDS[doctype]: source_lead}, pluck="name")
			found.setdefault(doctype, set()).update(names)
	for doctype, holder, field, origin in FURTHER:
		if has_link(doctype) and found.get(origin):
			column = "name" if holder == doctype else "parent"
			if frappe.get_meta(holder).has_field(field):
				made = frappe.get_all(holder, {field: ("in", sorted(found[origin]))}, pluck=column)
				found.setdefault(doctype, set()).update(made)
	mark_made_for_sale(source_lead, found.get("Customer", set()))
	return sum(set_link(doctype, names, lead) for doctype, names in found.items())


def mark_made_for_sale(source_lead: str, customers: set[str]) -> None:
	"""Mark Customers that came after a quotation to the prospect: ERPNext makes one for the order of each prospect."""
	if not has_link("Quotation"):
		return
	free = {"name": ("in", sorted(customers)), LEAD_LINK: ("is", "not set")}
	for customer in frappe.get_all("Customer", free, ["name", "creation"]) if customers else ():
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
	found = frappe.get_all(doctype, filters=free, pluck="name")
	for name in found:
		frappe.db.set_value(doctype, name, LEAD_LINK, lead, update_modified=False)
	return len(found)

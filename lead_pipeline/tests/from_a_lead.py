"""Leads to make documents from, and what the documents say."""

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter

from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.documents import create
from lead_pipeline.documents.types import TYPES
from lead_pipeline.tests.factories import (
	make_item,
	make_lead,
)

# DocTypes that a test has changed: what this process knows of them is read again afterwards.
CHANGED: set[str] = set()
# The records by which it has done so: DocType and filters.
CHANGES: list[tuple[str, dict]] = []
ROLES = ("Sales User", "Accounts User", "Stock User")
DOCUMENTS = ["Opportunity", "Quotation", "Sales Order", "Sales Invoice", "Customer"]
SALES = DOCUMENTS[:-1]


def with_deals(documents: list[str]) -> list[str]:
	"""`documents`, with Frappe CRM's after the Opportunity on a site that has it."""
	deals = ["CRM Deal"] if frappe.db.exists("DocType", "CRM Deal") else []
	return [*documents[:1], *deals, *documents[1:]]


def person(**values):
	"""A lead of somebody in a company, with two e-mails and three phones."""
	tag = frappe.generate_hash(length=6)
	return make_lead(
		**{
			"company_name": f"Example {tag} Ltd",
			"first_name": "Jane",
			"last_name": f"Doe {tag}",
			"job_title": "Buyer",
			"email": f"jane-{tag}@example.com",
			"email_ids": [{"email_id": f"office-{tag}@example.com"}],
			"phone": "030 1234567",
			"mobile_no": "0170 1234567",
			"phone_nos": [{"phone": "030 7654321"}],
			"website": "https://example.com",
			"expected_revenue": 1500,
			"probability": 40,
			"expected_closing": frappe.utils.add_days(frappe.utils.nowdate(), 20),
		}
		| values
	)


def address_of(lead, title: str, **values) -> str:
	address = frappe.get_doc(
		{"doctype": "Address", "address_title": title, "address_line1": f"1 {title} Street", **values}
	)
	address.update({"city": "Springfield", "country": "United States"})
	address.append("links", {"link_doctype": LEAD, "link_name": lead.name})
	return address.insert().name


def new(lead, document_type: str, **wanted):
	"""What the menu of the form does: prepare, then open."""
	prepared = create.prepare(lead.name, document_type, **wanted)
	return create.new_document(lead.name, document_type, prepared["contact"])


def party_of(lead) -> tuple[str, str]:
	return frappe.db.get_value(LEAD, lead.name, ["party_type", "party"])


def links_of(doctype: str, name: str) -> set[tuple[str, str]]:
	return {(row.link_doctype, row.link_name) for row in frappe.get_doc(doctype, name).links}


def rows_of(document) -> list[tuple]:
	return [(row.item_code, row.qty, row.rate) for row in document.get("items")]


def status_of(lead) -> str:
	return frappe.db.get_value(LEAD, lead.name, "status")


def number_of(doctype: str) -> int:
	return frappe.db.count(doctype)


def switch(document_type: str, on: int) -> None:
	frappe.db.set_single_value(SETTINGS, TYPES[document_type].switch, on)
	frappe.clear_document_cache(SETTINGS, SETTINGS)


def forbid(user: str, doctype: str) -> None:
	"""Leave `user` everything but the rights to create and change this DocType."""
	frappe.set_user("Administrator")
	CHANGED.add(doctype)
	if frappe.permissions.setup_custom_perms(doctype):
		CHANGES.append(("Custom DocPerm", {"parent": doctype}))
	frappe.db.set_value("Custom DocPerm", {"parent": doctype}, {"create": 0, "write": 0})
	frappe.clear_cache(doctype=doctype)
	frappe.set_user(user)
	assert not frappe.has_permission(doctype, "create")


def make_mandatory(doctype: str, field: str) -> None:
	CHANGED.add(doctype)
	setter = make_property_setter(doctype, field, "reqd", 1, "Check", validate_fields_for_doctype=False)
	CHANGES.append(("Property Setter", {"name": setter.name}))


def company_currency() -> str:
	company = frappe.defaults.get_user_default("Company") or frappe.db.get_value("Company", {})
	return frappe.db.get_value("Company", company, "default_currency")


def make_item_as_manager() -> str:
	"""Sales people do not create items."""
	user = frappe.session.user
	frappe.set_user("Administrator")
	item = make_item()
	frappe.set_user(user)
	return item

"""Fill a new document with the data of its lead.

Never saved here: it opens as a form that its author completes.
"""

import frappe
from frappe.contacts.doctype.address.address import get_address_display
from frappe.model.document import Document
from frappe.utils import flt

from lead_pipeline.constants import LEAD_LINK
from lead_pipeline.documents import contact_links, organization, party
from lead_pipeline.documents.contact_links import Record
from lead_pipeline.documents.mapping import set_known_fields
from lead_pipeline.documents.types import OPPORTUNITY, TYPES
from lead_pipeline.visibility import staff


def new(lead: Document, document_type: str, behind: Record | None, person: str | None) -> Document:
	"""Return an unsaved document of this type for `lead`.

	With the party `behind` it and the Contact `person`.
	"""
	document = frappe.new_doc(document_type)
	set_known_fields(document, {LEAD_LINK: lead.name} | party_fields(document_type, behind))
	set_known_fields(document, contact_fields(person))
	set_known_fields(document, organization_fields(lead, document_type))
	add_contact_row(document, person)
	if document.meta.has_field("customer_address"):
		set_known_fields(document, address_fields(lead))
	fill_own_values(document, lead)
	if lead.expected_revenue:
		set_known_fields(document, {"currency": lead.currency})
	if row := item_row(lead, document_type):
		set_known_fields(document.append("items"), row)
	# What the apps of the documents do themselves when they make one from another: prices, taxes, accounts.
	for method in ("set_missing_values", "calculate_taxes_and_totals", "set_exchange_rate"):
		document.run_method(method)
	if document_type == OPPORTUNITY:
		set_base_amounts(document)
	# Their forms then leave alone what is filled already.
	document.set_onload("load_after_mapping", True)
	return document


def party_fields(document_type: str, behind: Record | None) -> dict:
	place = TYPES[document_type].party
	if not behind or not place:
		return {}
	title_field = frappe.get_meta(behind.doctype).get_title_field()
	title = frappe.db.get_value(*behind, title_field)
	return {place.type_field or "": behind.doctype, place.name_field: behind.name, "customer_name": title}


def contact_fields(person: str | None) -> dict:
	if not person:
		return {}
	contact = frappe.get_doc("Contact", person)
	return {
		"contact_person": contact.name,
		"contact_display": contact.get("full_name") or contact.name,
		"contact_email": contact.email_id,
		"contact_mobile": contact.mobile_no,
		"contact_phone": contact.phone,
	}


def organization_fields(lead: Document, document_type: str) -> dict:
	place = TYPES[document_type].organization
	return {place.field: organization.company_of_lead(lead, document_type)} if place else {}


def add_contact_row(document: Document, person: str | None) -> None:
	table = TYPES[document.doctype].contact_table
	if person and table and document.meta.has_field(table):
		# What the form fetches when somebody chooses a Contact there.
		known = frappe.db.get_value(
			"Contact", person, ["full_name", "email_id as email", "mobile_no", "phone"], as_dict=True
		)
		set_known_fields(document.append(table), {"contact": person, "is_primary": 1} | known)


def address_fields(lead: Document) -> dict:
	addresses = contact_links.linked_names(Record(lead.doctype, lead.name), "Address")
	if not addresses:
		return {}
	billing = party.preferred(addresses)
	shipping = party.preferred(addresses, "is_shipping_address")
	return {
		"customer_address": billing,
		"address_display": displayed(billing),
		"shipping_address_name": shipping,
		"shipping_address": displayed(shipping),
	}


def displayed(address: str) -> str:
	return get_address_display(frappe.get_doc("Address", address).as_dict())


def fill_own_values(document: Document, lead: Document) -> None:
	"""Fill the fields that are special to this type of document.

	Other types do not have them, or use them for something else.
	"""
	for field, sources in TYPES[document.doctype].values.items():
		for source in (sources,) if isinstance(sources, str) else sources:
			set_known_fields(document, {field: value_for_document(lead, source)})


def value_for_document(lead: Document, field: str) -> str | float | None:
	if field == "lead_owner":
		return next(iter(staff.first_present(lead.lead_owner, lead.get("_assign"))), None)
	return lead.get(field)


def set_base_amounts(opportunity: Document) -> None:
	"""Set the amounts in the company's currency.

	ERPNext computes them when somebody types an amount, not before.
	"""
	opportunity.run_method("calculate_totals")
	if opportunity.meta.has_field("base_opportunity_amount"):
		amount = flt(opportunity.opportunity_amount) * flt(opportunity.conversion_rate)
		opportunity.base_opportunity_amount = amount


def item_row(lead: Document, document_type: str) -> dict:
	"""Return a row with the lead's item and the expected revenue.

	Empty when the document needs none.
	"""
	item = lead.get("item")
	# What is sold is an amount, even before anybody knows the item.
	if not item and not (TYPES[document_type].sells and lead.expected_revenue):
		return {}
	amount = lead.expected_revenue
	row = {"item_code": item, "qty": 1, "conversion_factor": 1, "rate": amount, "amount": amount}
	if not item:
		return row
	stored = frappe.get_cached_doc("Item", item)
	row |= {field: stored.get(field) for field in ("item_name", "description", "item_group", "stock_uom")}
	row["uom"] = stored.get("sales_uom") or stored.stock_uom
	return row

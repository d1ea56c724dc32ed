"""Detect Customers that only exist because another document needs one.

An order or invoice needs a Customer. ERPNext saves one when it maps the quotation of a prospect onto a form that is
not saved yet; *Create* on the lead's form does so, too, and so does Frappe CRM when a deal is won. Such a Customer is
marked, so that it says nothing about its lead: the document that it was made for does, as long as it exists.
"""

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import LEAD_LINK, MADE_FOR_SALE
from lead_pipeline.documents.contact_links import Record
from lead_pipeline.documents.mapping import on_site

QUOTATION = "Quotation"

# Where a Customer names whom it was made from. ERPNext notes the Prospect, on its form, as the name of the company.
MADE_FROM = (("Lead", "lead_name"), ("Prospect", "prospect_name"), ("Prospect", "company_name"))


def prospects_of(customer: Document) -> list[Record]:
	named = [Record(doctype, customer.get(field)) for doctype, field in MADE_FROM if customer.get(field)]
	return list(dict.fromkeys(named))


def is_made_by_mapping(customer: Document) -> bool:
	"""Return whether ERPNext makes a new Customer while mapping another document.

	The Customer has no link of its own. ERPNext does so for a prospect with a submitted quotation, and never in a
	request that is about the Customer.
	"""
	return not is_sent(customer) and any(has_offer(prospect) for prospect in prospects_of(customer))


def is_made_by_deal(customer: Document) -> bool:
	"""Return whether Frappe CRM makes a new Customer because of a deal's status.

	The Customer then names the deal.
	"""
	return bool(customer.get("crm_deal")) and not is_sent(customer)


def has_offer(prospect: Record) -> bool:
	"""Return whether there is a quotation that can become an order."""
	offer = {
		"quotation_to": prospect.doctype,
		"party_name": prospect.name,
		"docstatus": 1,
		"status": ("!=", "Lost"),
	}
	return bool(on_site([QUOTATION]) and frappe.db.exists(QUOTATION, offer))


def is_sent(document: Document) -> bool:
	"""Return whether a client has sent a document of this DocType to be saved.

	As a form, over REST, or as a row of an import.
	"""
	if frappe.flags.in_import:
		return True
	request = getattr(frappe.local, "request", None)
	if not request:
		return False
	if document.doctype in request.path.split("/"):
		return True
	try:
		sent = frappe.parse_json(frappe.form_dict.get("doc") or frappe.form_dict.get("docs"))
	except ValueError:
		# Methods of other apps may call anything so.
		return False
	first = sent[0] if isinstance(sent, list) and sent else sent
	return isinstance(first, dict) and first.get("doctype") == document.doctype


def mark_as_wanted(customer: str, lead: str) -> None:
	"""Remove the mark of a `customer` that a person wants for `lead`.

	It counts from now on, whatever it was made for.
	"""
	document = frappe.get_doc("Customer", customer)
	if document.get(MADE_FOR_SALE) and document.get(LEAD_LINK) == lead:
		# Who may make customers of leads may have no right to change them: here it is as if this one were made now.
		document.db_set(MADE_FOR_SALE, 0)

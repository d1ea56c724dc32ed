"""The company of a document in another app's own records.

A CRM Organization of Frappe CRM.
"""

import frappe
from frappe.model.document import Document

from lead_pipeline.documents import party_matching
from lead_pipeline.documents.mapping import on_site, set_known_fields
from lead_pipeline.documents.types import TYPES


def company_of_lead(lead: Document, document_type: str) -> str | None:
	"""Return the company record with the name of the lead's company.

	As far as the user may see it.
	"""
	place = TYPES[document_type].organization
	if not place or not on_site([place.doctype]):
		return None
	return party_matching.first_called(lead.company_name, place.doctype, place.title_field)


def insert_company(lead: Document, document_type: str, address: str | None) -> None:
	"""Insert the lead's company where such a document needs it, unless it is there.

	Not for a user who may not create one: the document can do without.
	"""
	place = TYPES[document_type].organization
	if not place or not lead.company_name or not on_site([place.doctype]):
		return
	if frappe.db.exists(place.doctype, {place.title_field: lead.company_name}) or company_of_lead(
		lead, document_type
	):
		return
	if not frappe.has_permission(place.doctype, "create"):
		return
	values = {
		field: lead.get(field)
		for field in ("website", "industry", "territory", "no_of_employees", "annual_revenue")
	}
	values |= {place.title_field: lead.company_name, "address": address}
	set_known_fields(frappe.new_doc(place.doctype), values).insert()

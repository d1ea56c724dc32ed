"""The Contact that a lead becomes when documents need one."""

import frappe
from frappe.model.document import Document

from lead_pipeline.domain.matching import ascii_email

COPIED = ("salutation", "first_name", "last_name", "gender", "company_name")


def from_lead(lead: Document) -> Document:
	"""An unsaved Contact with all that `lead` knows of the person, linked to the lead.

	It has all e-mails and phones with their ticks, as in OroCRM. The caller adds further links and inserts it,
	which asks for the user's rights.
	"""
	contact = frappe.new_doc("Contact")
	contact.update({field: lead.get(field) for field in COPIED} | {"designation": lead.job_title})
	has_person = lead.first_name or lead.last_name
	if not has_person and not lead.is_organization and lead.lead_name != lead.company_name:
		# The title counts as the name of a person who has no other.
		contact.first_name = lead.lead_name
	for email in emails(lead):
		contact.append("email_ids", email)
	for phone in phones(lead):
		contact.append("phone_nos", phone)
	link = {"link_doctype": lead.doctype, "link_name": lead.name, "link_title": lead.lead_name}
	contact.append("links", link)
	return contact


def emails(lead: Document) -> list[dict]:
	"""In ASCII: the framework takes no other address in a Contact."""
	rows = [(row.email_id, row.is_primary) for row in lead.email_ids] or [(lead.email, 1)]
	addresses = [(ascii_email(address), is_primary) for address, is_primary in rows]
	return [{"email_id": address, "is_primary": is_primary} for address, is_primary in addresses if address]


def phones(lead: Document) -> list[dict]:
	if lead.phone_nos:
		fields = ("phone", "is_primary_phone", "is_primary_mobile_no")
		return [{field: row.get(field) for field in fields} for row in lead.phone_nos]
	mains = {}
	for field in ("phone", "mobile_no"):
		if number := lead.get(field):
			mains.setdefault(number, {"phone": number})[f"is_primary_{field}"] = 1
	return list(mains.values())

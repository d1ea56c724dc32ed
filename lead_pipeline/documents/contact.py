"""Contacts of leads: find the one that a lead has, or make one.

One is made when documents need one.
"""

import frappe
from frappe.model.document import Document

from lead_pipeline.documents import contact_links
from lead_pipeline.documents.contact_links import Record
from lead_pipeline.domain.matching import ascii_email, email_key

COPIED = ("salutation", "first_name", "last_name", "gender", "company_name")


def contact_of_lead(lead: Document, party: Record | None = None) -> str | None:
	"""Return the Contact of `lead`.

	The first one linked to it, else one of `party` with an e-mail of the lead.
	"""
	own = contact_links.linked_names(Record(lead.doctype, lead.name), "Contact")
	if own or not party:
		return next(iter(own), None)
	wanted = {email_key(email["email_id"]) for email in emails(lead)}
	partys = contact_links.linked_names(party, "Contact")
	# Without permissions: whose address this is does not depend on who asks.
	rows = frappe.get_all(
		"Contact Email", {"parent": ("in", partys)}, ["parent", "email_id"], order_by="creation asc"
	)
	return next((row.parent for row in rows if email_key(row.email_id) in wanted), None)


def insert_contact(lead: Document, address: str | None) -> str | None:
	"""Insert the Contact of a lead that has none, with `address`; give back its name.

	None when the lead knows nothing that a Contact could hold, or the user may not create Contacts: a document
	can do without.
	"""
	if not has_person(lead) or not frappe.has_permission("Contact", "create"):
		return None
	contact = from_lead(lead)
	contact.update({"address": address, "is_primary_contact": 1})
	return contact.insert().name


def has_person(lead: Document) -> bool:
	"""Return whether the lead has a person: a name, an e-mail or a phone.

	A company's name alone does not count.
	"""
	return bool(person_of_lead(lead) or emails(lead) or phones(lead))


def person_of_lead(lead: Document) -> str | None:
	"""Return the person's name: first and last name, else the lead's title.

	The title does not count when it is the company, the e-mail or the item.
	"""
	name = " ".join(part for part in (lead.first_name, lead.last_name) if part)
	if name or lead.is_organization:
		return name or None
	titles_of_others = {lead.company_name, lead.email, lead.named_after_item()}
	return lead.lead_name if lead.lead_name not in titles_of_others else None


def from_lead(lead: Document) -> Document:
	"""Return an unsaved Contact with the lead's data about the person.

	It is linked to the lead, and has all e-mails and phones with their ticks, as in OroCRM. The caller adds further
	links and inserts it, which checks the user's permissions.
	"""
	contact = frappe.new_doc("Contact")
	contact.update({field: lead.get(field) for field in COPIED} | {"designation": lead.job_title})
	nameless = not lead.first_name and not lead.last_name
	if nameless and not lead.is_organization and lead.lead_name != lead.company_name:
		# The title counts as the name of a person who has no other.
		contact.first_name = lead.lead_name
	for email in emails(lead):
		contact.append("email_ids", email)
	for phone in phones(lead):
		contact.append("phone_nos", phone)
	link = {"link_doctype": lead.doctype, "link_name": lead.name, "link_title": lead.name}
	contact.append("links", link)
	return contact


def emails(lead: Document) -> list[dict]:
	"""Return the lead's e-mail addresses in ASCII.

	The framework takes no other address in a Contact.
	"""
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

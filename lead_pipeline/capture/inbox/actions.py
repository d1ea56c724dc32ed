"""Actions on one mail or call of the inbox.

Make a lead of it, attach it to one, ignore it, take the decision back.

Each action may come twice (a double click, two colleagues): the second one finds what the first has done.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.capture import customers, enquiries, senders
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.capture.inbox import contents, matches
from lead_pipeline.capture.inbox.contents import CALL, Item
from lead_pipeline.capture.mail import attachments, mail_text, receiving
from lead_pipeline.constants import CALL_LOG, IGNORED, INBOX_FIELD, LEAD
from lead_pipeline.domain import mail as mails
from lead_pipeline.domain.matching import email_key
from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.visibility.lead_access import writable_lead
from lead_pipeline.visibility.staff import SALES_ROLES


def make_lead(document: Document) -> str:
	"""Return the lead made of the mail or call, or the open lead of its sender.

	So no sender gets two leads.
	"""
	item = contents.as_item(document)
	if document.get("reference_name") or item.lead:
		return already_on(document, item)
	enquiry = enquiry_of_item(document, item)
	origin = enquiry.noted["origin_key"]
	known = senders.of_origin(origin) or senders.open_lead(item.email, item.phone_keys())
	if known:
		refuse_hidden(known)
		return attach_to_lead(document, known)
	lead = enquiries.unsaved_lead(enquiry)
	# Asks for the user's rights.
	lead.insert()
	link_to_lead(document, lead.name)
	return lead.name


def attach_to_lead(document: Document, lead: str | None) -> str:
	"""Put it on `lead`, else on the one that has its address or number."""
	item = contents.as_item(document)
	if document.get("reference_name") or item.lead:
		return already_on(document, item, lead)
	lead = lead or found(item)
	# Checks the user's right to write it, and locks it.
	writable_lead(lead)
	link_to_lead(document, lead)
	enquiries.count_enquiry(lead)
	return lead


def put_aside(document: Document) -> None:
	"""Put it aside; nobody has to look at it any more."""
	refuse_linked(document)
	set_decision(document, IGNORED)


def make_ready(document: Document) -> None:
	"""Take a mail or call back into the inbox, whoever or whatever has put it aside."""
	refuse_linked(document)
	set_decision(document, None)


def found(item: Item) -> str:
	match = matches.matches_of([item])[0]
	if not match.lead and match.hidden:
		refuse_to_name()
	if not match.lead:
		frappe.throw(
			_("No lead has this address or number. Choose the lead, or make a new one of it."),
			ActionRefusedError,
		)
	return match.lead.name


def refuse_hidden(lead: str) -> None:
	if not frappe.has_permission(LEAD, "read", doc=lead):
		refuse_to_name()


def refuse_to_name() -> None:
	frappe.throw(
		_("It belongs to a lead that you may not see. Ask a Sales Manager to attach it."), ActionRefusedError
	)


def refuse_linked(document: Document) -> None:
	if document.get("reference_name") or contents.as_item(document).lead:
		frappe.throw(
			_("It belongs to a document already. Reload the page to see where it is."), ActionRefusedError
		)


def already_on(document: Document, item: Item, wanted: str | None = None) -> str:
	"""Return the lead to which somebody else has attached it already.

	Refuses when that is not the lead that the user wants.
	"""
	if not item.lead or (wanted and wanted != item.lead):
		refuse_linked(document)
	refuse_hidden(item.lead)
	return item.lead


def link_to_lead(document: Document, lead: str) -> None:
	document.set(INBOX_FIELD, None)
	if document.doctype == CALL_LOG:
		document.append("links", {"link_doctype": LEAD, "link_name": lead})
	else:
		document.update({"reference_doctype": LEAD, "reference_name": lead, "status": "Linked"})
	# It may lack what the framework asks for when it is saved, such as a letter in its subject: no reason to keep it
	# from its lead.
	document.flags.ignore_mandatory = True
	# Who may see a mail or call in the inbox and write the lead may bring the two together; the framework's roles for
	# both are about mail accounts and telephones.
	document.save(ignore_permissions=True)
	if document.doctype != CALL_LOG:
		attachments.attach_files(document, lead)


def keep_decision(document: Document, method: str | None = None) -> None:
	"""Hook (before_validate): Keep the inbox decision, whatever a client sends.

	For Communication and Call Log: only the app notes what was decided about them.
	"""
	if document.flags.ignore_permissions:
		# Saved by the app, or by the framework's own receiver.
		return
	before = document.get_doc_before_save()
	decided = before.get(INBOX_FIELD) if before else None
	if document.get(INBOX_FIELD) != decided:
		document.set(INBOX_FIELD, decided)


def set_decision(document: Document, value: str | None) -> None:
	values = {INBOX_FIELD: value}
	if not value and document.get("status") == "Closed" and document.doctype != CALL_LOG:
		values["status"] = "Open"
	frappe.db.set_value(document.doctype, document.name, values)


def enquiry_of_item(document: Document, item: Item) -> Enquiry:
	"""Return what it says, as any channel says it."""
	noted = {"origin_key": origin_of_item(document, item)}
	if item.kind == CALL:
		values = {"phone": item.phone, "lead_name": item.sender or item.phone} | taken_by(document)
		text = mail_text.description_html("", document.get("summary") or item.text)
		return Enquiry("Phone Call", values | partner_of(document), "", text, noted)
	text = mail_text.newly_written(document.text_content, document.content, document.subject)
	subject = "" if document.subject == receiving.WITHOUT_SUBJECT else document.subject
	values = mails.person_of_name(document.sender_full_name) | customers.customer_of_address(item.email)
	if item.email:
		values["email"] = item.email
	if item.phone:
		values["phone"] = item.phone
	if not (item.email or item.phone or values):
		# Nobody knows who wrote; the subject says what it is about.
		values["lead_name"] = document.subject
	return Enquiry("E-mail", values, subject, mail_text.description_html(subject, text), noted)


def origin_of_item(document: Document, item: Item) -> str:
	if document.get("message_id") and email_key(item.email):
		return receiving.origin_of_mail(document.message_id, item.email)
	return f"{frappe.scrub(document.doctype)}:{document.name}"


def taken_by(document: Document) -> dict[str, str]:
	"""Return who took the call, as the sales person, when that is somebody who sells."""
	user = document.get("employee_user_id")
	sells = (
		user and frappe.db.get_value("User", user, "enabled") and SALES_ROLES & set(frappe.get_roles(user))
	)
	return {"lead_owner": user} if sells else {}


def partner_of(document: Document) -> dict[str, str]:
	"""Return the customer of the call.

	As the telephone system names it, else as its contact does.
	"""
	if document.doctype != CALL_LOG:
		return {}
	if document.get("customer"):
		return {"party_type": customers.CUSTOMER, "party": document.customer}
	return customers.of_contacts([row.link_name for row in document.links if row.link_doctype == "Contact"])

"""Logged calls, kept in the timeline as Communications of medium Phone."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, format_duration, get_fullname

from lead_pipeline.domain.matching import ascii_email

OUTGOING, INCOMING = DIRECTIONS = ("Outgoing", "Incoming")


def write_call(
	lead: Document, direction: str, note: str | None = None, duration: int | None = None
) -> Document:
	"""Add a call between the user and `lead` to the lead's timeline.

	`duration`: in seconds.
	"""
	outgoing = direction == OUTGOING
	user = frappe.session.user
	subject = (_("Call to {0}") if outgoing else _("Call from {0}")).format(lead.lead_name)
	call = frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_type": "Communication",
			"communication_medium": "Phone",
			"sent_or_received": "Sent" if outgoing else "Received",
			"subject": subject,
			"content": content_of(subject, note, duration),
			"phone_no": lead.mobile_no or lead.phone,
			"sender": frappe.db.get_value("User", user, "email") if outgoing else ascii_email(lead.email),
			"sender_full_name": get_fullname(user) if outgoing else lead.lead_name,
			"reference_doctype": lead.doctype,
			"reference_name": lead.name,
		}
	)
	# Whoever may change a lead may say what was talked about; the framework's roles for Communication are
	# about mail accounts.
	return call.insert(ignore_permissions=True)


def content_of(subject: str, note: str | None, duration: int | None) -> str:
	"""Return the text of a call for the timeline: subject, duration and note as typed.

	The timeline has no place for a subject, so the text says who called whom.
	"""
	head = frappe.bold(escape_html(subject))
	if duration:
		head = f"{head}, {format_duration(duration)}"
	return "<br>".join([head, *(escape_html(line) for line in (note or "").strip().splitlines())])

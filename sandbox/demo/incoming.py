"""Incoming items on the demo's desk today, and templates to answer them.

They are mails and calls that belong to nobody, and enquiries.
"""

from datetime import datetime, timedelta

import frappe

from lead_pipeline.capture import enquiries
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.capture.form import quarantine
from lead_pipeline.constants import LEAD
from lead_pipeline.domain.spam import LINKS
from sandbox.demo import data
from sandbox.demo.stage import Clock, become, forget_messages, nobody_listens

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def set_up_answers() -> None:
	"""Create templates for answers, and an e-mail account for them.

	The answers seem to come from the account: it has no server, and the site sends nothing.
	"""
	for name, subject, response in data.TEMPLATES:
		if not frappe.db.exists("Email Template", name):
			template = {"doctype": "Email Template", "name": name, "subject": subject, "response": response}
			frappe.get_doc(template).insert()
	if not frappe.db.exists("Email Account", data.MAILBOX):
		account = frappe.new_doc("Email Account")
		account.update({"email_account_name": data.MAILBOX, "email_id": data.MAILBOX_ADDRESS})
		account.update({"enable_outgoing": 1, "default_outgoing": 1, "no_smtp_authentication": 1})
		account.update({"smtp_server": "mail.example.com", "enable_incoming": 0})
		with nobody_listens():
			account.insert()


def arrive(clock: Clock, now: datetime) -> None:
	"""Create the mails, calls and enquiries of the last days, oldest first.

	Then create a rule that distributes further enquiries.
	"""
	waiting = [*((hours, receive_mail, mail) for hours, *mail in data.MAILS)]
	waiting += [(hours, receive_call, call) for hours, *call in data.CALLS]
	waiting += [(hours, receive_enquiry, [values, text]) for hours, values, text in data.ENQUIRIES]
	for hours, receive, what in sorted(waiting, key=lambda row: -row[0]):
		clock.set(now - timedelta(hours=hours))
		become("Guest")
		receive(*what)
		forget_messages()
	enter_twice()
	values, text = data.HELD
	quarantine.hold(Enquiry("Web Form", values, text=text), [LINKS], "")
	become("Administrator")
	hand_out()


def enter_twice() -> None:
	"""Enter companies a second time, as leads to be merged.

	They have the phone of the one who called.
	"""
	become(data.INSIDE)
	filters = {"status": "Open", "company_name": ("is", "set"), "phone": ("is", "set")}
	fields = ["company_name", "phone", "channel"]
	known = frappe.get_all(LEAD, filters, fields, limit=len(data.TWICE), order_by="creation desc")
	for found, (first, last, company) in zip(known, data.TWICE, strict=False):
		lead = frappe.new_doc(LEAD)
		lead.update({"first_name": first, "last_name": last, "phone": found.phone, "channel": found.channel})
		lead.company_name = company.format(company=found.company_name)
		lead.insert()
	forget_messages()


def receive_mail(sender: str, name: str, subject: str, content: str) -> None:
	receive({"communication_medium": "Email", "sender": sender, "sender_full_name": name}, subject, content)


def receive_call(number: str, name: str, content: str) -> None:
	receive({"communication_medium": "Phone", "phone_no": number, "sender_full_name": name}, "Call", content)


def receive(values: dict, subject: str, content: str) -> None:
	communication = frappe.new_doc("Communication")
	communication.update({"communication_type": "Communication", "sent_or_received": "Received"})
	communication.update(values | {"subject": subject, "content": content})
	# Nobody is at the desk when something comes in.
	communication.insert(ignore_permissions=True)


def receive_enquiry(values: dict, text: str) -> None:
	enquiries.receive(Enquiry("Web Form", values, text=text))


def hand_out() -> None:
	"""An Assignment Rule for enquiries of visitors, and the form by which they come."""
	if not frappe.db.exists("Assignment Rule", data.RULE):
		rule = frappe.new_doc("Assignment Rule")
		rule.update({"name": data.RULE, "document_type": LEAD, "rule": "Round Robin", "disabled": 0})
		rule.update({"description": "New enquiry: {{ lead_name }}", "assign_condition": data.RULE_CONDITION})
		for user in data.FIELD:
			rule.append("users", {"user": user})
		for day in DAYS:
			rule.append("assignment_days", {"day": day})
		rule.insert()
	for name in frappe.get_all("Web Form", {"doc_type": LEAD, "route": "enquiry"}, pluck="name"):
		form = frappe.get_doc("Web Form", name)
		form.published = 1
		form.save()

"""Notifications about incoming calls for the sales person of the caller's lead.

As in lsFusion, they are sent at once. Calls are Call Logs (ERPNext's telephony) or Communications of medium Phone.
An error with the lead never harms the call.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from lead_pipeline.capture import enquiries, senders
from lead_pipeline.constants import CALL_LOG, LEAD, SETTINGS
from lead_pipeline.domain.matching import phone_keys_of_caller
from lead_pipeline.framework import transactions
from lead_pipeline.reference_data import lead_statuses


def tell_people(call: Document, method: str | None = None) -> None:
	"""Hook (after_insert): Notify the sales person of the caller's open lead.

	The lead is found by the caller's number. Nobody is notified when the call belongs to a lead already.
	Raises nothing but an error by which the database has undone the transaction.
	"""
	if not is_incoming(call) or belongs_to_lead(call):
		return
	if not frappe.db.get_single_value(SETTINGS, "calls_notify"):
		return

	def tell() -> None:
		keys = phone_keys_of_caller(caller_number(call), lead_statuses.default_region())
		if keys and (lead := senders.open_lead(None, keys)):
			enquiries.tell_of_enquiry(lead, call_text)

	transactions.run_in_savepoint(tell, log_failed_call)


def is_incoming(call: Document) -> bool:
	if call.doctype == CALL_LOG:
		return call.type == "Incoming"
	return call.sent_or_received == "Received"


def caller_number(call: Document) -> str | None:
	"""Return the caller's number, as the telephone system wrote it."""
	return call.get("from") if call.doctype == CALL_LOG else call.phone_no


def belongs_to_lead(call: Document) -> bool:
	if call.doctype == CALL_LOG:
		return any(link.link_doctype == LEAD for link in call.get("links") or ())
	return bool(call.reference_name)


def call_text(name: str, language: str | None) -> str:
	"""HTML: what the notification says."""
	return _("{0} is calling", lang=language).format(frappe.bold(escape_html(name)))


def log_failed_call(error: Exception) -> None:
	frappe.log_error(
		title=_("Nobody could be told of a call"),
		message="\n".join(
			[_("The call was saved. Correct what the error below names."), "", frappe.get_traceback()]
		),
	)

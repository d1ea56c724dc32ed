"""Update the status of a lead when there is a new mail or call.

Mails and calls say whose turn it is; `domain/automation.py` decides. A mail is never harmed by its lead: errors are
logged and tried again in the background.
"""

from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime, parse_addr

from lead_pipeline.activities import automation, first_response
from lead_pipeline.constants import CALL, ENQUIRY, INCOMING_MAIL, LEAD, OUTGOING_MAIL
from lead_pipeline.domain.automation import Message, after_message
from lead_pipeline.domain.mail import BOUNCERS
from lead_pipeline.framework import transactions
from lead_pipeline.status import recompute
from lead_pipeline.status.log import Change

RETRY = "lead_pipeline.activities.communications.retry"

RECEIVED = "Received"
SPOKEN = "Phone"
WRITTEN = "Email"
# By a form: `capture/enquiries.py` writes it down.
ASKED = "Other"

# A mail that was to be sent later is on its way only from then on.
SENT_BY_NOW = ("Sent", "Opened", "Clicked", "Read")


def on_change(communication: Document, method: str | None = None) -> None:
	"""Hook of Communication (on_change): update the status of its lead.

	Runs when a Communication was created, saved, or marked as sent by the mail queue.
	"""
	if communication.reference_doctype != LEAD or not communication.reference_name:
		return
	if said_on := news(communication):
		answer_safely(communication, said_on)


def news(communication: Document) -> datetime | None:
	"""Return the time of a communication that is new to its lead, else None.

	It is new when it was created, attached to the lead, or sent at last.
	"""
	if frappe.flags.in_import or frappe.flags.in_patch:
		# Mails that move in from elsewhere are history.
		return None
	before = communication.get_doc_before_save()
	lead = (communication.reference_doctype, communication.reference_name)
	if before and lead != (before.reference_doctype, before.reference_name):
		# It came when it came: a status that was chosen later has been chosen in view of it.
		return get_datetime(communication.creation)
	if not before or (is_unsent(before) and not is_unsent(communication)):
		return now_datetime()
	return None


def answer_safely(communication: Document, said_on: datetime) -> None:
	"""Update the status inside the save of the mail, without making that save fail.

	Errors are logged and tried again in the background. Raises only what `transactions.run_in_savepoint` raises.
	"""

	def report_and_retry(error: Exception) -> None:
		log_failed_answer(communication)
		job = f"lead_pipeline_answer_{communication.name}"
		transactions.enqueue_after_commit(RETRY, job, communication=communication.name, said_on=str(said_on))

	transactions.run_in_savepoint(lambda: answer_message(communication, said_on), report_and_retry)


def answer_message(communication: Document, said_on: datetime) -> str | None:
	"""Give the lead the status that the mail or call speaks for, and return it.

	Returns None when the lead keeps its status. `said_on`: a status that the lead was given later is not changed.
	Raises what the lead's save raises.
	"""
	medium = communication.communication_medium
	asked = medium == ASKED and communication.sent_or_received == RECEIVED
	if medium not in (WRITTEN, SPOKEN) and not asked:
		return None
	message, settings = message_of(communication), automation.automation_settings()
	first_response.keep_first_response(communication.reference_name, message, said_on)

	def choose_status(lead) -> str | None:
		if lead.status_changed_on and get_datetime(lead.status_changed_on) > said_on:
			return None
		return after_message(message, automation.activity_state(lead), settings)

	cause = ENQUIRY if asked else cause_of(message)
	change = Change(cause=cause, reference_doctype=communication.doctype, reference_name=communication.name)
	return recompute.set_status_by_activity(communication.reference_name, choose_status, change)


def retry(communication: str, said_on: str) -> None:
	"""Background job: answer; the framework runs it again, five times, when it fails."""
	try:
		if frappe.db.exists("Communication", communication):
			answer_message(frappe.get_doc("Communication", communication), get_datetime(said_on))
	except Exception as error:
		# Most likely somebody else is saving the lead at this moment.
		raise frappe.RetryBackgroundJobError from error


def message_of(communication: Document) -> Message:
	"""Return a Communication of medium Email or Phone as the decision sees it."""
	incoming = communication.sent_or_received == RECEIVED
	return Message(
		incoming=incoming,
		is_call=communication.communication_medium == SPOKEN,
		automatic=is_automatic_communication(communication),
		unsent=is_unsent(communication),
		# The owner of a mail that came in is whoever fetched it.
		by_user=is_user(sender_address(communication)) or (not incoming and is_person(communication.owner)),
	)


def cause_of(message: Message) -> str:
	if message.is_call:
		return CALL
	return INCOMING_MAIL if message.incoming else OUTGOING_MAIL


def is_automatic_communication(communication: Document) -> bool:
	"""Return whether a communication was sent automatically.

	That is: the framework's own messages (Notification, ...), bounces and spam, which no person wrote.
	"""
	sender = sender_address(communication)
	return (
		communication.communication_type != "Communication"
		or communication.email_status in ("Spam", "Trash")
		or sender.split("@")[0].lower() in BOUNCERS
	)


def is_unsent(communication: Document) -> bool:
	"""Return whether the mail waits for a later moment that its author has set."""
	return bool(communication.get("send_after")) and communication.delivery_status not in SENT_BY_NOW


def sender_address(communication: Document) -> str:
	return parse_addr(communication.sender)[1] if communication.sender else ""


def is_user(address: str) -> bool:
	"""Return whether somebody who works here has this e-mail address."""
	return bool(address) and is_person(frappe.db.get_value("User", {"email": address}, "name"))


def is_person(user: str | None) -> bool:
	"""Return whether `user` is somebody who works here, and not the system itself."""
	if not user or user == "Guest":
		return False
	if user == "Administrator":
		# The system does its own work under this name, too; in a request there is somebody who clicks.
		return bool(getattr(frappe.local, "request", None)) and frappe.session.user == user
	row = frappe.db.get_value("User", user, ["enabled", "user_type"], as_dict=True)
	return bool(row and row.enabled and row.user_type != "Website User")


def log_failed_answer(communication: Document) -> None:
	"""One entry in the Error Log, with everything that is needed to act."""
	lead = communication.reference_name
	frappe.log_error(
		title=_("Status of lead {0} could not follow a message").format(lead),
		message="\n".join(
			[
				_("Message: {0}. It was saved nevertheless.").format(communication.name),
				_(
					"It is tried again in the background. If the lead keeps a status that does not fit, "
					"open it, correct what the error below names, and choose its status."
				),
				"",
				frappe.get_traceback(),
			]
		),
		reference_doctype=LEAD,
		reference_name=lead,
	)

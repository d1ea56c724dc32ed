"""Enquiries of all channels: each becomes a lead or is added to an open one.

The open lead is that of its sender. The sender never learns which of the two happened.
"""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cast, cstr, escape_html, now_datetime

from lead_pipeline.activities.communications import ASKED, RECEIVED
from lead_pipeline.capture import senders, strangers
from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.domain.matching import email_key, phone_key
from lead_pipeline.domain.strangers import one_line, rich_text
from lead_pipeline.framework import locks
from lead_pipeline.framework.notifications import tell
from lead_pipeline.reference_data import lead_statuses, seeds
from lead_pipeline.visibility import staff

CHANNEL = "Pipeline Channel"

# Fields that can be written in several ways.
COMPARED_AS_VALUES = ("Check", "Currency", "Date", "Datetime", "Float", "Int", "Percent", "Time")

# What the sender has agreed to with this enquiry; the lead keeps what was agreed to with the first one.
CONSENT = ("consent_given_on", "consent_text")


class Enquiry(NamedTuple):
	"""An enquiry of any channel, ready to become a lead.

	`channel`: the seeded name of a Pipeline Channel (`setup/defaults.py`), even when it has been renamed since.

	`values`: fields of Pipeline Lead, checked by the channel; `subject`: a line, `text`: HTML, what was written;
	`noted`: fields that only the app itself may set (`BOOKKEEPING` of the lead), among them the `origin_key`.
	`made_from`: the document (DocType, name) that says all this; a further enquiry stands on its timeline, too.
	"""

	channel: str
	values: dict
	subject: str = ""
	text: str = ""
	noted: dict = {}
	made_from: tuple[str, str] | None = None


class Arrival(NamedTuple):
	"""The `lead` at which an enquiry has arrived, and whether it `is_new`."""

	lead: str
	is_new: bool


def receive(enquiry: Enquiry) -> Arrival:
	"""Create a lead from `enquiry`, or add it to the open lead of its sender.

	An enquiry of the same origin is received once.

	For callers that have no rights of their own: a visitor, a mail, a job. Raises what the lead's save raises.
	"""
	return locks.run_exclusively(sender_key(enquiry), lambda: arrive(enquiry))


def arrive(enquiry: Enquiry) -> Arrival:
	origin, email = enquiry.noted.get("origin_key"), enquiry.values.get("email")
	numbers = () if email_key(email) else phone_keys(enquiry)
	known = senders.known_sender(origin, email, numbers)
	if known.of_origin:
		return Arrival(known.of_origin, is_new=False)
	if known.open:
		ask_again(known.open, enquiry)
		return Arrival(known.open, is_new=False)
	return Arrival(make_lead_of(enquiry), is_new=True)


def sender_key(enquiry: Enquiry) -> str:
	"""Return the key that tells one sender from another.

	The e-mail address, else the phone number, else what the enquiry was made from.
	"""
	key = email_key(enquiry.values.get("email")) or next(iter(phone_keys(enquiry)), None)
	return key or enquiry.noted.get("origin_key") or frappe.generate_hash(length=10)


def phone_keys(enquiry: Enquiry) -> tuple[str, ...]:
	typed = (enquiry.values.get(field) for field in ("mobile_no", "phone"))
	keys = (phone_key(number, lead_statuses.default_region()) for number in typed if number)
	return tuple(key for key in keys if key)


def harmless(enquiry: Enquiry) -> Enquiry:
	"""Return the enquiry without anything that loads or draws where it is shown."""
	return enquiry._replace(
		values=strangers.harmless_values(enquiry.values),
		subject=one_line(enquiry.subject or ""),
		text=rich_text(enquiry.text or ""),
	)


def make_lead_of(enquiry: Enquiry) -> str:
	lead = unsaved_lead(harmless(enquiry))
	# A visitor or a mail has no rights; the channel has checked which fields it may fill.
	lead.insert(ignore_permissions=True)
	return lead.name


def unsaved_lead(enquiry: Enquiry) -> Document:
	"""Return the unsaved lead that an enquiry would become.

	Of the enquiry's values only those that are fields of a lead are used.
	"""
	values = {"description": enquiry.text or None, "channel": channel(enquiry.channel)} | enquiry.values
	# Without the defaults: its insert gives it those.
	lead = frappe.get_doc({"doctype": LEAD, "__islocal": True})
	lead.update({field: value for field, value in values.items() if lead.meta.has_field(field)})
	lead.flags.noted = dict(enquiry.noted)
	return lead


def channel(seed: str) -> str | None:
	"""Return the site's name for a seeded channel.

	None when it was deleted or disabled: that is no reason against a lead.
	"""
	known = seeds.parse_seeds(frappe.get_cached_doc(SETTINGS).seeded_records)
	name = seeds.present_seed_name(known, CHANNEL, seed)
	return name if frappe.get_cached_value(CHANNEL, name, "disabled") == 0 else None


def ask_again(lead: str, enquiry: Enquiry) -> None:
	"""Add a further enquiry to the lead's timeline, count it, and notify people.

	Those who work on the lead are notified.
	"""
	add_to_timeline(lead, enquiry)
	tell_of_enquiry(lead)


def add_to_timeline(lead: str, enquiry: Enquiry) -> None:
	"""Add the enquiry to the timeline without notifying anybody.

	For many enquiries at once, as from a file.
	"""
	count_enquiry(lead)
	enquiry = harmless(enquiry)
	message = frappe.new_doc("Communication")
	message.update(
		{
			"communication_type": "Communication",
			"communication_medium": ASKED,
			"sent_or_received": RECEIVED,
			"subject": enquiry.subject or _("Asked again ({0})").format(_(enquiry.channel)),
			"content": enquiry.text + what_differs(lead, enquiry),
			"sender": enquiry.values.get("email"),
			"phone_no": enquiry.values.get("mobile_no") or enquiry.values.get("phone"),
			"reference_doctype": LEAD,
			"reference_name": lead,
			"status": "Linked",
		}
	)
	if enquiry.made_from:
		message.add_link(*enquiry.made_from)
	# As for a new lead.
	message.insert(ignore_permissions=True)


def count_enquiry(lead: str, asked_on: datetime | None = None) -> None:
	"""One enquiry more; `asked_on`: when, now unless told.

	In the database, not by a save: a lead that somebody has made invalid is asked for all the same. Raises
	QueryDeadlockError for a lead that is not there any more: whoever begins anew (`locks.run_exclusively`) finds its survivor.
	"""
	if not frappe.db.get_value(LEAD, lead, "name", for_update=True):
		raise frappe.QueryDeadlockError(_("{0} was merged or deleted a moment ago. Try again.").format(lead))
	row = frappe.qb.DocType(LEAD)
	(
		frappe.qb.update(row)
		.set(row.enquiries, row.enquiries + 1)
		.set(row.last_enquiry_on, asked_on or now_datetime())
		.where(row.name == lead)
		.run()
	)


def what_differs(lead: str, enquiry: Enquiry) -> str:
	"""Return as HTML the values of the enquiry that differ from those of the lead.

	They overwrite nothing: anybody can send an enquiry.
	"""
	meta = frappe.get_meta(LEAD)
	said = enquiry.values | {field: enquiry.noted[field] for field in CONSENT if field in enquiry.noted}
	fields = [field for field in said if meta.has_field(field) and said[field]]
	known = frappe.db.get_value(LEAD, lead, fields, as_dict=True) if fields else {}
	rows = [
		f"<li>{escape_html(_(meta.get_label(field)))}: {escape_html(str(said[field]))}</li>"
		for field in fields
		if says_otherwise(meta.get_field(field).fieldtype, said[field], known.get(field))
	]
	return f"<ul>{''.join(rows)}</ul>" if rows else ""


def says_otherwise(fieldtype: str, said: object, known: object) -> bool:
	"""Return whether the two are different values of a field.

	777 and 777.0 are the same amount.
	"""
	if known in (None, "") or fieldtype not in COMPARED_AS_VALUES:
		return cstr(said) != cstr(known)
	try:
		return cast(fieldtype, said) != cast(fieldtype, known)
	except (TypeError, ValueError, frappe.ValidationError):
		# What is no date was refused by its channel, or a lead will refuse it.
		return True


def tell_of_enquiry(lead: str, say: Callable[[str, str | None], str] | None = None) -> None:
	"""Notify those responsible for the lead that its sender has asked again.

	These are the sales person, else those who are assigned, else the managers. Users who cannot log in any more are
	skipped. `say`: another message; gets the name of the lead and the language of the user, returns HTML.
	"""
	if not say and not frappe.db.get_single_value(SETTINGS, "enquiry_notifies"):
		return
	row = frappe.db.get_value(LEAD, lead, ["lead_owner", "lead_name", "_assign"], as_dict=True)
	people = staff.first_present(row.lead_owner, row._assign)
	if not people and frappe.db.get_single_value(SETTINGS, "unowned_notifies"):
		people = staff.sales_managers()
	for user in people:
		tell(user, lambda language: (say or asked_again)(row.lead_name, language), lead)


def asked_again(name: str, language: str | None) -> str:
	return _("{0} has asked again", lang=language).format(frappe.bold(escape_html(name)))

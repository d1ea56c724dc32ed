"""REST entry point: create a lead with a request that may be repeated.

Documented, with examples, in docs/rest.md.

Creating and updating leads over /api/resource/Pipeline Lead obeys the lead's own rules; what it lacks is here: the
same request twice makes one lead, and a sender with an open lead gets no second one.
"""

import frappe
from frappe import _
from frappe.model import table_fields
from frappe.utils import cstr, escape_html

from lead_pipeline.capture import enquiries, idempotency, senders, strangers
from lead_pipeline.capture.enquiries import Arrival, Enquiry
from lead_pipeline.constants import LEAD
from lead_pipeline.domain import values as plain
from lead_pipeline.duplicates import redirects
from lead_pipeline.exceptions import InvalidRequestError
from lead_pipeline.framework import locks

# Characters of a key; what a program makes up is a number or a UUID.
MAX_KEY_LENGTH = 1000

# Fields in which a number is one; elsewhere it is a text that a program has not put into quotes.
NUMBERS = ("Check", "Currency", "Float", "Int", "Percent")


@frappe.whitelist(methods=["POST"])
def create_lead(values: dict | str, idempotency_key: str | None = None) -> dict:
	"""Create a lead from `values`, or add them to the open lead of the same sender.

	`values`: fields of Pipeline Lead. `idempotency_key`: any text that tells this request from others of the same
	user; the same request with the same key makes one lead, no matter how often and how simultaneously it is sent,
	and gets the same answer. Returns `lead` (its name; None when the values were added to a lead that the user may
	not see) and `created`. Raises PermissionError, InvalidRequestError, and what the lead's save raises.
	"""
	if not frappe.has_permission(LEAD, "create"):
		frappe.throw(
			_("You may not create leads. Ask your administrator for the role Sales User."),
			frappe.PermissionError,
		)
	enquiry = enquiry_of_request(parse_request(values), origin_of_request(idempotency_key))
	arrival = locks.run_exclusively(enquiries.sender_key(enquiry), lambda: receive_request_once(enquiry))
	seen = frappe.has_permission(LEAD, "read", doc=arrival.lead)
	return {"lead": arrival.lead if seen else None, "created": arrival.is_new}


def parse_request(values: dict | str) -> dict:
	"""Return the fields of a lead in a request.

	Raises InvalidRequestError for anything else.
	"""
	if isinstance(values, str):
		values = plain.of_json(values)
	if not isinstance(values, dict):
		throw_invalid_request(
			_("Send the fields of the lead as an object in {0}, by their fieldnames."), "values"
		)
	meta = frappe.get_meta(LEAD)
	for field in values:
		if not meta.has_field(field):
			throw_invalid_request(
				_("A lead has no field {0}. Send the fieldnames of Pipeline Lead only."), cstr(field)
			)
	return {field: value_of_request(meta.get_field(field), value) for field, value in values.items()}


def value_of_request(field, value: object) -> object:
	"""Return the value as the field can have it. Raises InvalidRequestError."""
	if field.fieldtype in table_fields:
		if value and not plain.are_rows(value):
			throw_invalid_request(
				_("{0} is a table. Send a list of objects, by the fieldnames of its rows."), field.fieldname
			)
		return value or []
	if not plain.is_plain(value):
		throw_invalid_request(
			_("{0} has a value that no field can have. Send a text or a number."), field.fieldname
		)
	return value if value is None or field.fieldtype in NUMBERS else cstr(value)


def origin_of_request(key: str | None) -> str | None:
	"""Return the idempotency key combined with its user.

	So nobody can find out with a key what others have sent.
	"""
	if not key:
		return None
	if len(key) > MAX_KEY_LENGTH:
		throw_invalid_request(_("{0} is too long. Send at most 1000 characters."), "idempotency_key")
	return idempotency.digest("rest", frappe.session.user, key)


def enquiry_of_request(values: dict, origin: str | None) -> Enquiry:
	return Enquiry("REST", values, noted={"origin_key": origin} if origin else {})


def receive_request_once(enquiry: Enquiry) -> Arrival:
	"""Answer a repeated request as before, else create a lead or add to the open one.

	The caller holds the lock of the sender.
	"""
	origin, content = enquiry.noted.get("origin_key"), idempotency.digest(enquiry.values)
	if origin and (known := idempotency.find_receipt(origin)):
		if known.content != content:
			throw_invalid_request(
				_(
					"The key was used for another request before. Send this one with a key of its own, not {0}."
				),
				"idempotency_key",
			)
		return Arrival(redirects.surviving_name(known.lead), bool(known.made_new))
	arrival = arrive_as_user(enquiry)
	if origin:
		idempotency.write_receipt(
			origin, form=idempotency.REST, content=content, lead=arrival.lead, made_new=int(arrival.is_new)
		)
	return arrival


def arrive_as_user(enquiry: Enquiry) -> Arrival:
	"""Do what `enquiries.arrive` does, but make a new lead with the user's own rights."""
	values, origin = enquiry.values, enquiry.noted.get("origin_key")
	if origin and (made := senders.of_origin(origin)):
		# The receipt is gone after some time, what the request has made is not.
		return Arrival(made, is_new=True)
	if known := senders.open_lead(values.get("email"), enquiries.phone_keys(enquiry)):
		text = cstr(values.get("description"))
		rest = {field: value for field, value in values.items() if field != "description"}
		enquiries.ask_again(
			known, enquiry._replace(values=rest, text=text, subject=_("Sent again over REST"))
		)
		return Arrival(known, is_new=False)
	lead = frappe.new_doc(LEAD)
	# A program passes on what others have written.
	lead.update(strangers.harmless_values(values))
	lead.flags.noted = dict(enquiry.noted)
	lead.insert()
	return Arrival(lead.name, is_new=True)


def throw_invalid_request(message: str, what: str) -> None:
	frappe.throw(
		message.format(frappe.bold(escape_html(what))), InvalidRequestError, title=_("Request not Possible")
	)

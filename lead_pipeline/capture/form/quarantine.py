"""Enquiries held as spam: keep, release or delete them, and learn from that.

People release and delete them.
"""

import json
from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Order
from frappe.utils import cstr, strip_html
from pypika.functions import Length
from pypika.queries import QueryBuilder

from lead_pipeline.capture import enquiries
from lead_pipeline.capture.enquiries import CONSENT, Enquiry
from lead_pipeline.capture.form import fields
from lead_pipeline.constants import LEAD
from lead_pipeline.domain import spam
from lead_pipeline.domain.matching import email_key
from lead_pipeline.domain.values import is_plain, is_text, of_json
from lead_pipeline.framework import locks, transactions
from lead_pipeline.framework.selection import names_of, reason_of

HELD = "Pipeline Held Enquiry"
KNOWN_SENDER = "Pipeline Known Sender"

# Characters that are kept of a request, beside the answers that count.
MAX_SENT_LENGTH = 20_000
MAX_MESSAGE_LENGTH = 2_000

# What the entrance notes of an enquiry by a form.
NOTED = ("web_form", "origin_key", *CONSENT)


def verdict_on(email: str | None) -> QueryBuilder:
	"""Return a query for the verdict of people on this sender.

	It is one of spam.VERDICTS; one on the address goes before one on its domain.
	"""
	key = email_key(email) or ""
	names = (key, "@" + key.rpartition("@")[2])
	known = frappe.qb.DocType(KNOWN_SENDER)
	return (
		frappe.qb.from_(known)
		.select(known.verdict)
		.where(known.name.isin(names))
		# The address is the longer one of the two.
		.orderby(Length(known.name), order=Order.desc)
		.limit(1)
	)


def hold(enquiry: Enquiry, reasons: list[str], sent: str) -> None:
	"""Keep `enquiry` for people to look at; `sent`: the whole request as it came."""
	held = frappe.new_doc(HELD)
	enquiry = enquiries.harmless(enquiry)
	values = enquiry.values
	held.update(
		{
			"sender_name": name_of(values)[:140],
			"email": values.get("email"),
			"phone": values.get("phone") or values.get("mobile_no"),
			"web_form": enquiry.noted.get("web_form"),
			"reasons": "\n".join(reasons),
			"message": strip_html(enquiry.text)[:MAX_MESSAGE_LENGTH],
			"answers": json.dumps(enquiry._asdict(), default=str),
			"sent": sent[:MAX_SENT_LENGTH],
		}
	)
	# A visitor has no rights.
	held.insert(ignore_permissions=True)


def name_of(values: dict) -> str:
	person = " ".join(filter(None, (values.get("first_name"), values.get("last_name"))))
	return values.get("lead_name") or person or values.get("company_name") or values.get("email") or ""


@frappe.whitelist(methods=["POST"])
def release(held: str | list) -> dict:
	"""Release held enquiries into leads and trust their senders from now on.

	They become what they would have been without being held. `held`: a name, or a list of them (JSON). Returns
	`done` (names), `refused` (name and reason) and a `message`. Raises PermissionError for users who may not delete
	held enquiries, or may not create leads: a release does both. What somebody else has released meanwhile counts as
	done.
	"""
	refuse_who_may_not_create_leads()
	return for_each(held, release_one, _("{0} enquiries were released."))


@frappe.whitelist(methods=["POST"])
def delete_as_spam(held: str | list) -> dict:
	"""Delete held enquiries; what their senders send from now on is held.

	Takes and returns the same as `release`. Raises PermissionError for who may not delete held enquiries.
	"""
	return for_each(held, delete_one, _("{0} enquiries were deleted as spam."))


@frappe.whitelist()
def reasons() -> dict[str, str]:
	"""Return why enquiries are held: code → words, for the list and the form."""
	refuse_without("read")
	return reason_texts()


def reason_texts() -> dict[str, str]:
	return {
		spam.HONEYPOT: _("A field that people do not see was filled in"),
		spam.NO_TICKET: _("Not sent from the form's page"),
		spam.TOO_FAST: _("Filled in faster than people can"),
		spam.USED_TICKET: _("The same opened page was sent with other content before"),
		spam.LINKS: _("Links in a name, or too many in the message"),
		spam.SPAM_SENDER: _("The sender is known for spam"),
		spam.SENDER_LIMIT: _("Too many enquiries of this sender in a day"),
		spam.CLIENT_LIMIT: _("Too many enquiries from this network address in an hour"),
		spam.FORM_LIMIT: _("Too many enquiries by this form in an hour"),
	}


def for_each(held: str | list, work: Callable[[str, list], bool], done_message: str) -> dict:
	refuse_without("delete")
	refused = []
	done = [name for name in names_of(held) if work(name, refused)]
	sentences = [done_message.format(len(done))] if done else []
	for refusal in refused:
		sentences.append(_("{0} was left as it is: {1}").format(refusal["held"], refusal["reason"]))
	return {"done": done, "refused": refused, "message": " ".join(sentences)}


def refuse_without(right: str) -> None:
	if not frappe.has_permission(HELD, right):
		frappe.throw(
			_("You may not work on held enquiries. Ask your administrator for the role Sales User."),
			frappe.PermissionError,
		)


def refuse_who_may_not_create_leads() -> None:
	if not frappe.has_permission(LEAD, "create"):
		frappe.throw(
			_(
				"You may not release enquiries, because you may not create leads. Ask your administrator for the role Sales User."
			),
			frappe.PermissionError,
		)


def try_each(name: str, work: Callable[[], None], refused: list[dict]) -> bool:
	"""Do `work` in a savepoint of its own; what goes wrong is noted in `refused`."""
	return transactions.run_in_savepoint(
		work, lambda error: refused.append({"held": name, "reason": reason_of(error)})
	)


def release_one(name: str, refused: list[dict]) -> bool:
	held = frappe.db.get_value(HELD, name, ["answers", "web_form"], as_dict=True)
	if not held:
		return True
	enquiry = stored_enquiry(held)
	if not enquiry:
		reason = _(
			"What was sent cannot be read any more. Enter the lead by hand from what the enquiry shows, then delete the enquiry."
		)
		refused.append({"held": name, "reason": reason})
		return False

	def let_in_or_note() -> bool:
		return try_each(name, lambda: let_in(name, enquiry), refused)

	# The turn begins the transaction anew when nothing was written yet, so the savepoint is inside it.
	return locks.run_exclusively(enquiries.sender_key(enquiry), let_in_or_note)


def let_in(name: str, enquiry: Enquiry) -> None:
	"""The record is locked and looked for again: two people may release the same list."""
	if not (held := lock_enquiry(name)):
		return
	enquiries.arrive(enquiry)
	learn(held.email, spam.TRUSTED)
	delete_held(held)


def delete_one(name: str, refused: list[dict]) -> bool:
	def delete() -> None:
		if held := lock_enquiry(name):
			learn(held.email, spam.SPAM)
			delete_held(held)

	return try_each(name, delete, refused)


def stored_enquiry(held: frappe._dict) -> Enquiry | None:
	"""Return the enquiry that was kept; None when it cannot be read.

	Of its answers only what its form can fill in. Nobody edits what was kept, and still it is checked as if somebody
	had: a lead is made of it without rights.
	"""
	kept = of_json(held.answers or "")
	if not isinstance(kept, dict) or set(kept) - set(Enquiry._fields):
		return None
	texts = [kept.get(field, "") for field in ("channel", "subject", "text")]
	values, noted = kept.get("values"), kept.get("noted", {})
	if not all(isinstance(text, str) and is_text(text) for text in texts):
		return None
	if not isinstance(values, dict) or not isinstance(noted, dict):
		return None
	fillable = fields.fillable_names(held.web_form)
	values = {field: in_its_type(field, values[field]) for field in values if field in fillable}
	noted = {field: noted[field] for field in NOTED if field in noted}
	if not all(map(is_plain, (*values.values(), *noted.values()))):
		return None
	channel, subject, text = texts
	return Enquiry(channel, values, subject, text, noted)


def in_its_type(field: str, value: object) -> object:
	"""Return a number for a field that holds one, else a text.

	Objects are returned unchanged, to be refused.
	"""
	holds_number = frappe.get_meta(LEAD).get_field(field).fieldtype in (*fields.NUMBERS, "Check")
	return value if holds_number or value is None or not is_plain(value) else cstr(value)


def lock_enquiry(name: str) -> Document | None:
	"""Return the held enquiry, locked, when it is still there.

	Raises PermissionError for users who may not delete it.
	"""
	if not frappe.db.get_value(HELD, name, "name", for_update=True):
		return None
	held = frappe.get_doc(HELD, name)
	held.check_permission("delete")
	return held


def learn(email: str | None, verdict: str) -> None:
	"""Remember what a person thinks of a sender; the last word counts."""
	if not (key := email_key(email)):
		return
	if not frappe.db.exists(KNOWN_SENDER, key):
		known = frappe.new_doc(KNOWN_SENDER)
		known.update({"sender": key, "verdict": verdict})
		# Sales Users teach by what they do with an enquiry; the list itself is the managers'.
		known.insert(ignore_permissions=True)
	elif frappe.db.get_value(KNOWN_SENDER, key, "verdict") != verdict:
		known = frappe.get_doc(KNOWN_SENDER, key)
		known.verdict = verdict
		# As above.
		known.save(ignore_permissions=True)


def delete_held(held: Document) -> None:
	frappe.delete_doc(HELD, held.name, delete_permanently=True)

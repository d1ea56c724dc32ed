"""Entry point for visitors: a submitted Web Form becomes an enquiry or is held.

`accept` stands before the framework's method of the same name (`override_whitelisted_methods` in hooks.py), so it is
the entry point for the framework's page, too. For forms on other DocTypes it changes nothing.
"""

import json
import time
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, now_datetime
from frappe.utils.password import get_encryption_key
from frappe.website.doctype.web_form import web_form as stock

from lead_pipeline.capture import enquiries, idempotency, strangers
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.capture.form import fields, forms, quarantine
from lead_pipeline.capture.idempotency import Earlier
from lead_pipeline.constants import SETTINGS
from lead_pipeline.domain import form_token
from lead_pipeline.domain.matching import email_key
from lead_pipeline.domain.origins import page_address
from lead_pipeline.domain.spam import SpamLimits, SpamSignals, is_junk, reasons_to_hold
from lead_pipeline.domain.values import clean_value, of_json
from lead_pipeline.exceptions import FormRefusedError, TooManyEnquiriesError
from lead_pipeline.framework import locks
from lead_pipeline.framework.checked_insert import check_insert
from lead_pipeline.visibility.lead_access import writable_lead

# A field of the page that people do not see.
HONEYPOT = "second_homepage"

# What a page's address can say about how the visitor came.
CAMPAIGN = ("utm_source", "utm_medium", "utm_campaign")

# Everybody gets this answer, whatever became of the enquiry.
THANKS = {"received": True}

# What a form gets in an hour above its limit is held for people to look at, but not more than so many times the limit:
# nobody looks at that.
FLOOD = 10

# Characters of a request; a form has no files.
MAX_REQUEST_LENGTH = 200_000


class Submission(NamedTuple):
	"""A form as it was sent.

	`answers` by fieldname, `about`: what the page says beside them, `raw`: all as it came.
	"""

	form: Document
	answers: dict
	about: dict
	raw: str

	@property
	def ticket(self) -> form_token.FormToken | None:
		return form_token.verify_token(
			get_encryption_key(), self.form.name, self.about.get("ticket"), time.time()
		)


@frappe.whitelist(allow_guest=True)
def ticket(web_form: str) -> dict:
	"""Return the ticket that a page needs when somebody begins to fill it in.

	`ticket`, and `wait`: how many seconds to wait with sending.
	"""
	form = forms.open_form(web_form)
	number = frappe.generate_hash(length=20)
	return {
		"ticket": form_token.issue_token(get_encryption_key(), form.name, number, time.time()),
		"wait": settings().web_minimum_seconds,
	}


# `xss_safe`: the framework's own cleaning of what guests send leaves JSON as it is, and breaks off at some of it.
@frappe.whitelist(allow_guest=True, xss_safe=True, methods=["POST"])
def accept(web_form: str, data: str | dict, about: str | dict | None = None, **options) -> object:
	"""Accept the answers to a Web Form.

	For forms on leads the response is the same for everybody (`THANKS`).

	`data`: answers by fieldname; `about`: what our page adds (ticket, trap, consent, address of the page, referrer).
	Raises FormNotOpenError, FormRefusedError, TooManyEnquiriesError, and what the lead's save raises.
	"""
	if not forms.is_on_leads(web_form):
		# Only with what it asks for: a request brings more.
		return frappe.call(stock.accept, web_form=web_form, data=data, **options)
	form = forms.open_form(web_form)
	sent = Submission(form, parse_answers(data), parse_answers(about or {}), cstr(data)[:MAX_REQUEST_LENGTH])
	if sent.answers.get("name"):
		return change_lead(sent)
	user = frappe.session.user
	if is_visitor(user, form):
		frappe.session.user = "Guest"
	try:
		receive_submission(sent)
	finally:
		frappe.session.user = user
	return THANKS


def is_visitor(user: str, form: Document) -> bool:
	"""Return whether the sender of a form counts as a visitor.

	Users of the website do, unless the form is for them only. Anybody can register, and the owner of a record may
	read all of it by way of any form on its DocType: the lead's probability and the notes about it, too.
	"""
	if user == "Guest" or form.anonymous:
		return True
	return not form.login_required and frappe.get_cached_value("User", user, "user_type") != "System User"


def parse_answers(data: str | dict) -> dict:
	if isinstance(data, str):
		data = of_json(data) if len(data) <= MAX_REQUEST_LENGTH else None
	data = clean_value(data)
	if not isinstance(data, dict):
		frappe.throw(
			_("The form did not arrive whole. Reload the page and send it again."),
			FormRefusedError,
			title=_("Please Send It Again"),
		)
	return data


def change_lead(sent: Submission) -> dict:
	"""Change a lead through a form that allows it.

	Only for users who may change that lead anyway, and only what the form shows.
	"""
	if frappe.session.user == "Guest" or not sent.form.allow_edit:
		frappe.throw(
			_("A record that is there already cannot be changed here. Send the form as a new one."),
			FormRefusedError,
			title=_("Please Send It Again"),
		)
	lead = writable_lead(cstr(sent.answers["name"]))
	lead.update(strangers.harmless_values(fields.lead_values(sent.form, sent.answers))).save()
	return {"name": lead.name}


def receive_submission(sent: Submission) -> None:
	enquiry = enquiry_of_form(sent)
	locks.run_exclusively(enquiries.sender_key(enquiry), lambda: receive_form_once(sent, enquiry))


def enquiry_of_form(sent: Submission) -> Enquiry:
	"""Return what counts of the form, checked. Raises FormRefusedError."""
	noted = {"web_form": sent.form.name} | consent(sent)
	values = fields.lead_values(sent.form, sent.answers)
	text = values.pop("description", "")
	page = visit_of(sent)
	noted["origin_key"] = idempotency.digest("web form", sent.form.name, ticket_number(sent), values, text)
	page = {field: value for field, value in page.items() if field not in values}
	return Enquiry("Web Form", values | page, text=text, noted=noted)


def visit_of(sent: Submission) -> dict:
	"""Return how the visitor came to the form.

	These are fields of a lead that the page fills in, not the visitor.
	"""
	found = {
		"referrer": page_address(sent.about.get("referrer")),
		"landing_page": page_address(sent.about.get("page")),
	}
	found |= {
		field: " ".join(cstr(sent.about.get(field)).replace("\x00", "").split())[:140] for field in CAMPAIGN
	}
	return {field: value for field, value in found.items() if value}


def consent(sent: Submission) -> dict:
	"""Return what the visitor has agreed to and when.

	Empty when the site asks for no consent. Raises FormRefusedError.
	"""
	text = consent_text()
	if not text:
		return {}
	if not sent.about.get("consent"):
		refuse_consent(_("Please agree to the processing of your data, then send the form again."))
	if sent.about["consent"] != idempotency.digest(text):
		refuse_consent(
			_("The text about your data has changed. Reload the page, read it and send the form again.")
		)
	return {"consent_given_on": str(now_datetime()), "consent_text": text}


def consent_text() -> str:
	"""Return the consent that this site asks of its visitors, in their language.

	Empty when it asks for none.
	"""
	text = cstr(settings().web_consent_text).strip()
	return _(text) if text else ""


def refuse_consent(message: str) -> None:
	frappe.throw(message, FormRefusedError, title=_("Consent"))


def receive_form_once(sent: Submission, enquiry: Enquiry) -> None:
	"""Create a lead, add to the open one, or hold the enquiry; drop a repeated one.

	The caller holds the lock of the sender.
	"""
	name, sender, number = enquiry.noted["origin_key"], sender_hash(enquiry), ticket_number(sent)
	verdict = quarantine.verdict_on(enquiry.values.get("email"))
	client = idempotency.client()
	earlier = idempotency.earlier(
		name, form=sent.form.name, sender=sender, client=client, ticket=number, verdict=verdict
	)
	if earlier.same:
		return
	why = suspicious(sent, enquiry, earlier)
	junk = is_junk(why)
	refuse_flood(earlier, junk)
	idempotency.write_receipt(
		name, form=sent.form.name, sender=sender, client=client, ticket=number, junk=int(junk)
	)
	if why:
		check_as_new_lead(enquiry)
		quarantine.hold(enquiry, why, json.dumps({"data": sent.raw, "about": sent.about}))
	elif not enquiries.arrive(enquiry).is_new:
		# As strict with a known sender as with a stranger: a refusal must not tell one from the other.
		check_as_new_lead(enquiry)


def refuse_flood(earlier: Earlier, junk: bool) -> None:
	"""Refuse enquiries above the site's limit or where held ones would fill the disk.

	The limit of the site protects the machine. Junk is counted separately: a flood of it is refused, while all
	others are received.
	"""
	limit, of_form = settings().web_limit_site, settings().web_limit_form
	on_site = earlier.junk_on_site if junk else earlier.on_site
	by_form = earlier.junk_by_form if junk else earlier.by_form
	if (limit and on_site >= limit) or (of_form and by_form >= FLOOD * of_form):
		frappe.throw(
			_("Very many people are writing to us right now. Please send the form again in a few minutes."),
			TooManyEnquiriesError,
			title=_("Please Try Again Later"),
		)


def suspicious(sent: Submission, enquiry: Enquiry, earlier: Earlier) -> list[str]:
	"""Return why the enquiry is to be held; empty when it is not.

	Users with access to the desk are never suspected.
	"""
	if frappe.session.user != "Guest":
		return []
	site = settings()
	rules = SpamLimits(
		site.web_minimum_seconds, site.web_links_allowed, site.web_limit_sender, site.web_limit_form
	)
	return reasons_to_hold(spam_signals(sent, enquiry, earlier), rules)


def spam_signals(sent: Submission, enquiry: Enquiry, earlier: Earlier) -> SpamSignals:
	given = sent.ticket
	long = [field.fieldname for field in sent.form.web_form_fields if field.fieldtype in fields.TEXTS]
	words = {field: cstr(sent.answers.get(field)) for field in enquiry.values if field != "website"}
	campaign = (cstr(sent.about.get(field)) for field in CAMPAIGN)
	return SpamSignals(
		trap_filled=bool(sent.about.get(HONEYPOT) or sent.answers.get(HONEYPOT)),
		seconds=given.seconds if given else None,
		ticket_used=bool(earlier.with_ticket),
		names=(*(text for field, text in words.items() if field not in long), *campaign),
		texts=tuple(cstr(sent.answers.get(field)) for field in long),
		sender=earlier.verdict or "",
		of_sender=earlier.of_sender,
		of_client=earlier.of_client,
		by_form=earlier.by_form,
	)


def ticket_number(sent: Submission) -> str | None:
	given = sent.ticket
	return given.number if given else None


def sender_hash(enquiry: Enquiry) -> str | None:
	"""Return who sends, as far as the visitor says: by address, else by phone."""
	key = email_key(enquiry.values.get("email")) or next(iter(enquiries.phone_keys(enquiry)), None)
	return idempotency.digest("sender", key) if key else None


def check_as_new_lead(enquiry: Enquiry) -> None:
	"""Raise what saving a new lead with these values would raise, without saving one."""
	check_insert(enquiries.unsaved_lead(enquiry))


def refuse_unchecked(lead: Document, method: str | None = None) -> None:
	"""Hook (before_insert): Refuse leads from the framework's saving of Web Forms.

	It checks nothing. A form on another DocType is allowed to create a lead on the way.
	"""
	if not frappe.flags.in_web_form:
		return
	form = frappe.form_dict.get("web_form")
	if not form or forms.is_on_leads(form):
		frappe.throw(
			_(
				"This form could not be saved: another app handles Web Forms on this site. Ask its administrator to let Lead Pipeline handle those on Pipeline Lead."
			),
			FormRefusedError,
			title=_("Web Form"),
		)


def settings() -> Document:
	return frappe.get_cached_doc(SETTINGS)

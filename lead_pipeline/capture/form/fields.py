"""Decide which fields of a form on leads a visitor may fill in; check the answers.

The framework's own endpoint accepts hidden and read-only fields, values that are too long or made up, and blanks
that wipe defaults. Here only what the form shows counts, and only as the form says.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cint, cstr, escape_html, flt, get_datetime, getdate

from lead_pipeline.constants import LEAD, MODULE
from lead_pipeline.domain import cells
from lead_pipeline.domain.matching import phone_as_kept
from lead_pipeline.exceptions import FormRefusedError

FILES = ("Attach", "Attach Image", "Signature", "Image")
TEXTS = ("Small Text", "Text", "Long Text", "Text Editor")
WORDS = ("Data", "Phone", "Select", "Link", "Autocomplete", *TEXTS)
NUMBERS = ("Int", "Float", "Currency", "Percent")
MOMENTS = ("Date", "Datetime", "Time")
FILLABLE = ("Check", *WORDS, *NUMBERS, *MOMENTS)

# Characters of an answer whose field has no limit of its own.
MAX_WORD_LENGTH = 140
MAX_TEXT_LENGTH = 10_000

# What the page tells of how the visitor came, beside the fields of the form (`entrance.origin_of`).
TOLD_BY_PAGE = ("referrer", "landing_page", "utm_source", "utm_medium", "utm_campaign")

# Names of these say nothing about anybody. Of other DocTypes a visitor sees the names only when the site has given
# Guest the right to select them, or has made them itself.
PUBLIC_LISTS = ("Salutation", "Gender", "Country", "Currency", "Language", "Industry Type", "Market Segment")

# A visitor chooses among at most so many names.
MAX_LIST_LENGTH = 500


def visible_fields(form: Document) -> list[Document]:
	"""Return the fields of the form that a visitor sees and fills in, in their order."""
	meta = frappe.get_meta(LEAD)
	return [field for field in form.web_form_fields if is_fillable(field, meta.get_field(field.fieldname))]


def is_fillable(field: Document, in_lead: Document | None) -> bool:
	"""Return whether a visitor fills in the field.

	Not what the form hides or only shows, and never what the app notes for itself.
	"""
	if field.hidden or field.read_only or not in_lead:
		return False
	if in_lead.hidden or in_lead.read_only or in_lead.permlevel or in_lead.fieldtype not in FILLABLE:
		return False
	return in_lead.fieldtype != "Link" or is_public(in_lead.options)


def fillable_names(form: str | None) -> set[str]:
	"""Return the fields of a lead that an enquiry by the Web Form `form` can fill.

	The fields of any form, when that one is gone.
	"""
	if form and frappe.db.exists("Web Form", form):
		shown = visible_fields(frappe.get_cached_doc("Web Form", form))
	else:
		shown = [field for field in frappe.get_meta(LEAD).fields if is_fillable(field, field)]
	return {field.fieldname for field in shown} | set(TOLD_BY_PAGE)


def refuse_names_of_people(form: Document, method: str | None = None) -> None:
	"""Hook (validate of Web Form): Refuse Link fields that reveal names to visitors.

	The framework tells a visitor all names that a Link field of the form can have. Forms that require a login are
	not checked.
	"""
	if form.login_required:
		return
	for field in form.web_form_fields:
		if form.doc_type != LEAD and field.options != LEAD:
			continue
		if field.fieldtype == "Link" and not field.hidden and field.options and not is_public(field.options):
			throw_invalid_answer(
				field,
				_(
					"{0}: visitors would see the names of all records of {1}. Take the field off the form, hide it, or tick Login Required."
				),
				frappe.bold(_(field.options)),
			)


def is_public(doctype: str) -> bool:
	meta = frappe.get_meta(doctype)
	ours = meta.module == MODULE and doctype != LEAD and not meta.in_create
	if doctype in PUBLIC_LISTS or ours or meta.custom:
		return True
	return any(frappe.has_permission(doctype, right, user="Guest") for right in ("select", "read"))


def choices_of_field(field: Document) -> list[str]:
	"""Return what can be chosen in a Select or Link field of a form."""
	in_lead = frappe.get_meta(LEAD).get_field(field.fieldname)
	if in_lead.fieldtype == "Link":
		return linked_record_names(in_lead.options)
	return [option.strip() for option in cstr(field.options or in_lead.options).split("\n") if option.strip()]


def linked_record_names(doctype: str) -> list[str]:
	filters = {"disabled": 0} if frappe.get_meta(doctype).has_field("disabled") else {}
	# Without permissions: a visitor has none, and `is_public` has said that these names are public.
	return frappe.get_all(doctype, filters=filters, pluck="name", order_by="name asc", limit=MAX_LIST_LENGTH)


def lead_values(form: Document, sent: dict) -> dict:
	"""Return the values of visible fields in `sent`, as a lead takes them.

	Blanks are left to the lead's defaults.

	Raises FormRefusedError for a required field without a value, for a value that the field cannot have, for a file.
	"""
	refuse_files(form, sent)
	found = {}
	for field in visible_fields(form):
		answer = answer_as_text(sent.get(field.fieldname), field)
		if answer in (None, ""):
			refuse_blank(field, sent)
		else:
			found[field.fieldname] = checked_answer(answer, field)
	return found


def refuse_files(form: Document, sent: dict) -> None:
	meta = frappe.get_meta(LEAD)
	for field in form.web_form_fields:
		in_lead = meta.get_field(field.fieldname)
		if sent.get(field.fieldname) and (
			field.fieldtype in FILES or (in_lead and in_lead.fieldtype in FILES)
		):
			throw_invalid_answer(
				field, _("{0}: this form takes no files. Leave the field empty and send the form again.")
			)


def answer_as_text(answer: object, field: Document) -> str | None:
	"""Return one answer as text, without white space around it.

	It is on one line, except for fields of several lines.
	"""
	if isinstance(answer, dict | list):
		throw_invalid_answer(field, _("{0} has a value that it cannot have. Enter it again."))
	if isinstance(answer, bool):
		answer = cint(answer)
	text = cstr(answer).replace("\x00", "").strip()
	return text if field.fieldtype in TEXTS else " ".join(text.split())


def refuse_blank(field: Document, sent: dict) -> None:
	if field.reqd and is_field_shown(field, sent):
		throw_invalid_answer(field, _("{0} is missing. Fill it in and send the form again."))


def is_field_shown(field: Document, sent: dict) -> bool:
	"""Return whether the form shows a field that depends on another one.

	A condition that is an expression counts as not met: only the browser can evaluate it.
	"""
	condition = cstr(field.depends_on).strip()
	if not condition:
		return True
	return not condition.startswith(("eval:", "fn:")) and bool(sent.get(condition))


def checked_answer(answer: str, field: Document) -> object:
	in_lead = frappe.get_meta(LEAD).get_field(field.fieldname)
	if in_lead.fieldtype == "Check":
		return cint(answer in ("1", "true", "on"))
	if in_lead.fieldtype in NUMBERS:
		return number_of_answer(answer, field, in_lead.fieldtype)
	if in_lead.fieldtype in MOMENTS:
		return moment_of_answer(answer, field, in_lead.fieldtype)
	if in_lead.options == "Phone":
		answer = phone_as_kept(answer)
	refuse_long(answer, field, in_lead)
	if in_lead.options == "Email" and answer.startswith("="):
		# Nobody has such an address; exported to a spreadsheet it would be a formula.
		throw_invalid_answer(field, _("{0} is not an e-mail address. Enter one like name@example.com."))
	if (field.fieldtype in ("Select", "Link") or in_lead.fieldtype in ("Select", "Link")) and answer not in (
		choices_of_field(field)
	):
		throw_invalid_answer(field, _("{0} has a value that cannot be chosen. Choose another one."))
	if in_lead.fieldtype == "Text Editor" and frappe.session.user == "Guest":
		return typed_as_html(answer)
	return answer


def refuse_long(answer: str, field: Document, in_lead: Document) -> None:
	longest = cint(field.max_length) or (MAX_TEXT_LENGTH if in_lead.fieldtype in TEXTS else MAX_WORD_LENGTH)
	if len(answer) > longest:
		throw_invalid_answer(field, _("{0} is too long. Enter at most {1} characters."), longest)


def number_of_answer(answer: str, field: Document, fieldtype: str) -> float | int:
	try:
		found = float(answer)
	except ValueError:
		found = float("nan")
	highest = cint(field.max_value)
	if not abs(found) < 10**12:
		throw_invalid_answer(field, _("{0} is no number. Enter digits."))
	if highest and found > highest:
		throw_invalid_answer(field, _("{0} can be {1} at most."), highest)
	return int(found) if fieldtype == "Int" else flt(found)


def moment_of_answer(answer: str, field: Document, fieldtype: str) -> str:
	"""Return the answer, when it is a date, a time, or both."""
	try:
		found = getdate(answer) if fieldtype == "Date" else get_datetime(answer)
	except Exception:
		# What the framework's parsers raise for what is no date has no common class.
		found = None
	# Of two days that it could be, these take one.
	if not found or cells.is_two_days(answer):
		throw_invalid_answer(field, _("{0} is no date or time. Choose one."))
	return answer


def typed_as_html(text: str) -> str:
	"""Return what a visitor has typed, as it was typed."""
	return "<p>" + escape_html(text).replace("\r\n", "\n").replace("\n", "<br>") + "</p>"


def throw_invalid_answer(field: Document, message: str, *further: object) -> None:
	label = frappe.bold(escape_html(_(field.label or field.fieldname)))
	frappe.throw(message.format(label, *further), FormRefusedError, title=_("Please Check the Form"))

"""The web forms for leads, as Sales Managers set them up from the settings.

A Web Form can carry scripts, style sheets and pages of any address, so the framework leaves them to Website Managers. Here a
manager of leads chooses texts and fields and publishes: plain text and an allow-list, on forms for leads alone.
"""

import html
import re
from typing import NamedTuple

import frappe
from frappe import _
from frappe.database.database import savepoint
from frappe.model.document import Document
from frappe.utils import cint, cstr, escape_html, get_url, strip_html

from lead_pipeline.capture.form import fields
from lead_pipeline.capture.form.forms import WEB_FORM
from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.domain.values import are_rows, of_json
from lead_pipeline.exceptions import FormNotOpenError, InvalidActionError
from lead_pipeline.setup.web_forms import ENQUIRY

# What may be written on a form, and how much of it.
TEXTS = {
	"title": 140,
	"introduction_text": 2000,
	"button_label": 60,
	"success_title": 140,
	"success_message": 1000,
}
HTML = ("introduction_text",)
# What begins markup, or a template of the framework's.
MARKUP = ("<", ">", "{{", "{%", "{#")

BREAKS = ("Column Break", "Section Break")

# What visitors are asked for; besides, the fields that the site has added to leads.
ASKED = (
	*("salutation", "first_name", "last_name", "lead_name", "gender"),
	*("company_name", "job_title", "email", "phone", "mobile_no", "website"),
	*("industry", "market_segment", "expected_closing", "expected_revenue", "description"),
)
# A Web Form has no such types.
TYPES = {"Percent": "Float", "Autocomplete": "Data"} | dict.fromkeys(fields.TEXTS, "Text")

# One of these says who it is, one of the others how to answer.
NAMES = {"lead_name", "first_name", "last_name", "company_name"}
ADDRESSES = {"email", "phone", "mobile_no"}

LABEL_LENGTH = 140
MAX_FIELDS = 60


class Row(NamedTuple):
	"""A line of a form: a field of the lead with its label, or a break."""

	fieldname: str
	label: str
	reqd: int


@frappe.whitelist(methods=["GET"])
def forms() -> dict:
	"""Return the Web Forms for leads and the fields that a form can have.

	`forms`: each with its texts, fields and address; `fields`: those that a form can have.
	"""
	check_may_set_up()
	# Without permissions: who sets the app up need not be a Website Manager.
	names = frappe.get_all(WEB_FORM, {"doc_type": LEAD}, pluck="name", order_by="creation asc, name asc")
	return {
		"forms": [form_as_shown(frappe.get_cached_doc(WEB_FORM, name)) for name in names],
		"fields": [
			{"fieldname": field.fieldname, "label": _(field.label)} for field in possible_fields().values()
		],
	}


@frappe.whitelist(methods=["POST"])
def new_form(title: str) -> dict:
	"""Create an unpublished form with the fields of the app's own form.

	Returns it as `forms` does.
	"""
	check_may_set_up()
	title = checked_text(title, TEXTS["title"], _("Title"))
	if not title:
		throw_form_not_possible(_("Give the form a title."))
	form = frappe.get_doc(ENQUIRY | {"title": title, "route": free_route(title)})
	# The framework names a form after its title; PostgreSQL takes no more statements after an error.
	is_new = False
	with savepoint(catch=frappe.DuplicateEntryError):
		# The right to set the app up has been checked; what the form holds are our own texts.
		form.insert(ignore_permissions=True)
		is_new = True
	if not is_new:
		frappe.clear_messages()
		throw_form_not_possible(_("There is a form with this title already. Choose another title."))
	return form_as_shown(form)


@frappe.whitelist(methods=["POST"])
def publish(web_form: str, published: bool) -> dict:
	"""Let visitors fill the form in, or not any more."""
	form = own_form(web_form)
	form.published = cint(published)
	return saved(form)


@frappe.whitelist(methods=["POST"])
def change_texts(web_form: str, texts: str | dict) -> dict:
	"""Change the TEXTS of a form; they are plain text.

	A text that is not given stays; so does one that is as it was shown.
	"""
	form = own_form(web_form)
	refuse_standard(form)
	texts = of_json(texts) if isinstance(texts, str) else texts
	if not are_rows([texts]):
		throw_form_not_possible(_("The texts did not arrive whole. Reload the page and enter them again."))
	shown = shown_texts(form)
	for field in TEXTS.keys() & texts.keys():
		label = _(form.meta.get_label(field))
		if cstr(texts[field]).strip() != shown[field]:
			text = checked_text(texts[field], TEXTS[field], label)
			form.set(field, text_as_html(text) if field in HTML else text)
	if not form.title:
		throw_form_not_possible(_("Give the form a title."))
	return saved(form)


@frappe.whitelist(methods=["POST"])
def change_fields(web_form: str, rows: str | list) -> dict:
	"""Replace the fields of a form, in the given order.

	Each row has `fieldname` (of a lead, or Column Break, Section Break), `label` and `reqd`.

	What the form holds besides and visitors do not fill in (hidden fields with a default, for example) stays.
	"""
	form = own_form(web_form)
	refuse_standard(form)
	wanted = checked_rows(of_json(rows) if isinstance(rows, str) else rows, form)
	known = {row.fieldname: row for row in form.web_form_fields if row.fieldname}
	seen = {row.name for row in fields.visible_fields(form)}
	kept = [row for row in form.web_form_fields if row.name not in seen and row.fieldtype not in BREAKS]
	form.set("web_form_fields", [])
	for row in wanted:
		form.append("web_form_fields", row_of_form(row, known.get(row.fieldname)))
	names = {row.fieldname for row in wanted}
	for row in kept:
		if not row.fieldname or row.fieldname not in names:
			form.append("web_form_fields", values_of_row(row))
	return saved(form)


def check_may_set_up() -> None:
	if not frappe.has_permission(SETTINGS, "write"):
		frappe.throw(
			_("Web forms for leads are set up by Sales Managers. Ask one of them, or for their role."),
			frappe.PermissionError,
		)


def own_form(name: str) -> Document:
	"""Return the form, when it is one for leads and the user may set it up."""
	check_may_set_up()
	if frappe.db.get_value(WEB_FORM, name, "doc_type") != LEAD:
		frappe.throw(_("There is no such form for leads. Reload the page."), FormNotOpenError)
	return frappe.get_doc(WEB_FORM, name)


def refuse_standard(form: Document) -> None:
	if form.is_standard:
		throw_form_not_possible(
			_("This form comes with an app and can only be published. Make a form of your own.")
		)


def saved(form: Document) -> dict:
	# The right to set the app up has been checked, and what may be changed are plain texts and fields of an allow-list.
	form.save(ignore_permissions=True)
	return form_as_shown(form)


def form_as_shown(form: Document) -> dict:
	visible = {row.name: row for row in fields.visible_fields(form)}
	return {
		"name": form.name,
		"title": form.title,
		"route": form.route,
		"address": get_url(f"/{form.route}"),
		"published": cint(form.published),
		"login_required": cint(form.login_required),
		"is_standard": cint(form.is_standard),
		"texts": shown_texts(form),
		"fields": [
			{"fieldname": row.fieldname or row.fieldtype, "label": row.label or "", "reqd": cint(row.reqd)}
			for row in form.web_form_fields
			if row.name in visible or row.fieldtype in BREAKS
		],
	}


def shown_texts(form: Document) -> dict[str, str]:
	"""Return the texts of the form as they can be edited.

	Of markup that a Website Manager has added, only the words.
	"""
	texts = {field: cstr(form.get(field)) for field in TEXTS}
	return {field: (words_of(text) if field in HTML else text).strip() for field, text in texts.items()}


def text_as_html(text: str) -> str:
	return escape_html(text).replace("\n", "<br>")


def words_of(markup: str) -> str:
	return html.unescape(strip_html(re.sub(r"<br\s*/?>|</(?:p|div|li|h\d)>", "\n", markup)))


def checked_text(text: object, longest: int, label: str) -> str:
	text = cstr(text).replace("\x00", "").strip()
	if any(sign in text for sign in MARKUP):
		text = _("{0}: enter plain text, without < and > and double braces.")
		throw_form_not_possible(text.replace("<", "&lt;").replace(">", "&gt;").format(frappe.bold(label)))
	if len(text) > longest:
		throw_form_not_possible(
			_("{0} is too long. Enter at most {1} characters.").format(frappe.bold(label), longest)
		)
	return text


def free_route(title: str) -> str:
	"""Return a free address for a form with this title, below the app's own.

	So no title can take the address of another page of the site.
	"""
	base = f"{ENQUIRY['route']}-{frappe.scrub(title).replace('_', '-')}"
	base = "".join(char for char in base if char.isalnum() or char == "-").strip("-")[:80]
	taken = set(frappe.get_all(WEB_FORM, {"route": ("like", f"{base}%")}, pluck="route", order_by=None))
	return next(
		route
		for route in (base, *(f"{base}-{number}" for number in range(2, len(taken) + 3)))
		if route not in taken
	)


def possible_fields() -> dict[str, Document]:
	"""Return what visitors can be asked for, by name, in the order of the lead's form."""
	shown = frappe._dict(hidden=0, read_only=0)
	return {
		field.fieldname: field
		for field in frappe.get_meta(LEAD).fields
		if fields.is_fillable(shown, field) and (field.fieldname in ASKED or field.get("is_custom_field"))
	}


def checked_rows(rows: object, form: Document) -> list[Row]:
	"""Return the lines of a form as they were sent.

	Raises InvalidActionError for what no form can have, or no lead comes of.
	"""
	possible = possible_fields().keys() | {row.fieldname for row in fields.visible_fields(form)}
	found: list[Row] = []
	for row in rows if are_rows(rows) else []:
		name = cstr(row.get("fieldname"))
		again = name in {other.fieldname for other in found}
		if name not in BREAKS and (name not in possible or again):
			text = _("{0} cannot be asked for, or is there twice. Choose another field.")
			throw_form_not_possible(text.format(frappe.bold(escape_html(name))))
		label = checked_text(row.get("label"), LABEL_LENGTH, escape_html(name))
		found.append(Row(name, label, cint(bool(row.get("reqd")) and name not in BREAKS)))
	names = {row.fieldname for row in found}
	if not names & ADDRESSES or not names & (NAMES | {"email"}):
		throw_form_not_possible(_("A form needs a name or company, and an e-mail or phone to answer to."))
	if len(found) > MAX_FIELDS:
		throw_form_not_possible(_("A form can have {0} fields at most.").format(MAX_FIELDS))
	return found


def throw_form_not_possible(message: str) -> None:
	frappe.throw(message, InvalidActionError, title=_("Web Form"))


def row_of_form(row: Row, known: Document | None) -> dict:
	"""Return a row of the Web Form for one field.

	It is the known row with its new label, else made from the lead's field.
	"""
	if row.fieldname in BREAKS:
		return {"fieldtype": row.fieldname, "label": row.label}
	in_lead = frappe.get_meta(LEAD).get_field(row.fieldname)
	if known and not known.hidden and not known.read_only:
		before = values_of_row(known)
	else:
		fieldtype = TYPES.get(in_lead.fieldtype, in_lead.fieldtype)
		before = {"fieldname": row.fieldname, "fieldtype": fieldtype, "options": in_lead.options}
	return before | {"label": row.label or in_lead.label, "reqd": row.reqd}


def values_of_row(row: Document) -> dict:
	"""Return the values of a row of a form, without what tells it from others."""
	return {
		field.fieldname: row.get(field.fieldname)
		for field in row.meta.fields
		if row.get(field.fieldname) not in (None, "")
	}

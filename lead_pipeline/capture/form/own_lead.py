"""Decide what a website user sees of leads in a Web Form.

Of the own lead what the form shows, of others nothing.

The framework gives the owner of a record all of its fields, and on Frappe 15.0 the names and titles of every
DocType. Its methods are replaced by those here (`override_whitelisted_methods` in hooks.py), its page by
`OwnLeadPage`.
"""

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.website.doctype.web_form import web_form as stock
from frappe.website.page_renderers.web_form import WebFormPage

from lead_pipeline.capture.form import fields, forms
from lead_pipeline.constants import LEAD, MODULE


@frappe.whitelist(allow_guest=True)
def form_data(doctype: str, docname: str | None = None, web_form_name: str | None = None) -> dict:
	"""Return what the framework's `get_form_data` does; of a lead what the form shows.

	Raises PermissionError for records of the app that the form is not about, and for those of others.
	"""
	form = frappe.get_cached_doc(forms.WEB_FORM, web_form_name)
	if doctype != form.doc_type and frappe.get_meta(doctype).module == MODULE:
		throw_not_open(_("This form shows no such records. Open the form that they were sent with."))
	if form.doc_type == LEAD:
		forms.open_form(form.name)
	found = stock.get_form_data(doctype, docname, form.name)
	hide_options(form, found["web_form"].web_form_fields)
	write_options(found["web_form"].web_form_fields)
	if found.get("doc") and form.doc_type == LEAD:
		found["doc"] = shown_values(form, found["doc"])
	return found


@frappe.whitelist(allow_guest=True)
def link_options(
	web_form_name: str, doctype: str, allow_read_on_all_link_options: bool = False
) -> str | list | None:
	"""Return the choices for a Link field of the form, as Frappe 15.0 does.

	Newer versions do not offer this method.

	Raises PermissionError for a DocType that no field of the form links to, and for leads, whose titles are names of
	people.
	"""
	frappe.is_whitelisted(stock.get_link_options)
	form = frappe.get_cached_doc(forms.WEB_FORM, web_form_name)
	if doctype == LEAD or doctype not in [field.options for field in fields_with_choices(form)]:
		throw_not_open(_("This form offers nothing of that kind to choose. Reload its page."))
	return frappe.call(
		stock.get_link_options,
		web_form_name=web_form_name,
		doctype=doctype,
		allow_read_on_all_link_options=allow_read_on_all_link_options,
	)


class OwnLeadPage(WebFormPage):
	"""The framework's page of a form on leads, for users who are logged in.

	Also of forms that link to leads.
	"""

	def can_render(self) -> bool:
		return super().can_render() and is_about_leads(frappe.get_cached_doc(forms.WEB_FORM, self.docname))

	def update_context(self) -> None:
		super().update_context()
		hide_options(self.doc, self.context.web_form_doc.web_form_fields)
		lead = self.context.get("reference_doc")
		if lead and self.doc.doc_type == LEAD:
			self.context.reference_doc = shown_values(self.doc, lead)
			self.context.title = self.context.reference_doc.get("lead_name") or lead["name"]


def is_about_leads(form: Document) -> bool:
	return form.doc_type == LEAD or any(field.options == LEAD for field in form.web_form_fields)


def shown_values(form: Document, lead: dict | Document) -> dict:
	"""Return the name and the values of the lead in fields that the form shows.

	Fields that cannot be filled in are included.
	"""
	meta = frappe.get_meta(LEAD)
	shown = [field.fieldname for field in form.web_form_fields if not field.hidden]
	public = [meta.get_field(name) for name in shown if meta.has_field(name)]
	names = [field.fieldname for field in public if not field.hidden and not field.permlevel]
	return frappe._dict(
		{"doctype": LEAD, "name": lead.get("name")} | {name: lead.get(name) for name in names}
	)


def fields_with_choices(form: Document) -> list[Document]:
	"""Return the Link fields of the form in which something can be chosen.

	Of a form on leads those that it shows; of another form those that do not link to leads.
	"""
	if form.doc_type == LEAD:
		return [field for field in fields.visible_fields(form) if field.fieldtype == "Link"]
	return [field for field in form.web_form_fields if field.fieldtype == "Link" and field.options != LEAD]


def hide_options(form: Document, answered: list) -> None:
	"""Remove names of records from the answer's fields outside `fields_with_choices`.

	The framework lists all of them.
	"""
	form = frappe.get_cached_doc(forms.WEB_FORM, form.name)
	links = {field.fieldname for field in form.web_form_fields if field.fieldtype == "Link"}
	hidden = links - {field.fieldname for field in fields_with_choices(form)}
	for field in answered:
		if field.get("fieldname") in hidden:
			field.update({"options": ""})


def write_options(answered: list) -> None:
	"""Write the options of fields as JSON where the framework has a list.

	It cannot send a list (Frappe 15.101).
	"""
	for field in answered:
		if isinstance(field.options, list):
			field.options = json.dumps(field.options)


def throw_not_open(message: str) -> None:
	frappe.throw(message, frappe.PermissionError, title=_("Not Permitted"))

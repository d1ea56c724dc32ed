"""Web Forms on Pipeline Lead, and which of them are open to the present visitor."""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.website.utils import clear_cache

from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import FormNotOpenError
from lead_pipeline.framework.cache import CachedRecords

WEB_FORM = "Web Form"


def is_on_leads(form: str) -> bool:
	return frappe.get_cached_value(WEB_FORM, form, "doc_type") == LEAD


def open_form(name: str) -> Document:
	"""Return the form, when it is published and the visitor may use it.

	Raises FormNotOpenError.
	"""
	form = frappe.get_cached_doc(WEB_FORM, name)
	if not form.published:
		not_open(_("This form is closed at the moment. Please use another way to reach us."))
	if form.login_required and frappe.session.user == "Guest":
		not_open(_("Log in first, then send the form again."))
	return form


def not_open(message: str) -> None:
	frappe.throw(message, FormNotOpenError, title=_("Form not Available"))


def by_route() -> dict[str, str]:
	"""Return address → name of the forms on leads that everybody may fill in.

	Every page of the website asks for it.
	"""
	return _forms.get()


def _load() -> dict[str, str]:
	# Without permissions: what is published is public.
	rows = frappe.get_all(
		WEB_FORM,
		filters={"doc_type": LEAD, "published": 1, "login_required": 0},
		fields=["name", "route"],
		order_by="creation asc",
	)
	return {row.route.strip("/"): row.name for row in rows if row.route}


_forms = CachedRecords("lead_pipeline_web_forms", _load)


def on_change(document: Document, method: str | None = None) -> None:
	"""Hook of Web Form: its address, and its pages as they were, are cached."""
	if document.doc_type == LEAD:
		_forms.clear()
		frappe.db.after_commit.add(clear_cache)

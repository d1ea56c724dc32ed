"""Refuse requests that query fields whose permission level the user does not have.

Concerns the app's DocTypes. Up to Frappe 15, the framework leaves such a field out of the columns of a list,
but filters, sorts, groups and counts by it for everybody: a user who guesses a value learns whether it is
right.
"""

import re

import frappe
from frappe import _
from frappe.model.meta import Meta
from werkzeug.wrappers import Request

from lead_pipeline.constants import MODULE
from lead_pipeline.visibility.request_texts import decode, requested_columns, segments, stored_report, texts

# How the names of the app's DocTypes begin, and what says in a document that it asks for records of one of them.
PREFIX = "Pipeline "
ASKED_IN = (
	"document_type",
	"parent_document_type",
	"ref_doctype",
	"reference_doctype",
	"reference_document_type",
)

# Parameters with a document: a chart or card that is tried before it is saved.
DOCUMENTS = ("chart", "doc", "stored")

# Parameters with what people write, which may have any word in it.
WRITTEN = {"content", "comment", "description", "message", "subject", "text", "title", "txt"}


def refuse_unreadable_fields(request: Request, form: dict, user: str) -> None:
	"""Refuse a request that filters, sorts, groups or calculates by a hidden field.

	Concerns records of the app and fields hidden from `user`. Plain columns are left to the framework, which omits
	them.
	"""
	if user == "Administrator":
		return
	asked = form | {"stored": stored_query(form)}
	for doctype in sorted(asked_for(request, asked)):
		fields = unreadable_fields(doctype)
		if fields and asks_about(asked, fields):
			refuse(doctype)


def stored_query(form: dict) -> dict | None:
	"""The report or chart that the request runs, as it was saved."""
	name = form.get("chart_name")
	if isinstance(name, str) and frappe.db.exists("Dashboard Chart", name):
		return frappe.get_cached_doc("Dashboard Chart", name).as_dict()
	return stored_report(form, "Report Builder")


def asked_for(request: Request, form: dict) -> set[str]:
	"""Return the DocTypes of the app that a request names.

	Either the request itself names them, or a chart, card or report in it.
	"""
	named = {*segments(request), *(value for value in form.values() if isinstance(value, str))}
	for key in DOCUMENTS:
		document = document_in(form.get(key))
		named.update(document[field] for field in ASKED_IN if isinstance(document.get(field), str))
	return {name for name in named if name.startswith(PREFIX)}


def document_in(value: object) -> dict:
	decoded = decode(value) if isinstance(value, str) else value
	return decoded if isinstance(decoded, dict) else {}


def unreadable_fields(doctype: str) -> list[str]:
	meta = meta_of(doctype)
	if not meta or meta.module != MODULE or not any(field.permlevel for field in meta.fields):
		return []
	levels = meta.get_permlevel_access("read")
	return [field.fieldname for field in meta.fields if field.permlevel and field.permlevel not in levels]


def meta_of(doctype: str) -> Meta | None:
	try:
		return frappe.get_meta(doctype)
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return None


def asks_about(form: dict, fields: list[str]) -> bool:
	"""Return whether a parameter names one of the fields, alone or in an expression.

	A plain column does not count.
	"""
	names = "|".join(map(re.escape, fields))
	plain = re.compile(rf"`?(?:tab[\w ]+`?\.`?)?(?:{names})`?(?: as .*)?", re.IGNORECASE)
	named = re.compile(rf"(?:^|[,(\s`.])(?:{names})`?\s*(?:$|[,)\s])", re.IGNORECASE)
	columns = requested_columns(form)
	rest = [column for column in columns if not (isinstance(column, str) and plain.fullmatch(column))]
	asked = {key: value for key, value in form.items() if key not in WRITTEN} | {"fields": rest}
	# The fields of a chart or card itself are no question.
	asked |= {key: list(document_in(value).values()) for key, value in asked.items() if key in DOCUMENTS}
	return any(named.search(text) for value in asked.values() for text in texts(value))


def refuse(doctype: str) -> None:
	frappe.throw(
		_(
			"You may not read all fields of {0}, so that a list of it cannot be filtered, sorted or grouped by these. "
			"Leave them out, or ask your administrator for a right to their permission level."
		).format(_(doctype)),
		frappe.PermissionError,
		title=_("Not Permitted"),
	)

"""Fill documents of other apps, whose fields and links differ between sites."""

from collections.abc import Iterable

import frappe
from frappe.model.document import Document


def set_known_fields(document: Document, values: dict) -> Document:
	"""Set those of `values` that are known and that the DocType can hold.

	The DocType has the field, and the linked record exists. What is left out keeps its default.
	"""
	for fieldname, value in values.items():
		field = document.meta.get_field(fieldname)
		if not field or value in (None, ""):
			continue
		if field.fieldtype == "Link" and not frappe.db.exists(field.options, value):
			continue
		if field.fieldtype == "Select" and value not in (field.options or "").split("\n"):
			continue
		document.set(fieldname, value)
	return document


def missing_fields(document: Document) -> list[str]:
	"""Return labels of the mandatory fields that are empty."""
	return [
		field.label or field.fieldname
		for field in document.meta.get("fields", {"reqd": 1})
		if document.get(field.fieldname) in (None, "", [])
	]


def on_site(doctypes: Iterable[str]) -> list[str]:
	"""Return those of the DocTypes that this site has."""
	return [doctype for doctype in doctypes if frappe.db.exists("DocType", doctype, cache=True)]

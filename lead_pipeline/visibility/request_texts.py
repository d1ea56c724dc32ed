"""Read path, parameters and stored reports of a request, for any method.

Texts in the parameters are found whatever the method calls them.
"""

import json
from collections.abc import Iterator

import frappe
from werkzeug.wrappers import Request

# As deep as lists and objects are looked into; nothing that the framework reads is nested deeper.
DEEPEST = 12


def segments(request: Request) -> list[str]:
	"""The parts of an API's path: a DocType, a name."""
	return request.path.split("/") if request.path.startswith("/api/") else []


def texts(value: object, skip_documents: bool = False, depth: int = 0) -> Iterator[str]:
	"""All texts in a parameter, those in JSON and the keys of objects included."""
	if isinstance(value, str):
		yield value.strip()
	for entry in entries(value, skip_documents) if depth < DEEPEST else ():
		yield from texts(entry, skip_documents, depth + 1)


def entries(value: object, skip_documents: bool) -> list:
	"""What is in a list, in an object (its keys, too), or in a text that is JSON."""
	if isinstance(value, str):
		decoded = decode(value)
		return [] if decoded is None else [decoded]
	if isinstance(value, dict):
		return [] if skip_documents and "doctype" in value else [*map(str, value), *value.values()]
	return list(value) if isinstance(value, list | tuple) else []


def decode(value: str) -> list | dict | str | None:
	"""What a JSON text means; None for any other text."""
	if value.lstrip()[:1] not in ("[", "{", '"'):
		return None
	try:
		return json.loads(value)
	except (ValueError, RecursionError):
		return None


def requested_columns(form: dict) -> list:
	"""Return the columns of a list request, as the framework reads them.

	They are a list, its JSON, or names between commas.
	"""
	fields = form.get("fields") or []
	if not isinstance(fields, str):
		return fields if isinstance(fields, list) else []
	decoded = decode(fields)
	if isinstance(decoded, list):
		return decoded
	return [field.strip() for field in fields.split(",")]


def stored_report(form: dict, report_type: str) -> dict | None:
	"""Return columns and filters of the saved report that the request runs, if any.

	Only for a report of this type.
	"""
	name = form.get("report_name")
	if not isinstance(name, str):
		return None
	filters = {"name": name, "report_type": report_type}
	return frappe.db.get_value("Report", filters, ["ref_doctype", "json"], as_dict=True)

"""Filters on a field of a linked record, such as the type of a deal's status.

`status.type` of a CRM Deal is the type of its status, as it is now. The database looks it up whenever a rule is
evaluated: a status that is renamed, added or gets another meaning is right at once, and nothing has to be
copied into the documents. The framework's own filters have no such look-up on version 15, so the look-up
replaces a name that the framework's statement compares with.
"""

import frappe

from lead_pipeline.domain.rule_filters import Filter, linked_parts
from lead_pipeline.framework import query_text

# Stands in a statement for the names of linked records, as no record is called.
PLACE = "lead_pipeline:linked-records-{0}"


def select_linked(document_type: str, filters: list[Filter], **arguments) -> str:
	"""Return as SQL the documents of this type that match `filters`.

	`arguments` are those of `frappe.get_all`. Without permissions: a rule holds for the whole site, no matter who
	saves the document.
	"""
	plain, looked_up = [], {}
	for doctype, field, operator, value in filters:
		if parts := linked_parts(field):
			link, target = parts
			place = PLACE.format(len(looked_up))
			looked_up[place] = linked_names_sql(linked_doctype(doctype, link), target, operator, value)
			plain.append([doctype, link, "in", [place]])
		else:
			plain.append([doctype, field, operator, value])
	statement = query_text.select_as_text(document_type, plain, order_by=None, **arguments)
	for place, text in looked_up.items():
		statement = statement.replace(f"'{place}'", text)
	return statement


def linked_names_sql(doctype: str, field: str, operator: str, value) -> str:
	"""Return as SQL the names of the records of `doctype` that match."""
	condition = [[doctype, field, operator, value]]
	return query_text.select_as_text(doctype, condition, fields=["name"], order_by=None)


def linked_doctype(doctype: str, link: str) -> str:
	"""Return the DocType that the field `link` leads to.

	Raises ValueError when there is no such field any more.
	"""
	field = frappe.get_meta(doctype).get_field(link)
	if not field or field.fieldtype != "Link":
		raise ValueError(f"{doctype} has no link {link}")
	return field.options

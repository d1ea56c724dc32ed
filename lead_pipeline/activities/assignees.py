"""Keep the assignees of a lead in step with its ToDos.

The framework copies them into `_assign` of the lead, by which *Own Leads* and lists know whose it is.
"""

import json

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import LEAD


def on_update(todo: Document, method: str | None = None) -> None:
	"""Hook of ToDo: take its user off the lead that it was about before.

	The framework updates the document that it is about now.
	"""
	before = todo.get_doc_before_save()
	now = todo.reference_type, todo.reference_name
	if before and before.reference_type == LEAD and now != (LEAD, before.reference_name):
		sync_assignees(before.reference_name)


def after_delete(todo: Document, method: str | None = None) -> None:
	"""Hook of ToDo: take its user off the lead.

	The framework does so before the ToDo is gone, and finds it there.
	"""
	if todo.reference_type == LEAD:
		sync_assignees(todo.reference_name)


def sync_assignees(lead: str) -> None:
	"""Update the framework's copy of the assignees from the ToDos.

	The framework does the same itself.
	"""
	todos = frappe.get_all(
		"ToDo",
		filters={
			"reference_type": LEAD,
			"reference_name": lead,
			"status": ("not in", ("Cancelled", "Closed")),
			"allocated_to": ("is", "set"),
		},
		pluck="allocated_to",
		order_by="creation asc",
	)
	people = json.dumps(list(dict.fromkeys(todos))) if todos else ""
	frappe.db.set_value(LEAD, lead, "_assign", people, update_modified=False)

"""Refuse changes of computed fields of a lead.

These follow from other fields: a user who sets one of them is told so, and no board pretends to move leads by one.
"""

import frappe
from frappe import _
from frappe.core.doctype.docfield.docfield import DocField
from frappe.model import float_like_fields, no_value_fields, table_fields
from frappe.model.document import Document
from frappe.utils import cstr, flt

from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import InvalidValueError

# What is computed → what to change instead.
SOURCES = {"status_category": "status", "status_changed_on": "status"}


def note_what_was_sent(lead: Document) -> None:
	"""Remember which fields of `lead` were changed, before anything is computed.

	The lead is being saved. When a document or an action changes its status, nothing was sent.
	"""
	if not lead.flags.status_change:
		lead.flags.sent = changed_fields(lead)


def refuse_without_effect(lead: Document) -> None:
	"""Refuse a save that changes computed fields only.

	It would seem to succeed, and move the lead to the top.

	A form or a program that sends a whole document sends these fields too; as long as something else changes, they
	are ignored.
	"""
	sent = lead.flags.pop("sent", None)
	if not sent or changed_fields(lead):
		return
	fields = [lead.meta.get_field(fieldname) for fieldname in sent]
	if not all(field.read_only for field in fields):
		return
	labels = ", ".join(frappe.bold(_(field.label)) for field in fields)
	frappe.throw(
		" ".join([_("{0} cannot be set: it follows from other fields.").format(labels), advice(sent)]),
		InvalidValueError,
		title=_("Value not Possible"),
	)


def advice(fieldnames: list[str]) -> str:
	sources = dict.fromkeys(SOURCES[fieldname] for fieldname in fieldnames if fieldname in SOURCES)
	labels = [frappe.bold(_(frappe.get_meta(LEAD).get_label(source))) for source in sources]
	return _("Change {0} instead.").format(", ".join(labels)) if labels else ""


def changed_fields(lead: Document) -> list[str]:
	"""Return the fields in which `lead` differs from the database.

	An empty list for a new lead.
	"""
	before = lead.get_doc_before_save()
	if not before:
		return []
	return [field.fieldname for field in lead.meta.fields if has_effect(lead, before, field)]


def has_effect(lead: Document, before: Document, field: DocField) -> bool:
	if field.fieldtype in table_fields:
		return rows_differ(lead, before, field.fieldname)
	if field.fieldtype in no_value_fields:
		return False
	return compared_text(lead.get(field.fieldname), field) != compared_text(
		before.get(field.fieldname), field
	)


def compared_text(value, field: DocField) -> str:
	"""Return a value as it is compared: programs send numbers and dates as text."""
	return str(flt(value)) if field.fieldtype in float_like_fields | {"Int", "Check"} else cstr(value)


def rows_differ(lead: Document, before: Document, table: str) -> bool:
	own, stored = lead.get(table), before.get(table)
	return len(own) != len(stored) or any(
		row.get_valid_dict(ignore_nulls=True) != other.get_valid_dict(ignore_nulls=True)
		for row, other in zip(own, stored, strict=True)
	)


def refuse_board(board: Document, method: str | None = None) -> None:
	"""Hook (validate): Refuse a Kanban Board of leads by a field people cannot choose.

	Its cards are moved by changing a field, so it must be a Select field that people choose themselves.
	"""
	if board.reference_doctype != LEAD:
		return
	field = frappe.get_meta(LEAD).get_field(board.field_name)
	if field and field.fieldtype == "Select" and not field.read_only:
		return
	label = frappe.bold(_(field.label) if field else frappe.utils.escape_html(board.field_name or ""))
	frappe.throw(
		_(
			"A Kanban board cannot move leads by {0}: cards are moved by a Select field that people choose themselves. "
			"Use the list of leads, whose buttons and filters show the leads at each status."
		).format(label),
		InvalidValueError,
		title=_("No Board by this Field"),
	)

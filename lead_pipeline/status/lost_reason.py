"""Copy the lost reason of a document to the lead that it closes."""

import frappe
from frappe.model.document import Document
from frappe.utils import cstr

from lead_pipeline.constants import LOST
from lead_pipeline.domain.decision import BY_DOCUMENT, Decision
from lead_pipeline.reference_data import lead_statuses

LOST_REASON = "Pipeline Lost Reason"

# Where ERPNext and Frappe CRM keep the reasons (rows, or one), and what was said in addition.
ROWS, REASON, NOTES = "lost_reasons", "lost_reason", ("order_lost_reason", "lost_notes")


def to_note(lead: Document | frappe._dict, decision: Decision) -> tuple[str | None, str | None] | None:
	"""Return `lost_reason` and `lost_note` for a lead that a document makes lost.

	Returns None when they are to stay as they are. What people wrote there stays until another document decides. In
	ERPNext a document gets its reasons after its status and its note, so they are also noted when the status is
	right already and nothing else is said yet.
	"""
	if decision.origin != BY_DOCUMENT or decision.held_by or lead_statuses.category(decision.status) != LOST:
		return None
	is_new = decision.status != lead.status
	if not is_new and lead.lost_reason:
		return None
	found = of_document(decision.fact.document_type, decision.fact.document_name)
	if not is_new:
		said_before, note = lead.lost_note or "", found[1] or ""
		if not note.endswith(said_before) or found == (None, lead.lost_note or None):
			return None
	return found


def of_document(doctype: str, name: str) -> tuple[str | None, str | None]:
	"""Return the first lost reason of the document that leads have too, and a note.

	The note holds all else that was said. Ignores permissions: the lead is lost for this reason, no matter who may
	read the document.
	"""
	reasons, notes = reasons_of_document(doctype, name)
	known = set(
		frappe.get_all(LOST_REASON, {"name": ("in", reasons), "disabled": 0}, pluck="name", order_by=None)
	)
	reason = next((text for text in reasons if text in known), None)
	others = [text for text in reasons if text != reason]
	return reason, "\n".join([*([", ".join(others)] if others else []), *notes]) or None


def reasons_of_document(doctype: str, name: str) -> tuple[list[str], list[str]]:
	meta = frappe.get_meta(doctype)
	columns = [field for field in (REASON, *NOTES) if meta.has_field(field)]
	row = frappe.db.get_value(doctype, name, columns, as_dict=True) if columns else None
	values = {field: cstr(value).strip() for field, value in (row or {}).items()}
	reasons = [values[REASON]] if values.get(REASON) else []
	table = meta.get_field(ROWS)
	if table and table.options and frappe.get_meta(table.options).has_field(REASON):
		of_document = {"parenttype": doctype, "parent": name, "parentfield": ROWS}
		reasons += frappe.get_all(table.options, of_document, pluck=REASON, order_by="idx asc")
	return [text for text in reasons if text], [values[field] for field in NOTES if values.get(field)]

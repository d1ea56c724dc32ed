"""A lead as the database has it: its status, and what its log tells."""

import frappe

from lead_pipeline.constants import LEAD, STATUS_LOG


def status(lead) -> str:
	"""The status of a lead, given by its name or as a document, as this transaction sees it."""
	return frappe.db.get_value(LEAD, lead if isinstance(lead, str) else lead.name, "status")


def committed_status(lead) -> str:
	"""The same as it is now, for what another process has done. Undoes what this one has not committed."""
	frappe.db.rollback()
	return status(lead)


def log(lead) -> list[frappe._dict]:
	"""The rows of the lead's log, the oldest first."""
	return frappe.get_all(
		STATUS_LOG,
		filters={"lead": lead if isinstance(lead, str) else lead.name},
		fields=["from_status", "to_status", "cause", "rule", "reference_doctype", "reference_name", "reason"],
		order_by="changed_on asc, creation asc",
	)

"""A lead as the database has it: its status, and what its log tells."""

import frappe

from lead_pipeline.constants import LEAD, STATUS_LOG


def status(lead) -> str:
	"""Return the status of a lead as this transaction sees it.

	The lead is given by its name or as a document.
	"""
	return frappe.db.get_value(LEAD, lead if isinstance(lead, str) else lead.name, "status")


def committed_status(lead) -> str:
	"""Return the status of a lead as it is committed now.

	For what another process has done. Undoes what this one has not committed.
	"""
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


def story(lead) -> list[frappe._dict]:
	"""Return the rows of the lead's log, the oldest first.

	Makes sure that they add up to the lead as it is.
	"""
	rows = frappe.get_all(
		STATUS_LOG,
		filters={"lead": lead.name},
		fields=["from_status", "to_status", "changed_on", "changed_by", "cause", "seconds_in_previous"],
		order_by="changed_on asc, creation asc",
	)
	lead = frappe.get_doc(LEAD, lead.name)
	assert [row.from_status for row in rows] == [None, *(row.to_status for row in rows[:-1])]
	assert all(row.from_status != row.to_status for row in rows)
	assert rows[-1].to_status == lead.status
	assert rows[-1].changed_on == lead.status_changed_on
	assert rows[0].changed_on == lead.creation
	whole = [moment.replace(microsecond=0) for moment in (lead.creation, lead.status_changed_on)]
	assert sum(row.seconds_in_previous for row in rows) == (whole[1] - whole[0]).total_seconds()
	return rows

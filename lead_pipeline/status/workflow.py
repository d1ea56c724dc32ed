"""The site's own Workflow on the status of leads, when it has one.

Which changes it lets people make, and which statuses it does not have.
"""

import frappe
from frappe.model.document import Document
from frappe.model.workflow import get_transitions, get_workflow_name

from lead_pipeline.constants import LEAD
from lead_pipeline.reference_data import lead_statuses


def on_status() -> Document | None:
	"""Return the active Workflow whose states are the statuses of leads."""
	name = get_workflow_name(LEAD)
	workflow = frappe.get_cached_doc("Workflow", name) if name else None
	return workflow if workflow and workflow.workflow_state_field == "status" else None


def knows(status: str | None) -> bool:
	"""Return whether the Workflow, if there is one, has this status.

	The Workflow has no transition out of a status that it does not have. Documents, mails and days can bring a lead
	to any status, and people must be able to go on from there.
	"""
	workflow = on_status()
	return not workflow or status in {row.state for row in workflow.states}


def next_statuses(lead: Document) -> list[str]:
	"""Return the statuses to which the user can move the stored `lead`.

	Those that its type and the Workflow allow, by their position.
	"""
	choosable = lead_statuses.choosable_statuses(lead.lead_type)
	if not on_status() or not knows(lead.status):
		return list(choosable)
	reached = {transition["next_state"] for transition in get_transitions(lead)}
	return [name for name in choosable if name in reached]

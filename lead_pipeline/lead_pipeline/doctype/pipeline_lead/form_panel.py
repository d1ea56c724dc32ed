"""Data that the form of a lead shows beside its fields, in one answer.

Reason and history of its status, and its duplicates.
"""

import frappe
from frappe.utils import get_fullname

from lead_pipeline.activities import plan
from lead_pipeline.duplicates import finding, redirects
from lead_pipeline.lead_pipeline.doctype.pipeline_lead import contact_data
from lead_pipeline.status import explain
from lead_pipeline.visibility.lead_access import seen_lead


@frappe.whitelist(methods=["GET"])
def panel(lead: str) -> dict:
	"""Return what the form of `lead` has to know beside the document itself.

	`status`, `modified`, `modified_by` and `modified_by_name` say whether the document on the screen is still the one in
	the database; `people` has the full names behind the users in it; `why`, `history` and `duplicates` are the answers of `explain`, `status_history` and `of_lead`; `steps` are the open activities.

	For a lead that is not there any more, or that the user may not see, only `gone` is set; and `successor`, when it was
	merged into one that the user may see. Which of these it was is not told: nobody learns here which leads there are.
	Raises PermissionError when the user may not read leads at all.
	"""
	doc = seen_lead(lead)
	if not doc:
		return {"gone": True, "successor": redirects.successor(lead)}
	return {
		"status": doc.status,
		"modified": doc.modified,
		"modified_by": doc.modified_by,
		"modified_by_name": get_fullname(doc.modified_by),
		"people": {user: get_fullname(user) for user in (doc.lead_owner, doc.next_contact_by) if user},
		**explain.why_and_history(doc),
		"duplicates": finding.duplicates_of_form(doc, contact_data.further_keys(doc)),
		"steps": plan.steps_of_form(doc),
	}

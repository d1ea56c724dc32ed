"""Leads to act on, and what an action leaves."""

import frappe

from lead_pipeline.tests.factories import make_lead

REASON = "No budget"
CLOSED = ("Lost Quotation", "Converted", "Lost", "Disqualified", "Do Not Contact")


def lead_at(status: str, **values):
	return make_lead(
		**({"status": status, "lost_reason": REASON if status.startswith("Lost") else None} | values)
	)


def field(lead, fieldname: str):
	return frappe.db.get_value("Pipeline Lead", lead.name, fieldname)


def last_row(lead) -> frappe._dict:
	return frappe.get_all(
		"Pipeline Status Log",
		filters={"lead": lead.name},
		fields=["from_status", "to_status", "cause", "changed_by", "reason"],
		order_by="changed_on desc, creation desc",
		limit=1,
	)[0]


def refusal(answer: dict) -> str:
	"""Return the reason for which the only lead was refused.

	The message for the user must contain the reason, too.
	"""
	assert (answer["done"], len(answer["refused"])) == ([], 1)
	reason = answer["refused"][0]["reason"]
	assert reason in answer["message"]
	return reason

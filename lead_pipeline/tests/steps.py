"""What tests of next steps look at.

Days, what a lead says of its steps, its activities, its timeline.
"""

import frappe
import pytest
from frappe.utils import add_days, cstr, nowdate

from lead_pipeline.constants import ACTIVITY, LEAD, STATUS

OF_LEAD = ("next_contact_date", "next_contact_by", "next_step")


def day(number: int) -> str:
	return add_days(nowdate(), number)


def of_lead(lead) -> tuple:
	row = frappe.db.get_value(LEAD, lead.name, OF_LEAD, as_dict=True)
	return (row.next_contact_date and cstr(row.next_contact_date), row.next_contact_by, row.next_step)


def stored(lead, *fields):
	return frappe.db.get_value(LEAD, lead.name, fields if len(fields) > 1 else fields[0])


def set_terms(status: str, **values) -> None:
	frappe.get_doc("Pipeline Lead Status", status).update(values).save()


def activities(lead, **filters) -> list:
	return frappe.get_all(
		ACTIVITY,
		{"lead": lead.name} | filters,
		["name", "activity_type", "subject", "due_on", "due_time", "assigned_to", "status", "feedback"],
		order_by="creation asc, name asc",
	)


def timeline(lead, kind="Comment") -> list[str]:
	filters = {"reference_name": lead.name, "comment_type": kind}
	return frappe.get_all("Comment", filters, pluck="content", order_by="creation asc")


def require_step(status: str) -> None:
	document = frappe.get_doc(STATUS, status)
	document.next_step_required = 1
	document.save()


def refused(error, method, *arguments, **more) -> str:
	"""What is said when `method` refuses."""
	with pytest.raises(error) as caught:
		method(*arguments, **more)
	return str(caught.value)

"""Rules that hand leads out, and whom a lead was given to."""

import frappe

from lead_pipeline.capture import enquiries
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.constants import LEAD
from lead_pipeline.tests.factories import make_user

RULE = "Assignment Rule"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def make_rule(*users: str, **values):
	"""A rule for leads, by turns unless told otherwise."""
	rule = frappe.new_doc(RULE)
	rule.update(
		{
			"name": f"Rule {frappe.generate_hash(length=6)}",
			"document_type": LEAD,
			"description": "A new lead: {{ lead_name }}",
			"assign_condition": "True",
			"rule": "Round Robin",
			"users": [{"user": user} for user in users],
			"assignment_days": [{"day": day} for day in DAYS],
		}
		| values
	)
	return rule.insert()


def sellers(count: int) -> list[str]:
	"""Sales Users who stay on the site: making one takes longer than most tests."""
	users = [make_user("Sales User", email=f"assignee-{number}@example.com") for number in range(count)]
	for user in users:
		frappe.db.set_value("User", user, "enabled", 1)
	return users


def somebody_without_leads() -> str:
	"""A user of the desk whose roles have nothing to do with leads."""
	return make_user("Blogger", email="no-leads@example.com")


def disable(user: str) -> None:
	frappe.db.set_value("User", user, "enabled", 0)


def address() -> str:
	return f"{frappe.generate_hash(length=10)}@example.com"


def assignees(lead: str, status: str = "Open") -> list[str]:
	filters = {"reference_type": LEAD, "reference_name": lead, "status": status}
	return frappe.get_all("ToDo", filters, pluck="allocated_to", order_by="creation asc")


def owner_of(lead: str) -> str | None:
	return frappe.db.get_value(LEAD, lead, "lead_owner")


def comments(lead: str) -> list[str]:
	filters = {"reference_doctype": LEAD, "reference_name": lead, "comment_type": "Info"}
	return [frappe.utils.strip_html(text) for text in frappe.get_all("Comment", filters, pluck="content")]


def told(user: str) -> list[str]:
	return frappe.get_all("Notification Log", {"for_user": user, "type": "Alert"}, pluck="subject")


def errors() -> list[frappe._dict]:
	return frappe.get_all("Error Log", {"reference_doctype": RULE}, ["method", "error", "reference_name"])


def can_work_on(lead: str, user: str) -> bool:
	return all(frappe.has_permission(LEAD, right, doc=lead, user=user) for right in ("read", "write"))


def enquire(**values) -> str:
	return enquiries.receive(Enquiry("Web Form", {"email": address()} | values, text="<p>Hello</p>")).lead


DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

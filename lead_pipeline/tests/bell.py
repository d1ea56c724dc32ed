"""What people are told in their bell, and the people who are told."""

from contextlib import contextmanager

import frappe
from frappe.model.document import Document
from frappe.utils.background_jobs import get_queue

from lead_pipeline.activities import handing_over
from lead_pipeline.capture import enquiries
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.tests import site
from lead_pipeline.tests.assignment import address

MANAGER, GERMAN, NORTH, SOUTH, GONE = PEOPLE = tuple(
	f"told-{name}@example.com" for name in ("manager", "german", "north", "south", "gone")
)
ASSIGN_TO = "method/frappe.desk.form.assign_to"
TELL_MANAGERS = "lead_pipeline.activities.handing_over.tell_managers"


def in_the_bell(user: str, lead: Document | None = None) -> list[str]:
	"""What the bell of a user says, as HTML; of one lead only, when that is given."""
	filters = {"for_user": user} | ({"document_name": lead.name} if lead else {})
	return frappe.get_all("Notification Log", filters, pluck="subject", order_by="creation, name")


def told(user: str) -> list[str]:
	"""The same in plain text."""
	return [frappe.utils.strip_html(subject) for subject in in_the_bell(user)]


def managers_hear() -> None:
	"""Do the jobs that tell managers, as the worker would."""
	queue = get_queue("short")
	jobs = [job for job in queue.jobs if job.kwargs.get("method") == TELL_MANAGERS]
	for job in jobs:
		queue.remove(job)
		handing_over.tell_managers(**job.kwargs["kwargs"])


@contextmanager
def request(user: str):
	"""One request of `user`, committed at its end; the managers hear of it."""
	get_queue("short").empty()
	frappe.set_user(user)
	try:
		with site.action():
			yield
	finally:
		frappe.set_user("Administrator")
	managers_hear()


def enquire(**values) -> str:
	return enquiries.receive(Enquiry("Web Form", {"email": address(), "last_name": "Visitor"} | values)).lead

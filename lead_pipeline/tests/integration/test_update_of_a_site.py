"""A site that was set up before functions moved continues to work.

Its jobs, its programs, and what it has queued.
"""

import frappe
import pytest
from frappe.core.doctype.scheduled_job_type.scheduled_job_type import sync_jobs
from frappe.utils.background_jobs import execute_job

from lead_pipeline.constants import LEAD
from lead_pipeline.framework import old_paths
from lead_pipeline.patches import follow_moved_jobs
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.rest import Client

JOB = "Scheduled Job Type"
# Hourly jobs as an older version named them, and where their functions are now.
MOVED_JOBS = {
	"lead_pipeline.people.follow_up.remind": "lead_pipeline.activities.follow_up.remind",
	"lead_pipeline.status.categories.follow_all": "lead_pipeline.reference_data.categories.follow_all",
	"lead_pipeline.capture.duplicates.undoing.forget_snapshots": "lead_pipeline.duplicates.undo.forget_snapshots",
}


def set_up_as_before() -> None:
	"""Restore the scheduled jobs as the older version has left them.

	One of them is stopped by an administrator.
	"""
	for old, new in MOVED_JOBS.items():
		frappe.db.delete(JOB, {"method": ("in", (old, new))})
		job = frappe.get_doc({"doctype": JOB, "method": new, "frequency": "Hourly Long"})
		job.insert()
		frappe.db.set_value(JOB, job.name, {"method": old, "stopped": int("remind" in old)})


def jobs() -> dict[str, int]:
	rows = frappe.get_all(JOB, filters={"method": ("like", "lead_pipeline.%")}, fields=["method", "stopped"])
	return {row.method: row.stopped for row in rows}


def test_scheduled_jobs_go_on_and_a_stopped_one_stays_stopped():
	sync_jobs()
	complete = set(jobs())
	set_up_as_before()
	for _twice in range(2):
		follow_moved_jobs.execute()
		sync_jobs()
		assert set(jobs()) == complete
		assert [jobs()[new] for new in MOVED_JOBS.values()] == [1, 0, 0]


def test_every_path_of_a_scheduled_job_is_the_present_one():
	assert all(old_paths.present_path(method) == method for method in jobs())


def test_a_job_that_was_queued_before_the_update_runs(committed):
	lead = make_lead(status="Lead")
	committed.append(lead)
	frappe.db.commit()
	execute_job(
		site.SITE,
		"lead_pipeline.people.bulk.in_background",
		None,
		"queued before the update",
		{
			"action": "lead_pipeline.people.actions.Take",
			"arguments": {},
			"names": [lead.name],
			"on_behalf_of": "Administrator",
		},
		is_async=False,
	)
	assert frappe.db.get_value(LEAD, lead.name, "lead_owner") == "Administrator"


@pytest.mark.parametrize(
	("path", "arguments"),
	[
		("lead_pipeline.people.actions.take", {"leads": "LEAD"}),
		("lead_pipeline.capture.duplicates.finding.of_lead", {"lead": "LEAD"}),
		("lead_pipeline.form_panel.panel", {"lead": "LEAD"}),
		("lead_pipeline.merged.successor", {"lead": "LEAD"}),
	],
)
def test_a_program_calls_a_method_by_the_path_that_it_knows(committed, path, arguments):
	user = make_user("Sales User")
	lead = make_lead(status="Lead")
	committed.append(lead)
	frappe.db.commit()
	values = {name: lead.name if value == "LEAD" else value for name, value in arguments.items()}
	verb = "POST" if path.endswith("take") else "GET"
	if verb == "GET":
		answer = Client(user).session.get(f"{site.URL}/api/method/{path}", params=values, timeout=60)
	else:
		answer = Client(user).session.post(f"{site.URL}/api/method/{path}", json=values, timeout=60)
	assert answer.status_code == 200, answer.text[:1000]

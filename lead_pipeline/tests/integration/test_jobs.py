"""Each job of the app tells when it last ran, how long, and what it did."""

import frappe
import pytest

from lead_pipeline import hooks
from lead_pipeline.constants import JOB, SETTINGS
from lead_pipeline.framework import job_records
from lead_pipeline.tests.factories import make_user
from lead_pipeline.visibility import health

OVERDUE = "lead_pipeline.lead_pipeline.doctype.pipeline_job.pipeline_job.overdue_jobs"


def scheduled() -> list[str]:
	events = hooks.scheduler_events
	return [path for kind in ("hourly_long", "daily_long") for path in events[kind]] + [
		path for paths in events["cron"].values() for path in paths
	]


def record(job: str) -> frappe._dict:
	return frappe.db.get_value(JOB, job, ["status", "last_run", "seconds", "outcome"], as_dict=True)


@pytest.fixture
def all_ran(clean_transaction):
	for job in job_records.titles():
		job_records.write(job, {"last_run": frappe.utils.now_datetime()})


def test_every_job_has_a_record_of_its_own():
	jobs = [frappe.get_attr(path).job for path in scheduled()]
	assert sorted([*jobs, *job_records.ON_DEMAND]) == sorted(job_records.titles())
	assert set(frappe.get_all(JOB, pluck="name")) == set(job_records.titles())


@pytest.mark.parametrize("path", scheduled())
def test_a_run_is_recorded_and_the_list_does_not_grow(path, no_commits):
	job = frappe.get_attr(path).job
	began, before = frappe.utils.now_datetime(), frappe.db.count(JOB)
	frappe.get_attr(path)()
	found = record(job)
	assert found.last_run >= began.replace(microsecond=0)
	assert (found.status, frappe.db.count(JOB)) == ("Done", before)


def test_a_failed_run_says_why(monkeypatch):
	@job_records.recorded("Stuck Leads")
	def broken():
		raise ValueError("The table is gone")

	with pytest.raises(ValueError):
		broken()
	assert record("Stuck Leads").status == "Failed"
	assert record("Stuck Leads").outcome == "ValueError: The table is gone"


def test_a_job_that_has_not_run_for_a_day_is_named_to_the_manager(all_ran):
	assert health.job_warnings() == []
	job_records.write("Stuck Leads", {"last_run": frappe.utils.add_to_date(None, hours=-27)})
	told = health.job_warnings()
	assert told[0].startswith("Stuck Leads has not run since ")
	assert "scheduler" in told[1]
	settings = frappe.get_doc(SETTINGS)
	settings.run_method("onload")
	assert told[0] in settings.get_onload("health_warnings")
	frappe.set_user(make_user("Sales Manager"))
	assert frappe.call("lead_pipeline.visibility.health.jobs_standing_still") == told
	assert frappe.get_list(JOB, pluck="name")
	frappe.set_user(make_user("Sales User"))
	assert frappe.call("lead_pipeline.visibility.health.jobs_standing_still") == []
	with pytest.raises(frappe.PermissionError):
		frappe.get_list(JOB)


def test_a_job_is_overdue_on_its_list_and_form_when_the_workspace_names_it(all_ran):
	long_ago = {"last_run": frappe.utils.add_to_date(None, hours=-27), "status": "Done"}
	for job in ("Stuck Leads", job_records.LOOK):
		job_records.write(job, long_ago)
	job_records.write("Abandoned Carts", {"last_run": None})
	never = frappe.utils.add_to_date(None, days=-3)
	frappe.db.set_value(JOB, "Abandoned Carts", "creation", never, update_modified=False)
	frappe.set_user(make_user("Sales Manager"))
	overdue = ["Abandoned Carts", "Stuck Leads"]
	assert frappe.call(OVERDUE) == overdue
	told = frappe.call("lead_pipeline.visibility.health.jobs_standing_still")
	assert [job for job in job_records.titles() if any(text.startswith(job) for text in told)] == overdue[
		::-1
	]
	shown = {}
	for job in job_records.titles():
		record = frappe.get_doc(JOB, job)
		record.run_method("onload")
		shown[job] = record.get_onload("is_overdue")
	assert sorted(job for job, is_overdue in shown.items() if is_overdue) == overdue
	frappe.set_user(make_user("Sales User"))
	assert frappe.call(OVERDUE) == []

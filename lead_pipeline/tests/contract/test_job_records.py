"""framework/job_records.py: what the framework does around a scheduled job."""

import frappe
from frappe.core.doctype.scheduled_job_type.scheduled_job_type import ScheduledJobType

from lead_pipeline.tests.contract.source import code


def test_a_job_is_committed_and_a_failed_one_undone():
	done = code(ScheduledJobType.execute)
	assert "frappe.db.commit()" in done
	assert "frappe.db.rollback()" in done


def test_the_framework_knows_when_a_job_ran(connected_site):
	fields = {field.fieldname for field in frappe.get_meta("Scheduled Job Type").fields}
	assert {"method", "last_execution"} <= fields

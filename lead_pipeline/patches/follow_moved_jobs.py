"""Update the function paths of the site's scheduled jobs.

So a job that was stopped stays stopped: the framework would delete a job whose path is no longer in the hooks, and
make a new one that runs.
"""

import frappe

from lead_pipeline.framework.old_paths import present_path

JOB = "Scheduled Job Type"


def execute() -> None:
	# Without permissions: an update of the app is nobody's request.
	for job in frappe.get_all(
		JOB, filters={"method": ("like", "lead_pipeline.%")}, fields=["name", "method"], order_by="name asc"
	):
		if (path := present_path(job.method)) != job.method and not frappe.db.exists(JOB, {"method": path}):
			frappe.db.set_value(JOB, job.name, "method", path)

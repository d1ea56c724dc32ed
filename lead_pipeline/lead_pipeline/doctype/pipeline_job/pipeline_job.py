import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import JOB, RULE
from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.framework import job_records


class PipelineJob(Document):
	"""A job that the app does by itself, and what came of its last run.

	Written by `framework/job_records.py` alone.
	"""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		asked_by: DF.SmallText | None
		done: DF.Int
		job: DF.Data
		last_run: DF.Datetime | None
		outcome: DF.SmallText | None
		seconds: DF.Float
		state: DF.LongText | None
		status: DF.Literal["", "Done", "Running", "Stopped", "Failed"]
		stop_wanted: DF.Check
		total: DF.Int

	# end: auto-generated types
	def onload(self):
		self.set_onload("is_overdue", job_records.is_overdue(self))


@frappe.whitelist(methods=["GET"])
def overdue_jobs() -> list[str]:
	"""Return the names of the jobs that should have run since they last did.

	None for users who may not see the jobs.
	"""
	return [row.job for row in job_records.standing_still()] if frappe.has_permission(JOB) else []


@frappe.whitelist(methods=["POST"])
def stop(job: str) -> None:
	"""Let the long work of `job` stop after the leads that it is at.

	It goes on there the next day, or when somebody starts it again; merges of leads and their undos only then. Raises
	PermissionError for users who may not write rules, ActionRefusedError when the job is not under way.
	"""
	if not frappe.has_permission(RULE, "write"):
		frappe.throw(
			_("You may not stop this work. Ask somebody with the role Sales Manager."), frappe.PermissionError
		)
	record = frappe.get_doc(JOB, job)
	record.check_permission("read")
	if record.status != job_records.RUNNING:
		frappe.throw(_("This work is not under way: there is nothing to stop."), ActionRefusedError)
	job_records.write(job, {"stop_wanted": 1})

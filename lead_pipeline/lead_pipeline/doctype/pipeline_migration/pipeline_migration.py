import frappe
from frappe import _

from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.lead_pipeline.doctype.pipeline_import_row.run import Run


class PipelineMigration(Run):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from lead_pipeline.lead_pipeline.doctype.pipeline_migration_status.pipeline_migration_status import (
			PipelineMigrationStatus,
		)

		done: DF.Int
		error: DF.SmallText | None
		known: DF.Literal["Leave Out", "Create Anyway"]
		lead_type: DF.Link | None
		notes: DF.SmallText | None
		source: DF.Literal["", "Lead", "CRM Lead"]
		status: DF.Literal["Draft", "Rehearsing", "Rehearsed", "Importing", "Stopped", "Done"]
		statuses: DF.Table[PipelineMigrationStatus]
		total: DF.Int
		worked_on: DF.Datetime | None

	# end: auto-generated types
	workers = {
		"Rehearsing": "lead_pipeline.capture.migration.dry_run.rehearse",
		"Importing": "lead_pipeline.capture.migration.run.run",
	}

	def validate(self):
		if self.is_new():
			return
		if self.status in ("Rehearsing", "Importing"):
			frappe.throw(
				_("This migration is under way. Wait until it is done, then change it."),
				ActionRefusedError,
				title=_("Migration"),
			)
		self.forget_findings()

	def refuse_deletion(self):
		frappe.throw(
			_("This migration is under way. Wait until it is done, then delete it."),
			ActionRefusedError,
			title=_("Migration"),
		)

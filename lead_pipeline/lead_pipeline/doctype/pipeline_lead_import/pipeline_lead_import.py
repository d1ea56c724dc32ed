import frappe
from frappe import _

from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.lead_pipeline.doctype.pipeline_import_row.run import Run


class PipelineLeadImport(Run):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		data_import: DF.Data | None
		done: DF.Int
		duplicates: DF.Literal["Leave Out", "Add to Timeline", "Fill Empty Fields", "Create Anyway"]
		error: DF.SmallText | None
		file: DF.Attach | None
		header: DF.SmallText | None
		notes: DF.SmallText | None
		status: DF.Literal["Draft", "Rehearsing", "Rehearsed", "Importing", "Stopped", "Done"]
		total: DF.Int
		worked_on: DF.Datetime | None

	# end: auto-generated types
	bookkeeping = (*Run.bookkeeping, "data_import", "header")

	def validate(self):
		if self.is_new() or not (self.has_value_changed("file") or self.has_value_changed("duplicates")):
			return
		if self.status in ("Importing", "Stopped", "Done"):
			frappe.throw(
				_("This file was imported already. Make a new import for another file."),
				ActionRefusedError,
				title=_("Import"),
			)
		if self.has_value_changed("file"):
			self.header = None
			self.forget_findings()

	def refuse_deletion(self):
		frappe.throw(
			_("This import is under way. Wait until it is done, then delete it."),
			ActionRefusedError,
			title=_("Import"),
		)

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.exceptions import ActionRefusedError

# What the migration notes down for itself (`capture/importing/jobs.py`): nobody else says where it stands.
BOOKKEEPING = ("status", "done", "total", "worked_on", "error", "notes")

ROW = "Pipeline Import Row"


class PipelineMigration(Document):
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
	def before_validate(self):
		before = self.get_doc_before_save() or frappe._dict(status="Draft")
		for field in BOOKKEEPING:
			self.set(field, before.get(field))

	def validate(self):
		if self.is_new():
			return
		if self.status in ("Rehearsing", "Importing"):
			frappe.throw(
				_("This migration is under way. Wait until it is done, then change it."),
				ActionRefusedError,
				title=_("Migration"),
			)
		# What was found out by another table, type or choice says nothing any more.
		self.update({"status": "Draft", "error": None, "notes": None, "done": 0, "total": 0})
		frappe.db.delete(ROW, {"run_type": self.doctype, "run": self.name})

	def on_trash(self):
		if self.status == "Importing":
			frappe.throw(
				_("This migration is under way. Wait until it is done, then delete it."),
				ActionRefusedError,
				title=_("Migration"),
			)
		frappe.db.delete(ROW, {"run_type": self.doctype, "run": self.name})

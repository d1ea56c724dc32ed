import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.exceptions import ActionRefusedError

# What the import notes down for itself (`capture/importing/jobs.py`): nobody else says where it stands.
BOOKKEEPING = ("status", "data_import", "done", "total", "worked_on", "error", "notes", "header")

ROW = "Pipeline Import Row"


class PipelineLeadImport(Document):
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
	def before_validate(self):
		before = self.get_doc_before_save() or frappe._dict(status="Draft")
		for field in BOOKKEEPING:
			self.set(field, before.get(field))

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
			# What was found out about the other file says nothing about this one.
			self.update(
				{"status": "Draft", "error": None, "notes": None, "header": None, "done": 0, "total": 0}
			)
			frappe.db.delete(ROW, {"run_type": self.doctype, "run": self.name})

	def on_trash(self):
		if self.status == "Importing":
			frappe.throw(
				_("This import is under way. Wait until it is done, then delete it."),
				ActionRefusedError,
				title=_("Import"),
			)
		frappe.db.delete(ROW, {"run_type": self.doctype, "run": self.name})

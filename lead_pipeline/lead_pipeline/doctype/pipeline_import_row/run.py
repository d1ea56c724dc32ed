"""What an import and a migration have in common: a run over rows, which are found out about before they are written."""

import frappe
from frappe.model.document import Document

from lead_pipeline import child_rows
from lead_pipeline.constants import IMPORT_ROW


class Run(Document):
	# What the run notes down for itself (`capture/importing/jobs.py`): nobody else says where it stands.
	bookkeeping = ("status", "done", "total", "worked_on", "error", "notes")

	def before_validate(self):
		before = self.get_doc_before_save() or frappe._dict(status="Draft")
		for field in self.bookkeeping:
			self.set(field, before.get(field))
		child_rows.keep_to_own(self)

	def on_trash(self):
		if self.status == "Importing":
			self.refuse_deletion()
		self.delete_rows()

	def refuse_deletion(self):
		"""Raise, in the run's own words: its leads are being written."""
		raise NotImplementedError

	def forget_findings(self):
		"""Another file, table or choice: what was found out says nothing any more."""
		self.update({"status": "Draft", "error": None, "notes": None, "done": 0, "total": 0})
		self.delete_rows()

	def delete_rows(self):
		frappe.db.delete(IMPORT_ROW, {"run_type": self.doctype, "run": self.name})

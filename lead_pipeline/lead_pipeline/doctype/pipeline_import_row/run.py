"""The base of imports and migrations: a run over rows.

Rows are examined before they are written.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import IMPORT_ROW
from lead_pipeline.framework import child_rows


class Run(Document, ABC):
	# Which function does which work, by the status that the run has meanwhile. It gets the run and a `Progress`.
	workers: Mapping[str, str]

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

	@abstractmethod
	def refuse_deletion(self):
		"""Raise ActionRefusedError, in the run's own words: its leads are being written."""

	def forget_findings(self):
		"""Forget what was found out when the file, table or choice is another one."""
		self.update({"status": "Draft", "error": None, "notes": None, "done": 0, "total": 0})
		self.delete_rows()

	def delete_rows(self):
		frappe.db.delete(IMPORT_ROW, {"run_type": self.doctype, "run": self.name})

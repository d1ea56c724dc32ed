import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.capture.importing import files
from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.lead_pipeline.doctype.pipeline_import_row.run import Run


# How the file is read: another choice is another finding.
READING = ("date_order", "amounts", "keep_rest")
CHOICES = ("file", "duplicates", "encoding", *READING)


class PipelineLeadImport(Run):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		from lead_pipeline.lead_pipeline.doctype.pipeline_import_column.pipeline_import_column import (
			PipelineImportColumn,
		)

		amounts: DF.Literal["", "1,234.50", "1.234,50"]
		columns: DF.Table[PipelineImportColumn]
		data_import: DF.Data | None
		date_order: DF.Literal["", "Day First", "Month First"]
		done: DF.Int
		duplicates: DF.Literal["Leave Out", "Add to Timeline", "Fill Empty Fields", "Create Anyway"]
		encoding: DF.Literal[
			"",
			"utf-8",
			"windows-1250",
			"windows-1251",
			"windows-1252",
			"windows-1253",
			"windows-1254",
			"windows-1255",
			"windows-1256",
			"windows-1257",
			"windows-874",
			"iso-8859-2",
			"koi8-r",
			"cp437",
			"cp850",
			"cp852",
			"cp866",
			"mac-roman",
			"shift_jis",
			"euc-jp",
			"euc-kr",
			"gb18030",
			"big5",
		]
		error: DF.SmallText | None
		file: DF.Attach | None
		header: DF.SmallText | None
		keep_rest: DF.Check
		notes: DF.SmallText | None
		status: DF.Literal["Draft", "Rehearsing", "Rehearsed", "Importing", "Stopped", "Done"]
		total: DF.Int
		worked_on: DF.Datetime | None

	# end: auto-generated types
	workers = {
		"Rehearsing": "lead_pipeline.capture.importing.dry_run.rehearse",
		"Importing": "lead_pipeline.capture.importing.run.run",
	}
	bookkeeping = (*Run.bookkeeping, "data_import", "header")

	def before_validate(self):
		super().before_validate()
		if self.file and self.has_value_changed("file"):
			# Once it is saved, the framework gives whoever names a file one of their own, whosever it is.
			files.file_at(self.file)
		before = self.get_doc_before_save()
		if not before:
			# They are read from the file.
			self.set("columns", [])
		elif not self.is_another_file():
			self.keep_columns(before)

	def is_another_file(self) -> bool:
		return self.has_value_changed("file") or self.has_value_changed("encoding")

	def keep_columns(self, before: Document) -> None:
		"""Keep the columns of the file, changing only the field that each one fills.

		A person chooses the field.
		"""
		chosen = {row.name: row.field for row in self.columns}
		self.set("columns", [])
		for row in before.columns:
			self.append("columns", row.as_dict() | {"field": chosen.get(row.name, row.field) or None})

	def validate(self):
		if self.is_new() or not (any(map(self.has_value_changed, CHOICES)) or self.columns_changed()):
			return
		if self.status in ("Importing", "Stopped", "Done"):
			frappe.throw(
				_("This file was imported already. Make a new import for another file."),
				ActionRefusedError,
				title=_("Import"),
			)
		if self.is_another_file():
			self.header = None
			self.set("columns", [])
		if self.is_another_file() or self.columns_changed() or any(map(self.has_value_changed, READING)):
			self.forget_findings()

	def columns_changed(self) -> bool:
		before = self.get_doc_before_save()
		return bool(before) and [row.field or None for row in before.columns] != [
			row.field or None for row in self.columns
		]

	def refuse_deletion(self):
		frappe.throw(
			_("This import is under way. Wait until it is done, then delete it."),
			ActionRefusedError,
			title=_("Import"),
		)

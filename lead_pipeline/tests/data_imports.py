"""The framework's Data Import, as a user runs it."""

import csv
import io
import json

import frappe
from frappe.core.doctype.data_import.importer import Importer

INSERT = "Insert New Records"


UPDATE = "Update Existing Records"


class Import:
	"""Run files through the importer, which commits row by row.

	Everything is removed again.
	"""

	def __init__(self):
		self.made = []

	def run(self, rows: list[list], kind: str = INSERT):
		"""Import `rows`, the first of them the header; returns the Data Import."""
		user = frappe.session.user
		frappe.set_user("Administrator")
		text = io.StringIO()
		csv.writer(text).writerows(rows)
		file = self.insert(
			"File", file_name=f"leads-{frappe.generate_hash(length=6)}.csv", content=text.getvalue()
		)
		document = self.insert(
			"Data Import", reference_doctype="Pipeline Lead", import_type=kind, import_file=file.file_url
		)
		frappe.db.commit()
		frappe.set_user(user)
		Importer("Pipeline Lead", data_import=document).import_data()
		document.reload()
		return document

	def insert(self, doctype: str, **values):
		document = frappe.get_doc({"doctype": doctype, **values}).insert()
		self.made.append((doctype, document.name))
		return document

	def results(self, document) -> list:
		"""Return one entry for each row of the file.

		It is the name of the lead, or the message by which the row was refused.
		"""
		rows = frappe.get_all(
			"Data Import Log",
			{"data_import": document.name},
			["success", "docname", "messages"],
			order_by="log_index",
		)
		return [row.docname if row.success else frappe.utils.strip_html(said(row.messages)) for row in rows]

	def undo(self) -> None:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		# The importer leaves its flags when it stops before the first row; a job ends with them, a test goes on.
		frappe.flags.in_import = frappe.flags.mute_emails = False
		for doctype, name in self.made:
			if doctype == "Data Import":
				for lead in frappe.get_all(
					"Data Import Log", {"data_import": name, "success": 1}, pluck="docname"
				):
					frappe.delete_doc("Pipeline Lead", lead)
				frappe.db.delete("Data Import Log", {"data_import": name})
		for doctype, name in reversed(self.made):
			frappe.delete_doc(doctype, name, force=True)
		frappe.db.commit()


def said(messages: str) -> str:
	"""The texts in a log's messages, which are JSON in JSON in older versions."""
	found = json.loads(messages)
	found = [json.loads(message) if isinstance(message, str) else message for message in found]
	return " ".join(message.get("message", "") for message in found)

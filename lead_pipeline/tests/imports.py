"""Files with leads and leads of other apps, imported in this process.

Nothing is left of them afterwards.
"""

import csv
import io

import frappe

from lead_pipeline.capture.importing import api, jobs
from lead_pipeline.constants import LEAD
from lead_pipeline.tests.factories import make_lead

RUN = "Pipeline Lead Import"
ROW = "Pipeline Import Row"


class Imports:
	"""Import files as the user of the test, in this process.

	Everything is removed again.
	"""

	def __init__(self):
		self.made, self.leads = [], []
		self.mark = frappe.generate_hash(length=8)

	def email(self, name: str) -> str:
		return f"{name}-{self.mark}@example.com"

	def new(
		self, rows: list[list], duplicates: str = "Leave Out", content: bytes | None = None, kind: str = "csv"
	):
		"""An import of these rows, the first of them the header."""
		if content is None:
			text = io.StringIO(newline="")
			csv.writer(text).writerows(rows)
			content = text.getvalue().encode()
		file = frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{frappe.generate_hash(length=8)}.{kind}",
				"content": content,
				"is_private": 1,
			}
		).insert()
		doc = frappe.get_doc({"doctype": RUN, "file": file.file_url, "duplicates": duplicates}).insert()
		self.made += [(RUN, doc.name), ("File", file.name)]
		frappe.db.commit()
		return doc

	def rehearsed(self, rows: list[list], **values):
		doc = self.new(rows, **values)
		api.rehearse(doc.name)
		doc.reload()
		return doc

	def done(self, rows: list[list], **values):
		"""Rehearsed and imported, as the worker does it."""
		return self.finish(self.rehearsed(rows, **values))

	def finish(self, doc):
		user = frappe.session.user
		jobs.set_progress(doc, status=jobs.IMPORT)
		frappe.db.commit()
		jobs.in_background(RUN, doc.name, jobs.IMPORT, user)
		frappe.set_user(user)
		doc.reload()
		return doc

	def undo(self):
		frappe.set_user("Administrator")
		frappe.db.rollback()
		frappe.flags.in_import = frappe.flags.mute_emails = False
		for doctype, name in self.made:
			if doctype == RUN:
				if data_import := frappe.db.get_value(RUN, name, "data_import"):
					frappe.db.delete("Data Import Log", {"data_import": data_import})
					frappe.delete_doc("Data Import", data_import, force=True, ignore_missing=True)
				erase(frappe.get_all(ROW, {"run": name, "outcome": "Created"}, pluck="result_lead"))
				frappe.db.set_value(RUN, name, "status", "Done")
			frappe.delete_doc(doctype, name, force=True, ignore_missing=True)
		erase(self.leads)
		frappe.db.commit()


def erase(leads: list[str]) -> None:
	"""Delete hundreds of leads at once, as no user would.

	Each single deletion would leave a job for the worker.
	"""
	frappe.db.delete(LEAD, {"name": ("in", leads or [""])})
	for doctype in ("Pipeline Status Log", "Pipeline Lead Key"):
		frappe.db.delete(doctype, {"lead": ("in", leads or [""])})
	for rows in ("Contact Email", "Contact Phone", "Pipeline Lead Tag Item"):
		frappe.db.delete(rows, {"parenttype": LEAD, "parent": ("in", leads or [""])})


def found(doc) -> list[tuple]:
	"""Row, kind and remark of every row, as the form shows them."""
	return [(row["file_row"], row["kind"], row["message"] or "") for row in api.rows(doc.name)]


def counted(numbers: list[dict]) -> dict:
	return {number["kind"]: number["count"] for number in numbers}


def known_lead(imports, **values):
	lead = make_lead(**values)
	imports.leads.append(lead.name)
	frappe.db.commit()
	return lead

"""Leads of other apps, migrated here and now; nothing is left of them afterwards."""

import frappe
import pytest

from lead_pipeline.capture.importing import jobs
from lead_pipeline.capture.migration import api
from lead_pipeline.constants import LEAD
from lead_pipeline.tests.imports import ROW, counted, erase

RUN = "Pipeline Migration"
PAST = "2024-03-05 10:20:30"


def needs(source: str) -> None:
	"""Skip the test on a site without the app whose leads it migrates."""
	if not frappe.db.exists("DocType", source):
		pytest.skip(f"This site has no {source}")


class Migrations:
	"""Make leads of other apps and migrate them in this process.

	Everything is removed again.
	"""

	def __init__(self):
		self.made = []
		self.mark = frappe.generate_hash(length=8)

	def insert(self, doctype: str, past: bool = False, **values):
		document = frappe.get_doc({"doctype": doctype, **values}).insert(ignore_permissions=True)
		self.made.append((doctype, document.name))
		if past:
			frappe.db.set_value(doctype, document.name, {"creation": PAST}, update_modified=False)
		return document

	def lead(self, **values):
		needs("Lead")
		email = f"{frappe.generate_hash(length=10)}@example.com"
		status = values.pop("status", None)
		made = self.insert(
			"Lead", past=True, **({"first_name": "Old", "last_name": self.mark, "email_id": email} | values)
		)
		if status:
			# As ERPNext's own rules would have left it.
			frappe.db.set_value("Lead", made.name, "status", status)
		return made

	def new(self, source: str = "Lead", **values):
		needs(source)
		statuses = api.propose(source)
		doc = frappe.get_doc({"doctype": RUN, "source": source, "statuses": statuses, **values}).insert()
		self.made.append((RUN, doc.name))
		frappe.db.commit()
		return doc

	def rehearsed(self, source: str = "Lead", **values):
		doc = self.new(source, **values)
		return self.work(doc, jobs.REHEARSAL)

	def done(self, source: str = "Lead", **values):
		return self.work(self.rehearsed(source, **values), jobs.IMPORT)

	def work(self, doc, work: str):
		user = frappe.session.user
		jobs.set_progress(doc, status=work)
		frappe.db.commit()
		jobs.in_background(RUN, doc.name, work, user)
		frappe.set_user(user)
		doc.reload()
		return doc

	def migrated(self, source_name: str, source: str = "Lead"):
		return frappe.get_doc(LEAD, {"origin_key": f"{source}/{source_name}"})

	def undo(self):
		frappe.set_user("Administrator")
		frappe.db.rollback()
		runs = [name for doctype, name in self.made if doctype == RUN]
		leads = (
			frappe.get_all(ROW, {"run": ("in", runs), "outcome": "Created"}, pluck="result_lead")
			if runs
			else []
		)
		for doctype in ("Opportunity", "CRM Deal", "Quotation", "Customer", "Sales Order", "Sales Invoice"):
			if frappe.db.exists("DocType", doctype):
				frappe.db.set_value(doctype, {"pipeline_lead": ("in", leads or [""])}, "pipeline_lead", None)
		for doctype, field in (
			("Comment", "reference_name"),
			("ToDo", "reference_name"),
			("File", "attached_to_name"),
		):
			frappe.db.delete(doctype, {field: ("in", leads or [""])})
		for doctype in ("Dynamic Link", "Communication Link"):
			frappe.db.delete(doctype, {"link_doctype": LEAD, "link_name": ("in", leads or [""])})
		erase(leads)
		for doctype, name in reversed(self.made):
			frappe.delete_doc(doctype, name, force=True, ignore_missing=True, ignore_permissions=True)
		frappe.db.commit()


def outcomes(doc) -> dict:
	return counted(api.state(doc.name)["outcomes"])


def row_of(doc, title: str) -> dict:
	start, rows = 0, api.rows(doc.name)
	while rows:
		for row in rows:
			if title in row["title"]:
				return row
		start += len(rows)
		rows = api.rows(doc.name, start=start)
	raise AssertionError(title)

"""A prepared report on leads is shown only to users who see the same leads.

It is what the report has found for one user and the framework has kept.
"""

import gzip
import json

import frappe
import pytest
from frappe.model.document import Document

from lead_pipeline.constants import OWN_LEADS, SETTINGS
from lead_pipeline.tests import web_calls
from lead_pipeline.tests.factories import make_user, needs

REPORT = "Sales Person Workload and Performance"
# What only the manager sees.
FOUND = "Kept for a manager"
RUN = "frappe.desk.query_report.run"
DOCTYPE = "Prepared Report"


def prepared_by(user: str) -> Document:
	"""What the framework keeps, without the job that would make it."""
	kept = frappe.new_doc(DOCTYPE)
	kept.update({"report_name": REPORT, "filters": "{}", "status": "Completed", "owner": user})
	kept.update({"name": frappe.generate_hash(length=10), "creation": frappe.utils.now()})
	kept.db_insert()
	return kept


class Kept:
	"""A prepared report of a manager, and two other users.

	One user sees only own leads, the other is a second manager.
	"""

	def __init__(self):
		needs("Role", "Prepared Report User")
		self.manager = make_user("Sales Manager", "Sales User")
		self.seller = make_user("Sales User", "Prepared Report User", "Report Manager")
		frappe.db.set_value("Report", REPORT, "prepared_report", 1)
		kept = prepared_by(self.manager)
		self.name = kept.name
		rows = {"columns": [{"fieldname": "label", "label": "x"}], "result": [{"label": FOUND}]}
		self.file = frappe.new_doc("File")
		self.file.update(
			{"file_name": f"{kept.name}.json.gz", "is_private": 1, "attached_to_doctype": DOCTYPE}
		)
		self.file.update({"attached_to_name": kept.name, "content": gzip.compress(json.dumps(rows).encode())})
		self.file.insert()
		frappe.db.set_value("File", self.file.name, "owner", self.manager)

	def questions(self) -> dict[str, tuple[str, dict]]:
		by_name = json.dumps({"prepared_report_name": self.name})
		prepared = "frappe.core.doctype.prepared_report.prepared_report."
		return {
			"by its name": (RUN, {"report_name": REPORT, "filters": by_name}),
			"by its user": (RUN, {"report_name": REPORT, "filters": "{}", "user": self.manager}),
			"export": (
				"frappe.desk.query_report.export_query",
				{"report_name": REPORT, "filters": by_name, "file_format_type": "CSV", "visible_idx": "[0]"},
			),
			"download": (f"{prepared}download_attachment", {"dn": self.name}),
			"form": ("frappe.desk.form.load.getdoc", {"doctype": DOCTYPE, "name": self.name}),
			"record": ("frappe.client.get", {"doctype": DOCTYPE, "name": self.name}),
			"file": ("frappe.handler.download_file", {"file_url": self.file.file_url}),
		}


@pytest.fixture
def kept(clean_transaction):
	return Kept()


def see_own_leads() -> None:
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.clear_document_cache(SETTINGS, SETTINGS)


def test_no_method_gives_it_to_who_sees_other_leads(kept):
	see_own_leads()
	answered = []
	for short, (path, form) in kept.questions().items():
		said, error = web_calls.call(kept.seller, path, form)
		if not isinstance(error, frappe.PermissionError):
			answered.append((short, said[:200]))
	assert answered == []


def test_no_list_names_it(kept):
	see_own_leads()
	frappe.set_user(kept.seller)
	mine = prepared_by(kept.seller)
	listed = frappe.get_list(DOCTYPE, {"report_name": REPORT}, pluck="name")
	assert mine.name in listed and kept.name not in listed
	assert frappe.has_permission(DOCTYPE, doc=mine.name)
	assert not frappe.has_permission(DOCTYPE, doc=kept.name)
	assert not frappe.has_permission("File", doc=kept.file.name)


@pytest.mark.parametrize("short", ["by its name", "by its user"])
def test_who_sees_all_leads_gets_it(kept, short):
	said, error = web_calls.call(kept.seller, *kept.questions()[short])
	assert error is None and FOUND in said
	see_own_leads()
	said, error = web_calls.call(make_user("Sales Manager"), *kept.questions()[short])
	assert error is None and FOUND in said

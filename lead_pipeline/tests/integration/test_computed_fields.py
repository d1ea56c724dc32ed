"""Fields that follow from others.

Nobody can set them, no board moves leads by them, and no picker offers the app's own notes.
"""

from pathlib import Path

import frappe
import pytest
from frappe.client import set_value
from frappe.desk.doctype.bulk_update.bulk_update import submit_cancel_or_update_docs
from frappe.desk.doctype.kanban_board import kanban_board
from frappe.model import no_value_fields

from lead_pipeline.constants import LEAD, MODULE
from lead_pipeline.exceptions import InvalidValueError
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.rest import Client

MEANT_FOR_PEOPLE = {
	(LEAD, "status_category"),
	(LEAD, "status_changed_on"),
	("Pipeline Lead Import", "status"),
	("Pipeline Migration", "status"),
	("Pipeline Status Rule", "filters"),
	("Pipeline Lead", "next_step"),
	("Pipeline Lead", "stuck_on"),
	("Pipeline Lead", "first_response_on"),
}
"""Hidden on the form, which shows them otherwise, and wanted in filters, groups and columns."""

VALUES = {
	"Datetime": "2020-02-02 02:02:02",
	"Date": "2020-02-02",
	"Int": 7,
	"Link": "Lost",
	"Select": "Won",
	"Check": 1,
}


def computed() -> list[str]:
	"""Return the read-only fields of a lead that keep their value.

	They keep it whoever sends another value.
	"""
	sent_by_websites = {"referrer", "landing_page"}
	return [
		field.fieldname
		for field in frappe.get_meta(LEAD).fields
		if field.read_only and field.fieldname not in sent_by_websites
	]


def modified(lead) -> str:
	return frappe.db.get_value(LEAD, lead.name, "modified")


def test_what_is_computed_can_be_set_by_nobody_and_says_so():
	lead = make_lead(company_name="Computed Ltd", email="computed@example.com")
	before = frappe.db.get_value(LEAD, lead.name, "*", as_dict=True)
	assert len(computed()) > 15
	for fieldname in computed():
		value = VALUES.get(lead.meta.get_field(fieldname).fieldtype, "made up")
		with pytest.raises(InvalidValueError, match="follows from other fields"):
			set_value(LEAD, lead.name, fieldname, value)
	assert frappe.db.get_value(LEAD, lead.name, "*", as_dict=True) == before


def test_a_list_cannot_change_it_for_many_leads_either():
	lead = make_lead()
	frappe.db.commit()
	before = modified(lead)
	failed = submit_cancel_or_update_docs(
		LEAD, frappe.as_json([lead.name]), "update", frappe.as_json({"status_category": "Won"})
	)
	assert failed == [lead.name] and modified(lead) == before
	site.delete(LEAD, lead.name)


def test_a_program_that_sends_a_whole_document_is_not_refused():
	lead = make_lead(expected_closing="2030-01-01", expected_revenue=5)
	client = Client(make_user("Sales User"))
	frappe.db.commit()
	try:
		document = client.get(LEAD, lead.name)
		document = client.update(document, **document)
		changed = client.update(document, **(document | {"status_category": "Won", "job_title": "Buyer"}))
		assert (changed["job_title"], changed["status_category"]) == ("Buyer", "New")
		with pytest.raises(AssertionError, match="follows from other fields"):
			client.update(changed, status_category="Won")
	finally:
		site.delete(LEAD, lead.name)


@pytest.mark.parametrize("fieldname", ["status_category", "status", "lead_name", "no_such_field"])
def test_a_board_that_could_move_no_lead_is_refused(fieldname):
	with pytest.raises(InvalidValueError, match="Use the list of leads"):
		kanban_board.quick_kanban_board(LEAD, f"Board {fieldname}", fieldname)


def test_a_board_that_was_made_before_moves_nothing_and_says_so():
	lead = make_lead()
	board = frappe.new_doc("Kanban Board")
	board.update(
		{"kanban_board_name": "Old Board", "reference_doctype": LEAD, "field_name": "status_category"}
	)
	for column in ("New", "Qualified"):
		board.append("columns", {"column_name": column, "order": "[]"})
	board.name = "Old Board"
	board.db_insert()
	for row in board.columns:
		row.db_insert()
	before = modified(lead)
	with pytest.raises(InvalidValueError):
		kanban_board.update_order("Old Board", frappe.as_json({"Qualified": [lead.name]}))
	assert modified(lead) == before


def test_boards_of_other_documents_and_by_a_field_of_the_site_are_not_ours_to_judge():
	board = kanban_board.quick_kanban_board("ToDo", "Tasks by Status", "status")
	assert board.reference_doctype == "ToDo"


def test_what_the_app_keeps_for_itself_is_marked_for_the_pickers():
	"""The fields that the app keeps for itself are marked for the pickers.

	In every DocType of the app that has a list; the list's script takes the marked fields out of the pickers.
	"""
	unmarked, shown, offered = [], [], []
	listed = frappe.get_all("DocType", {"module": MODULE, "istable": 0, "issingle": 0}, pluck="name")
	for doctype in listed:
		fields = [df for df in frappe.get_meta(doctype).fields if df.fieldtype not in no_value_fields]
		unmarked += [(doctype, df.fieldname) for df in fields if df.hidden and not df.report_hide]
		shown += [(doctype, df.fieldname) for df in fields if df.report_hide and not df.hidden]
		if any(df.report_hide for df in fields) and not hides_internal_fields(doctype):
			offered.append(doctype)
	assert len(listed) > 10
	assert set(unmarked) == MEANT_FOR_PEOPLE, "say report_hide in the DocType, or that people want it"
	assert not shown and not offered


def hides_internal_fields(doctype: str) -> bool:
	name = frappe.scrub(doctype)
	script = Path(frappe.get_module_path(MODULE, "doctype", name, f"{name}_list.js"))
	return script.exists() and f'lead_pipeline.hide_internal_fields("{doctype}");' in script.read_text()

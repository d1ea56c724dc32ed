"""Which column of a file fills which field of a lead.

A column is known, assigned by hand, remembered, or kept in the description.
"""

import json

import frappe
import pytest

from lead_pipeline.capture.importing import api
from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import InvalidFileError
from lead_pipeline.tests.imports import ROW, found


def test_headings_of_another_program_are_known(manager, imports):
	doc = imports.rehearsed(
		[
			[
				"First Name",
				"Last Name",
				"Title",
				"Company",
				"Email",
				"Phone",
				"Mobile",
				"Lead Source",
				"Lead Owner",
				"Street",
			],
			[
				"Jane",
				"Doe",
				"Buyer",
				"Muster GmbH",
				imports.email("jane"),
				"030 1",
				"",
				"Referral",
				"",
				"Main Street 1",
			],
		]
	)
	assert [kind for _number, kind, _remark in found(doc)] == ["New"]
	(row,) = api.rows(doc.name)
	values = frappe.parse_json(frappe.db.get_value(ROW, {"run": doc.name}, "data"))
	assert values == {
		"first_name": "Jane",
		"last_name": "Doe",
		"job_title": "Buyer",
		"company_name": "Muster GmbH",
		"email": imports.email("jane"),
		"phone": "030 1",
		"channel": "Referral",
	}
	assert "Street" in doc.notes, row


def columns_of(doc) -> list[tuple]:
	return [(row.heading, row.example, row.field or None) for row in doc.columns]


def test_columns_are_assigned_by_hand_and_the_next_file_with_their_headings_knows_it(manager, imports):
	mark = imports.mark
	head = [f"Who {mark}", f"Where to {mark}", "Notes", f"Shade {mark}"]
	doc = imports.new([head, ["Jane", imports.email("jane"), "wants chairs", "red"]])
	assert columns_of(doc) == [
		(f"Who {mark}", "Jane", None),
		(f"Where to {mark}", imports.email("jane"), None),
		("Notes", "wants chairs", "Description"),
		(f"Shade {mark}", "red", None),
	]
	with pytest.raises(InvalidFileError, match="Choose below which column is the name"):
		api.rehearse(doc.name)
	frappe.db.rollback()
	doc.reload()
	doc.columns[0].field, doc.columns[1].field, doc.columns[2].field = "Lead Name", "Email", None
	# What the file says is not for people to change.
	doc.columns[0].heading = doc.columns[0].example = "else"
	doc.save()
	frappe.db.commit()
	assert columns_of(doc)[0] == (f"Who {mark}", "Jane", "Lead Name")
	api.rehearse(doc.name)
	assert [(row["title"], row["kind"]) for row in api.rows(doc.name)] == [("Jane", "New")]
	values = frappe.parse_json(frappe.db.get_value(ROW, {"run": doc.name}, "data"))
	assert values == {"lead_name": "Jane", "email": imports.email("jane")}
	again = imports.new([head, ["Max", imports.email("max"), "wants tables", "blue"]])
	assert [field for _heading, _example, field in columns_of(again)] == ["Lead Name", "Email", None, None]


@pytest.mark.parametrize(
	("fields", "said"),
	[
		(("Email", "Email"), "are to fill the same field"),
		(("Status Changed On", None), "a lead has no field"),
	],
)
def test_columns_that_cannot_be_assigned_so_are_refused(manager, imports, fields, said):
	doc = imports.new([["A", "B", "Email"], ["1", "2", imports.email("x")]])
	doc.columns[0].field, doc.columns[1].field, doc.columns[2].field = *fields, None
	with pytest.raises(InvalidFileError, match=said):
		doc.save()


def test_another_choice_of_columns_or_reading_forgets_what_was_found(manager, imports):
	doc = imports.rehearsed([["Last Name", "Company"], ["Doe", f"{imports.mark} Ltd"]])
	assert doc.status == "Rehearsed"
	doc.columns[1].field = None
	doc.save()
	assert (doc.status, found(doc)) == ("Draft", [])
	api.rehearse(doc.name)
	doc.reload()
	doc.keep_rest = 1
	doc.save()
	assert (doc.status, found(doc)) == ("Draft", [])


def test_what_has_no_field_or_is_not_on_this_site_can_be_kept(manager, imports):
	rows = [
		["Last Name", "Email", "Lead Status", "Street", "Notes"],
		["Doe", imports.email("doe"), "Open - Not Contacted", "Main Street 1", "wants chairs"],
	]
	doc = imports.rehearsed(rows)
	assert [(kind, remark) for _row, kind, remark in found(doc)] == [
		("Bad", "Status: there is no “Open - Not Contacted”. Did you mean “Open”?")
	]
	doc.keep_rest = 1
	doc.save()
	api.rehearse(doc.name)
	doc.reload()
	assert [kind for _row, kind, _remark in found(doc)] == ["New"]
	lead = frappe.get_all(LEAD, {"email_key": imports.email("doe")}) or (
		imports.finish(doc)
		and frappe.get_all(LEAD, {"email_key": imports.email("doe")}, ["status", "description"])
	)
	assert lead[0].status == "Lead"
	for part in ("wants chairs", "Street: Main Street 1", "Status: Open - Not Contacted"):
		assert part in lead[0].description


def test_what_stands_below_no_heading_is_shown_and_can_be_kept(manager, imports):
	doc = imports.new(
		[["Last Name", "", "Email"], ["Doe", "likes oak", imports.email("doe"), "calls at noon"]]
	)
	assert [(row.heading, row.example) for row in doc.columns if not row.field] == [
		("Column B", "likes oak"),
		("Column D", "calls at noon"),
	]
	doc.keep_rest = 1
	doc.save()
	api.rehearse(doc.name)
	described = json.loads(frappe.db.get_value(ROW, {"run": doc.name}, "data"))["description"]
	assert described == "Column B: likes oak\nColumn D: calls at noon"


def test_columns_that_no_field_has_are_named_and_left_out(manager, imports):
	doc = imports.done(
		[
			["Lead Name", "Shoe Size", "Key of the Origin", "Owner", "Status Category"],
			["Jane", "38", "Import/1", "Administrator", "Won"],
		]
	)
	assert "Shoe Size, Key of the Origin, Status Category" in doc.notes
	lead = frappe.get_doc(LEAD, api.rows(doc.name)[0]["lead"])
	# The owner of other programs' lists is the sales person.
	assert (lead.status_category, lead.owner, lead.lead_owner) == ("New", manager, "Administrator")
	assert lead.origin_key != "Import/1"

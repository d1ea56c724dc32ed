"""No query reveals the value of a field that the user may not read.

This holds for filters, orders, groups and counts.
"""

import json

import frappe
import pytest

from lead_pipeline.constants import LEAD, MODULE, STATUS_FAILURE, STATUS_LOG
from lead_pipeline.exceptions import InvalidBoardError
from lead_pipeline.tests import site, web_calls
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.rest import Client

GUESS = "SAL-QTN-2031-00077"


@pytest.fixture
def world(clean_transaction):
	"""Provide a lead that everybody sees, with a restricted document in its history.

	Only System Managers read there which document it is.
	"""
	lead = make_lead()
	row = frappe.get_last_doc(STATUS_LOG, {"lead": lead.name})
	row.db_set({"reference_doctype": "ToDo", "reference_name": GUESS, "reason": f"Because of {GUESS}"})
	failing = {
		"doctype": STATUS_FAILURE,
		"lead": lead.name,
		"failed_on": frappe.utils.now(),
		"error": "Broken",
	}
	document = {"document_type": "ToDo", "document_name": GUESS}
	frappe.get_doc(failing | document).insert(ignore_links=True)
	return lead


def questions(doctype: str, field: str) -> dict[str, tuple[str, dict]]:
	"""Return the calls that ask whether a record has GUESS in the field.

	A short name → (method, its form).
	"""
	condition, row = {field: GUESS}, [[doctype, field, "=", GUESS]]
	like = [[doctype, field, "like", f"{GUESS[:-2]}%"]]
	column = f"`tab{doctype}`.`{field}`"
	lists = ("frappe.client.get_list", "frappe.desk.reportview.get", "frappe.desk.reportview.get_list")
	asked = {
		f"{key} in {path}": (path, {"doctype": doctype, "fields": '["lead"]', key: json.dumps(value)})
		for path in lists
		for key, value in (("filters", condition), ("filters", row), ("or_filters", row), ("filters", like))
	}
	asked |= {
		f"{key} {value} in {path}": (path, {"doctype": doctype, "fields": '["lead"]', key: value})
		for path in lists
		for key, value in (
			("order_by", f"{field} desc"),
			("order_by", f"{column} asc"),
			("order_by", f"modified desc, {field}"),
			("group_by", field),
			("group_by", column),
		)
	}
	card = {"doctype": "Number Card", "document_type": doctype, "function": "Count"}
	chart = {"chart_name": None, "no_cache": 1} | {
		"chart": json.dumps(
			{
				"name": "Guess",
				"document_type": doctype,
				"chart_type": "Group By",
				"group_by_type": "Count",
				"group_by_based_on": field,
				"filters_json": "[]",
			}
		)
	}
	return asked | {
		"columns that calculate": (
			lists[0],
			{"doctype": doctype, "fields": json.dumps([f"max({field}) as x"])},
		),
		"columns in JSON of numbers": (
			lists[0],
			{
				"doctype": doctype,
				"filters": json.dumps(condition).replace(field[0], f"\\u{ord(field[0]):04x}", 1),
			},
		),
		"count": ("frappe.client.get_count", {"doctype": doctype, "filters": json.dumps(condition)}),
		"count of the list": (
			"frappe.desk.reportview.get_count",
			{"doctype": doctype, "filters": json.dumps(row)},
		),
		"one value": (
			"frappe.client.get_value",
			{"doctype": doctype, "fieldname": "lead", "filters": json.dumps(condition)},
		),
		"one record": ("frappe.client.get", {"doctype": doctype, "filters": json.dumps(condition)}),
		"link field": (
			"frappe.desk.search.search_link",
			{"doctype": doctype, "txt": GUESS, "searchfield": field},
		),
		"filtered link field": (
			"frappe.desk.search.search_link",
			{"doctype": doctype, "txt": "", "filters": json.dumps(condition)},
		),
		"group in the side bar": (
			"frappe.desk.listview.get_group_by_count",
			{"doctype": doctype, "current_filters": "[]", "field": field},
		),
		"numbers in the side bar": (
			"frappe.desk.reportview.get_sidebar_stats",
			{"doctype": doctype, "stats": '["_user_tags"]', "filters": json.dumps(row)},
		),
		"number card": (
			"frappe.desk.doctype.number_card.number_card.get_result",
			{"doc": json.dumps(card), "filters": json.dumps(row)},
		),
		"chart": ("frappe.desk.doctype.dashboard_chart.dashboard_chart.get", chart),
		"calendar": (
			"frappe.desk.calendar.get_events",
			{
				"doctype": doctype,
				"start": "2020-01-01",
				"end": "2040-01-01",
				"field_map": json.dumps({"start": "creation", "end": "creation", "id": "lead"}),
				"filters": json.dumps(row),
			},
		),
	}


def ask(user: str, path: str, form: dict) -> tuple[str, Exception | None]:
	"""Call a method as a user and undo the call when it fails.

	After an error of its own, PostgreSQL would answer no further question.
	"""
	frappe.db.savepoint("question")
	said, error = web_calls.call(user, path, form)
	if error:
		frappe.db.rollback(save_point="question")
	return said, error


def levels() -> list[tuple[str, str]]:
	"""Return the fields of the app's DocTypes that not every reader may read.

	Pairs of DocType and field, for fields above permission level 0. They are found, not listed.
	"""
	fields = frappe.get_all(
		"DocField", {"permlevel": (">", 0)}, ["parent", "fieldname"], order_by="parent, idx"
	)
	ours = frappe.get_all("DocType", {"module": MODULE}, pluck="name", order_by=None)
	return [(field.parent, field.fieldname) for field in fields if field.parent in ours]


def test_no_method_says_whether_a_guess_is_right(world):
	"""No method reveals whether a guessed value is right.

	Tested for every such field, and for a field of leads that a site has hidden from its sales people.
	"""
	manager, seller = make_user("Sales Manager"), make_user("Sales User")
	hide = {"doctype": LEAD, "fieldname": "expected_revenue", "property": "permlevel", "value": "1"}
	frappe.make_property_setter(hide, validate_fields_for_doctype=False)
	frappe.clear_cache(doctype=LEAD)
	answered = []
	for doctype, field in [*levels(), (LEAD, "expected_revenue")]:
		user = seller if doctype in (LEAD, STATUS_LOG) else manager
		for short, (path, form) in questions(doctype, field).items():
			said, error = ask(user, path, form)
			if not isinstance(error, frappe.PermissionError):
				answered.append((doctype, field, short, said[:200]))
	frappe.db.rollback()
	frappe.clear_cache(doctype=LEAD)
	assert answered == []


def test_the_same_over_the_web_server(world, request):
	frappe.db.commit()
	request.addfinalizer(frappe.db.commit)
	request.addfinalizer(lambda: site.delete(LEAD, world.name))
	request.addfinalizer(site.start_over)
	client = Client(make_user("Sales User"))
	address = f"{site.URL}/api/resource/{STATUS_LOG}"
	for query in (
		{"filters": json.dumps({"reference_name": GUESS})},
		{"or_filters": json.dumps([["reference_name", "=", GUESS]])},
		{"order_by": "reference_name desc"},
		{"group_by": "reason"},
	):
		answer = client.session.get(address, params=query, timeout=60)
		assert answer.status_code == 403, query
		assert "cannot be filtered, sorted or grouped" in answer.text
	answer = client.session.get(
		address, params={"fields": '["*"]', "filters": json.dumps({"lead": world.name})}
	)
	assert answer.ok and world.name in answer.text and GUESS not in answer.text


@pytest.mark.parametrize(
	("path", "form"),
	[
		(
			"frappe.client.get_list",
			{"fields": '["lead", "reference_name"]', "filters": '{"cause": "Person"}'},
		),
		(
			"frappe.desk.reportview.get",
			{"fields": '["`tabPipeline Status Log`.`reference_name`"]', "filters": "[]"},
		),
		("frappe.desk.reportview.get", {"fields": '["name"]', "order_by": "changed_on desc"}),
		("frappe.desk.search.search_link", {"txt": "the reason"}),
	],
)
def test_other_questions_are_answered(world, path, form):
	"""Queries that do not depend on a restricted field are answered.

	A restricted column is left out, and the name of a field may be used as a search word.
	"""
	said, error = web_calls.call(make_user("Sales User"), path, form | {"doctype": STATUS_LOG})
	assert error is None, said
	assert GUESS not in said


def test_who_may_read_the_fields_asks_by_them(world):
	user = make_user("System Manager", "Sales User")
	for short, (path, form) in questions(STATUS_LOG, "reference_name").items():
		_said, error = ask(user, path, form)
		assert not isinstance(error, frappe.PermissionError), short
	said, _error = ask(user, *questions(STATUS_LOG, "reference_name")["one value"])
	assert world.name in said


# What a site may keep from its sales people, with what stands there.
KEPT = {
	"job_title": "Hiddenjob",
	"description": "Hiddentext",
	"phone": "+49 30 7654321",
	"email": "hiddenmail@example.com",
	"company_name": "Hiddencompany Ltd",
	"website": "https://hiddensite.example",
	"expected_revenue": 87654,
	"campaign": "Hiddencampaign",
	"first_name": "Hiddenfirst",
}


def test_the_apps_own_pages_leave_a_hidden_field_out(clean_transaction):
	"""Panel, board, My Day, duplicates: each has a query of its own."""
	seller = make_user("Sales User")
	lead = make_lead(**KEPT, lead_name="Known", lead_owner=seller, next_contact_date=frappe.utils.nowdate())
	same = {field: KEPT[field] for field in ("email", "company_name")}
	twin = make_lead(**same, lead_name="Twin", lead_owner=seller)
	for field in (*KEPT, "email_ids", "phone_nos"):
		hide = {"doctype": LEAD, "fieldname": field, "property": "permlevel", "value": "1"}
		frappe.make_property_setter(hide, validate_fields_for_doctype=False)
	frappe.clear_cache(doctype=LEAD)
	told = []
	for path, form in own_questions(lead.name, twin.name).items():
		said, error = web_calls.call(seller, path, form)
		assert error is None, (path, said)
		told += [(path, field) for field, value in KEPT.items() if str(value) in said]
	for form in ({"order": "revenue"}, {"filters": json.dumps({"campaign": KEPT["campaign"]})}):
		_said, error = web_calls.call(seller, "lead_pipeline.board.columns.columns", form)
		told += [] if isinstance(error, InvalidBoardError) else [form]
	by_text = {"filters": json.dumps({"text": KEPT["email"]})}
	said, error = web_calls.call(seller, "lead_pipeline.board.columns.columns", by_text)
	told += [by_text] if error or lead.name in said else []
	frappe.db.rollback()
	frappe.clear_cache(doctype=LEAD)
	assert told == []


def own_questions(lead: str, twin: str) -> dict[str, dict]:
	app = "lead_pipeline."
	return {
		f"{app}board.panel.panel": {"lead": lead},
		f"{app}board.columns.columns": {},
		f"{app}board.columns.cards": {"leads": json.dumps([lead])},
		f"{app}board.totals.totals": {},
		f"{app}activities.plan.steps": {"lead": lead},
		f"{app}lead_pipeline.page.my_day.my_day.my_day": {},
		f"{app}lead_pipeline.doctype.pipeline_lead.form_panel.panel": {"lead": lead},
		f"{app}duplicates.finding.of_lead": {"lead": lead},
		f"{app}duplicates.merging.compare": {"leads": json.dumps([lead, twin])},
		f"{app}status.explain.explain": {"lead": lead},
	}

"""Every list and page shows a user the same, right leads (promise P10).

The setting is *Sales Users See*.
"""

import json

import frappe
import pytest
from frappe.permissions import add_user_permission
from frappe.utils.global_search import sync_global_search

from lead_pipeline.capture.inbox import api as inbox
from lead_pipeline.capture.inbox.contents import DONE
from lead_pipeline.constants import ACTIVITY, ALL_LEADS, LEAD, OWN_LEADS, STATUS_LOG
from lead_pipeline.framework import list_conditions
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.visible_leads import (
	WORD,
	Surfaces,
	expected,
	refuses_rows,
	seen_by,
	visibility,
	visible_leads,
)
from lead_pipeline.visibility import readable_records
from lead_pipeline.visibility.own_leads import MAX_NAMED_LEADS, few
from lead_pipeline.visibility.permissions import (
	REFERENCES,
	lead_conditions,
	log_conditions,
	reference_conditions,
	step_conditions,
)
from lead_pipeline.visibility.readable_records import readable_leads


@pytest.fixture(scope="module")
def world(connected_site):
	with visible_leads() as world:
		yield world


@pytest.fixture
def own_leads(world):
	with visibility(OWN_LEADS):
		yield


@pytest.fixture(scope="module")
def searchable(world):
	"""The desk's search knows leads."""
	settings = frappe.get_doc("Global Search Settings")
	before = [row.document_type for row in settings.allowed_in_global_search]
	if LEAD not in before:
		settings.append("allowed_in_global_search", {"document_type": LEAD})
		settings.save()
	sync_global_search()
	frappe.db.commit()
	yield
	settings.reload()
	settings.set("allowed_in_global_search", [{"document_type": doctype} for doctype in before])
	settings.save()
	frappe.db.commit()


EVERYWHERE = (
	"rest_list",
	"one_by_one",
	"form",
	"client_list",
	"report_view",
	"search_box",
	"link_field",
	"link_field_that_ignores_permissions",
	"search",
	"search_of_everything",
	"tagged",
	"tagged_of_one_doctype",
	"titles_of_links",
	"why",
	"further_emails",
	"log",
)
# A User Permission on users hides rows of the log that others have written, as it does with every document.
LEAVE_OUT = {"boxed": {"log"}}
# Frappe 15.0 shows no list to somebody who has no role but a share; the shared documents it shows.
SHARED_ONLY = {"one_by_one", "form", "why", "titles_of_links"}


@pytest.mark.parametrize("setting", [ALL_LEADS, OWN_LEADS])
@pytest.mark.parametrize("part", ["rep", "colleague", "odd", "typed", "boxed", "roleless", "manager"])
def test_every_surface_shows_the_same_leads(world, searchable, setting, part):
	with visibility(setting):
		surfaces = Surfaces(world, world.users[part])
		asked = SHARED_ONLY if part == "roleless" else set(EVERYWHERE) - LEAVE_OUT.get(part, set())
		shown = {name: world.short(getattr(surfaces, name)()) for name in EVERYWHERE if name in asked}
	right = expected(world, setting, part)
	wrong = {name: (leads - right, right - leads) for name, leads in shown.items() if leads != right}
	assert not wrong, f"too many, missing: {wrong}"


@pytest.mark.parametrize("part", ["rep", "roleless"])
def test_each_lead_over_the_web_server(world, own_leads, part):
	shown = Surfaces(world, world.users[part]).one_by_one_over_the_web()
	assert world.short(shown) == expected(world, OWN_LEADS, part)


class TestNumbers:
	"""What is counted is what is shown."""

	@pytest.mark.parametrize("part", ["rep", "typed", "manager"])
	def test_counts_and_groups(self, world, own_leads, part):
		surfaces = Surfaces(world, world.users[part])
		names = seen_by(surfaces.user)
		method = surfaces.method
		assert method(
			"frappe.desk.reportview.get_count", doctype=LEAD, filters="[]", fields="[]", distinct="false"
		) == len(names)
		assert method("frappe.client.get_count", doctype=LEAD) == len(names)
		hidden = json.dumps({"company_name": f"{WORD} of colleague"})
		assert method("frappe.client.get_count", doctype=LEAD, filters=hidden) == (
			1 if part == "manager" else 0
		)
		logged = frappe.db.count(STATUS_LOG, {"lead": ("in", names)})
		# Other tests leave what was noted of leads that they have deleted by SQL.
		of_leads = json.dumps({"lead": ["in", frappe.get_all(LEAD, pluck="name")]})
		assert method("frappe.client.get_count", doctype=STATUS_LOG, filters=of_leads) == logged
		groups = method(
			"frappe.desk.listview.get_group_by_count", doctype=LEAD, current_filters="[]", field="lead_owner"
		)
		assert sum(group["count"] for group in groups) == len(names)

	@pytest.mark.parametrize("part", ["rep", "colleague", "manager"])
	def test_assignees_in_the_side_bar(self, world, own_leads, part):
		surfaces = Surfaces(world, world.users[part])
		groups = surfaces.method(
			"frappe.desk.listview.get_group_by_count",
			doctype=LEAD,
			current_filters=json.dumps([[LEAD, "company_name", "like", f"{WORD}%"]]),
			field="assigned_to",
		)
		todos = frappe.get_all(
			"ToDo",
			{
				"reference_type": LEAD,
				"reference_name": ("in", seen_by(surfaces.user)),
				"status": ("!=", "Cancelled"),
			},
			["allocated_to", "reference_name"],
		)
		numbers = {}
		for todo in todos:
			if todo.reference_name in world.leads.values():
				numbers[todo.allocated_to] = numbers.get(todo.allocated_to, 0) + 1
		assert {group["name"]: group["count"] for group in groups} == numbers

	def test_an_export_has_the_rows_that_the_manager_sees_and_a_sales_user_gets_none(self, world, own_leads):
		form = {
			"doctype": LEAD,
			# The desk sends full names of columns, which Frappe 15.0 cannot read on PostgreSQL.
			"fields": json.dumps(["name"]),
			"file_format_type": "CSV",
			"title": LEAD,
		}
		answers = {
			part: Client(world.users[part]).session.post(
				f"{site.URL}/api/method/frappe.desk.reportview.export_query", data=form, timeout=60
			)
			for part in ("manager", "rep")
		}
		assert answers["rep"].status_code == 403
		assert [name for name in world.leads.values() if name not in answers["manager"].text] == []

	def test_what_tells_of_hidden_leads_is_neither_counted_nor_listed(self, world, own_leads):
		rep = Surfaces(world, world.users["rep"])
		manager = Surfaces(world, world.users["manager"])
		hidden = world.leads["of colleague"]
		for doctype, (type_field, name_field) in REFERENCES.items():
			filters = json.dumps({type_field: LEAD, name_field: hidden})
			answer = rep.client.session.post(
				f"{site.URL}/api/method/frappe.client.get_count",
				json={"doctype": doctype, "filters": filters},
				timeout=60,
			)
			# What may not be listed may not be counted.
			assert answer.status_code == 403 or answer.json()["message"] == 0, doctype
		filters = json.dumps({"parenttype": LEAD, "parent": hidden})
		assert manager.count("Contact Email", filters) == 1 or refuses_rows(manager, "Contact Email")

	def test_the_frameworks_function_for_apps_sees_the_same_leads(self, world, own_leads, monkeypatch):
		"""The one that is asked when the class that lists stand on today is gone."""

		def seen(user: str) -> set[str]:
			names = frappe.db.sql(f"select name from `tabPipeline Lead` where name in {readable_leads(user)}")
			return world.short(name for (name,) in names)

		users = [world.users[part] for part in ("rep", "odd", "typed", "boxed")]
		by_class = [seen(user) for user in users]
		monkeypatch.setattr(list_conditions, "DatabaseQuery", None)
		assert [seen(user) for user in users] == by_class
		assert all(by_class)

	def test_a_chart_counts_what_its_user_sees(self, world, own_leads):
		chart = {
			"name": "Leads of the test",
			"document_type": LEAD,
			"chart_type": "Count",
			"type": "Line",
			"based_on": "creation",
			"timespan": "Last Year",
			"time_interval": "Yearly",
			"filters_json": "[]",
		}
		path = "frappe.desk.doctype.dashboard_chart.dashboard_chart.get"
		for part in ("manager", "rep"):
			surfaces = Surfaces(world, world.users[part])
			shown = surfaces.method(path, chart=json.dumps(chart), no_cache=1)
			assert sum(shown["datasets"][0]["values"]) == len(seen_by(surfaces.user))
		answer = Client(world.users["rep"]).session.post(
			f"{site.URL}/api/method/{path}",
			json={"chart": json.dumps(chart | {"type": "Heatmap"})},
			timeout=60,
		)
		assert answer.status_code == 403
		assert "Choose another kind of chart." in answer.text


class TestWithoutRestriction:
	def test_the_setting_adds_nothing_to_queries_when_everybody_sees_all(self, world):
		assert lead_conditions(world.users["rep"]) is None

	def test_nor_for_managers(self, world, own_leads):
		assert lead_conditions(world.users["manager"]) is None
		assert lead_conditions(make_user("System Manager")) is None
		assert lead_conditions(world.users["rep"])


def test_many_leads_are_described_and_few_are_named_with_the_same_result(world, own_leads):
	rep = world.users["rep"]
	before = set(seen_by(rep))
	assert few(rep) is not None
	columns = ["name", "owner", "creation", "modified", "modified_by", "lead_name", "status"]
	now = frappe.utils.now()
	many = [
		(f"MANY-{number}", "Guest", now, now, "Guest", "Many", "Lead")
		for number in range(MAX_NAMED_LEADS + 1)
	]
	hidden = [("HIDDEN-1", "Guest", now, now, "Guest", "Hidden", "Lead")]
	frappe.db.bulk_insert(LEAD, columns, many + hidden)
	frappe.db.set_value(LEAD, "HIDDEN-1", "lead_owner", world.users["colleague"])
	assert few(rep) is None
	assert set(seen_by(rep)) == before | {name for name, *_rest in many}


@pytest.fixture(params=["record by record", "leads first"])
def way(request, monkeypatch):
	"""How the leads of other records are asked for."""
	by_record = request.param == "record by record"
	monkeypatch.setattr(readable_records, "PAGE", 0 if by_record else readable_records.FIRST_RECORDS + 1)
	if by_record:
		monkeypatch.setattr(readable_records, "few", lambda user: None)
	readable_records.first_records_fill_a_page.clear_cache()
	yield
	readable_records.first_records_fill_a_page.clear_cache()


@pytest.mark.parametrize("part", ["rep", "odd", "typed", "boxed"])
def test_records_that_tell_of_leads_are_those_of_the_leads_that_are_seen(world, own_leads, way, part):
	"""The last two have User Permissions."""
	user = world.users[part]
	seen = set(seen_by(user))
	assert seen and len(seen) < frappe.db.count(LEAD)
	fields = {STATUS_LOG: (None, "lead"), ACTIVITY: (None, "lead"), **REFERENCES}
	conditions = {doctype: reference_conditions(doctype, user) for doctype in REFERENCES}
	conditions |= {STATUS_LOG: log_conditions(user), ACTIVITY: step_conditions(user)}
	for doctype, (type_field, name_field) in fields.items():
		found = frappe.db.sql(f"select name from `tab{doctype}` where {conditions[doctype]}", pluck=True)
		records = frappe.get_all(doctype, fields=["*"], order_by=None)
		shown = [
			record.name
			for record in records
			if record[name_field] in seen or (type_field and record[type_field] != LEAD)
		]
		assert set(found) == set(shown), doctype


def test_a_user_permission_may_have_a_percent_sign(clean_transaction, way):
	"""In lists of leads, and of what tells of them."""
	user, kinds = make_user("Sales User"), ("50% off's", "Full Price")
	for kind in kinds:
		frappe.get_doc({"doctype": "Pipeline Lead Type", "type_name": kind}).insert()
	add_user_permission("Pipeline Lead Type", kinds[0], user)
	names = [make_lead(lead_type=kind).name for kind in kinds]
	frappe.set_user(user)
	assert frappe.get_list(LEAD, {"name": ("in", names)}, pluck="name") == names[:1]
	assert frappe.get_list(STATUS_LOG, {"lead": ("in", names)}, pluck="lead") == names[:1]
	assert frappe.get_list(ACTIVITY, {"lead": ("in", names)}) == []
	assert frappe.get_list("ToDo", {"reference_name": ("in", names)}) == []
	assert isinstance(inbox.items(state=DONE)["rows"], list)


def test_who_was_assigned_by_a_todo_that_is_gone_sees_the_lead_no_more(world, own_leads, clean_transaction):
	"""The ToDo is deleted, or is about another lead now."""
	user = make_user("Sales User")
	mine, other = (make_lead(lead_owner=world.users["colleague"]) for _number in range(2))

	def seen() -> list[str]:
		frappe.set_user(user)
		found = frappe.get_list(LEAD, {"name": ("in", [mine.name, other.name])}, pluck="name")
		readable = [lead.name for lead in (mine, other) if lead.has_permission("read")]
		frappe.set_user("Administrator")
		assert sorted(found) == sorted(readable)
		return found

	todo = {"doctype": "ToDo", "allocated_to": user, "reference_type": LEAD, "description": "Call"}
	todo = frappe.get_doc(todo | {"reference_name": mine.name}).insert()
	assert seen() == [mine.name]
	todo.reference_name = other.name
	todo.save()
	assert seen() == [other.name]
	todo.delete()
	assert seen() == []

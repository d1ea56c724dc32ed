"""Every surface shows one user the same leads, and the right ones (promise P10, setting *Sales Users See*).

The world is committed, because most of it is asked over HTTP; what each user may see stands in it as plain sets.
"""

import json

import frappe
import pytest
from frappe.desk.form import assign_to
from frappe.permissions import add_user_permission
from frappe.utils.global_search import sync_global_search

from lead_pipeline.constants import ALL_LEADS, LEAD, OWN_LEADS, SETTINGS, STATUS_LOG
from lead_pipeline.framework import list_conditions
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_user, needs
from lead_pipeline.tests.rest import Client
from lead_pipeline.visibility.permissions import FEW, REFERENCES, few, lead_conditions, readable_leads

# Its name would break a query that is glued together, and match too much in a LIKE.
ODD = "o'brien%s_odd@example.com"
ALMOST_ODD = "o'brien%sxodd@example.com"

WORD = "Visiontest"


class World:
	"""Leads by a short name, users by their part."""

	def __init__(self):
		self.users = {
			"rep": make_user("Sales User", email="rep@visibility.example.com"),
			"colleague": make_user("Sales User", email="colleague@visibility.example.com"),
			"odd": make_user("Sales User", email=ODD),
			"typed": make_user("Sales User", email="typed@visibility.example.com"),
			"boxed": make_user("Sales User", email="boxed@visibility.example.com"),
			"roleless": make_user(email="roleless@visibility.example.com"),
			"manager": make_user("Sales Manager", email="manager@visibility.example.com"),
		}
		make_user("Sales User", email=ALMOST_ODD)
		self.types = [make_lead_type().name for _number in (1, 2)]
		self.leads: dict[str, str] = {}
		self.make_leads()
		add_user_permission("Pipeline Lead Type", self.types[0], self.users["typed"])
		add_user_permission("User", self.users["boxed"], self.users["boxed"])

	def make_leads(self):
		rep, colleague = self.users["rep"], self.users["colleague"]
		self.make("of rep", rep)
		self.make("of colleague", colleague)
		self.make("created by rep", colleague, creator=rep)
		self.make("assigned to rep", colleague, assigned=[rep])
		self.make("contact by rep", colleague, next_contact_by=rep)
		self.make("shared with rep", colleague, shared=[rep])
		self.make("shared with everyone", colleague, shared=["everyone"])
		self.make("nobody's", None)
		self.make("assigned to colleague", None, assigned=[colleague])
		self.make("given back", None, assigned=[rep], given_back=True)
		self.make("contact by colleague", None, next_contact_by=colleague)
		self.make("assigned to odd", colleague, assigned=[ODD])
		self.make("assigned to almost odd", colleague, assigned=[ALMOST_ODD])
		self.make("shared with odd", colleague, shared=[ODD])
		self.make("first type of typed", self.users["typed"], lead_type=self.types[0])
		self.make("first type", colleague, lead_type=self.types[0])
		self.make("second type of typed", self.users["typed"], lead_type=self.types[1])
		self.make(
			"second type shared with typed", colleague, lead_type=self.types[1], shared=[self.users["typed"]]
		)
		self.make("of boxed", self.users["boxed"])
		self.make("assigned to boxed", colleague, assigned=[self.users["boxed"]])
		self.make("shared with roleless", colleague, shared=[self.users["roleless"]])

	def make(self, short, owner, creator=None, assigned=(), shared=(), given_back=False, **values):
		values = {"company_name": f"{WORD} {short}", "lead_owner": owner or "Administrator", **values}
		values["email_ids"] = [{"email_id": f"{short.replace(' ', '.').replace(chr(39), '')}@example.com"}]
		if creator:
			frappe.set_user(creator)
		lead = make_lead(**values)
		frappe.set_user("Administrator")
		if not owner:
			lead.lead_owner = None
			lead.save()
		for user in assigned:
			assign_to.add({"assign_to": [user], "doctype": LEAD, "name": lead.name})
			if given_back:
				assign_to.remove(LEAD, lead.name, user)
		for user in shared:
			frappe.share.add(
				LEAD, lead.name, None if user == "everyone" else user, everyone=int(user == "everyone")
			)
		lead.add_tag(WORD)
		self.leads[short] = lead.name

	def short(self, names) -> set[str]:
		"""The leads of this world among `names`."""
		names = set(names)
		return {short for short, name in self.leads.items() if name in names}

	def remove(self):
		for name in self.leads.values():
			frappe.delete_doc(LEAD, name, force=True)
			# The framework does so in the background: until then a share with everyone is a right to read leads.
			frappe.db.delete("DocShare", {"share_name": name})
		for name in self.types:
			frappe.db.delete("User Permission", {"for_value": name})
			frappe.delete_doc("Pipeline Lead Type", name, force=True)
		frappe.db.delete("User Permission", {"for_value": self.users["boxed"]})
		frappe.clear_cache()


UNOWNED = {"nobody's", "given back"}
FOR_ALL = UNOWNED | {"shared with everyone"}
OWN = {
	"rep": FOR_ALL | {"of rep", "created by rep", "assigned to rep", "contact by rep", "shared with rep"},
	"odd": FOR_ALL | {"assigned to odd", "shared with odd"},
	"typed": FOR_ALL | {"first type of typed", "second type shared with typed"},
	"boxed": FOR_ALL | {"of boxed"},
	"roleless": {"shared with roleless", "shared with everyone"},
}
SECOND_TYPE = {"second type of typed", "second type shared with typed"}


def expected(world: World, setting: str, part: str) -> set[str]:
	everything = set(world.leads)
	if setting == OWN_LEADS and part == "colleague":
		hidden = {"of rep", "first type of typed", "second type of typed", "of boxed"}
		return everything - hidden
	if part in ("manager", "colleague"):
		return everything
	if setting == OWN_LEADS or part == "roleless":
		return OWN[part]
	if part == "typed":
		return everything - {"second type of typed"}
	if part == "boxed":
		return UNOWNED | {"of boxed", "shared with everyone", "assigned to colleague"}
	return everything


@pytest.fixture(scope="module")
def world(connected_site):
	frappe.set_user("Administrator")
	world = World()
	frappe.db.commit()
	yield world
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.db.set_single_value(SETTINGS, "lead_visibility", ALL_LEADS)
	world.remove()
	frappe.db.commit()


@pytest.fixture
def own_leads(world):
	set_visibility(OWN_LEADS)
	yield
	site.start_over()
	set_visibility(ALL_LEADS)


def set_visibility(value: str) -> None:
	settings = frappe.get_doc(SETTINGS)
	settings.lead_visibility = value
	settings.save()
	frappe.db.commit()


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


def refuses_rows(surfaces: "Surfaces", doctype: str) -> bool:
	"""Whether the framework counts no rows of other documents by themselves, whosever they are: Frappe 16 does not."""
	return bool(frappe.get_meta(doctype).istable) and surfaces.count(doctype, "{}") is None


class Surfaces:
	"""What one user is shown, over HTTP, by each way to look at leads: sets of names."""

	def __init__(self, world: World, user: str):
		self.world, self.user, self.client = world, user, Client(user)

	def method(self, path: str, **values):
		return self.client.call("POST", f"method/{path}", **values)

	def count(self, doctype: str, filters: str) -> int | None:
		"""How many records match; None when the user is refused."""
		values = {"doctype": doctype, "filters": filters}
		path = f"{site.URL}/api/method/frappe.client.get_count"
		answer = self.client.session.post(path, json=values, timeout=60)
		assert answer.status_code in (200, 403), answer.text
		return answer.json()["message"] if answer.ok else None

	def rest_list(self):
		return [row["name"] for row in self.client.call("GET", f"resource/{LEAD}?limit_page_length=0")]

	def one_by_one(self):
		return [name for name in self.world.leads.values() if self.status(f"resource/{LEAD}/{name}") == 200]

	def form(self):
		path = "method/frappe.desk.form.load.getdoc?doctype=Pipeline Lead&name="
		return [name for name in self.world.leads.values() if self.status(path + name) == 200]

	def status(self, path: str) -> int:
		status = self.client.session.get(f"{site.URL}/api/{path}", timeout=60).status_code
		assert status in (200, 403), (path, status)
		return status

	def client_list(self):
		rows = self.method("frappe.client.get_list", doctype=LEAD, fields=["name"], limit_page_length=0)
		return [row["name"] for row in rows]

	def report_view(self):
		found = self.method(
			"frappe.desk.reportview.get",
			doctype=LEAD,
			fields=json.dumps(["`tabPipeline Lead`.`name`"]),
			page_length=500,
		)
		return [row[0] for row in found["values"]] if found else []

	def link_field(self, **options):
		found = self.client.session.post(
			f"{site.URL}/api/method/frappe.desk.search.search_link",
			json={"doctype": LEAD, "txt": WORD, "page_length": 500, **options},
			timeout=60,
		).json()
		return [row["value"] for row in found.get("results", found.get("message"))]

	def link_field_that_ignores_permissions(self):
		return self.link_field(ignore_user_permissions=1)

	def search(self):
		found = self.method("frappe.utils.global_search.search", text=WORD, limit=500, doctype=LEAD)
		return [row["name"] for row in found]

	def search_of_everything(self):
		found = self.method("frappe.utils.global_search.search", text=WORD, limit=500)
		return [row["name"] for row in found if row["doctype"] == LEAD]

	def log(self):
		rows = self.client.call("GET", f'resource/{STATUS_LOG}?fields=["lead"]&limit_page_length=0')
		return [row["lead"] for row in rows]

	def further_emails(self):
		rows = self.method(
			"frappe.client.get_list",
			doctype="Contact Email",
			parent=LEAD,
			fields=["parent"],
			filters={"parenttype": LEAD},
			limit_page_length=0,
		)
		return [row["parent"] for row in rows]

	def tagged(self):
		found = self.method("frappe.desk.doctype.tag.tag.get_documents_for_tag", tag=f"#{WORD}")
		return [row["name"] for row in found]

	def titles_of_links(self):
		return [
			name
			for short, name in self.world.leads.items()
			if self.method("frappe.desk.search.get_link_title", doctype=LEAD, docname=name)
			== f"{WORD} {short}"
		]

	def tagged_of_one_doctype(self):
		found = self.method("frappe.desk.doctype.tag.tag.get_tagged_docs", doctype=LEAD, tag=f"%{WORD}%")
		return [row[0] for row in found]

	def why(self):
		path = "method/lead_pipeline.status.explain.explain?lead="
		return [name for name in self.world.leads.values() if self.status(path + name) == 200]


EVERYWHERE = (
	"rest_list",
	"one_by_one",
	"form",
	"client_list",
	"report_view",
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
	set_visibility(setting)
	try:
		surfaces = Surfaces(world, world.users[part])
		asked = SHARED_ONLY if part == "roleless" else set(EVERYWHERE) - LEAVE_OUT.get(part, set())
		shown = {name: world.short(getattr(surfaces, name)()) for name in EVERYWHERE if name in asked}
	finally:
		set_visibility(ALL_LEADS)
	right = expected(world, setting, part)
	wrong = {name: (leads - right, right - leads) for name, leads in shown.items() if leads != right}
	assert not wrong, f"too many, missing: {wrong}"


def seen_by(user: str, **filters) -> list[str]:
	frappe.set_user(user)
	names = frappe.get_list(LEAD, filters=filters, pluck="name", limit=0)
	frappe.set_user("Administrator")
	return names


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
		assert method("frappe.client.get_count", doctype=STATUS_LOG) == logged
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


class TestLinkedDocuments:
	"""The menu *Links* of a form, which the framework fills without looking at each document."""

	PATH = "method/frappe.desk.form.linked_with.get"

	def test_of_a_lead_that_the_user_may_not_see(self, world, own_leads):
		client = Client(world.users["rep"])
		answer = client.session.get(
			f"{site.URL}/api/{self.PATH}?doctype={LEAD}&docname={world.leads['of colleague']}", timeout=60
		)
		assert answer.status_code == 403
		assert WORD not in answer.text

	def test_of_a_user_with_leads(self, world, own_leads):
		client = Client(world.users["rep"])
		found = client.call("GET", f"{self.PATH}?doctype=User&docname={world.users['colleague']}")
		assert "assigned to colleague" not in json.dumps(found), "another user's notice tells of the lead"
		shown = world.short(row["name"] for row in found.get(LEAD, []))
		assert shown == OWN["rep"] & {
			"created by rep",
			"assigned to rep",
			"contact by rep",
			"shared with rep",
			"shared with everyone",
		}


class TestDoors:
	"""Some of the doors of test_doors.py, over the web server, where an API key says who asks."""

	def ask(self, world, verb, path, **json):
		answer = Client(world.users["rep"]).session.request(
			verb, f"{site.URL}/api/{path}", json=json or None, timeout=60
		)
		return answer.status_code, answer.text

	def test_a_method_that_asks_for_the_doctype_only(self, world, own_leads):
		hidden, mine = world.leads["of colleague"], world.leads["of rep"]
		for lead, right in ((hidden, 403), (mine, 200)):
			like = {"doctype": LEAD, "name": lead, "add": "Yes"}
			assert self.ask(world, "POST", "method/frappe.desk.like.toggle_like", **like)[0] == right
			tag = {"dt": LEAD, "dn": lead, "tag": "Door"}
			assert self.ask(world, "POST", "method/frappe.desk.doctype.tag.tag.add_tag", **tag)[0] == right
		assert "rep" not in (frappe.db.get_value(LEAD, hidden, "_liked_by") or "")

	def test_another_way_to_write_the_same_request(self, world, own_leads):
		"""What the framework calls counts, not what else stands in the path."""
		hidden = world.leads["of colleague"]
		like = {"doctype": LEAD, "name": hidden, "add": "Yes"}
		path = "method/frappe.desk.like.toggle_like"
		assert self.ask(world, "POST", f"{path}/frappe.desk.search.get_link_title", **like)[0] in (403, 404)
		like["cmd"] = "frappe.desk.like.toggle_like"
		assert self.ask(world, "POST", "resource/ToDo", **like)[0] == 403
		assert self.ask(world, "POST", "method/frappe.desk.search.get_link_title", **like)[0] == 403
		tags = {"tags": ["Door"], "dt": LEAD, "docs": json.dumps([hidden])}
		assert self.ask(world, "POST", "method/frappe.desk.doctype.tag.tag.add_tags", **tags)[0] == 403
		assert "rep" not in (frappe.db.get_value(LEAD, hidden, "_liked_by") or "")

	def test_a_closed_task(self, world, own_leads):
		todo = {"description": "Mine", "reference_type": LEAD, "reference_name": world.leads["of colleague"]}
		todo |= {"status": "Closed", "allocated_to": world.users["rep"]}
		assert self.ask(world, "POST", "resource/ToDo", **todo)[0] == 403

	def test_a_column_of_a_linked_lead(self, world, own_leads):
		needs("Customer")
		status, text = self.ask(world, "GET", 'resource/Customer?fields=["pipeline_lead.company_name"]')
		assert (status, WORD in text) == (403, False)
		fields = '["name","pipeline_lead.company_name as company"]'
		status, text = self.ask(world, "GET", f"resource/Customer?fields={fields}&limit_page_length=0")
		assert (status, WORD in text) == (200, False)
		order = 'resource/Customer?order_by=`tabPipeline Lead_1`.`company_name`&fields=["pipeline_lead.name"]'
		assert self.ask(world, "GET", order)[0] == 403

	def test_what_may_not_be_listed_may_not_be_counted(self, world, own_leads):
		assert self.ask(world, "GET", "resource/Version")[0] == 403
		counted = {"doctype": "Version", "filters": json.dumps([["data", "like", f"%{WORD}%"]])}
		assert self.ask(world, "POST", "method/frappe.client.get_count", **counted)[0] == 403

	def test_files_of_hidden_leads(self, world, own_leads):
		filters = json.dumps([["attached_to_doctype", "=", LEAD]])
		files = []
		for short in ("of colleague", "of rep"):
			lead = {"attached_to_doctype": LEAD, "attached_to_name": world.leads[short]}
			file = {"doctype": "File", "file_name": f"{short}.txt", "content": short, "is_private": 1}
			files.append(frappe.get_doc(file | lead).insert())
		frappe.db.commit()
		path = f'resource/File?filters={filters}&fields=["attached_to_name"]&limit_page_length=0'
		status, text = self.ask(world, "GET", path)
		for file in files:
			site.delete("File", file.name)
		frappe.db.commit()
		assert status == 200
		assert world.leads["of rep"] in text
		assert world.leads["of colleague"] not in text

	def test_the_title_that_comes_with_a_form(self, world, own_leads):
		lead = world.leads["of colleague"]
		contact = frappe.get_doc({"doctype": "Contact", "first_name": "Door"})
		contact.append("links", {"link_doctype": LEAD, "link_name": lead})
		contact.insert()
		frappe.db.commit()
		path = f"method/frappe.desk.form.load.getdoc?doctype=Contact&name={contact.name}"
		status, text = self.ask(world, "GET", path)
		site.delete("Contact", contact.name)
		frappe.db.commit()
		assert status == 200
		assert lead in text
		assert f"{WORD} of colleague" not in text


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
	many = [(f"MANY-{number}", "Guest", now, now, "Guest", "Many", "Lead") for number in range(FEW + 1)]
	hidden = [("HIDDEN-1", "Guest", now, now, "Guest", "Hidden", "Lead")]
	frappe.db.bulk_insert(LEAD, columns, many + hidden)
	frappe.db.set_value(LEAD, "HIDDEN-1", "lead_owner", world.users["colleague"])
	assert few(rep) is None
	assert set(seen_by(rep)) == before | {name for name, *_rest in many}

"""Leads of which every user sees others, and who sees which, as plain sets.

They are committed: most is asked over HTTP.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import frappe
from frappe.desk.form import assign_to
from frappe.permissions import add_user_permission

from lead_pipeline.constants import ALL_LEADS, LEAD, OWN_LEADS, SETTINGS, STATUS_LOG
from lead_pipeline.tests import site, web_calls
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_user
from lead_pipeline.tests.rest import Client

# Its name would break a query that is glued together, and match too much in a LIKE.
ODD = "o'brien%s_odd@example.com"
ALMOST_ODD = "o'brien%sxodd@example.com"

WORD = "Visiontest"


class VisibleLeads:
	"""Leads by a short name, users by their part."""

	def __init__(self, only: set[str] | None = None):
		self.only = only
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
		if self.only and short not in self.only:
			return
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


def expected(world: VisibleLeads, setting: str, part: str) -> set[str]:
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


@contextmanager
def visible_leads(only: set[str] | None = None) -> Iterator[VisibleLeads]:
	"""All of them, or only those with these short names; gone at the end of the block."""
	frappe.set_user("Administrator")
	world = VisibleLeads(only)
	frappe.db.commit()
	yield world
	frappe.db.rollback()
	frappe.set_user("Administrator")
	frappe.db.set_single_value(SETTINGS, "lead_visibility", ALL_LEADS)
	world.remove()
	frappe.db.commit()


@contextmanager
def visibility(value: str) -> Iterator[None]:
	"""What *Sales Users See* in the block, for the web server, too."""
	set_visibility(value)
	try:
		yield
	finally:
		site.start_over()
		set_visibility(ALL_LEADS)


def set_visibility(value: str) -> None:
	frappe.db.set_single_value(SETTINGS, "lead_visibility", value)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	frappe.db.commit()


def refuses_rows(surfaces: "Surfaces", doctype: str) -> bool:
	"""Return whether the framework refuses to count child rows by themselves.

	Frappe 16 does not count the rows of other documents by themselves, regardless of whose documents they are.
	"""
	return bool(frappe.get_meta(doctype).istable) and surfaces.count(doctype, "{}") is None


class Surfaces:
	"""What one user is shown by each way to look at leads, as names.

	Asked over the web server, except for what is asked lead by lead.
	"""

	def __init__(self, world: VisibleLeads, user: str):
		self.world, self.user, self.client = world, user, Client(user)
		self.leads = list(world.leads.values())

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
		return self.readable_by("frappe.client.get", lambda name: {"doctype": LEAD, "name": name})

	def one_by_one_over_the_web(self):
		path = f"{site.URL}/api/resource/{LEAD}"
		leads = {name: self.client.session.get(f"{path}/{name}", timeout=60) for name in self.leads}
		assert {answer.status_code for answer in leads.values()} <= {200, 403}
		return [name for name, answer in leads.items() if answer.ok]

	def form(self):
		return self.readable_by("frappe.desk.form.load.getdoc", lambda name: {"doctype": LEAD, "name": name})

	def why(self):
		return self.readable_by("lead_pipeline.status.explain.explain", lambda name: {"lead": name})

	def readable_by(self, path: str, form: Callable[[str], dict]) -> list[str]:
		"""Return the leads for which a method answers.

		It is called in this process, as it is asked for each of them.
		"""
		shown = []
		for name in self.leads:
			_said, error = web_calls.call(self.user, path, form(name))
			assert error is None or isinstance(error, frappe.PermissionError), (path, name, error)
			if not error:
				shown.append(name)
		return shown

	def titles_of_links(self):
		path = "frappe.desk.search.get_link_title"
		return [
			name
			for short, name in self.world.leads.items()
			if web_calls.result(self.user, path, doctype=LEAD, docname=name) == f"{WORD} {short}"
		]

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

	def search_box(self):
		found = self.method(
			"lead_pipeline.search.listing.found_rows",
			text=WORD,
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

	def tagged_of_one_doctype(self):
		found = self.method("frappe.desk.doctype.tag.tag.get_tagged_docs", doctype=LEAD, tag=f"%{WORD}%")
		return [row[0] for row in found]


def seen_by(user: str, **filters) -> list[str]:
	frappe.set_user(user)
	names = frappe.get_list(LEAD, filters=filters, pluck="name", limit=0)
	frappe.set_user("Administrator")
	return names

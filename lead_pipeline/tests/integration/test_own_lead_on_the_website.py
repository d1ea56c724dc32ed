"""What a user of the website learns of leads through Web Forms.

Of the own lead what the form shows, of others nothing.
"""

import json

import frappe
import pytest
import requests

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.visitors import make_form

WEB_FORM = "frappe.website.doctype.web_form.web_form"
SECRET = "Ownleadsecret"


class World:
	"""A web form for users of the website, with two leads.

	One of the users has sent one lead, somebody else the other.
	"""

	def __init__(self):
		shows = {
			"fieldname": "lead_type",
			"fieldtype": "Link",
			"label": "Type",
			"options": "Pipeline Lead Type",
		}
		owner = {
			"fieldname": "lead_owner",
			"fieldtype": "Link",
			"label": "Owner",
			"options": "User",
			"hidden": 1,
		}
		self.form = make_form(shows, owner, login_required=1, allow_edit=1, allow_multiple=1, show_list=1)
		self.open_form = make_form(owner | {"fieldname": "next_contact_by"})
		frappe.db.commit()
		self.user = make_user()
		self.client = Client(self.user).session
		email = visitors.address()
		answer = self.call(
			f"{WEB_FORM}.accept",
			web_form=self.form.name,
			data=json.dumps({"email": email, "last_name": "Visitor", "company_name": "Shown Ltd"}),
		)
		assert answer.ok, answer.text[:500]
		frappe.db.rollback()
		lead = frappe.get_doc(LEAD, {"email": email})
		assert lead.owner == self.user
		lead.update({"lost_note": f"{SECRET} note", "probability": 73, "lead_owner": "Administrator"})
		lead.update({"lead_name": f"{SECRET} title", "job_title": "Shown as read only"})
		lead.save()
		self.lead = lead.name
		self.other = make_lead(company_name=f"{SECRET} Ltd").name
		self.log = frappe.db.get_value("Pipeline Status Log", {"lead": self.lead})
		frappe.db.set_value(
			"Pipeline Status Log", self.log, {"owner": self.user, "reason": f"{SECRET} reason"}
		)
		frappe.db.commit()

	def call(self, method: str, session: requests.Session | None = None, **arguments) -> requests.Response:
		return (session or self.client).post(f"{site.URL}/api/method/{method}", json=arguments, timeout=60)

	def form_data(self, **arguments) -> requests.Response:
		return self.call(f"{WEB_FORM}.get_form_data", **{"web_form_name": self.form.name} | arguments)


@pytest.fixture(scope="module")
def world(connected_site):
	site.start_over()
	world = World()
	yield world
	site.start_over()
	for lead in (world.lead, world.other):
		site.delete(LEAD, lead)
	for form in (world.form, world.open_form):
		frappe.delete_doc("Web Form", form.name, force=True)
	# `forget` begins with a rollback.
	frappe.db.commit()
	visitors.forget()


def test_of_the_own_lead_the_fields_that_the_form_shows(world):
	answer = world.form_data(doctype=LEAD, docname=world.lead)
	assert answer.ok, answer.text[:500]
	doc = answer.json()["message"]["doc"]
	assert (doc["name"], doc["company_name"], doc["job_title"]) == (
		world.lead,
		"Shown Ltd",
		"Shown as read only",
	)
	assert {"probability", "lost_note", "status", "lead_owner", "owner", "lead_name", "_assign"}.isdisjoint(
		doc
	)
	assert SECRET not in answer.text


def test_on_its_page_the_same(world):
	for page in (f"{world.form.route}/{world.lead}", f"{world.form.route}/{world.lead}/edit"):
		answer = world.client.get(f"{site.URL}/{page}", timeout=60)
		assert answer.ok, answer.text[:500]
		assert "Shown Ltd" in answer.text
		assert SECRET not in answer.text
		assert "site-manager@example.com" not in answer.text


@pytest.mark.parametrize("flag", [0, 1])
@pytest.mark.parametrize("doctype", [LEAD, "Pipeline Known Sender", "Pipeline Status Log", "User", "Contact"])
def test_no_names_and_titles(world, doctype, flag):
	for form in (world.form, world.open_form):
		for session in (world.client, requests.Session()):
			answer = world.call(
				f"{WEB_FORM}.get_link_options",
				session,
				web_form_name=form.name,
				doctype=doctype,
				allow_read_on_all_link_options=flag,
			)
			assert answer.status_code == 403, answer.text[:300]


def test_what_a_form_offers_can_be_chosen_where_the_framework_says_so(world):
	answer = world.call(
		f"{WEB_FORM}.get_link_options", web_form_name=world.form.name, doctype="Pipeline Lead Type"
	)
	from frappe.website.doctype.web_form import web_form as stock

	is_offered = stock.get_link_options in frappe.whitelisted
	assert answer.status_code == (200 if is_offered else 403), answer.text[:300]


def test_hidden_fields_offer_nothing(world):
	for session, form in ((world.client, world.form), (requests.Session(), world.open_form)):
		answer = world.call(f"{WEB_FORM}.get_form_data", session, doctype=LEAD, web_form_name=form.name)
		assert answer.ok, answer.text[:500]
		assert "Administrator" not in json.dumps(
			[field.get("options") for field in answer.json()["message"]["web_form"]["web_form_fields"]]
		)
		assert "site-manager@example.com" not in answer.text


@pytest.mark.parametrize(
	"arguments",
	[
		lambda world: {"doctype": LEAD, "docname": world.other},
		lambda world: {"doctype": "Pipeline Status Log", "docname": world.log},
		lambda world: {"doctype": "Pipeline Held Enquiry", "docname": "any"},
	],
)
def test_nothing_of_other_records(world, arguments):
	answer = world.form_data(**arguments(world))
	assert answer.status_code == 403, answer.text[:300]
	assert SECRET not in answer.text


def test_not_through_a_form_on_something_else(world):
	form = frappe.new_doc("Web Form")
	form.update({"title": f"Form {frappe.generate_hash(length=8)}", "doc_type": "ToDo", "module": "Desk"})
	form.update({"published": 1, "login_required": 1, "allow_multiple": 1})
	form.append("web_form_fields", {"fieldname": "description", "fieldtype": "Data", "label": "Text"})
	form.insert()
	frappe.db.commit()
	try:
		for doctype, name in ((LEAD, world.lead), ("Pipeline Status Log", world.log)):
			answer = world.form_data(doctype=doctype, docname=name, web_form_name=form.name)
			assert answer.status_code == 403, answer.text[:300]
		assert world.form_data(doctype="ToDo", web_form_name=form.name).ok
	finally:
		frappe.delete_doc("Web Form", form.name, force=True)
		frappe.db.commit()


def test_lists_and_other_pages_say_nothing(world):
	for method in ("frappe.www.list.get_list_data", "frappe.www.list.get"):
		for arguments in ({"doctype": LEAD}, {"doctype": LEAD, "web_form_name": world.form.name}):
			answer = world.call(method, **arguments)
			assert SECRET not in answer.text and world.other not in answer.text
	for page in (
		f"{world.form.route}/{world.other}",
		f"{world.form.route}/list",
		f"printview?doctype={LEAD}",
	):
		answer = world.client.get(f"{site.URL}/{page}&name={world.lead}", timeout=60)
		assert SECRET not in answer.text


def test_nothing_is_deleted_or_changed(world):
	for method, arguments in (
		("delete", {"docname": world.lead}),
		("delete_multiple", {"docnames": json.dumps([world.lead, world.other])}),
		("accept", {"data": json.dumps({"name": world.other, "email": visitors.address()}), "web_form": 1}),
		("accept", {"data": json.dumps({"name": world.lead, "email": visitors.address()}), "web_form": 1}),
	):
		form = {"web_form" if "web_form" in arguments else "web_form_name": world.form.name}
		answer = world.call(f"{WEB_FORM}.{method}", **arguments | form)
		assert answer.status_code in (403, 417), answer.text[:300]
	frappe.db.rollback()
	assert frappe.db.exists(LEAD, world.lead) and frappe.db.exists(LEAD, world.other)


def test_a_form_on_something_else_does_not_offer_all_leads():
	form = frappe.new_doc("Web Form")
	form.update({"title": "Form", "doc_type": "Pipeline Status Log", "module": "Desk", "published": 1})
	form.append(
		"web_form_fields", {"fieldname": "lead", "fieldtype": "Link", "label": "Lead", "options": LEAD}
	)
	with pytest.raises(frappe.ValidationError, match="visitors would see the names of all records"):
		form.insert()

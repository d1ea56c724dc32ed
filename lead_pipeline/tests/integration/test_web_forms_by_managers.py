"""A Sales Manager can set up and publish the web forms for leads.

Without being a Website Manager, over REST: no script, and no other form.
"""

import json

import frappe
import pytest

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.rest import Client

DESK = "method/lead_pipeline.capture.form.api."
SCRIPT = "<img src=x onerror=alert(1)>"


@pytest.fixture
def manager(clean_transaction):
	return Client(make_user("Sales Manager", email="forms-manager@example.com"))


@pytest.fixture
def form(manager):
	"""A form that the manager has made of nothing."""
	made = manager.call("POST", f"{DESK}new_form", title="Ask Us")
	yield made
	site.start_over()
	visitors.forget()
	site.delete("Web Form", made["name"])
	frappe.db.commit()


def forms(client: Client) -> dict[str, dict]:
	return {form["name"]: form for form in client.call("GET", f"{DESK}forms")["forms"]}


def refused(client: Client, method: str, **arguments) -> str:
	answer = client.session.post(f"{site.URL}/api/{DESK}{method}", json=arguments, timeout=60)
	assert answer.status_code in (403, 417), answer.text[:500]
	return answer.text


def stored(form: dict):
	frappe.db.rollback()
	frappe.clear_document_cache("Web Form", form["name"])
	return frappe.get_doc("Web Form", form["name"])


def test_from_nothing_to_a_form_that_a_guest_can_fill_in(manager, form):
	assert form["published"] == 0
	assert not manager.session.get(form["address"], timeout=60).ok
	texts = {
		"title": "Ask Our Engineers",
		"introduction_text": "We answer & call.\nPromise.",
		"button_label": "Ask",
	}
	manager.call("POST", f"{DESK}change_texts", web_form=form["name"], texts=texts)
	rows = [
		{"fieldname": "last_name", "label": "Your Name", "reqd": 1},
		{"fieldname": "Column Break"},
		{"fieldname": "email", "label": "E-mail", "reqd": 1},
		{"fieldname": "expected_closing", "label": "By When"},
	]
	manager.call("POST", f"{DESK}change_fields", web_form=form["name"], rows=rows)
	manager.call("POST", f"{DESK}publish", web_form=form["name"], published=1)

	page = visitors.Visitor(form["name"]).session.get(form["address"], timeout=60)
	assert page.ok
	for text in ("Ask Our Engineers", "We answer &amp; call.<br>Promise.", "Your Name", "By When"):
		assert text in page.text
	assert forms(manager)[form["name"]]["texts"]["introduction_text"] == texts["introduction_text"]
	visitor = visitors.Visitor(form["name"])
	with visitors.settings(web_minimum_seconds=0):
		assert visitors.is_thanked(visitor.send(last_name="Hartmann", expected_closing="2030-01-31"))
	lead = visitor.lead()
	assert (lead.last_name, str(lead.expected_closing)) == ("Hartmann", "2030-01-31")

	manager.call("POST", f"{DESK}publish", web_form=form["name"], published=0)
	assert not visitor.session.get(form["address"], timeout=60).ok


def test_the_settings_show_what_there_is(manager, form):
	shown = forms(manager)[form["name"]]
	assert shown["title"] == "Ask Us"
	assert shown["address"].endswith(f"/{form['route']}")
	assert [row["fieldname"] for row in shown["fields"] if row["reqd"]] == [
		"last_name",
		"email",
		"description",
	]
	offered = {row["fieldname"] for row in manager.call("GET", f"{DESK}forms")["fields"]}
	assert {"first_name", "company_name", "phone"} <= offered
	assert not {"status", "lead_owner", "probability", "hold_status", "origin_key"} & offered


@pytest.mark.parametrize(
	"text", ["title", "introduction_text", "button_label", "success_title", "success_message"]
)
@pytest.mark.parametrize("markup", [SCRIPT, "{{ frappe.session.user }}", "{% raw %}"])
def test_no_markup_and_no_template_gets_onto_the_page(manager, form, text, markup):
	assert "plain text" in refused(
		manager, "change_texts", web_form=form["name"], texts={"title": "A", text: markup}
	)
	rows = [{"fieldname": "email", "label": markup}]
	assert "plain text" in refused(manager, "change_fields", web_form=form["name"], rows=rows)
	assert "plain text" in refused(manager, "new_form", title=markup)


def test_nothing_but_texts_and_fields_can_be_sent(manager, form):
	evil = {
		"client_script": "alert(1)",
		"custom_css": "body{}",
		"route": "login",
		"doc_type": "User",
		"success_url": "/x",
	}
	manager.call("POST", f"{DESK}change_texts", web_form=form["name"], texts={"title": "Ask Us"} | evil)
	rows = [
		{
			"fieldname": "email",
			"label": "E-mail",
			"fieldtype": "HTML",
			"options": SCRIPT,
			"description": SCRIPT,
			"default": SCRIPT,
			"depends_on": "eval:alert(1)",
		}
	]
	manager.call("POST", f"{DESK}change_fields", web_form=form["name"], rows=rows)
	document = stored(form)
	assert (document.client_script or document.custom_css or document.success_url or None) is None
	assert (document.route, document.doc_type) == (form["route"], LEAD)
	(field,) = document.web_form_fields
	assert (field.fieldtype, field.description, field.default, field.depends_on) == ("Data", None, None, None)


@pytest.mark.parametrize(
	"rows",
	[
		[],
		"nonsense",
		[{"fieldname": "description"}],
		[{"fieldname": "email"}, {"fieldname": "email"}],
		[{"fieldname": "email"}, {"fieldname": "status"}],
		[{"fieldname": "email"}, {"fieldname": "lead_owner"}],
		[{"fieldname": "email"}, {"fieldname": "HTML"}],
		[{"fieldname": {"a": 1}}],
	],
)
def test_fields_of_which_no_lead_comes_or_nobody_may_ask_are_refused(manager, form, rows):
	before = [row.fieldname for row in stored(form).web_form_fields]
	refused(manager, "change_fields", web_form=form["name"], rows=rows)
	assert [row.fieldname for row in stored(form).web_form_fields] == before


def limits(form) -> dict[str, tuple]:
	rows = form.web_form_fields
	return {row.fieldname: (row.max_length or 0, row.options, row.hidden, row.read_only) for row in rows}


def test_what_a_website_manager_has_made_stays(manager):
	form = visitors.make_form(
		client_script="// theirs", introduction_text="<p><b>Bold</b> words</p>", success_url="/thanks"
	)
	frappe.db.commit()
	try:
		shown = forms(manager)[form.name]
		assert shown["texts"]["introduction_text"] == "Bold words"
		manager.call(
			"POST", f"{DESK}change_texts", web_form=form.name, texts=shown["texts"] | {"title": "New"}
		)
		manager.call("POST", f"{DESK}change_fields", web_form=form.name, rows=shown["fields"])
		after = stored({"name": form.name})
		assert after.title == "New"
		assert after.introduction_text == form.introduction_text
		assert (after.client_script, after.success_url) == ("// theirs", "/thanks")
		assert limits(after) == limits(form)
	finally:
		site.delete("Web Form", form.name)
		frappe.db.commit()


def test_only_forms_for_leads_and_only_for_managers(manager, form):
	other = frappe.new_doc("Web Form")
	other.update({"title": "Notes", "route": "notes-form", "doc_type": "Note", "module": "Website"})
	other.append("web_form_fields", {"fieldname": "title", "fieldtype": "Data", "label": "Title"})
	other.insert()
	frappe.db.commit()
	try:
		assert other.name not in forms(manager)
		for name in (other.name, "there-is-none"):
			assert "no such form" in refused(manager, "publish", web_form=name, published=1)
		seller = Client(make_user("Sales User", email="forms-seller@example.com"))
		assert "Sales Managers" in refused(seller, "publish", web_form=form["name"], published=1)
		assert "Sales Managers" in refused(seller, "new_form", title="Mine")
		assert stored(form).published == 0
	finally:
		site.delete("Web Form", other.name)
		frappe.db.commit()


def test_a_manager_gets_no_right_to_the_framework_s_web_forms(manager, form):
	"""They could carry scripts."""
	answer = manager.session.put(
		f"{site.URL}/api/resource/Web Form/{form['name']}",
		data=json.dumps({"client_script": "alert(1)"}),
		timeout=60,
	)
	assert answer.status_code == 403


def test_a_form_takes_no_other_page_s_place(manager, form):
	assert "Choose another title" in refused(manager, "new_form", title="Ask Us")
	others = visitors.make_form(route="enquiry-ask-them")
	frappe.db.commit()
	made = [manager.call("POST", f"{DESK}new_form", title=title) for title in ("Ask Them", "../login")]
	try:
		routes = [other["route"] for other in made]
		assert others.route not in routes
		assert all(route.startswith("enquiry-") and not {"/", "."} & set(route) for route in routes)
	finally:
		for name in (others.name, *(other["name"] for other in made)):
			site.delete("Web Form", name)
		frappe.db.commit()

"""Pages of the app show what users typed as they typed it.

No page of ours takes it for HTML or script.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import mails, site, visitors
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.ui.attacks import ATTACK, QUOTES, move_over, nothing_ran

COLOUR = "red; } </style><img src=x onerror=\"window.attacked = 'colour'\">"


@pytest.fixture
def lead():
	"""A lead with an attack in every text of its own and of its reference data."""
	made = []

	def make(doctype: str, field: str, **values) -> str:
		document = frappe.get_doc({"doctype": doctype, field: f"{doctype[-6:]} {QUOTES}", **values}).insert()
		made.append(document)
		return document.name

	status = make("Pipeline Lead Status", "status_name", category="Working", position=99)
	priority = make("Pipeline Lead Priority", "priority_name")
	tag = make("Pipeline Lead Tag", "tag_name")
	reason = make("Pipeline Lost Reason", "reason")
	for doctype, name in (
		("Pipeline Lead Status", status),
		("Pipeline Lead Priority", priority),
		("Pipeline Lead Tag", tag),
	):
		frappe.db.set_value(doctype, name, "color", COLOUR)
	lead = make_lead(
		company_name=f"Company {ATTACK}",
		first_name=ATTACK,
		last_name=ATTACK,
		job_title=ATTACK,
		description=ATTACK,
		priority=priority,
		tags=[{"tag": tag}],
	)
	made.append(lead)
	lead.update({"status": "Lost", "lost_reason": reason, "lost_note": ATTACK}).save()
	lead.update({"status": status}).save()
	# What only we turn into HTML, as it would be had it come past the framework's cleaning.
	frappe.db.set_value("Pipeline Lead", lead.name, "company_name", ATTACK)
	frappe.db.set_value("Pipeline Status Log", {"lead": lead.name}, "reason", ATTACK)
	frappe.db.commit()
	yield lead
	for document in reversed(made):
		site.delete(document.doctype, document.name)
	frappe.db.commit()


def test_on_the_form_with_its_reason_history_and_dialogs(desk, lead):
	desk.open("pipeline-lead", lead.name)
	desk.front.get_by_role("tab", name="Status History").click()
	expect(desk.front.locator(".lead-history > li")).to_have_count(3)
	expect(desk.front.locator(".lead-history")).to_contain_text(ATTACK)
	move_over(desk)
	nothing_ran(desk)
	desk.front.get_by_role("tab", name="Details").click()
	desk.act("Lost")
	desk.asked("Why was it lost?")
	desk.choose("lost_reason", "No budget")
	desk.answer("Set Lost")
	expect(desk.alert()).to_contain_text("is lost.")
	move_over(desk)
	nothing_ran(desk)


def test_in_the_list_its_search_and_the_message_about_many(desk, lead):
	desk.open("pipeline-lead", name=lead.name)
	expect(desk.row(lead.name)).to_contain_text(ATTACK)
	expect(desk.row(lead.name).locator(".lead-tags")).to_contain_text("ad Tag")
	move_over(desk)
	nothing_ran(desk)
	desk.look_for(ATTACK)
	desk.look_for("")
	desk.tick(lead.name)
	desk.act_on_ticked("Reactivate")
	desk.confirm()
	expect(desk.message()).to_contain_text("There is nothing to reactivate.")
	move_over(desk)
	nothing_ran(desk)
	desk.dismiss()
	pill = desk.row(lead.name).locator(".indicator-pill").first
	pill.click()
	desk.wait()
	expect(desk.row(lead.name), "a click on a status filters by it, whatever its name").to_be_visible()
	nothing_ran(desk)


def test_colours_that_are_none_reach_no_style_sheet(desk, lead):
	desk.open("pipeline-lead", name=lead.name)
	styles = json.dumps(
		desk.page.evaluate("[...document.querySelectorAll('style')].map((one) => one.textContent)")
	)
	assert "attacked" not in styles


class Canary(BaseHTTPRequestHandler):
	"""A server elsewhere, of which a stranger would like the desk to load something."""

	seen: list[str]

	def do_GET(self):
		self.seen.append(self.path)
		self.send_response(200)
		self.end_headers()

	do_POST = do_HEAD = do_OPTIONS = do_GET

	def log_message(self, *args):
		"""The test says what was asked for."""


@pytest.fixture(scope="module")
def canary(connected_site):
	handler = type("Seen", (Canary,), {"seen": []})
	server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
	threading.Thread(target=server.serve_forever, daemon=True).start()
	yield f"127.0.0.1:{server.server_port}", handler.seen
	server.shutdown()


def hostile(host: str, where: str) -> str:
	"""What loads a picture, is large and draws a form; short enough for every field."""
	return f"Evil <img src=//{host}/{where}><h1>STRANGER</h1><form action=//{host}/f><input name=x>"


def richer(host: str) -> str:
	"""What else loads something or draws a form in a text with formatting."""
	return (
		hostile(host, "rich")
		+ f"<table background=//{host}/bg><tr><td style='background-image:url(//{host}/css)'>cell</td></tr></table>"
		+ f"<link rel=stylesheet href=//{host}/link><style>@import url(//{host}/import);</style>"
		+ f"<video poster=//{host}/poster src=//{host}/video></video><iframe src=//{host}/frame></iframe>"
		+ f"<svg><image href=//{host}/svg></svg><img srcset='//{host}/set 1x'><input type=image src=//{host}/input>"
		+ f"<picture><source srcset=//{host}/source></picture><object data=//{host}/object></object>Hello"
	)


@pytest.fixture
def strangers(canary, sales_user):
	"""Return the names of leads with hostile content, by channel.

	The content has come in from outside by every channel and is as hostile as can be.
	"""
	host, _seen = canary
	site.start_over()
	form = visitors.make_form()
	account = mails.make_account(create_contact=0)
	frappe.db.commit()
	line = {field: hostile(host, field) for field in ("last_name", "company_name")}
	about = {field: hostile(host, field) for field in ("utm_source", "utm_medium", "utm_campaign")}
	found = {}
	visitor, held = visitors.Visitor(form.name), visitors.Visitor(form.name)
	with visitors.settings(web_minimum_seconds=0):
		about["ticket"] = visitor.ticket()
		assert visitors.is_thanked(visitor.send(about, **line, description=richer(host)))
		found["web form"] = visitor.lead().name
		frappe.db.set_value(LEAD, found["web form"], "lead_owner", sales_user.user)
		frappe.db.commit()
		again = {"ticket": visitor.ticket()}
		assert visitors.is_thanked(visitor.send(again, **line, description=f"{richer(host)} again"))
		assert visitors.is_thanked(held.send({"ticket": None}, **line, description=richer(host)))
	program = Client(make_user("Sales User"))
	values = {
		"email": visitors.address(),
		"job_title": hostile(host, "job"),
		"description": richer(host),
	} | line
	found["program"] = program.call("POST", "method/lead_pipeline.capture.api.create_lead", values=values)[
		"lead"
	]
	frappe.db.rollback()
	sender = visitors.address()
	name, subject = hostile(host, "from"), hostile(host, "subject")
	files = {f"{name[:60]}.txt": frappe.generate_hash().encode()}

	def in_the_name(mail: bytes) -> bytes:
		# Python's writer of mails would take the quotes away, and nobody could tell the address from the name.
		return mail.replace(f"From: {sender}".encode(), f'From: "{name}" <{sender}>'.encode())

	received = [
		mails.receive(in_the_name(mails.write(sender, subject, text=None, html=richer(host))), account),
		mails.receive(in_the_name(mails.write(sender, subject, text=richer(host))), account),
		mails.receive(mails.write("nobody", subject, text=None, html=richer(host), files=files), account),
	]
	found["mail"] = received[0].reference_name
	frappe.db.commit()
	yield found, held.held()[0].name
	site.start_over()
	for mail in received:
		site.delete("Communication", mail.name)
	visitors.forget()
	for name in (form, account):
		site.delete(name.doctype, name.name)
	frappe.db.commit()


def test_nothing_of_a_stranger_is_loaded_or_draws_a_form_in_any_view(desk, canary, strangers):
	"""Promise P15."""
	(host, seen), (leads, held) = canary, strangers
	seen.clear()

	def is_harmless(view: str) -> None:
		# Each element by itself: the desk's own forms and fields lie around what a stranger wrote.
		drawn = desk.page.evaluate(
			"""host => [...document.querySelectorAll("form, h1, iframe, video, object, img, input")]
				.filter((one) => one.cloneNode(false).outerHTML.includes(host)
					|| (one.matches("h1") && one.textContent === "STRANGER"))
				.map((one) => one.outerHTML.slice(0, 500))""",
			host,
		)
		assert (view, seen, drawn) == (view, [], [])

	for name in leads.values():
		desk.open("pipeline-lead", name)
		is_harmless(f"form {name}")
	expect(desk.front.locator(".new-timeline")).to_contain_text("Evil")
	for view in ("list", "report", "kanban"):
		desk.open("pipeline-lead", "view", view)
		if view != "kanban":
			expect(desk.front).to_contain_text("Evil")
		is_harmless(view)
	# The title of each can be clicked on.
	desk.open("pipeline-lead", name=leads["program"])
	expect(desk.row(leads["program"]).locator(".list-subject a").filter(has_text="Evil")).to_have_count(1)
	for search in ("Evil", "STRANGER"):
		desk.look_for(search)
		is_harmless(f"search for {search}")
	desk.open("lead-inbox")
	expect(desk.front).to_contain_text("Evil")
	is_harmless("inbox")
	desk.open("pipeline-held-enquiry")
	is_harmless("held list")
	desk.open("pipeline-held-enquiry", held)
	expect(desk.front).to_contain_text("Evil")
	is_harmless("held enquiry")
	desk.open("lead-pipeline")
	desk.page.locator(
		".dropdown-notifications:visible .notifications-icon, .desktop-notifications:visible,"
		" .sidebar-notification:visible"
	).first.click()
	desk.wait()
	is_harmless("bell")
	desk.open("todo", "new")
	desk.page.evaluate(
		"""async () => {
			cur_frm.set_value("reference_type", "Pipeline Lead");
		}"""
	)
	desk.wait()
	control = desk.field("reference_name").locator("input:visible").first
	control.click()
	control.fill("Evil")
	desk.wait()
	is_harmless("suggestions of a link")
	for doctype in ("communication", "pipeline-status-log"):
		desk.open(doctype, "view", "list")
		is_harmless(f"list of {doctype}")
	for name in leads.values():
		desk.page.goto(f"/printview?doctype=Pipeline%20Lead&name={name}&trigger_print=0")
		desk.page.wait_for_load_state("networkidle")
		is_harmless(f"print of {name}")

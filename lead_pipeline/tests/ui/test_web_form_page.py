"""The page of a web form as visitors see it.

Alone and embedded in another site; also held enquiries in the desk.
"""

import os
import re
import threading
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlencode

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.capture import idempotency
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.ui.attacks import ATTACK, QUOTES, move_over, nothing_ran
from lead_pipeline.tests.ui.looks import READABLE, contrasts_of
from lead_pipeline.tests.visitors import Visitor, settings

PHONE = {"viewport": {"width": 390, "height": 844}, "is_mobile": True}
CONSENT = "I agree that my data is used to answer this enquiry."


@pytest.fixture(scope="module")
def form(connected_site):
	"""A form like the one that comes with the app, published."""
	from lead_pipeline.setup.web_forms import ENQUIRY

	site.start_over()
	title = f"Enquiry {frappe.generate_hash(length=6)}"
	form = frappe.get_doc(ENQUIRY | {"title": title, "route": frappe.scrub(title), "published": 1}).insert()
	frappe.db.commit()
	with settings(web_minimum_seconds=1, web_limit_sender=0, web_limit_form=0, web_limit_site=0):
		yield form
	visitors.forget()
	site.delete("Web Form", form.name)
	frappe.db.commit()


@pytest.fixture
def window(chromium):
	"""Opens windows of visitors; their pages may have no error."""
	contexts, errors = [], []

	def open_window(**values):
		contexts.append(chromium.new_context(base_url=site.URL, **values))
		contexts[-1].set_default_timeout(15_000)
		page = contexts[-1].new_page()
		page.on("pageerror", lambda error: errors.append(error.message))
		return page

	yield open_window
	for context in contexts:
		context.close()
	assert errors == []


def fill_in(page, email: str, **answers: str) -> None:
	answers = {"last_name": "Lovelace", "email": email, "description": "How much is it?"} | answers
	for name, value in answers.items():
		page.locator(f".lead-form [name={name}]").fill(value)


def send(page) -> None:
	page.locator(".lead-form-send").click()


def is_thanked(page) -> None:
	expect(page.locator(".lead-form-end")).to_be_visible()
	expect(page.locator(".lead-form-end")).to_contain_text(
		"We have received your enquiry and will answer soon."
	)


def picture(page, name: str, **how) -> None:
	if folder := os.environ.get("LEAD_PIPELINE_PICTURES"):
		page.screenshot(path=Path(folder) / f"{name}.png", **how)


def lead_of(email: str):
	frappe.db.rollback()
	return frappe.get_doc(LEAD, {"email": email})


def test_a_visitor_sends_the_form_and_is_thanked(window, form):
	page, email = window(viewport={"width": 1200, "height": 1000}), visitors.address()
	campaign = {"utm_source": "fair", "utm_medium": "print", "utm_campaign": "autumn"}
	page.goto(f"/{form.route}?{urlencode(campaign)}", referer=f"{site.URL}/about")
	assert min(contrasts_of(page.locator(".lead-form-send"))) >= READABLE
	fill_in(page, email, first_name="Ada", company_name="Engines Ltd", phone="+49 30 901820")
	page.locator("h1").evaluate("heading => heading.textContent = 'Enquiry'")
	page.locator("h1").click()
	picture(page, "web-form", clip={"x": 0, "y": 0, "width": 1200, "height": 760})
	send(page)
	is_thanked(page)
	picture(page, "web-form-thanks")
	lead = lead_of(email)
	assert (lead.lead_name, lead.company_name, lead.web_form) == ("Ada Lovelace", "Engines Ltd", form.name)
	assert {field: lead.get(field) for field in campaign} == campaign
	assert lead.landing_page == f"{site.URL}/{form.route}?{urlencode(campaign)}"
	assert lead.referrer.startswith(site.URL)


def test_on_a_phone_nothing_sticks_out_and_what_is_missing_is_said(window, form):
	with settings(web_consent_text=CONSENT, web_privacy_page="/privacy"):
		page, email = window(**PHONE), visitors.address()
		page.goto(f"/{form.route}/new")
		picture(page, "web-form-phone", full_page=True)
		assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
		expect(page.get_by_label("Leave this field empty")).not_to_be_in_viewport()
		send(page)
		expect(page.locator(".lead-form-problem").first).to_contain_text("Last Name: ")
		# All mistakes at once, each at its field, which says so to programs that read the page aloud.
		wrong = page.locator(".lead-form [aria-invalid=true]")
		assert wrong.count() > 1 and page.locator(".lead-form-mistake").count() == wrong.count()
		expect(page.locator("[name=last_name]")).to_have_accessible_description(re.compile(".+"))
		fill_in(page, email)
		send(page)
		expect(page.locator(".lead-form-problem").first).to_be_visible()
		picture(page, "web-form-phone-refused", full_page=True)
		page.get_by_label(CONSENT).check()
		send(page)
		is_thanked(page)
	assert lead_of(email).consent_text == CONSENT
	assert idempotency.find_receipt(lead_of(email).origin_key)


def test_what_the_server_refuses_is_said_in_its_words(window, form):
	page, email = window(), visitors.address()
	page.goto(f"/{form.route}")
	fill_in(page, email, phone="call me")
	send(page)
	expect(page.locator(".lead-form-problem").first).to_contain_text("call me is not a phone number.")
	expect(page.locator("[name=phone]")).to_have_attribute("aria-invalid", "true")
	expect(page.locator("[name=phone]")).to_be_focused()
	page.locator("[name=phone]").fill("")
	send(page)
	is_thanked(page)


def test_the_page_speaks_the_visitors_language(window, form):
	source, german = "How Can We Help You?", "Was können wir für Sie tun?"
	translation = frappe.get_doc(
		{"doctype": "Translation", "language": "de", "source_text": source, "translated_text": german}
	).insert()
	frappe.db.commit()
	try:
		for locale, label in (("de-DE", german), ("en-GB", source)):
			page = window(locale=locale)
			for _attempt in range(10):
				# Who asks in German before the commit keeps the texts without this one, maybe only seconds later:
				# the framework reads all of its translations anew.
				frappe.translate.clear_cache()
				frappe.website.utils.clear_cache()
				page.goto(f"/{form.route}")
				if page.get_by_label(label).count():
					break
				page.wait_for_timeout(500)
			expect(page.get_by_label(label)).to_be_visible()
	finally:
		translation.delete()
		frappe.db.commit()
		frappe.website.utils.clear_cache()


class Host(BaseHTTPRequestHandler):
	"""Another site with a page on which the form is embedded."""

	def __init__(self, snippet: str, *arguments):
		self.snippet = snippet
		super().__init__(*arguments)

	def do_GET(self):
		self.send_response(200)
		self.send_header("Content-Type", "text/html")
		self.end_headers()
		self.wfile.write(f"<!DOCTYPE html><body><h1>Elsewhere</h1>{self.snippet}</body>".encode())

	def log_message(self, *_arguments):
		pass


@pytest.fixture
def other_site(form):
	snippet = (
		f'<div data-lead-form="{site.URL}/{form.route}/embed"></div>'
		f'<script async src="{site.URL}/assets/lead_pipeline/js/embed.js"></script>'
	)
	server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, snippet))
	threading.Thread(target=server.serve_forever, daemon=True).start()
	yield f"http://127.0.0.1:{server.server_port}"
	server.shutdown()


def test_a_listed_site_shows_the_form_and_says_where_the_visitor_is(window, form, other_site):
	with settings(web_embed_origins=other_site):
		page, email = window(), visitors.address()
		page.goto(f"{other_site}/prices?utm_source=partner", referer="https://search.example.com/")
		frame = page.frame_locator("iframe")
		expect(frame.locator("h1")).to_contain_text("Enquiry")
		fill_in(frame, email)
		picture(page, "web-form-embedded", full_page=True)
		inner = page.frames[1]
		assert inner.evaluate("document.documentElement.scrollHeight <= window.innerHeight"), "no scroll bar"
		send(frame)
		is_thanked(frame)
	lead = lead_of(email)
	assert lead.utm_source == "partner"
	assert lead.landing_page == f"{other_site}/prices?utm_source=partner"
	assert lead.referrer == "https://search.example.com/"


def test_a_site_that_is_not_listed_cannot_show_the_form(window, form, other_site):
	page = window()
	page.goto(other_site)
	# The browser puts a page of its own into the frame.
	expect(page.locator("iframe")).to_have_count(1)
	for _moment in range(150):
		if page.frames[1].url.startswith("chrome-error://"):
			return
		page.wait_for_timeout(100)
	pytest.fail(f"The frame shows {page.frames[1].url}.")


@pytest.fixture
def attacks(form):
	"""Held enquiries with attacks in every field."""
	visitor = Visitor(form.name, f"visitor-{frappe.generate_hash(length=10)}@example.com")
	answers = dict.fromkeys(("first_name", "last_name", "company_name", "description"), f"{ATTACK} {QUOTES}")
	answers |= {"first_name": ATTACK, "last_name": QUOTES}
	assert visitors.is_thanked(visitor.send({"ticket": None, "page": "https://example.com/"}, **answers))
	(held,) = visitor.held()
	# What only we turn into HTML, as it would be had it come past the framework's cleaning.
	frappe.db.set_value("Pipeline Held Enquiry", held.name, "reasons", f"trap\n{ATTACK}")
	frappe.db.commit()
	return visitor, held.name


def test_held_enquiries_are_shown_as_text_released_and_deleted_in_the_desk(desk, form, attacks):
	visitor, name = attacks
	desk.open("pipeline-held-enquiry", email=visitor.email)
	expect(desk.row(name)).to_contain_text("A field that people do not see was filled in")
	move_over(desk, ".list-row *")
	nothing_ran(desk)
	desk.picture("held-list")
	# The form shows a reason as the framework shows any text of ours; there is none of a stranger's in it.
	frappe.db.set_value("Pipeline Held Enquiry", name, "reasons", "trap")
	frappe.db.commit()
	desk.open("pipeline-held-enquiry", name)
	expect(desk.front.locator(".lead-held-answers")).to_contain_text(ATTACK)
	move_over(desk, ".lead-held-answers *, .form-message *")
	nothing_ran(desk)
	expect(desk.front.locator(".lead-held-answers")).to_contain_text("Page of the Form")
	desk.picture("held-form")
	desk.page.evaluate("document.documentElement.dataset.theme = 'dark'")
	desk.picture("held-form-dark")
	desk.open("pipeline-held-enquiry", email=visitor.email)
	desk.tick(name)
	desk.act_on_ticked("Release")
	expect(desk.alert()).to_contain_text("1 enquiries were released.")
	lead = visitor.lead()
	desk.open("pipeline-lead", lead.name)
	nothing_ran(desk)
	spam = Visitor(form.name)
	assert visitors.is_thanked(spam.send({"ticket": None}, description="Buy this"))
	(held,) = spam.held()
	desk.open("pipeline-held-enquiry", held.name)
	desk.button("Delete as Spam").click()
	desk.confirm()
	expect(desk.alert()).to_contain_text("1 enquiries were deleted as spam.")
	assert spam.held() == []


def test_what_a_visitor_sends_runs_nowhere_on_the_lead(desk, form):
	visitor = Visitor(form.name)
	answers = dict.fromkeys(("first_name", "company_name", "description"), ATTACK)
	ticket = visitor.ticket()
	visitors.wait_for(1.1)
	assert visitors.is_thanked(visitor.send({"ticket": ticket, "utm_source": ATTACK}, **answers))
	ticket = visitor.ticket()
	visitors.wait_for(1.1)
	assert visitors.is_thanked(
		visitor.send({"ticket": ticket, "utm_campaign": ATTACK}, first_name=QUOTES, description=ATTACK)
	)
	lead = visitor.lead()
	assert lead.enquiries == 1
	desk.open("pipeline-lead", email=visitor.email)
	expect(desk.row(lead.name)).to_be_visible()
	nothing_ran(desk)
	desk.open("pipeline-lead", lead.name)
	expect(desk.front.locator(".new-timeline")).to_contain_text("UTM Campaign: \u2039img")
	move_over(desk)
	nothing_ran(desk)


def test_the_desk_shows_how_to_embed_a_form(open_window, form):
	desk = open_window("Website Manager", "Sales Manager")
	desk.open("web-form", form.name)
	desk.button("Embed on a Site").click()
	desk.asked("Embed on a Site")
	expect(desk.front.locator(".lead-snippet")).to_contain_text(f"/{form.route}/embed")
	expect(desk.front.locator(".lead-snippet")).to_contain_text("/assets/lead_pipeline/js/embed.js")
	desk.picture("embed-dialog")
	assert desk.errors == []

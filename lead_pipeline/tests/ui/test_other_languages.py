"""The pages of the desk in German and French.

None of the app's own texts appears there in English.
"""

from contextlib import contextmanager

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.analytics import reports
from lead_pipeline.constants import LEAD
from lead_pipeline.setup.web_forms import ENQUIRY
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead
from lead_pipeline.tests.languages import LANGUAGES, VISIBLE, english
from lead_pipeline.tests.mails import make_call, make_mail


@pytest.fixture
def leads(clean_transaction):
	"""Make leads with different contents, and a mail in the inbox.

	One lead has a step, a call and a history, the other has nothing.
	"""
	# What other tests have left of deleted leads was written in English.
	frappe.db.delete("Communication", {"sent_or_received": "Received", "reference_name": ("is", "not set")})
	lead = make_lead(company_name="Zumtobel Pumpwerke", next_contact_date=frappe.utils.nowdate())
	lead.status = "Interested"
	lead.save()
	other = make_lead(company_name="Ybbs Brunnenbau", lead_owner=None)
	waiting = [make_mail(subject="Brunnen"), make_call("+49 30 5550177")]
	frappe.db.commit()
	yield lead
	frappe.db.rollback()
	for document in waiting:
		site.delete(document.doctype, document.name)
	for each in (lead, other):
		site.delete(LEAD, each.name)
	frappe.db.commit()


@contextmanager
def published_form():
	"""The form that comes with the app, on the website; its address."""
	name = frappe.get_all("Web Form", {"doc_type": LEAD, "title": ENQUIRY["title"]}, pluck="name", limit=1)[0]
	form = frappe.get_doc("Web Form", name)
	published = form.published
	frappe.get_doc("Web Form", name).update({"published": 1}).save()
	frappe.db.commit()
	try:
		yield form.route
	finally:
		frappe.get_doc("Web Form", name).update({"published": published}).save()
		frappe.db.commit()


@pytest.fixture
def speaking(open_window):
	"""Opens the window of a user of a language."""
	windows = []

	def open_in(language: str, *roles: str):
		window = open_window(*roles)
		frappe.db.set_value("User", window.user, "language", language)
		frappe.db.commit()
		frappe.clear_cache(user=window.user)
		windows.append(window)
		return window

	yield open_in
	for window in windows:
		assert window.errors == []


def pages_of_a_salesperson(desk, lead):
	"""Show each page in turn; its name."""
	desk.open("lead-pipeline")
	yield "workspace"
	desk.go("lead-board")
	yield "board"
	desk.front.locator(f'[data-name="{lead.name}"]').first.click()
	desk.wait()
	yield "panel"
	desk.go("List", LEAD, "List")
	yield "list"
	desk.show(lead.name)
	yield "form"
	for tab in desk.front.locator(".form-tabs .nav-link:visible").all():
		tab.click()
		desk.wait()
		yield f"form, {tab.get_attribute('id')}"
	desk.go("my-day")
	yield "my day"
	desk.go("lead-inbox")
	yield "inbox"
	for name in ("Lead Funnel", "Lead Analysis"):
		assert name in reports.reports_by_name()
		desk.go("query-report", name)
		yield f"report {name}"


def pages_of_a_manager(desk):
	desk.go("lead-inbox")
	desk.page.evaluate("frappe.new_doc('Pipeline Lead Import')")
	desk.wait()
	yield "import"
	desk.go("Form", "Lead Pipeline Settings")
	yield "settings"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_english_is_left(speaking, leads, chromium, language):
	foreign, found = english(language), {}

	def look(name: str, page) -> None:
		if left := foreign.among(page.evaluate(VISIBLE)):
			found[name] = left

	seller = speaking(language, "Sales User")
	for name in pages_of_a_salesperson(seller, leads):
		look(name, seller.page)
	manager = speaking(language, "Sales User", "Sales Manager")
	for name in pages_of_a_manager(manager):
		look(name, manager.page)
	with published_form() as route, chromium.new_context(base_url=site.URL, locale=language) as visitor:
		page = visitor.new_page()
		page.goto(f"/{route}")
		expect(page.locator(f"[lang={language}] form").first).to_be_visible()
		look("web form", page)
	assert not found, frappe.as_json(found)

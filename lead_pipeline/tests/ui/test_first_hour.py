"""The first hour of a user who has read nothing.

From the first steps of the workspace to a won lead.
"""

import json

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.constants import ACTIVITY, LEAD
from lead_pipeline.setup import first_steps
from lead_pipeline.status import rules
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import needs
from lead_pipeline.tests.ui.desk import Desk

COMPANY = "Very First Ltd"
SELLING = first_steps.ONBOARDINGS[0]


@pytest.fixture
def new_site(clean_transaction):
	"""Provide a site without leads, on which nobody has taken a step.

	What other tests have left is removed.
	"""
	for doctype in (LEAD, ACTIVITY):
		frappe.db.delete(doctype)
	for doctype in rules.linked_types():
		link = rules.lead_link(doctype)
		frappe.db.set_value(doctype, {link: ("is", "set")}, link, None)
	before = [
		(doctype, name, frappe.db.get_value(doctype, name, fields, as_dict=True))
		for doctype, name, fields in records()
	]
	for doctype, name, values in before:
		frappe.db.set_value(doctype, name, dict.fromkeys(values, 0))
	switch_first_steps(1)
	yield
	frappe.db.rollback()
	for lead in frappe.get_all(LEAD, {"company_name": COMPANY}, pluck="name"):
		for quotation in frappe.get_all("Quotation", {"pipeline_lead": lead}, pluck="name"):
			site.delete("Quotation", quotation)
		site.delete(LEAD, lead)
	for doctype, name, values in before:
		frappe.db.set_value(doctype, name, values)
	switch_first_steps(0)


def switch_first_steps(on: int) -> None:
	"""Switch the first steps of the framework on or off.

	The framework shows them where this is on, as its setup wizard leaves it; the sandbox has it off.
	"""
	frappe.db.set_single_value("System Settings", "enable_onboarding", on)
	frappe.db.commit()
	frappe.clear_document_cache("System Settings", "System Settings")


def records():
	"""Yield the lists of steps and the steps, with their fields for progress.

	In these fields, the framework notes what was done.
	"""
	for onboarding in first_steps.ONBOARDINGS:
		yield "Module Onboarding", onboarding, ["is_complete"]
		for step in frappe.get_doc("Module Onboarding", onboarding).get_steps():
			yield "Onboarding Step", step.name, ["is_complete", "is_skipped"]


def take(desk: Desk, step: str, button: str) -> None:
	"""Open the workspace, choose a step and press its button."""
	desk.go("lead-pipeline")
	steps = desk.front.locator(".onboarding-widget-box", has_text="From Nothing to a Won Lead")
	steps.locator(".onboarding-step", has_text=step).click()
	desk.picture(f"first-hour-{frappe.scrub(step)}")
	steps.get_by_role("button", name=button, exact=True).click()
	desk.wait()


def read_hint(desk: Desk, text: str) -> None:
	expect(desk.page.locator(".modal.show .modal-body").last).to_contain_text(text)
	desk.dismiss()


def test_from_the_first_steps_to_a_won_lead(open_window, new_site):
	needs("Quotation")
	desk = open_window("Sales Manager", "Sales User", "Stock User")
	# Frappe shows a new user around its desk.
	tours = frappe.get_all("Form Tour", {"ui_tour": 1}, pluck="name", order_by="name asc")
	seen = json.dumps({tour: {"is_complete": True} for tour in tours})
	frappe.db.set_value("User", desk.user, "onboarding_status", seen)
	frappe.db.commit()
	frappe.clear_cache(user=desk.user)
	desk.open("lead-pipeline")
	expect(desk.front.get_by_text("Set Up the Pipeline", exact=True)).to_be_visible()
	expect(desk.front.get_by_text("Let Mails Become Leads", exact=True)).to_have_count(0)
	desk.picture("first-hour")

	take(desk, "Write Down the First Lead", "Create a Lead")
	popover = desk.page.locator("#driver-popover-item")
	expect(popover).to_contain_text("Who Is It?")
	desk.picture("first-hour-tour")
	desk.type("company_name", COMPANY)
	desk.page.keyboard.press("Escape")
	desk.save()
	# The framework offers to lead back to the steps.
	desk.page.locator(".modal.show").get_by_role("button", name="Continue").last.click()
	desk.wait()
	lead = frappe.get_all(LEAD, {"company_name": COMPANY}, pluck="name")[0]

	take(desk, "Plan What Comes Next", "Show My Day")
	read_hint(desk, "Choose Plan a Step")
	row = desk.front.locator(".my-day-row", has_text=COMPANY)
	row.get_by_role("button", name="Plan a Step").click()
	desk.asked("Plan a Step")
	desk.answer("Plan")

	take(desk, "Answer the Lead", "Show the Leads")
	read_hint(desk, "Above its fields are its statuses")
	desk.look_for(COMPANY)
	desk.row(lead).locator(".list-subject a").first.click()
	desk.wait()
	desk.take_status("Replied")
	desk.is_at("Replied")

	take(desk, "Make the First Offer", "Show the Leads")
	read_hint(desk, "choose Create, then the document")
	offer = frappe.new_doc("Quotation")
	offer.update({"pipeline_lead": lead, "name": "QTN-FIRST-HOUR"})
	offer.db_insert()
	frappe.db.commit()

	take(desk, "Win the First Lead", "Show the Board")
	read_hint(desk, "Drag a card")
	desk.show(lead)
	desk.take_status("Converted")
	desk.is_at("Converted")

	# Who opens the desk again finds all done, and what was only looked at not.
	desk.open("lead-pipeline")
	frappe.db.rollback()
	assert frappe.db.get_value("Module Onboarding", SELLING, "is_complete")
	assert not frappe.db.get_value("Onboarding Step", "Hand Out New Leads", "is_complete")
	expect(desk.front.get_by_text("From Nothing to a Won Lead", exact=True)).to_have_count(0)
	assert desk.errors == []

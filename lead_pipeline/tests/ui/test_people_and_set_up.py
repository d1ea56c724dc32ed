"""Work with people, and setup, in the desk.

Assigning leads to others, finding unassigned leads, writing a mail, and setting up the web form.
"""

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.activities import handing_over
from lead_pipeline.constants import LEAD
from lead_pipeline.framework import notifications
from lead_pipeline.tests import site, visitors
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.ui.looks import left_edges

COLLEAGUE = "handed-colleague@example.com"


@pytest.fixture
def leads():
	"""A lead that nobody has, and one of the colleague, of a company of their own."""
	make_user("Sales User", email=COLLEAGUE)
	company = f"Handed {frappe.generate_hash(length=6)}"
	made = [make_lead(lead_name=f"{company} {owner}", lead_owner=owner) for owner in (None, COLLEAGUE)]
	frappe.db.commit()
	yield made
	site.start_over()
	for lead in made:
		site.delete(LEAD, lead.name)
	frappe.db.delete("Notification Log", {"for_user": COLLEAGUE})
	frappe.db.commit()


def test_a_lead_that_nobody_has_is_found_and_handed_over(desk, leads):
	nobodys, _colleagues = leads
	desk.open("pipeline-lead")
	desk.press("Without Sales Person")
	desk.look_for(nobodys.lead_name.removesuffix(" None"))
	desk.lists(nobodys.name)
	desk.tick(nobodys.name)
	desk.act_on_ticked("Hand Over")
	desk.asked("Hand Over")
	desk.choose("to", COLLEAGUE)
	desk.type("note", "Knows the plant")
	desk.answer("Hand Over")
	expect(desk.alert()).to_contain_text("is in the hands of handed-colleague now")
	desk.lists()

	desk.show(nobodys.name)
	assert desk.document()["lead_owner"] == COLLEAGUE
	expect(desk.front.locator(".new-timeline")).to_contain_text("Knows the plant")
	frappe.db.rollback()
	(subject,) = frappe.get_all("Notification Log", {"for_user": COLLEAGUE}, pluck="subject")
	assert "Knows the plant" in subject


def test_the_address_in_the_notification_shows_the_leads_without_a_sales_person(desk, leads):
	desk.page.goto(
		notifications.address_of_list(handing_over.UNOWNED).replace(frappe.utils.get_url(), site.URL)
	)
	desk.wait()
	bar = desk.front.locator(".lead-list-bar")
	for button in ("Opened", "Without Sales Person"):
		expect(bar.get_by_role("button", name=button, exact=True)).to_have_attribute("aria-pressed", "true")


def test_who_may_read_mails_opens_the_composer_without_a_complaint(open_window, leads):
	writer = open_window("Sales User", "Inbox User")
	writer.show(leads[0].name)
	writer.front.get_by_role("button", name="New Email").first.click()
	writer.wait()
	expect(writer.page.locator(".modal.show .modal-title").last).to_have_text("New Email")
	expect(writer.page.locator(".modal.show .msgprint")).to_have_count(0)
	assert writer.errors == []


def test_who_sells_reads_the_set_up_and_is_offered_no_change(desk):
	desk.open("lead-pipeline-settings")
	expect(desk.field("lead_visibility")).to_contain_text("All Leads")
	expect(desk.front.locator("input:visible:enabled, select:visible:enabled")).to_have_count(0)
	expect(desk.front.get_by_role("button", name="Save")).to_have_count(0)
	# Without documents of sales a site has no rules.
	rules = ["status-rule"] if frappe.db.count("Pipeline Status Rule") else []
	for part in ("lead-status", "channel", "lost-reason", *rules):
		desk.open(f"pipeline-{part}")
		expect(desk.front.locator(".list-row-container").first).to_be_visible()
		expect(desk.front.locator(".primary-action:visible")).to_have_count(0)


def test_a_manager_makes_and_publishes_a_form_in_the_settings(manager):
	title = f"Ask {frappe.generate_hash(length=6)}"
	try:
		manager.open("lead-pipeline-settings")
		manager.front.get_by_role("tab", name="How Leads Come In").click()
		manager.wait()
		manager.button("New Form").click()
		manager.asked("New Form")
		manager.type("title", title)
		manager.answer("Create")
		frappe.db.rollback()
		name, route = frappe.db.get_value("Web Form", {"title": title}, ["name", "route"])
		card = manager.front.locator(f'.lead-web-form[data-form="{name}"]')
		expect(card).to_contain_text("Not Published")

		card.get_by_role("button", name="Texts").click()
		manager.asked("Texts")
		manager.type("button_label", "Ask Now")
		manager.answer("Save")
		card.get_by_role("button", name="Fields").click()
		manager.asked("Fields")
		rows = manager.page.locator(".modal.show .grid-body .grid-row")
		expect(rows.first).to_contain_text("First Name")
		manager.answer("Save")
		card.get_by_role("button", name="Publish", exact=True).click()
		manager.wait()
		expect(card.get_by_role("button", name="Unpublish")).to_be_visible()

		page = visitors.Visitor(name).session.get(f"{site.URL}/{route}", timeout=60)
		assert page.ok and "Ask Now" in page.text and 'name="first_name"' in page.text
	finally:
		site.start_over()
		for name in frappe.get_all("Web Form", {"title": title}, pluck="name"):
			site.delete("Web Form", name)
		frappe.db.commit()


def test_the_heads_of_the_list_of_jobs_stand_above_their_columns(manager):
	manager.open("pipeline-job")
	heads, values = left_edges(manager)
	assert len(heads) == 4 and heads == pytest.approx(values, abs=2)

"""The next steps as a salesperson works on them.

On the form of a lead, and on My Day until nothing is left.
"""

import frappe
from frappe.utils import add_days, nowdate
from playwright.sync_api import expect

from lead_pipeline.constants import ACTIVITY, LEAD
from lead_pipeline.tests.factories import make_lead
from lead_pipeline.tests.ui.desk import Desk


def lead_of(desk: Desk, name: str, **values):
	lead = make_lead(company_name=name, lead_owner=desk.user, **values)
	# As a step that nobody did.
	if days := values.get("next_contact_date"):
		state = "Overdue" if days < nowdate() else "Today"
		frappe.db.set_value(LEAD, lead.name, "next_step", state, update_modified=False)
	return lead


def steps(lead) -> list:
	frappe.db.rollback()
	return frappe.get_all(
		ACTIVITY, {"lead": lead.name}, ["status", "feedback", "activity_type"], order_by="creation asc"
	)


def row(desk: Desk, text: str):
	return desk.front.locator(".my-day-row").filter(has_text=text)


def test_a_step_is_done_on_the_form_and_the_next_one_planned_and_my_day_is_worked_to_empty(desk, phone):
	frappe.db.delete(ACTIVITY, {"assigned_to": desk.user})
	for name in frappe.get_all(
		LEAD, {"lead_owner": desk.user, "status_category": ("not in", ("Won", "Lost"))}
	):
		frappe.db.set_value(LEAD, name.name, "lead_owner", None, update_modified=False)
	overdue = lead_of(
		desk,
		"Overdue Ltd",
		next_contact_date=add_days(nowdate(), -2),
		phone="+49 30 5550123",
		email="buyer@overdue.example",
	)
	due = lead_of(desk, "Due Today Ltd", next_contact_date=nowdate())
	empty = lead_of(desk, "Without a Step Ltd")
	frappe.db.commit()

	# On the form.
	desk.show(due.name)
	desk.front.locator(".lead-step-row").get_by_role("button", name="Done: Call").click()
	desk.asked("Done, What Next?")
	desk.type("feedback", "Wants a visit")
	desk.page.locator('.modal.show [data-fieldname="activity_type"] select').select_option("Visit")
	desk.answer("Done")
	expect(desk.front.locator(".lead-step-row")).to_contain_text("Visit")
	expect(desk.front.locator(".new-timeline")).to_contain_text("Wants a visit")
	assert [(step.status, step.activity_type) for step in steps(due)] == [("Done", "Call"), ("Open", "Visit")]

	# My Day.
	desk.open("my-day")
	expect(desk.front.locator(".my-day-tile.my-day-overdue .my-day-number")).to_have_text("1")
	expect(row(desk, "Overdue Ltd").get_by_role("link", name="Call")).to_have_attribute(
		"href", "tel:+49305550123"
	)
	desk.picture("my-day")
	row(desk, "Overdue Ltd").get_by_role("button", name="Next Week").click()
	expect(desk.front.locator("#my-day-overdue")).to_have_count(0)
	desk.wait()
	row(desk, "Without a Step Ltd").get_by_role("button", name="Plan a Step").click()
	desk.asked("Plan a Step")
	desk.page.locator(".modal.show .lead-step-days").get_by_role("button", name="Today").click()
	desk.picture("plan-a-step")
	desk.answer("Plan")
	for company in ("Without a Step Ltd", "Overdue Ltd"):
		row(desk, company).get_by_role("button", name="Done: Call").click()
		desk.asked("Done, What Next?")
		desk.page.locator(".modal.show .lead-step-days").get_by_role("button", name="Next Month").click()
		desk.picture("done-what-next")
		desk.answer("Done")
		expect(row(desk, company)).to_have_count(0)
	# What is proposed for a visit is more than a week ahead.
	expect(desk.front.locator(".my-day-empty")).to_contain_text("Nothing is left to do.")
	desk.picture("my-day-empty")
	assert [step.status for step in steps(overdue)] == ["Done", "Open"]
	assert [step.status for step in steps(empty)] == ["Done", "Open"]

	# On the way, nothing is beside the window.
	lead_of(phone, "Small Window Ltd", next_contact_date=nowdate(), mobile_no="+49 171 5550123")
	frappe.db.commit()
	phone.open("my-day")
	expect(row(phone, "Small Window Ltd")).to_be_visible()
	phone.picture("my-day-phone")
	assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390

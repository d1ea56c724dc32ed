"""A day of a salesperson and a day of their manager.

Both as the manuals of leads describe them.
"""

import frappe
from frappe.utils import add_days, formatdate, getdate, today
from playwright.sync_api import expect

from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.ui.desk import Desk

DATE_FORMAT = "mm-dd-yyyy"


def stored(lead: str, *fields: str):
	frappe.db.rollback()
	return frappe.db.get_value("Pipeline Lead", lead, list(fields))


def open_row(desk: Desk, lead: str) -> None:
	desk.row(lead).locator(".list-subject a").first.click()
	desk.page.wait_for_function("lead => window.cur_frm?.docname === lead", arg=lead)
	desk.wait()


def test_a_day_of_a_sales_person(chromium):
	user = make_user("Sales User", password=site.PASSWORD)
	due = make_lead(lead_owner=user, next_contact_date=today(), phone="+49 30 5550123").name
	free = make_lead().name
	described = {"expected_closing": add_days(today(), 30), "description": "<p>Wants 20 seats</p>"}
	known = make_lead(lead_owner=user, **described).name
	frappe.db.set_value("Pipeline Lead", free, "lead_owner", None)
	frappe.db.commit()

	# Log in; opened leads, and of these mine.
	desk = Desk(chromium, user, site.PASSWORD)
	desk.open("pipeline-lead")
	desk.press("My Leads")
	desk.lists(known, due)
	expect(desk.row(due).locator(".lead-step-today")).to_have_text("Today")

	# Of which is nobody sure when they close, or what they want?
	missing = dict.fromkeys(("expected_closing", "description"), '["is", "not set"]')
	desk.open("pipeline-lead", lead_owner=user, **missing)
	desk.lists(due)

	# The one that is due: call, write down what was said, and say when to call again.
	open_row(desk, due)
	desk.act("Log Call")
	desk.asked("Log Call")
	desk.type("note", "Wants a quote for 20 seats")
	desk.answer("Log Call")
	desk.asked("Done, What Next?")
	desk.type("due_on", formatdate(add_days(today(), 3), DATE_FORMAT))
	desk.answer("Done")
	desk.is_at("Replied")
	assert stored(due, "status", "next_contact_date") == ("Replied", getdate(add_days(today(), 3)))

	# It goes well, then it does not, then it does again.
	desk.take_status("Interested")
	desk.act("Lost")
	desk.asked("Why was it lost?")
	desk.choose("lost_reason", "Not the right time")
	desk.answer("Set Lost")
	assert stored(due, "status", "lost_reason") == ("Lost", "Not the right time")
	desk.act("Reactivate")
	desk.asked("What Next?")
	desk.dismiss()
	desk.is_at("Lead")
	desk.front.get_by_role("tab", name="Status History").click()
	history = desk.front.locator(".lead-history > li")
	expect(history).to_have_count(5)
	passed = [stay.locator(".lead-pill").first.inner_text() for stay in history.all()]
	assert passed == ["Lead", "Lost", "Interested", "Replied", "Lead"]

	# One that nobody has.
	desk.go("List", "Pipeline Lead")
	desk.press("My Leads")
	desk.look_for(free)
	open_row(desk, free)
	desk.act("Take")
	desk.wait()
	assert stored(free, "lead_owner") == user

	# A new one, by the short form, straight into its own.
	desk.go("List", "Pipeline Lead")
	desk.look_for("")
	desk.front.get_by_role("button", name="Add Pipeline Lead").click()
	desk.asked("New Pipeline Lead")
	desk.check("is_organization")
	desk.type("company_name", "Met at the Fair Ltd")
	desk.type("email", "fair@example.com")
	desk.button("Save").click()
	expect(desk.alert()).to_be_visible()
	if (link := desk.alert().get_by_role("link")).count():
		link.click()
	else:
		# Frappe 16 announces it by itself, without a link.
		frappe.db.rollback()
		open_row(desk, frappe.get_last_doc("Pipeline Lead", {"company_name": "Met at the Fair Ltd"}).name)
	desk.page.wait_for_function("window.cur_frm?.doc?.company_name === 'Met at the Fair Ltd'")
	desk.wait()
	assert desk.document()["lead_owner"] == user
	desk.is_at("Lead")
	assert desk.errors == []
	desk.close()


def test_a_day_of_a_manager(manager):
	key = frappe.generate_hash(length=5)
	mistaken = make_lead(lead_name=f"Mistake {key}", company_name=f"Lot {key}").name
	bad = [make_lead(lead_name=f"Bad {number} {key}", company_name=f"Lot {key}").name for number in (1, 2)]
	reason = (
		frappe.get_doc({"doctype": "Pipeline Lost Reason", "reason": f"Wrong season {key}"}).insert().name
	)
	status, lead_type = f"Demo {key}", f"Reseller {key}"
	frappe.db.commit()
	try:
		settings(manager)
		new_status(manager, status)
		new_type(manager, lead_type, ["Lead", status, "Lost"])
		lead = a_lead_of_that_type(manager, lead_type, status)
		disable(manager, "pipeline-lost-reason", reason)
		is_not_offered(manager, lead, reason)
		disqualify_many(manager, bad)
		delete_mistake(manager, mistaken)
		delete_in_the_list(manager, bad)
		look_at_the_log(manager, lead, status)
		status_in_use(manager, status)
	finally:
		frappe.db.rollback()
		clean_up(key, status, lead_type, reason)


def settings(manager: Desk) -> None:
	"""Switch a behaviour off and on again."""
	manager.open("lead-pipeline-settings")
	for value in (0, 1):
		box = manager.field("mail_replies").locator("input[type=checkbox]").first
		box.set_checked(bool(value))
		manager.save()
		frappe.db.rollback()
		assert frappe.db.get_single_value("Lead Pipeline Settings", "mail_replies", cache=False) == value


def new_status(manager: Desk, name: str) -> None:
	manager.go("Form", "Pipeline Lead Status", "new")
	manager.type("status_name", name)
	manager.select("category", "Working")
	manager.type("position", "25")
	manager.save()
	frappe.db.rollback()
	assert frappe.db.get_value("Pipeline Lead Status", name, "category") == "Working"


def new_type(manager: Desk, name: str, statuses: list[str]) -> None:
	manager.go("Form", "Pipeline Lead Type", "new")
	# The Tab key would open a first row of the table in a form of its own.
	control = manager.field("type_name").locator("input").first
	control.fill(name)
	control.blur()
	manager.wait()
	grid = manager.field("allowed_statuses")
	for number, status in enumerate(statuses, start=1):
		grid.locator(".grid-add-row").click()
		manager.wait()
		row = grid.locator(".grid-body .rows > .grid-row").nth(number - 1)
		row.locator('.grid-static-col[data-fieldname="status"]').click()
		row.locator('input[data-fieldname="status"]').fill(status)
		manager.wait()
		manager.page.locator('.awesomplete :is(li, [role="option"]):visible', has_text=status).first.click()
		manager.wait()
	manager.save()
	frappe.db.rollback()
	allowed = [row.status for row in frappe.get_doc("Pipeline Lead Type", name).allowed_statuses]
	assert allowed == statuses


def a_lead_of_that_type(manager: Desk, lead_type: str, status: str) -> str:
	"""Create a lead of the new type with the new status and return its name.

	The new type and status are there for the next lead, in their order, without logging in again.
	"""
	manager.go("Form", "Pipeline Lead", "new")
	manager.type("first_name", "Reseller")
	manager.choose("lead_type", lead_type)
	offered = manager.front.locator(".lead-statuses > [role=radio]").all_text_contents()
	assert offered == ["Lead", status]
	manager.take_status(status)
	manager.is_at(status)
	manager.save()
	manager.is_at(status)
	return manager.document()["name"]


def disable(manager: Desk, route: str, name: str) -> None:
	manager.open(route, name)
	manager.check("disabled")
	manager.save()


def is_not_offered(manager: Desk, lead: str, reason: str) -> None:
	manager.go("Form", "Pipeline Lead", lead)
	manager.act("Lost")
	manager.asked("Why was it lost?")
	manager.is_not_offered("lost_reason", reason)
	manager.field("lost_reason").locator("input").first.fill("")
	manager.dismiss()


def disqualify_many(manager: Desk, leads: list[str]) -> None:
	company = frappe.db.get_value("Pipeline Lead", leads[0], "company_name")
	manager.open("pipeline-lead", company_name=company)
	manager.tick(*leads)
	manager.act_on_ticked("Disqualify")
	manager.asked("Disqualify")
	manager.type("note", "Bought addresses")
	manager.button("Disqualify").click()
	expect(manager.alert()).to_contain_text("2 leads are disqualified.")
	manager.wait()
	assert [stored(lead, "status_category") for lead in leads] == ["Disqualified"] * 2


def delete_mistake(manager: Desk, lead: str) -> None:
	manager.go("Form", "Pipeline Lead", lead)
	manager.delete()
	frappe.db.rollback()
	assert not frappe.db.exists("Pipeline Lead", lead)


def delete_in_the_list(manager: Desk, leads: list[str]) -> None:
	manager.open("pipeline-lead", name=leads[0])
	manager.tick(leads[0])
	manager.act_on_ticked("Delete")
	manager.confirm()
	expect(manager.row(leads[0])).to_have_count(0)
	frappe.db.rollback()
	assert [bool(frappe.db.exists("Pipeline Lead", lead)) for lead in leads] == [False, True]


def look_at_the_log(manager: Desk, lead: str, status: str) -> None:
	manager.open("pipeline-status-log")
	manager.choose("lead", lead)
	# On Frappe 16 the head of a list is such a row, too, without a place for the keyboard.
	rows = manager.front.locator(".list-row-container[tabindex]")
	expect(rows).to_have_count(1)
	expect(rows).to_contain_text(status)


def status_in_use(manager: Desk, status: str) -> None:
	"""Expect that a status that leads have cannot be deleted.

	The message says what to do instead.
	"""
	manager.open("pipeline-lead-status", status)
	manager.delete()
	expect(manager.message()).to_contain_text("cannot be deleted, because it is in use")
	manager.dismiss()
	frappe.db.rollback()
	assert frappe.db.exists("Pipeline Lead Status", status)


def clean_up(key: str, status: str, lead_type: str, reason: str) -> None:
	"""The site's pipeline is shared with the other tests."""
	for lead in frappe.get_all("Pipeline Lead", filters={"lead_type": lead_type}, pluck="name"):
		site.delete("Pipeline Lead", lead)
	for doctype, name in (
		("Pipeline Lead Type", lead_type),
		("Pipeline Lead Status", status),
		("Pipeline Lost Reason", reason),
	):
		site.delete(doctype, name)
	frappe.db.commit()

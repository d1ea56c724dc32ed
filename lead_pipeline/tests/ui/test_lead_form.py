"""The form of a lead.

Its status as a row of buttons, what the first screen shows, reason and history.
"""

import frappe
import pytest
from frappe.utils import add_to_date, now_datetime
from playwright.sync_api import expect

from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_opportunity, make_user
from lead_pipeline.tests.ui.desk import Desk

OPEN = ["Lead", "Open", "Replied", "Interested", "Opportunity", "Quotation"]
CLOSED = ["Lost Quotation", "Converted", "Lost", "Disqualified", "Do Not Contact"]


@pytest.fixture
def lead():
	lead = make_lead()
	frappe.db.commit()
	return lead


def radios(desk, inside: str = ".lead-statuses > [role=radio]") -> list[str]:
	return desk.front.locator(inside).all_text_contents()


def test_all_statuses_are_offered_in_their_order_the_closed_ones_behind_a_button(desk, lead):
	desk.show(lead.name)
	group = desk.front.get_by_role("radiogroup", name="Status")
	expect(group).to_be_visible()
	assert radios(desk) == OPEN
	meaning = "We have answered and wait for the lead."
	expect(group.get_by_role("radio", name="Replied")).to_have_attribute("title", meaning)
	desk.is_at("Lead")
	expect(desk.front.locator(".lead-closed-menu")).to_be_hidden()
	group.get_by_role("button", name="Close as").click()
	assert radios(desk, ".lead-closed-menu [role=radio]") == CLOSED
	desk.page.keyboard.press("Escape")
	expect(desk.front.locator(".lead-closed-menu")).to_be_hidden()


def test_the_present_status_is_filled_with_the_colour_of_its_record(desk, lead):
	desk.show(lead.name)
	colours = desk.front.locator(".lead-statuses [aria-checked=true]").evaluate(
		"button => [getComputedStyle(button).backgroundColor, getComputedStyle(button).color]"
	)
	assert colours == ["rgb(59, 130, 246)", "rgb(0, 0, 0)"]


def test_a_click_on_a_status_saves_it(desk, lead):
	desk.show(lead.name)
	desk.take_status("Replied")
	desk.is_at("Replied")
	expect(desk.front.locator(".title-area .indicator-pill").first).to_have_text("Replied")
	frappe.db.rollback()
	assert frappe.db.get_value("Pipeline Lead", lead.name, ["status", "status_category"]) == (
		"Replied",
		"Working",
	)


def test_what_was_typed_before_a_click_on_a_status_is_saved_with_it(desk, lead):
	desk.show(lead.name)
	desk.type("job_title", "Head of Purchasing")
	desk.take_status("Open")
	frappe.db.rollback()
	assert frappe.db.get_value("Pipeline Lead", lead.name, ["status", "job_title"]) == (
		"Open",
		"Head of Purchasing",
	)
	expect(desk.page.locator(".page-container:visible .indicator-pill", has_text="Not Saved")).to_have_count(
		0
	)


def test_nothing_changes_when_what_was_typed_before_cannot_be_saved(desk, lead):
	desk.show(lead.name)
	desk.front.get_by_role("tab", name="More Information").click()
	desk.type("website", "ftp://example.com")
	desk.front.get_by_role("tab", name="Details").click()
	desk.take_status("Open")
	expect(desk.message()).to_contain_text("It has to begin with http:// or https://.")
	desk.dismiss()
	desk.is_at("Lead")
	frappe.db.rollback()
	assert frappe.db.get_value("Pipeline Lead", lead.name, "status") == "Lead"


def test_a_refused_status_shows_why_and_the_status_goes_back(desk, lead):
	desk.show(lead.name)
	allowed = make_lead_type("Lead", "Open")
	frappe.db.set_value("Pipeline Lead", lead.name, "lead_type", allowed.name, update_modified=False)
	frappe.db.commit()
	desk.take_status("Interested")
	expect(desk.message()).to_contain_text(
		f"Status Interested is not allowed for leads of type {allowed.name}. Allowed are: Lead, Open."
	)
	desk.dismiss()
	desk.is_at("Lead")
	assert radios(desk) == ["Lead", "Open"], "the form knows the type now"


def test_the_row_is_walked_with_arrow_keys_and_space_takes_a_status(desk, lead):
	desk.show(lead.name)
	desk.front.get_by_role("radio", name="Lead", exact=True).focus()
	for _step in range(2):
		desk.page.keyboard.press("ArrowRight")
	expect(desk.front.get_by_role("radio", name="Replied")).to_be_focused()
	desk.is_at("Lead", "moving alone takes nothing")
	desk.page.keyboard.press("Space")
	desk.page.wait_for_function("cur_frm.doc.status === 'Replied' && !cur_frm.is_dirty()")
	desk.wait()
	expect(desk.front.get_by_role("radio", name="Replied")).to_be_focused()
	reachable = desk.front.locator(".lead-statuses [role=radio][tabindex='0']")
	assert reachable.all_text_contents() == ["Replied"], "the Tab key stops at the present status"


def test_the_type_decides_which_statuses_are_offered_and_the_present_one_stays_visible(desk, lead):
	lead_type = make_lead_type("Open", "Converted", "Lost")
	frappe.db.commit()
	desk.show(lead.name)
	desk.choose("lead_type", lead_type.name)
	assert radios(desk) == ["Lead", "Open"]
	assert radios(desk, ".lead-closed-menu [role=radio]") == ["Converted", "Lost"]
	desk.save()
	desk.is_at("Open", "the server gives the first allowed status")
	assert radios(desk) == ["Open"]


def test_a_lost_status_asks_for_the_reason_and_without_one_the_lead_stays(desk, lead):
	desk.show(lead.name)
	desk.take_status("Lost")
	desk.asked("Why was it lost?")
	desk.dismiss()
	desk.is_at("Lead")

	desk.take_status("Lost")
	desk.asked("Why was it lost?")
	desk.choose("lost_reason", "No budget")
	desk.type("lost_note", "Next year perhaps")
	desk.answer("Set Lost")
	desk.is_at("Lost")
	frappe.db.rollback()
	saved = frappe.db.get_value("Pipeline Lead", lead.name, ["status", "lost_reason", "lost_note"])
	assert saved == ("Lost", "No budget", "Next year perhaps")


def test_a_new_lead_gets_the_status_that_was_clicked(desk):
	desk.go("Form", "Pipeline Lead", "new")
	desk.is_at("Lead", "what the lead will have when nothing is chosen")
	expect(desk.field("lead_name").locator("input")).to_be_focused()
	desk.type("first_name", "Fresh")
	desk.take_status("Interested")
	desk.is_at("Interested")
	desk.save()
	assert desk.document()["status"] == "Interested"


def test_a_new_lead_that_is_lost_already_is_asked_for_its_reason(desk):
	desk.go("Form", "Pipeline Lead", "new")
	desk.type("first_name", "Gone")
	desk.take_status("Lost")
	desk.asked("Why was it lost?")
	desk.choose("lost_reason", "No budget")
	desk.answer("Set Lost")
	desk.save()
	saved = desk.document()
	assert (saved["status"], saved["lost_reason"]) == ("Lost", "No budget")


def test_a_user_who_may_only_read_sees_the_status_and_cannot_change_it(chromium, lead):
	user = make_user("Website Manager", password=site.PASSWORD)
	frappe.share.add_docshare("Pipeline Lead", lead.name, user, read=1)
	frappe.db.commit()
	reader = Desk(chromium, user, site.PASSWORD)
	reader.open("pipeline-lead", lead.name)
	reader.is_at("Lead")
	expect(reader.front.get_by_role("radio", name="Open", exact=True)).to_be_disabled()
	expect(reader.front.get_by_role("button", name="Close as")).to_be_disabled()
	reader.offers()
	assert reader.errors == []
	reader.close()


def test_daily_work_needs_no_scrolling(desk, lead):
	frappe.db.set_value("Pipeline Lead", lead.name, "lead_owner", desk.user)
	frappe.db.commit()
	desk.show(lead.name)
	# Users are stored by their addresses; people know them by their names.
	expect(desk.field("lead_owner")).to_contain_text(frappe.db.get_value("User", desk.user, "full_name"))
	fields = [
		"status",
		"why_html",
		"lead_name",
		"company_name",
		"first_name",
		"last_name",
		"email",
		"phone",
		"mobile_no",
	]
	fields += ["next_contact_date", "next_contact_by", "lead_owner", "priority"]
	fields += ["expected_revenue", "currency", "probability", "expected_closing", "lead_type", "tags"]
	for field in fields:
		assert bottom(desk.field(field)) <= 900, f"{field} is below the first screen"
	assert desk.field("status").bounding_box()["y"] < desk.field("lead_name").bounding_box()["y"]
	assert bottom(desk.front.locator(".comment-box")) <= 900, "where one writes is below the first screen"
	assert desk.front.locator(".new-timeline").bounding_box()["y"] < 900, "the timeline begins below it"


def bottom(element) -> float:
	box = element.bounding_box()
	return box["y"] + box["height"]


def test_the_description_is_one_line_that_opens(desk, lead):
	lead.update({"description": f"<p>Wants <b>20 seats</b></p><p>{'by Easter ' * 60}</p>"}).save()
	frappe.db.commit()
	desk.show(lead.name)
	start = desk.front.get_by_role("button", name="Wants 20 seats")
	expect(start).to_be_visible()
	assert start.bounding_box()["height"] < 40
	editor = desk.front.locator('.frappe-control[data-fieldname="description"] .ql-editor:not(.read-mode)')
	expect(editor).to_be_hidden()
	start.click()
	expect(editor).to_be_visible()
	desk.type("job_title", "Buyer")
	desk.save()
	expect(editor).to_be_visible()
	desk.front.locator('[data-fieldname="description_section"] .section-head').click()
	expect(editor).to_be_hidden()


def test_the_history_is_a_timeline_with_durations_people_and_documents(desk, lead):
	opportunity = make_opportunity(lead)
	lead.reload()
	rewind_history(lead.name, hours=[30, 2])
	frappe.db.commit()
	desk.show(lead.name)
	desk.front.get_by_role("tab", name="Status History").click()
	stays = desk.front.locator(".lead-history > li")
	expect(stays).to_have_count(2)
	expect(stays.nth(0)).to_contain_text("Opportunity")
	expect(stays.nth(0)).to_contain_text("for 2h")
	expect(stays.nth(0)).to_contain_text("so far")
	expect(stays.nth(0).get_by_role("link", name=f"Opportunity {opportunity.name}")).to_be_visible()
	expect(stays.nth(1)).to_contain_text("for 1d 4h")
	expect(stays.nth(1)).to_contain_text("Administrator")
	totals = desk.front.locator(".lead-total").all_text_contents()
	assert [" ".join(total.split()) for total in totals] == ["Lead 1d 4h", "Opportunity 2h"]


def test_the_history_of_a_merged_lead_is_told_apart_and_not_added_up(desk, lead):
	other = make_lead()
	other.status = "Interested"
	other.save()
	rewind_history(other.name, hours=[50, 3])
	rewind_history(lead.name, hours=[30])
	frappe.rename_doc("Pipeline Lead", other.name, lead.name, merge=True)
	frappe.db.commit()
	desk.show(lead.name)
	desk.front.get_by_role("tab", name="Status History").click()
	stays = desk.front.locator(".lead-history > li")
	expect(stays).to_have_count(3)
	expect(stays.nth(0)).to_contain_text("until it was merged")
	expect(stays.nth(0)).to_contain_text(f"{other.name}, merged into this lead")
	expect(stays.nth(1)).to_contain_text("for 1d 6h")
	expect(stays.nth(1)).to_contain_text("so far")
	expect(stays.nth(1)).not_to_contain_text("merged")
	expect(stays.nth(2)).to_contain_text("for 1d 23h")
	totals = desk.front.locator(".lead-total").all_text_contents()
	assert [" ".join(total.split()) for total in totals] == ["Lead 1d 6h"]


def rewind_history(lead: str, hours: list[int]) -> None:
	"""Set back the times in the log of a lead.

	`hours`: how many hours ago each row of the log was written, the oldest row first.
	"""
	rows = frappe.get_all(
		"Pipeline Status Log", filters={"lead": lead}, order_by="changed_on asc", pluck="name"
	)
	before = hours[0]
	for name, ago in zip(rows, hours, strict=True):
		values = {
			"changed_on": add_to_date(now_datetime(), hours=-ago, seconds=-30),
			"seconds_in_previous": (before - ago) * 3600,
		}
		frappe.db.set_value("Pipeline Status Log", name, values)
		before = ago


def test_reason_and_history_follow_a_change_at_once(desk, lead):
	desk.show(lead.name)
	expect(desk.field("why_html")).to_contain_text("since the lead was created")
	desk.take_status("Open")
	expect(desk.field("why_html")).to_contain_text("Open as chosen by you")
	desk.front.get_by_role("tab", name="Status History").click()
	expect(desk.front.locator(".lead-history > li")).to_have_count(2)


def test_tasks_events_notes_mails_contacts_and_addresses_are_the_frameworks_own(desk, lead):
	desk.show(lead.name)
	page = desk.front
	expect(page.locator(".form-assignments .add-assignment-btn")).to_be_visible()
	expect(page.locator(".form-shared .share-doc-btn")).to_be_visible()
	expect(page.locator(".comment-box")).to_be_visible()
	for button in ("New Email", "New Event"):
		expect(page.get_by_role("button", name=button)).to_be_visible()
	page.get_by_role("tab", name="Contacts and Addresses").click()
	for button in ("New Contact", "New Address"):
		expect(page.get_by_role("button", name=button)).to_be_visible()


def test_a_contact_made_from_the_form_belongs_to_the_lead(desk, lead):
	desk.show(lead.name)
	desk.front.get_by_role("tab", name="Contacts and Addresses").click()
	desk.front.get_by_role("button", name="New Contact").click()
	desk.page.wait_for_function("window.cur_frm?.doctype === 'Contact'")
	desk.wait()
	desk.type("first_name", "Buying")
	desk.save()
	frappe.db.rollback()
	contact = frappe.get_doc("Contact", desk.document()["name"])
	assert [(link.link_doctype, link.link_name) for link in contact.links] == [("Pipeline Lead", lead.name)]
	desk.open("pipeline-lead", lead.name)
	desk.front.get_by_role("tab", name="Contacts and Addresses").click()
	expect(desk.field("contact_html")).to_contain_text("Buying")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_status_that_was_renamed_or_recoloured_shows_without_a_new_login(manager, lead, theme):
	status = frappe.get_doc(
		{
			"doctype": "Pipeline Lead Status",
			"status_name": f"Paused {theme}",
			"category": "Working",
			"position": 45,
		}
	).insert()
	frappe.db.commit()
	try:
		manager.open("pipeline-lead-status", status.name)
		manager.page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
		manager.type("color", "#00AA55")
		manager.save()
		manager.go("Form", "Pipeline Lead", lead.name)
		manager.take_status(status.name)
		filled = manager.front.locator(".lead-statuses [aria-checked=true]")
		assert filled.evaluate("button => getComputedStyle(button).backgroundColor") == "rgb(0, 170, 85)"
	finally:
		site.delete("Pipeline Lead", lead.name)
		site.delete("Pipeline Lead Status", status.name)
		frappe.db.commit()

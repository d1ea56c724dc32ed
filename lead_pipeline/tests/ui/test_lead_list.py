"""The list of leads.

What it shows at first, its colours and columns, search, editing in place, quick entry.
"""

import re

import frappe
import pytest
from frappe.utils import add_days, today
from playwright.sync_api import expect

from lead_pipeline.constants import ACTIVITY, LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_user
from lead_pipeline.tests.ui.desk import Desk
from lead_pipeline.tests.ui.looks import READABLE, contrasts, left_edges

# The list keeps a user's filters; this address replaces them.
EVERY_LEAD = {"status_category": '["is", "set"]'}


@pytest.fixture
def batch():
	"""Return leads with a company name of their own, by which they are found.

	One is open and belongs to somebody else, one is lost; `add` makes more.
	"""
	company = f"Batch {frappe.generate_hash(length=8)}"

	class Batch:
		name = company
		open = make_lead(company_name=company, lead_name=f"{company} open").name
		lost = make_lead(
			company_name=company, lead_name=f"{company} lost", status="Lost", lost_reason="No budget"
		).name

		def add(self, **values) -> str:
			lead = make_lead(**({"company_name": company} | values))
			frappe.db.commit()
			return lead.name

	frappe.db.commit()
	return Batch()


@pytest.fixture
def newcomer(open_window):
	"""The window of a user who has never seen the list."""
	window = open_window("Sales User")
	yield window
	assert window.errors == []


def pressed(desk: Desk) -> list[str]:
	return desk.front.locator(".lead-list-bar [aria-pressed=true]").all_text_contents()


def test_the_list_opens_with_opened_leads_and_the_choice_is_kept(newcomer, batch):
	mine = batch.add(lead_name=f"{batch.name} mine", lead_owner=newcomer.user)
	newcomer.open("pipeline-lead")
	assert pressed(newcomer) == ["Opened"]
	assert contrasts(newcomer, '.lead-list-bar [aria-pressed="true"]') >= READABLE
	newcomer.look_for(batch.name)
	newcomer.lists(mine, batch.open)

	qualified = batch.add(lead_name=f"{batch.name} qualified", status="Opportunity")
	newcomer.press("To Qualify")
	newcomer.lists(mine, batch.open)
	newcomer.press("Opened")
	newcomer.lists(qualified, mine, batch.open)
	newcomer.press("Closed")
	newcomer.lists(batch.lost)
	newcomer.press("All")
	newcomer.lists(qualified, mine, batch.lost, batch.open)
	newcomer.press("My Leads")
	newcomer.lists(mine)
	newcomer.press("My Leads")
	newcomer.press("Closed")

	again = newcomer.tab()
	again.open("pipeline-lead")
	assert pressed(again) == ["Closed"], "the list is as the user left it"
	again.page.close()


def test_the_heads_of_the_columns_stand_above_their_values(newcomer, batch):
	newcomer.page.set_viewport_size({"width": 1440, "height": 900})
	newcomer.open("pipeline-lead", company_name=batch.name, **EVERY_LEAD)
	heads, values = left_edges(newcomer)
	assert len(heads) >= 7 and heads == pytest.approx(values, abs=2)


def test_export_is_offered_to_those_only_who_may_export(newcomer, manager, batch):
	for window, is_offered in ((newcomer, False), (manager, True)):
		window.open("pipeline-lead", company_name=batch.name, **EVERY_LEAD)
		window.tick(batch.open)
		menu = window.front.locator(".actions-btn-group .dropdown-menu")
		expect(menu.get_by_text("Assign To", exact=True)).to_have_count(1)
		expect(menu.get_by_text("Export", exact=True)).to_have_count(1 if is_offered else 0)


def test_an_address_with_filters_shows_just_what_it_says(newcomer, batch):
	newcomer.open("pipeline-lead", status="Lost", company_name=batch.name)
	newcomer.lists(batch.lost)
	assert pressed(newcomer) == []
	newcomer.press("Opened")
	newcomer.lists(batch.open)  # a status that contradicts the button gives way


def test_filters_by_type_person_campaign_source_market_segment_and_industry(desk, batch):
	"""Each filter leaves out the lead that differs in the filtered field.

	Each of the other leads differs in one of the filtered fields.
	"""
	# The only type of a site would become the type of every lead.
	lead_type, other_type = make_lead_type(), make_lead_type()
	wanted = {
		"lead_type": lead_type.name,
		"lead_owner": desk.user,
		"campaign": "Spring",
		"channel": "Referral",
		"market_segment": "Schools",
		"industry": "Printing",
	}
	others = {"lead_type": other_type.name, "lead_owner": "Administrator", "channel": "Import"}
	lead = batch.add(**wanted)
	for field in wanted:
		batch.add(**(wanted | {field: others.get(field)}))
	desk.open("pipeline-lead", company_name=batch.name, **wanted)
	desk.lists(lead)
	for field in ("lead_type", "lead_owner", "campaign", "channel"):
		control = desk.front.locator(f'.standard-filter-section [data-fieldname="{field}"] input').first
		expect(control).to_have_value(wanted[field])


def test_rows_show_status_priority_tags_and_days_that_have_come_in_their_colours(desk, batch):
	lead = batch.add(
		lead_name="Colourful",
		status="Interested",
		priority="High",
		next_contact_date=add_days(today(), -1),
		tags=[{"tag": "Exhibition"}, {"tag": "Urgent"}],
	)
	later = batch.add(lead_name="Later", priority="Normal", next_contact_date=add_days(today(), 3))
	desk.open("pipeline-lead", company_name=batch.name)
	row = desk.row(lead)
	pill = row.locator(".indicator-pill", has_text="Interested").first
	assert colour_of(pill, "backgroundColor", "::before") == "rgb(139, 92, 246)"
	assert colour_of(row.locator(".list-row"), "boxShadow").startswith("rgb(245, 158, 11)")
	assert colour_of(desk.row(later).locator(".list-row"), "boxShadow") in (
		"none",
		"rgba(0, 0, 0, 0) 3px 0px 0px 0px inset",
	)
	assert sorted(row.locator(".lead-tags .lead-pill").all_inner_texts()) == ["Exhibition", "Urgent"]
	exhibition = row.locator(".lead-tags .lead-pill", has_text="Exhibition")
	assert (
		exhibition.evaluate("pill => getComputedStyle(pill).getPropertyValue('--lead-colour')") == "#8B5CF6"
	)
	expect(row.locator(".lead-step-overdue")).to_have_text("Yesterday")
	expect(desk.row(later).locator(".lead-step-planned")).to_be_visible()
	expect(desk.row(later).locator(".lead-step-overdue")).to_have_count(0)
	assert contrasts(desk, ".lead-step-overdue, .lead-step-planned") >= READABLE


def test_a_name_has_its_company_below_it_and_both_are_readable(desk, batch):
	name = "Wilhelmina Feathersby"
	lead = batch.add(lead_name=name, status="Opportunity", first_name="Wilhelmina", last_name="Feathersby")
	alike = batch.add(lead_name=batch.name)
	desk.open("pipeline-lead", company_name=batch.name)
	subject = desk.row(lead).locator(".list-subject")
	title, company = subject.get_by_text(name, exact=True), subject.locator(".lead-row-company")
	expect(company).to_have_text(batch.name)
	for text in (title, company):
		assert text.evaluate("element => element.scrollWidth <= element.clientWidth"), "it is cut off"
	pill = desk.row(lead).locator(".indicator-pill", has_text="Opportunity").first
	assert pill.evaluate("pill => pill.scrollWidth <= pill.clientWidth"), "the status is cut off"
	assert company.bounding_box()["y"] > title.bounding_box()["y"]
	expect(desk.row(alike).locator(".lead-row-company")).to_have_count(0)


def test_what_is_to_be_done_is_a_button_each(desk, batch):
	day = {name: add_days(today(), number) for name, number in (("past", -1), ("soon", 5), ("late", 60))}
	overdue = batch.add(next_contact_date=today())
	frappe.db.set_value(LEAD, overdue, {"next_contact_date": day["past"], "next_step": "Overdue"})
	stuck = batch.add(next_contact_date=day["soon"], expected_closing=day["late"])
	frappe.db.set_value(LEAD, stuck, "stuck_on", today())
	closing = batch.add(next_contact_date=day["soon"], expected_closing=day["soon"])
	frappe.db.set_value(LEAD, batch.lost, {"stuck_on": today(), "expected_closing": day["soon"]})
	frappe.db.commit()
	desk.open("pipeline-lead", company_name=batch.name, **EVERY_LEAD)
	for button, found in (
		("No Next Step", batch.open),
		("Overdue", overdue),
		("Stuck", stuck),
		("Due to Close", closing),
	):
		desk.press(button)
		desk.lists(found)
	expect(desk.row(closing).locator(".lead-stuck")).to_have_count(0)
	desk.press("Due to Close")
	desk.lists(closing, stuck, overdue, batch.open)
	expect(desk.row(stuck).locator(".lead-stuck")).to_be_visible()


def test_many_leads_get_a_step_and_become_opportunities(desk, batch):
	second = batch.add(lead_name="Second")
	desk.open("pipeline-lead", company_name=batch.name)
	desk.tick(batch.open, second)
	desk.act_on_ticked("Plan a Step")
	desk.asked("Plan a Step")
	desk.type("subject", "Ring all of them")
	desk.answer("Plan")
	expect(desk.alert()).to_contain_text("A step is planned for 2 leads.")
	expect(desk.row(second).locator(".lead-step")).to_be_visible()
	frappe.db.rollback()
	steps = frappe.get_all(ACTIVITY, {"lead": ("in", (batch.open, second))}, pluck="subject", order_by=None)
	assert steps == ["Ring all of them"] * 2
	if not frappe.db.exists("DocType", "Opportunity"):
		return
	desk.tick(batch.open, second)
	desk.act_on_ticked("Convert to Opportunity")
	desk.confirm()
	expect(desk.alert()).to_contain_text("2 of 2 leads are converted.")
	frappe.db.rollback()
	made = frappe.get_all("Opportunity", {"pipeline_lead": ("in", (batch.open, second))}, order_by=None)
	assert len(made) == 2
	for name in (batch.open, second):
		expect(desk.row(name).locator(".indicator-pill", has_text="Opportunity").first).to_be_visible()
	for opportunity in made:
		site.delete("Opportunity", opportunity.name)
	frappe.db.commit()


def colour_of(element, name: str, part: str | None = None) -> str:
	return element.evaluate("(element, [name, part]) => getComputedStyle(element, part)[name]", [name, part])


def test_columns_fit_the_window(desk, batch):
	desk.open("pipeline-lead", company_name=batch.name)
	heads = desk.front.locator(".list-row-head .list-header-subject .list-row-col:visible")
	wide = [head.strip() for head in heads.all_inner_texts()]
	assert wide == [
		"Lead Name",
		"Status",
		"Next Step",
		"Sales Person",
		"Revenue",
		"Tags",
		"In Status Since",
	]
	for head in heads.all():
		assert head.evaluate(
			"head => head.scrollWidth <= head.clientWidth + 1"
		), f"{head.inner_text()} is cut"
	overflow = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
	assert desk.page.evaluate(overflow) <= 0
	for row in (".lead-list-bar > *", ".lead-list-buttons .btn", ".standard-filter-section input"):
		boxes = [box.bounding_box() for box in desk.front.locator(f"{row}:visible").all()]
		assert (
			boxes and max(box["y"] for box in boxes) - min(box["y"] for box in boxes) < 10
		), f"{row}: one row"
	assert min(box["width"] for box in boxes) > 70, "the filters can be read"
	desk.page.set_viewport_size({"width": 1360, "height": 768})
	desk.open("pipeline-lead", company_name=batch.name)
	assert desk.page.evaluate(overflow) <= 0
	last, beside = heads.last.bounding_box(), desk.front.locator(".list-row-head .level-right").bounding_box()
	assert last["x"] + last["width"] <= beside["x"], "what stands at the right lies on the last column"
	desk.page.set_viewport_size({"width": 1440, "height": 900})


def test_sales_people_have_their_names_and_amounts_are_whole(batch, open_window):
	seller = make_user("Sales User")
	frappe.db.set_value("User", seller, "full_name", "Nora Field")
	frappe.db.commit()
	lead = batch.add(lead_owner=seller, expected_revenue=29600, currency="USD")
	window = open_window("Sales User")
	window.open("pipeline-lead", company_name=batch.name)
	expect(window.row(lead).get_by_text("Nora Field")).to_be_visible()
	amount = window.row(lead).get_by_text("29,600")
	expect(amount).to_be_visible()
	assert amount.evaluate(
		"cell => cell.closest('.list-row-col').scrollWidth <= cell.closest('.list-row-col').clientWidth"
	)


def test_on_a_small_screen_name_status_and_due_day_are_readable_and_filters_wait_behind_a_button(
	phone, batch
):
	lead = batch.add(lead_name="On the Way", next_contact_date=today())
	phone.open("pipeline-lead", company_name=batch.name)
	row = phone.row(lead)
	for text in ("On the Way", "Lead", "Today"):
		box = row.get_by_text(text, exact=True).locator("visible=true").first.bounding_box()
		assert box["x"] >= 0 and box["x"] + box["width"] <= 390, f"{text} is cut off"
	channel = phone.front.locator('.standard-filter-section .frappe-control[data-fieldname="channel"]')
	expect(channel).to_be_hidden()
	filters = phone.front.locator(".filter-toggle").or_(phone.button("Filters"))
	filters.first.click()
	expect(channel).to_be_visible()
	assert phone.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_one_box_searches_name_company_mail_and_digits_of_a_phone(desk, batch):
	digits = str(10**6 + int(frappe.generate_hash(length=5), 16))
	key = frappe.generate_hash(length=8)
	lead = batch.add(
		lead_name=f"Searched {key}", email=f"{key}@example.com", phone=f"+49 30 {digits[:3]} {digits[3:]}"
	)
	frappe.db.set_value("Pipeline Lead", lead, "phone_key", f"+4930{digits}")
	frappe.db.commit()
	desk.open("pipeline-lead", **EVERY_LEAD)
	for text in (f"searched {key}", f"{key}@example", f"030 {digits[:3]}-{digits[3:]}", digits, lead):
		desk.look_for(text)
		expect(desk.row(lead), text).to_be_visible()
	expect(desk.front.locator(".list-count").first).to_have_text("1 of 1")
	desk.look_for(batch.name)
	desk.lists(lead, batch.lost, batch.open)


def test_a_cell_of_the_report_view_can_be_edited_and_the_servers_rules_hold(desk, batch):
	desk.open("pipeline-lead", "view", "report", name=batch.open)
	edit_cell(desk, "Status", "Interested")
	frappe.db.rollback()
	assert frappe.db.get_value("Pipeline Lead", batch.open, "status") == "Interested"
	edit_cell(desk, "Status", "Lost")
	expect(desk.message()).to_contain_text("Choose a Lost Reason before you set the status Lost.")
	desk.dismiss()
	# The framework's report view leaves the refusal, which it has shown, to nobody.
	desk.errors.clear()
	frappe.db.rollback()
	assert frappe.db.get_value("Pipeline Lead", batch.open, "status") == "Interested"


def edit_cell(desk: Desk, column: str, value: str) -> None:
	"""Double-click a cell of the first row and choose another value.

	The cell is the one below the heading `column`.
	"""
	heads = [
		head.strip()
		for head in desk.front.locator(".dt-header .dt-cell--header .dt-cell__content").all_inner_texts()
	]
	cell = desk.front.locator(f".dt-row-0 .dt-cell--col-{heads.index(column)}").first
	# Beside the value, which is a link.
	cell.dblclick(position={"x": cell.bounding_box()["width"] - 6, "y": 10})
	desk.wait()
	box = cell.locator("input")
	box.fill(value)
	desk.wait()
	cell.locator('.awesomplete :is(li, [role="option"])').filter(has_text=value).first.click()
	desk.wait()
	desk.page.keyboard.press("Enter")
	desk.wait()


def test_quick_entry_asks_for_little_and_the_list_shows_the_new_lead(desk):
	desk.open("pipeline-lead", **EVERY_LEAD)
	desk.front.get_by_role("button", name="Add Pipeline Lead").click()
	expect(desk.page.locator('.modal.show [data-fieldname="first_name"] input')).to_be_focused()
	desk.asked("New Pipeline Lead")
	controls = desk.front.locator(".frappe-control:visible")
	asked = controls.evaluate_all("controls => controls.map(control => control.dataset.fieldname)")
	assert asked[:4] == ["first_name", "last_name", "company_name", "is_organization"]
	assert {"channel", "expected_revenue"} <= set(asked) and len(asked) <= 11
	name = f"Quick {frappe.generate_hash(length=6)}"
	desk.type("lead_name", name)
	desk.button("Save").click()
	# Frappe 16 says it by itself, with the number of the lead.
	expect(desk.alert()).to_contain_text(re.compile(f"{name} was added.|saved"))
	expect(desk.page.locator("#alert-container .desk-alert")).to_have_count(1)
	expect(desk.front.locator(".list-row", has_text=name)).to_be_visible()


def test_quick_entry_says_what_is_missing_and_keeps_what_was_typed(desk):
	desk.open("pipeline-lead", **EVERY_LEAD)
	desk.front.get_by_role("button", name="Add Pipeline Lead").click()
	desk.asked("New Pipeline Lead")
	desk.type("phone", "+49 30 1234567")
	desk.button("Save").click()
	expect(desk.front.get_by_role("alert")).to_have_text(
		"A lead needs a name, a company or an e-mail address."
	)
	# Neither the Escape key on the dialog nor on a message above it throws anything away.
	desk.field("phone").locator("input").first.press("Escape")
	desk.type("email", "kept@example.com")
	desk.check("is_organization")
	desk.button("Save").click()
	expect(desk.message()).to_contain_text("Company Name")
	desk.page.keyboard.press("Escape")
	desk.wait()
	# The key may have closed the message, or not: that depends on what has the focus.
	shown = desk.page.locator(".modal.show")
	phone = shown.locator('.frappe-control[data-fieldname="phone"] input').first
	expect(phone).to_have_value("+49 30 1234567")
	for _dialog in range(shown.count()):
		desk.dismiss()


def test_many_leads_are_assigned_with_the_frameworks_own_dialog(desk, batch):
	desk.open("pipeline-lead", company_name=batch.name)
	desk.tick(batch.open, batch.lost)
	desk.act_on_ticked("Assign To")
	if desk.message().count():
		# Frappe 16.10 refuses users without rights on User the filter with which its own dialog looks for colleagues.
		desk.dismiss()
	desk.asked("Add to ToDo")
	desk.check("assign_to_me")
	desk.answer("Add")
	frappe.db.rollback()
	for lead in (batch.open, batch.lost):
		assert desk.user in frappe.db.get_value("Pipeline Lead", lead, "_assign")

"""The dialogs of the actions on leads.

On the form for one lead, and in the list for many.
"""

import frappe
import pytest
from frappe.utils import add_days, getdate, today
from playwright.sync_api import expect

from lead_pipeline.tests.factories import make_lead, make_lead_type

DATE_FORMAT = "mm-dd-yyyy"


@pytest.fixture
def lead():
	lead = make_lead()
	frappe.db.commit()
	return lead


def saved(lead, *fields):
	frappe.db.rollback()
	return frappe.db.get_value("Pipeline Lead", getattr(lead, "name", lead), list(fields))


def answer(desk, title: str, button: str, **answers: str) -> None:
	"""Fill the dialog `title` and press its button.

	Values of link fields are chosen, the rest is typed.
	"""
	desk.asked(title)
	for field, value in answers.items():
		desk.choose(field, value) if field in ("lost_reason", "by") else desk.type(field, value)
	desk.button(button).click()
	desk.wait()


def conversion() -> list[str]:
	"""What a site with opportunities offers besides."""
	return ["Convert to Opportunity"] if frappe.db.exists("DocType", "Opportunity") else []


# On the form


def test_an_open_lead_of_somebody_else_offers_what_makes_sense(desk, lead):
	desk.show(lead.name)
	desk.offers(
		"Log Call",
		"Follow Up",
		"Take",
		"Qualify",
		*conversion(),
		"Lost",
		"Disqualify",
		"Hand Over",
	)


def test_a_qualified_lead_of_mine_is_neither_taken_nor_qualified_again(desk):
	lead = make_lead(lead_owner=desk.user, status="Opportunity")
	frappe.db.commit()
	desk.show(lead.name)
	desk.offers("Log Call", "Follow Up", *conversion(), "Lost", "Disqualify", "Hand Over")


def test_a_closed_lead_offers_to_reactivate_it(desk):
	lead = make_lead(status="Lost", lost_reason="No budget")
	disqualified = make_lead(status="Disqualified")
	frappe.db.commit()
	desk.show(lead.name)
	desk.offers("Log Call", "Take", "Disqualify", "Reactivate", "Hand Over")
	desk.show(disqualified.name)
	desk.offers("Log Call", "Take", "Reactivate", "Hand Over")


def test_lost_asks_for_reason_and_note_and_reactivate_brings_the_lead_back(desk, lead):
	desk.show(lead.name)
	desk.act("Lost")
	desk.asked("Why was it lost?")
	desk.button("Set Lost").click()
	expect(desk.message()).to_contain_text("Lost Reason")
	desk.dismiss()
	offered = desk.field("lost_reason").locator("ul:visible")
	desk.field("lost_reason").locator("input").click()
	expect(offered).to_contain_text("No budget")
	expect(offered).not_to_contain_text("Filters applied")
	answer(desk, "Why was it lost?", "Set Lost", lost_reason="No budget", lost_note="Next year perhaps")
	expect(desk.alert()).to_contain_text(f"{lead.lead_name} is lost.")
	desk.is_at("Lost")
	assert saved(lead, "status", "lost_reason", "lost_note") == ("Lost", "No budget", "Next year perhaps")

	desk.act("Reactivate")
	expect(desk.alert()).to_contain_text(f"{lead.lead_name} is open again.")
	# Its steps were cancelled when it closed.
	desk.asked("What Next?")
	desk.dismiss()
	desk.is_at("Lead")
	desk.front.get_by_role("tab", name="Status History").click()
	expect(desk.front.locator(".lead-history > li").nth(1)).to_contain_text("No budget: Next year perhaps")


def test_a_dialog_that_is_closed_does_nothing(desk, lead):
	desk.show(lead.name)
	for action, title in (
		("Lost", "Why was it lost?"),
		("Disqualify", "Disqualify"),
		("Follow Up", "Follow Up"),
	):
		desk.act(action)
		desk.asked(title)
		desk.dismiss()
	desk.is_at("Lead")
	assert saved(lead, "status", "next_contact_date") == ("Lead", None)


def test_disqualify_keeps_why_in_the_history(desk, lead):
	desk.show(lead.name)
	desk.act("Disqualify")
	answer(desk, "Disqualify", "Disqualify", note="Nobody answers there")
	expect(desk.alert()).to_contain_text(f"{lead.lead_name} is disqualified.")
	desk.is_at("Disqualified")
	desk.front.get_by_role("tab", name="Status History").click()
	expect(desk.front.locator(".lead-history > li").first).to_contain_text("Nobody answers there")


def test_qualify_and_take_ask_nothing_more(desk, lead):
	desk.show(lead.name)
	desk.act("Qualify")
	expect(desk.alert()).to_contain_text(f"{lead.lead_name} is qualified.")
	desk.is_at("Opportunity")
	desk.act("Take")
	expect(desk.alert()).to_contain_text(f"{lead.lead_name} is yours now.")
	assert saved(lead, "status", "lead_owner") == ("Opportunity", desk.user)
	desk.offers("Log Call", "Follow Up", *conversion(), "Lost", "Disqualify", "Hand Over")


def test_follow_up_proposes_a_day_and_me_and_can_ask_somebody_else(desk, lead, sales_manager):
	desk.show(lead.name)
	desk.act("Follow Up")
	desk.asked("Follow Up")
	in_a_week = frappe.utils.formatdate(add_days(today(), 7), DATE_FORMAT)
	expect(desk.field("date").locator("input")).to_have_value(in_a_week)
	answer(desk, "Follow Up", "Set Follow-up")
	assert saved(lead, "next_contact_date", "next_contact_by") == (getdate(add_days(today(), 7)), desk.user)

	desk.act("Follow Up")
	day = add_days(today(), 3)
	answer(
		desk,
		"Follow Up",
		"Set Follow-up",
		date=frappe.utils.formatdate(day, DATE_FORMAT),
		by=sales_manager.user,
	)
	assert saved(lead, "next_contact_date", "next_contact_by") == (getdate(day), sales_manager.user)
	shown = desk.field("next_contact_date").locator("input")
	expect(shown).to_have_value(frappe.utils.formatdate(day, DATE_FORMAT))


def test_a_day_that_is_past_is_refused_with_the_servers_words(desk, lead):
	desk.show(lead.name)
	desk.act("Follow Up")
	yesterday = frappe.utils.formatdate(add_days(today(), -1), DATE_FORMAT)
	answer(desk, "Follow Up", "Set Follow-up", date=yesterday)
	expect(desk.message()).to_contain_text("is past. Choose today or a later day.")
	desk.dismiss()
	assert saved(lead, "next_contact_date") is None


def test_a_logged_call_is_in_the_timeline_and_moves_the_lead(desk, lead):
	desk.show(lead.name)
	desk.act("Log Call")
	answer(desk, "Log Call", "Log Call", note="Wants a quote for 20 seats")
	expect(desk.alert()).to_contain_text(f"The call with {lead.lead_name} is in its timeline.")
	desk.asked("What Next?")
	desk.dismiss()
	desk.is_at("Replied")
	expect(desk.front.locator(".new-timeline")).to_contain_text("Wants a quote for 20 seats")


def test_what_was_typed_before_an_action_is_saved_first(desk, lead):
	desk.show(lead.name)
	desk.type("job_title", "Buyer")
	desk.act("Qualify")
	assert saved(lead, "job_title", "status") == ("Buyer", "Opportunity")


def test_an_action_that_is_refused_says_why_and_nothing_changes(desk, lead):
	desk.show(lead.name)
	only_open = make_lead_type("Lead", "Open")
	frappe.db.set_value("Pipeline Lead", lead.name, "lead_type", only_open.name, update_modified=False)
	frappe.db.commit()
	desk.act("Qualify")
	expect(desk.message()).to_contain_text("Status Opportunity is not allowed for leads of type")
	desk.dismiss()
	desk.is_at("Lead")


def test_actions_are_reached_on_a_small_screen(phone, lead):
	phone.show(lead.name)
	phone.act("Disqualify")
	phone.asked("Disqualify")
	box = phone.button("Disqualify").bounding_box()
	assert box["x"] >= 0 and box["x"] + box["width"] <= 390
	phone.answer("Disqualify")
	phone.is_at("Disqualified")


# In the list, many at once


@pytest.fixture
def batch():
	"""Two open leads and a lost one of the same company."""
	company = f"Batch {frappe.generate_hash(length=8)}"
	first, second = (make_lead(company_name=company, lead_name=f"{company} {number}") for number in (1, 2))
	lost = make_lead(company_name=company, lead_name=f"{company} 3", status="Lost", lost_reason="No budget")
	frappe.db.commit()
	return [lead.name for lead in (first, second, lost)]


def take_all(desk, leads: list[str], action: str) -> None:
	"""Tick the leads in the list and take an action from its menu."""
	company = frappe.db.get_value("Pipeline Lead", leads[0], "company_name")
	desk.open("pipeline-lead", company_name=company)
	desk.tick(*leads)
	desk.act_on_ticked(action)


def statuses(leads: list[str]) -> list[str]:
	return [saved(lead, "status") for lead in leads]


def test_many_are_lost_with_one_reason_and_one_message_says_what_was_refused(desk, batch):
	take_all(desk, batch, "Lost")
	answer(desk, "Why was it lost?", "Set Lost", lost_reason="Chose a competitor")
	message = desk.message()
	expect(message).to_contain_text("2 leads are lost.")
	expect(message).to_contain_text("It is closed already, at Lost. Reactivate it first.")
	assert message.get_by_role("link").all_text_contents() == [batch[2]]
	desk.dismiss()
	assert statuses(batch) == ["Lost"] * 3
	assert [saved(lead, "lost_reason") for lead in batch] == ["Chose a competitor"] * 2 + ["No budget"]
	expect(desk.row(batch[0]).locator(".indicator-pill").first).to_have_text("Lost")
	expect(desk.front.locator(".list-row-checkbox:checked")).to_have_count(0)


@pytest.mark.parametrize(
	"action, question, told, result",
	[
		("Qualify", "Qualify 2 leads?", "2 leads are qualified.", {"status": "Opportunity"}),
		("Take", "Become the sales person of 2 leads?", "2 leads are yours now.", {"lead_owner": "me"}),
	],
)
def test_many_are_changed_after_a_question(desk, batch, action, question, told, result):
	take_all(desk, batch[:2], action)
	expect(desk.page.locator(".modal.show .modal-body").last).to_contain_text(question)
	desk.confirm()
	expect(desk.alert()).to_contain_text(told)
	for lead in batch[:2]:
		for field, value in result.items():
			assert saved(lead, field) == (desk.user if value == "me" else value)


def test_many_are_reactivated_and_the_open_ones_refused(desk, batch):
	take_all(desk, batch, "Reactivate")
	desk.confirm()
	expect(desk.message()).to_contain_text("is open again.")
	expect(desk.message()).to_contain_text("2 leads were left as they are: It is open, at Lead.")
	desk.dismiss()
	assert statuses(batch) == ["Lead"] * 3


def test_many_are_disqualified_with_one_note(desk, batch):
	take_all(desk, batch, "Disqualify")
	answer(desk, "Disqualify", "Disqualify", note="Bought addresses")
	expect(desk.alert()).to_contain_text("3 leads are disqualified.")
	assert statuses(batch) == ["Disqualified"] * 3


def test_many_get_a_follow_up(desk, batch):
	take_all(desk, batch[:2], "Follow Up")
	answer(desk, "Follow Up", "Set Follow-up")
	expect(desk.alert()).to_contain_text("The next contact with 2 leads is on")
	for lead in batch[:2]:
		assert saved(lead, "next_contact_date", "next_contact_by") == (
			getdate(add_days(today(), 7)),
			desk.user,
		)


def test_a_question_answered_with_no_changes_nothing(desk, batch):
	take_all(desk, batch[:2], "Qualify")
	desk.page.locator(".modal.show .btn-modal-secondary:visible").last.click()
	desk.wait()
	assert statuses(batch[:2]) == ["Lead"] * 2

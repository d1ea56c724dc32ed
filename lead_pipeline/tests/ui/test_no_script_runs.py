"""What people type is shown as they typed it: no page of ours takes it for HTML or script."""

import json

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead

ATTACK = "<img src=x onerror=\"window.attacked = 'image'\">"
# The framework lets no angle brackets into names of records; quotes come through.
QUOTES = "\" onmouseover=\"window.attacked = 'attribute'\" '"
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


OURS = "[class*=lead-], [class*=lead-] *:not(.frappe-control *)"


def move_over(desk, selector: str = OURS) -> None:
	"""Let the pointer pass over everything of ours: attributes that react to it would."""
	desk.page.evaluate(
		"""selector => document.querySelectorAll(selector).forEach((element) =>
			element.dispatchEvent(new MouseEvent("mouseover", { bubbles: true })))""",
		selector,
	)


def nothing_ran(desk) -> None:
	assert desk.page.evaluate("window.attacked || null") is None


def test_on_the_form_with_its_reason_history_and_dialogs(desk, lead):
	desk.open("pipeline-lead", lead.name)
	desk.front.get_by_role("tab", name="Status History").click()
	expect(desk.front.locator(".lead-history > li")).to_have_count(3)
	expect(desk.front.locator(".lead-history")).to_contain_text(ATTACK)
	move_over(desk)
	nothing_ran(desk)
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

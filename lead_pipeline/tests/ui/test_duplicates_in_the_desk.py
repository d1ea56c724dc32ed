"""Possible duplicates of a lead in the desk.

The panel, hints while typing, the comparison, merge and undo, as users see them.
"""

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.duplicates import merging
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.ui.desk import Desk

ATTACK = "<img src=x onerror=\"window.attacked = 'image'\">"


def token() -> str:
	return frappe.generate_hash(length=8)


@pytest.fixture
def twins():
	"""Two leads of one person, and a function for more; gone after the test."""
	made = []

	class Twins:
		email = f"{token()}@{token()}.example"

		def add(self, **values) -> str:
			lead = make_lead(**({"email": self.email} | values))
			made.append(lead.name)
			frappe.db.commit()
			return lead.name

	twins = Twins()
	twins.kept = twins.add(
		company_name="Nordlicht Maschinenbau GmbH",
		job_title="Head of Purchasing",
		status="Open",
		expected_revenue=18000,
		campaign="Spring fair",
	)
	twins.other = twins.add(
		company_name="Nordlicht Maschinenbau",
		job_title="Buyer",
		website="https://nordlicht.example",
		phone="+49 40 5550100",
		description="<p>Asks for a second machine, wants to see one at work.</p>",
	)
	yield twins
	frappe.db.rollback()
	for name in made:
		site.delete("Pipeline Lead", name)
	frappe.db.commit()


def panel(desk: Desk):
	return desk.front.locator(".lead-duplicates")


def twin(desk: Desk, name: str):
	return panel(desk).locator("li", has=desk.page.locator(f'a[href$="{name}"]'))


def unfold(desk: Desk) -> None:
	panel(desk).locator("summary").click()


def cell(desk: Desk, field: str, lead: str):
	return desk.front.locator(f'.lead-compare [data-field="{field}"][value="{lead}"]')


def test_the_form_shows_who_may_be_the_same_and_why(desk, twins):
	closed = twins.add(status="Disqualified", company_name="Elsewhere", lead_owner=make_user("Sales User"))
	desk.show(twins.kept)
	expect(panel(desk).locator("summary")).to_have_text("2 possible duplicates")
	unfold(desk)
	expect(twin(desk, twins.other)).to_contain_text("same e-mail, same company")
	expect(twin(desk, closed)).to_contain_text("Disqualified")
	expect(twin(desk, closed)).to_contain_text("Closed")
	desk.picture("duplicates-panel")
	twin(desk, closed).get_by_role("button", name="Not a Duplicate").click()
	desk.wait()
	expect(panel(desk).locator("summary")).to_have_text("1 possible duplicate")
	expect(twin(desk, twins.other)).to_be_visible()
	desk.show(closed)
	expect(panel(desk)).to_contain_text("1 possible duplicate")


def test_compare_merge_and_undo(desk, twins):
	desk.show(twins.other)
	unfold(desk)
	twin(desk, twins.kept).get_by_role("button", name="Compare and Merge").click()
	desk.asked("Merge Leads")
	expect(desk.front.locator(f'[data-survivor="{twins.kept}"]')).to_be_checked()
	expect(cell(desk, "job_title", twins.kept)).to_be_checked()
	expect(cell(desk, "website", twins.other)).to_be_checked()
	cell(desk, "job_title", twins.other).check()
	desk.picture("merge")
	desk.answer(f"Merge into {twins.kept}")
	desk.page.wait_for_function("name => cur_frm.doc.name === name", arg=twins.kept)
	desk.wait()
	shown = desk.document()
	assert (shown["job_title"], shown["website"]) == ("Buyer", "https://nordlicht.example")
	merges = desk.front.locator(".lead-merges")
	expect(merges).to_contain_text(f"{twins.other} Nordlicht Maschinenbau was merged into this lead")
	desk.picture("merged")

	desk.open("pipeline-lead", twins.other)
	desk.page.wait_for_function("name => window.cur_frm?.doc.name === name", arg=twins.kept)
	expect(desk.alert()).to_contain_text(f"{twins.other} was merged into this lead.")

	desk.front.locator(".lead-merges").get_by_role("button", name="Undo").click()
	desk.confirm()
	expect(desk.alert()).to_contain_text(f"{twins.other} is there again.")
	desk.wait()
	assert desk.document()["job_title"] == "Head of Purchasing"
	desk.open("pipeline-lead", twins.other)
	assert desk.document()["job_title"] == "Buyer"


def test_leads_with_many_records_are_merged_in_the_background(desk, twins, free_worker):
	columns = ["name", "comment_type", "reference_doctype", "reference_name"]
	comments = [(f"{twins.other}-{number}", "Bot", "Pipeline Lead", twins.other) for number in range(2001)]
	frappe.db.bulk_insert("Comment", columns, comments)
	frappe.db.commit()
	desk.show(twins.other)
	unfold(desk)
	twin(desk, twins.kept).get_by_role("button", name="Compare and Merge").click()
	desk.asked("Merge Leads")
	desk.answer(f"Merge into {twins.kept}")
	expect(desk.alert()).to_contain_text("They are merged in the background")
	desk.page.wait_for_function("name => cur_frm.doc.name === name", arg=twins.kept)
	site.wait_until(lambda: not frappe.db.exists("Pipeline Lead", twins.other), "the worker merges them")
	assert frappe.db.count("Comment", {"reference_name": twins.kept, "comment_type": "Bot"}) == 2001


def test_a_manager_undoes_it_on_the_record_of_the_merge(manager, twins):
	(merge,) = merging.merge(twins.kept, [twins.other])["merges"]
	frappe.db.commit()
	manager.open("pipeline-lead-merge", merge)
	manager.button("Undo").click()
	manager.confirm()
	expect(manager.alert()).to_contain_text(f"{twins.other} is there again.")
	expect(manager.front.get_by_role("button", name="Undo", exact=True)).to_have_count(0)
	assert manager.document()["undone_by"] == manager.user
	frappe.db.rollback()
	assert frappe.db.get_value("Pipeline Lead", twins.other, "job_title") == "Buyer"


def test_another_lead_can_stay(desk, twins):
	desk.show(twins.kept)
	unfold(desk)
	twin(desk, twins.other).get_by_role("button", name="Compare and Merge").click()
	desk.asked("Merge Leads")
	cell(desk, "job_title", twins.other).check()
	cell(desk, "job_title", twins.kept).check()
	desk.front.locator(f'[data-survivor="{twins.other}"]').check()
	desk.wait()
	expect(desk.button(f"Merge into {twins.other}")).to_be_visible()
	expect(cell(desk, "job_title", twins.kept)).to_be_checked()
	expect(cell(desk, "company_name", twins.other)).to_be_checked()
	desk.answer(f"Merge into {twins.other}")
	desk.page.wait_for_function("name => cur_frm.doc.name === name", arg=twins.other)
	desk.wait()
	assert desk.document()["job_title"] == "Head of Purchasing"


def test_hints_while_a_lead_is_typed_keep_nobody_from_saving(desk, twins):
	desk.go("Form", "Pipeline Lead", "new")
	desk.page.wait_for_function("window.cur_frm?.is_new()")
	desk.field("email").locator("input").press_sequentially(twins.email.upper())
	expect(panel(desk).locator("summary")).to_have_text("2 possible duplicates")
	expect(twin(desk, twins.kept)).to_be_visible()
	expect(panel(desk).get_by_role("button")).to_have_count(0)
	desk.picture("duplicates-typing")
	desk.type("company_name", "Nordlicht again")
	desk.save()
	made = desk.document()["name"]
	expect(panel(desk).locator("summary")).to_have_text("2 possible duplicates")
	frappe.db.rollback()
	frappe.delete_doc("Pipeline Lead", made)
	frappe.db.commit()


def test_hints_in_the_quick_entry(desk, twins):
	desk.open("pipeline-lead")
	desk.page.evaluate("frappe.new_doc('Pipeline Lead')")
	desk.asked("New Pipeline Lead")
	desk.field("email").locator("input").press_sequentially(twins.email)
	expect(panel(desk).locator("summary")).to_have_text("2 possible duplicates")
	desk.dismiss()


def test_many_are_merged_from_the_list(desk, twins):
	third = twins.add(company_name="Third")
	desk.open("pipeline-lead", email=twins.email)
	desk.tick(twins.kept, twins.other, third)
	desk.act_on_ticked("Merge")
	desk.asked("Merge Leads")
	expect(desk.front.locator("[data-survivor]")).to_have_count(3)
	desk.answer(f"Merge into {twins.kept}")
	desk.page.wait_for_function("name => window.cur_frm?.doc.name === name", arg=twins.kept)
	desk.wait()
	expect(desk.front.locator(".lead-merges li")).to_have_count(2)
	desk.open("pipeline-lead", email=twins.email)
	desk.tick(twins.kept)
	desk.act_on_ticked("Merge")
	expect(desk.message()).to_contain_text("Choose two to 5 leads to merge.")
	desk.dismiss()


def test_a_lead_that_was_not_suspected_is_merged_from_the_menu(desk, twins):
	stranger = twins.add(email=None, company_name=f"Stranger {token()}")
	desk.show(twins.kept)
	desk.front.locator(".menu-btn-group:visible button").first.click()
	desk.front.locator(".menu-btn-group .dropdown-menu.show").get_by_text("Merge with Another Lead").click()
	desk.asked("Merge with Another Lead")
	desk.choose("other", stranger)
	desk.button("Compare").click()
	desk.asked("Merge Leads")
	desk.answer(f"Merge into {twins.kept}")
	expect(desk.front.locator(".lead-merges")).to_contain_text(stranger)


def test_no_script_runs_in_the_panel_and_the_comparison(desk, twins):
	evil = twins.add(company_name="Evil", job_title="x")
	for field in ("lead_name", "company_name", "job_title", "first_name", "website"):
		frappe.db.set_value("Pipeline Lead", evil, field, ATTACK)
	frappe.db.commit()
	desk.show(twins.kept)
	unfold(desk)
	expect(twin(desk, evil)).to_contain_text(ATTACK)
	twin(desk, evil).get_by_role("button", name="Compare and Merge").click()
	desk.asked("Merge Leads")
	expect(desk.front.locator(".lead-compare")).to_contain_text(ATTACK)
	desk.dismiss()
	desk.go("Form", "Pipeline Lead", "new")
	desk.field("email").locator("input").press_sequentially(twins.email)
	expect(panel(desk)).to_contain_text(ATTACK)
	assert desk.page.evaluate("window.attacked || null") is None


@pytest.fixture(params=["dark", "narrow"])
def special(request, open_window):
	"""The windows of people who look at it otherwise."""
	size = {"viewport": {"width": 390, "height": 844}} if request.param == "narrow" else {}
	window = open_window("Sales User", **size)
	if request.param == "dark":
		frappe.db.set_value("User", window.user, "desk_theme", "Dark")
		frappe.db.commit()
	window.kind = request.param
	yield window
	assert window.errors == []


def test_it_fits_a_phone_and_a_dark_desk(special, twins):
	special.open("pipeline-lead", twins.kept)
	unfold(special)
	special.picture(f"duplicates-{special.kind}")
	twin(special, twins.other).get_by_role("button", name="Compare and Merge").click()
	special.asked("Merge Leads")
	special.picture(f"merge-{special.kind}")
	width = special.page.evaluate(
		"(() => { const body = document.querySelector('.modal.show .modal-body');"
		" return body.scrollWidth - body.clientWidth; })()"
	)
	assert width <= 1, "nothing is cut off"
	special.dismiss()

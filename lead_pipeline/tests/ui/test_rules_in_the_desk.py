"""A manager writes a rule in the desk.

With the filter widget; the manager tries it, saves it and recomputes. Also the report of leads that disagree.
"""

import json
import re

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.constants import RULE
from lead_pipeline.framework import job_records
from lead_pipeline.status.reconcile import reconcile
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_quotation, make_rule, needs
from lead_pipeline.tests.leads import committed_status
from lead_pipeline.tests.ui.desk import Desk
from lead_pipeline.tests.ui.looks import pictures


@pytest.fixture
def lead():
	lead = make_lead(company_name=f"Rule Story {frappe.generate_hash(length=6)}")
	lead.quotation = make_quotation(lead)
	frappe.db.commit()
	return lead


@pytest.fixture(autouse=True)
def rules_as_before(free_worker):
	before = set(frappe.get_all(RULE, pluck="name"))
	yield
	frappe.db.rollback()
	for name in set(frappe.get_all(RULE, pluck="name")) - before:
		site.delete(RULE, name)
	reconcile()
	frappe.db.commit()


class Filters:
	"""The filter widget of the form in front."""

	def __init__(self, desk: Desk):
		self.desk = desk
		self.area = desk.field("filters_html")

	def boxes(self):
		return self.area.locator(".filter-box")

	def add(self, label: str, condition: str | None = None) -> "object":
		self.area.get_by_role("button", name="Add a Filter").click()
		box = self.boxes().last
		field = box.locator(".fieldname-select-area input")
		field.click()
		field.fill(label)
		box.locator(".fieldname-select-area li").filter(has_text=label).first.click()
		if condition:
			box.locator(".condition").select_option(condition)
		self.desk.wait()
		return box.locator(".filter-field")

	def number(self, field, value: str) -> None:
		"""Type into a number field.

		The framework selects its content a moment after the field was entered.
		"""
		field.locator("input").focus()
		self.desk.wait()
		field.locator("input").fill(value)

	def shown(self) -> list[list]:
		return self.desk.page.evaluate(
			"cur_frm.rule_filters.get_filters().map((filter) => filter.slice(0, 4))"
		)


def new_rule(desk: Desk, position: str = "5") -> Filters:
	needs("Quotation")
	desk.open("pipeline-status-rule", "new-pipeline-status-rule-1")
	desk.choose("document_type", "Quotation")
	desk.choose("status", "Interested")
	desk.type("position", position)
	return Filters(desk)


def test_a_rule_with_several_filters_is_written_tried_saved_and_recomputed(manager, lead):
	filters = new_rule(manager)
	filters.add("Status", "not in").locator("input").first.fill("Lost, Expired")
	filters.number(filters.add("Grand Total", ">"), "10")
	filters.add("Valid Till", "Timespan").locator("select").select_option("next month")
	filters.area.locator(".filter-box").last.locator(".remove-filter:visible").first.click()
	words = filters.area.locator(".lead-rule-words")
	expect(words).to_contain_text("A lead is at Interested while it has a Quotation with:")
	expect(words.locator("li")).to_have_text(["Status is none of Lost, Expired", "Grand Total > 10"])
	pictures(manager, "rule-form")

	manager.button("Try It").click()
	manager.asked("Were This Rule Saved")
	answer = manager.front.locator(".lead-try")
	row = answer.locator("tr", has_text=lead.lead_name)
	expect(row).to_contain_text("Quotation → Interested")
	expect(row).to_contain_text(f"Quotation {lead.quotation.name} says Interested (rule “the new rule”).")
	expect(row.get_by_role("link", name=f"Quotation {lead.quotation.name}")).to_be_visible()
	expect(row.get_by_role("link", name=lead.lead_name)).to_have_attribute(
		"href", re.compile(f"^/(app|desk)/pipeline-lead/{lead.name}$")
	)
	expect(answer).to_contain_text("Nothing has been changed.")
	pictures(manager, "rule-try-it")
	assert committed_status(lead) == "Quotation"
	manager.button("Close").click()
	manager.wait()

	manager.save()
	frappe.db.rollback()
	stored = json.loads(frappe.db.get_value(RULE, manager.document()["name"], "filters"))
	assert stored == [
		["Quotation", "status", "not in", ["Lost", "Expired"]],
		["Quotation", "grand_total", ">", 10],
	]
	note = manager.front.locator(".lead-rule-notes")
	expect(note).to_contain_text("disagree")
	manager.picture("rule-saved")
	note.get_by_role("button", name="Recompute Now").click()
	expect(manager.alert()).to_contain_text("All leads are being recomputed in the background.")
	site.wait_until(lambda: committed_status(lead) == "Interested", "the lead has been recomputed")
	site.wait_until(
		lambda: frappe.db.exists("Notification Log", {"for_user": manager.user}), "the manager has been told"
	)


def test_a_stored_rule_shows_its_filters_again_and_an_edit_that_is_not_left_is_saved(manager):
	needs("Quotation")
	stored = [
		["Quotation", "docstatus", "in", ["0", "1"]],
		["Quotation", "status", "in", ["Open", "Draft"]],
		["Quotation", "transaction_date", "Between", ["2026-01-01", "2026-12-31"]],
		["Quotation", "valid_till", "Timespan", "this month"],
		["Quotation", "order_type", "is", "set"]
		if has_field("order_type")
		else ["Quotation", "currency", "is", "set"],
		["Quotation", "grand_total", ">", 10],
		["Quotation Item", "qty", ">=", 1],
	]
	rule = make_rule(filters=stored, position=501)
	frappe.db.commit()
	manager.open("pipeline-status-rule", rule.name)
	filters = Filters(manager)
	expect(filters.boxes()).to_have_count(len(stored))
	assert filters.shown() == stored
	manager.picture("rule-filters")
	expect(
		manager.page.locator(".page-container:visible .indicator-pill.orange", has_text="Not Saved")
	).to_have_count(0)

	filters.number(filters.boxes().nth(5).locator(".filter-field"), "25")
	manager.save()
	stored[5][3] = 25
	frappe.db.rollback()
	assert json.loads(frappe.db.get_value(RULE, rule.name, "filters")) == stored


def has_field(fieldname: str) -> bool:
	return frappe.get_meta("Quotation").has_field(fieldname)


def test_only_types_with_a_way_to_a_lead_are_offered_and_a_refusal_says_what_to_do(manager):
	filters = new_rule(manager, position="40")
	manager.is_not_offered("document_type", "ToDo")
	manager.choose("document_type", "Quotation")

	filters = Filters(manager)
	filters.number(filters.add("Grand Total", ">"), "1")
	# An empty number is a nought to newer versions of the framework, an empty date is none to all of them.
	filters.add("Valid Till", ">")
	manager.page.keyboard.press("Control+s")
	expect(manager.message()).to_contain_text(
		"The filter on Valid Till has no value. Enter one, or remove the filter."
	)
	manager.dismiss()
	filters.boxes().last.locator(".remove-filter:visible").first.click()
	manager.save()
	note = manager.front.locator(".lead-rule-notes")
	expect(note).to_contain_text("Position 40 is also that of Opportunity in progress.")
	pictures(manager, "rule-warning")


def test_what_cannot_be_tried_says_what_is_missing(manager):
	manager.open("pipeline-status-rule", "new-pipeline-status-rule-1")
	manager.button("Try It").click()
	expect(manager.message()).to_contain_text("Enter Document Type first.")
	manager.dismiss()


def test_a_rule_that_leaves_a_document_type_offers_to_recompute_its_leads(manager, lead):
	rule = make_rule(position=2)
	reconcile()
	frappe.db.commit()
	assert committed_status(lead) == "Interested"
	manager.open("pipeline-status-rule", rule.name)
	manager.choose("document_type", "Opportunity")
	manager.save()
	expect(manager.front.locator(".lead-rule-notes")).to_contain_text("disagree")


def test_try_without_a_rule(manager, lead):
	rule = frappe.get_doc(RULE, {"rule_name": "Quotation in progress"})
	manager.open("pipeline-status-rule", rule.name)
	manager.button("Try Without It").click()
	manager.asked("Were This Rule Deleted")
	expect(manager.front.locator("tr", has_text=lead.lead_name)).to_contain_text("Quotation → Lead")
	manager.dismiss()


def test_who_deletes_a_rule_is_led_to_the_report_and_repairs_all(manager, lead):
	rule = make_rule(position=2)
	reconcile()
	frappe.db.commit()
	assert committed_status(lead) == "Interested"
	manager.open("pipeline-status-rule")
	manager.go("Form", RULE, rule.name)
	manager.delete()
	told = manager.page.locator("#alert-container", has_text="are repaired within the hour")
	told.get_by_role("link", name="Leads That Disagree").click()
	manager.page.wait_for_url("**/query-report/**")
	manager.wait()
	expect(manager.front.locator(".dt-row", has_text=lead.lead_name)).to_contain_text("Interested")
	manager.button("Repair").click()
	manager.confirm()
	expect(manager.alert()).to_contain_text("All leads are being recomputed in the background.")
	site.wait_until(lambda: committed_status(lead) == "Quotation", "the lead has been recomputed")


def test_a_sales_user_reads_a_rule_and_can_change_nothing(desk):
	needs("Quotation")
	rule = frappe.get_doc(RULE, {"rule_name": "Quotation in progress"})
	desk.open("pipeline-status-rule", rule.name)
	expect(desk.field("filters_html")).to_contain_text(
		"A lead is at Quotation while it has a Quotation with:"
	)
	expect(desk.field("filters_html")).to_contain_text("Document Status is one of Draft, Submitted")
	expect(desk.field("filters_html")).to_contain_text("Status is none of Lost, Expired, Cancelled")
	expect(desk.front.get_by_role("button", name="Try It")).to_have_count(0)
	expect(desk.field("filters_html").get_by_role("button", name="Add a Filter")).to_have_count(0)


def test_the_report_names_leads_that_disagree_and_repairs_the_ticked_ones(manager, lead):
	frappe.db.set_value("Quotation", lead.quotation.name, "status", "Expired", update_modified=False)
	frappe.db.commit()
	job_records.write("Stuck Leads", {"last_run": frappe.utils.add_to_date(None, hours=-48)})
	frappe.db.commit()
	manager.open("lead-pipeline")
	told = manager.front.get_by_role("alert").filter(has_text="Stuck Leads has not run since")
	expect(told).to_contain_text("whether the scheduler is enabled")
	told.get_by_role("link", name="Show the jobs").click()
	job = manager.front.locator(".list-row-container", has_text="Stuck Leads")
	expect(job).to_contain_text("Overdue")
	expect(job).to_contain_text("2 days ago")
	manager.page.go_back()
	job_records.write("Stuck Leads", {"last_run": frappe.utils.now()})
	frappe.db.commit()
	manager.front.locator(".shortcut-widget-box", has_text="Leads That Disagree").click()
	manager.page.wait_for_url("**/query-report/**")
	manager.wait()
	row = manager.front.locator(".dt-row", has_text=lead.lead_name)
	expect(row).to_contain_text("Quotation")
	expect(row).to_contain_text("No document speaks for another status")
	pictures(manager, "report")
	row.locator("input[type=checkbox]").check()
	manager.button("Repair").click()
	expect(manager.alert()).to_contain_text("The lead agrees with its documents now.")
	expect(manager.front.locator(".dt-row:visible", has_text=lead.lead_name)).to_have_count(0)
	assert committed_status(lead) == "Lead"

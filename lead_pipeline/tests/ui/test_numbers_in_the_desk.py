"""The workspace and the reports as a salesperson sees them.

Also the way from a number to the leads behind it.
"""

import os

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.analytics import reports
from lead_pipeline.analytics.dimensions import TAG_ITEM
from lead_pipeline.constants import LEAD, STATUS_LOG
from lead_pipeline.tests.analytics import RandomLeads

SIZES = {"1440": (1440, 900), "390": (390, 844)}


@pytest.fixture
def leads(desk):
	"""Random leads of the user that are gone after the test."""
	made = RandomLeads(11, [desk.user], count=60).rows
	frappe.db.commit()
	yield made
	frappe.db.rollback()
	# They were written past all rules, and nothing else knows of them.
	names = ("in", [lead.name for lead in made])
	for doctype, field in ((LEAD, "name"), (STATUS_LOG, "lead"), (TAG_ITEM, "parent")):
		frappe.db.delete(doctype, {field: names})
	frappe.db.commit()


def take_pictures(desk, name: str) -> None:
	"""In both sizes, light and dark, when LEAD_PIPELINE_PICTURES names a folder."""
	if not os.environ.get("LEAD_PIPELINE_PICTURES"):
		return
	for theme in ("light", "dark"):
		desk.page.evaluate("theme => document.documentElement.setAttribute('data-theme', theme)", theme)
		for size, (width, height) in SIZES.items():
			desk.page.set_viewport_size({"width": width, "height": height})
			desk.wait()
			desk.picture(f"{name}-{size}-{theme}")
	desk.page.set_viewport_size({"width": 1440, "height": 900})
	desk.page.evaluate("document.documentElement.setAttribute('data-theme', 'light')")


def follow_a_number(desk, report: str) -> None:
	"""A click on the first number opens the list, which has as many leads."""
	number = desk.front.locator(".lead-drill-down").first
	count = int(number.inner_text())
	number.click()
	desk.page.wait_for_url("**/pipeline-lead/view/list**")
	# The list stands before it has its filters.
	desk.page.wait_for_function("() => cur_list?.filter_area?.get().length")
	desk.wait()
	shown = desk.page.evaluate(
		"frappe.xcall('frappe.desk.reportview.get_count', {doctype: cur_list.doctype,"
		" filters: cur_list.get_filters_for_args(), fields: [], distinct: false})"
	)
	assert shown == count > 0, report


def test_from_the_workspace_to_a_number_and_to_the_leads_behind_it(desk, leads):
	desk.open("lead-pipeline")
	for text in ("What to Do Today", "How the Pipeline Stands", "How It Develops"):
		expect(desk.front.get_by_text(text, exact=True)).to_be_visible()
	numbers = desk.front.locator(".number-widget-box .number")
	expect(numbers).to_have_count(12)
	assert all(text.strip() for text in numbers.all_inner_texts())
	expect(desk.front.locator(".dashboard-widget-box .frappe-chart")).to_have_count(5)
	take_pictures(desk, "workspace")
	trends = desk.front.locator(".number-widget-box .lead-trend")
	expect(trends).to_have_count(3)
	expect(trends.first).to_contain_text("by this time last week")
	chart = desk.front.locator(".dashboard-widget-box", has_text="Open Leads by Status")
	chart.locator('[data-point-index="1"]').first.dispatch_event("click")
	desk.page.wait_for_url("**/pipeline-lead/view/list**")

	for name in reports.reports_by_name():
		desk.go("query-report", name)
		expect(desk.front.locator(".report-summary .summary-item").first).to_be_visible()
		if name == "First Response":
			take_pictures(desk, "report-first-response")
		follow_a_number(desk, name)

	desk.go("query-report", "Leads by Date")
	desk.front.locator(".menu-btn-group:visible button").first.click()
	menu = desk.front.locator(".menu-btn-group .dropdown-menu.show")
	expect(menu.get_by_text("Print", exact=True)).to_be_visible()
	desk.page.keyboard.press("Escape")
	desk.select("interval", "Year")
	desk.wait()
	desk.page.reload()
	desk.wait()
	assert desk.page.evaluate("frappe.query_report.get_filter_value('interval')") == "Year"

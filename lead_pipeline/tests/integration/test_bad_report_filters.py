"""Reports asked for what does not exist.

Empty sites, one lead, the ends of time, deleted records, hostile filters.
"""

# Fixtures that these modules share are imported, and named again as arguments.
# ruff: noqa: F811

import json
from datetime import date, timedelta

import frappe
import pytest

from lead_pipeline.analytics import reports
from lead_pipeline.constants import LEAD, OWN_LEADS, SETTINGS, STATUS
from lead_pipeline.exceptions import InvalidReportFilterError
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.tests.analytics import RandomLeads, ask, behind, counting, empty, people  # noqa: F401
from lead_pipeline.tests.factories import make_user

REPORTS = list(reports.reports_by_name())
TODAY = date.today()
DAYS = {"from_date": str(TODAY - timedelta(days=300)), "to_date": str(TODAY - timedelta(days=2))}


def test_nothing_one_lead_and_the_ends_of_time(people):
	empty()
	for report in REPORTS:
		answer = ask(report)
		assert answer.rows == [] and "No lead fits" in answer.message and not answer.chart, report
	lead = RandomLeads(3, people, count=1).rows[0]
	whole = {"from_date": "1900-01-01", "to_date": "2100-12-31"}
	for moment in ("1900-01-01 00:00:00", "2100-12-31 23:59:59.999999"):
		values = {"creation": moment, "status_changed_on": moment, "expected_closing": moment[:10]}
		frappe.db.set_value(LEAD, lead.name, values | {"status": "Open", "status_category": "Working"})
		frappe.db.set_value(LEAD, lead.name, "creation", moment, update_modified=False)
		for report in REPORTS:
			answer = ask(report, **whole)
			assert answer.rows or report == "Lost Reasons", report
			for row in answer.rows:
				for column in counting(answer):
					assert len(behind(report, whole, row, column)) == row[column["fieldname"]], report
	for interval in ("Minute", "Week"):
		assert ask("Lead Analysis", rows=f"creation {interval}", **whole).rows


def test_four_hundred_statuses(people):
	empty()
	for number in range(400):
		category = ("Working", "Lost", "Won", "Qualified")[number % 4]
		frappe.get_doc(
			{
				"doctype": STATUS,
				"status_name": f"Status {number} 'x' %",
				"category": category,
				"position": 500,
			}
		).update({"name": f"Status {number} 'x' %", "color": "#ff0000"}).db_insert()
	lead_statuses.clear()
	RandomLeads(4, people, count=30)
	for report in REPORTS:
		assert ask(report, **DAYS).rows, report


@pytest.mark.parametrize("report", REPORTS)
def test_bad_filters_are_refused_with_a_sentence_or_find_nothing(report, people):
	"""A bad filter is refused with a message or finds nothing (promise P15).

	No filter of any report reaches the database as a part of the statement.
	"""
	empty()
	RandomLeads(5, people, count=3)
	days = [] if report == "Forecast" else ["from_date", "to_date"]
	own = [name for name in reports.reports_by_name()[report].read({}).choices]
	texts = [
		"' or 1=1 -- ",
		'") or ("1"="1',
		"%s",
		"%(param1)s",
		"\\",
		"`x`",
		"{0}",
		"ü" * 3000,
		"<img src=x>",
	]
	for field in [*days, *own, "lead_owner", "lead_type", "channel", "priority", "campaign"]:
		for value in [*texts, 1, ["in", ["x"]]]:
			try:
				answer = ask(report, **{field: value})
			except InvalidReportFilterError as error:
				assert str(error)
				continue
			assert field not in (*days, *own), (field, value)
			assert answer.rows == [], (field, value)
			assert "<img" not in (answer.message or "")
	with pytest.raises(InvalidReportFilterError):
		reports.reports_by_name()[report].read(json.dumps(["x"]))
	if days:
		with pytest.raises(InvalidReportFilterError, match="Exchange them"):
			ask(report, from_date="2026-05-02", to_date="2026-05-01")
	assert frappe.db.count(LEAD) == 3


def test_a_filter_that_names_what_is_gone_says_so(people):
	"""Deleted or renamed: saved reports and addresses still have the old name."""
	empty()
	lead = RandomLeads(12, people, count=1).rows[0]
	channel = frappe.get_doc({"doctype": "Pipeline Channel", "channel_name": "Old Channel"}).insert().name
	frappe.db.set_value(LEAD, lead.name, {"channel": channel, "status": "Open", "status_category": "Working"})
	assert ask("Forecast", channel=channel).rows
	renamed = frappe.rename_doc("Pipeline Channel", channel, "New Channel", force=True)
	assert ask("Forecast", channel=renamed).rows
	gone = {
		"channel": channel,
		"lead_owner": "gone@example.com",
		"lead_type": "Gone Type",
		"priority": "Gone Priority",
	}
	for report in REPORTS:
		for field, value in gone.items():
			answer = ask(report, **{field: value})
			assert "any more: it was renamed or deleted" in answer.message and answer.rows == [], report


def test_a_number_of_a_status_that_was_renamed_leads_to_no_wrong_leads(people):
	empty()
	RandomLeads(13, people, count=20)
	answer = ask("Time in Status")
	row = next(row for row in answer.rows if row.here)
	column = next(column for column in counting(answer) if column["fieldname"] == "here")
	assert len(behind("Time in Status", {}, row, column)) == row.here
	frappe.rename_doc(STATUS, row.key["status"], "Renamed Status", force=True)
	assert behind("Time in Status", {}, row, column) == set()
	lead_statuses.clear()
	(renamed,) = (found for found in ask("Time in Status").rows if found.key["status"] == "Renamed Status")
	assert len(behind("Time in Status", {}, renamed, column)) == renamed.here == row.here


def test_who_sees_no_lead_sees_no_number(people):
	empty()
	RandomLeads(6, people[1:2], count=5)
	frappe.db.sql("update `tabPipeline Lead` set lead_owner = owner")
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.set_user(people[0])
	for report in REPORTS:
		answer = ask(report)
		assert answer.rows == [] and "No lead fits" in answer.message, report
	frappe.set_user(make_user(email="numbers-nobody@example.com"))
	for report in REPORTS:
		with pytest.raises(frappe.PermissionError):
			ask(report)
	frappe.set_user("Guest")
	for report in REPORTS:
		with pytest.raises(frappe.PermissionError):
			reports.reports_by_name()[report].execute({})

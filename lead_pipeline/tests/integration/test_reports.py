"""The numbers of all reports, compared with plain Python.

Over random leads, and for users who see different ones.
"""

# Fixtures that both modules share are imported, and named again as arguments.
# ruff: noqa: F811

from collections import Counter, defaultdict
from datetime import date, timedelta
from statistics import mean, median

import frappe
import pytest
from frappe.utils import (
	get_first_day,
	get_first_day_of_week,
	get_quarter_start,
	getdate,
	nowdate,
)

from lead_pipeline.analytics import dimensions, reports, sql
from lead_pipeline.constants import LEAD, OPEN_CATEGORIES
from lead_pipeline.domain import periods
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.tests.analytics import (
	amount,
	ask,
	behind,
	counting,
	is_open,
	leads,  # noqa: F401
	on_days,
	people,  # noqa: F401
	weighted,
)

REPORTS = list(reports.reports_by_name())
TODAY = date.today()
FIRST, LAST = str(TODAY - timedelta(days=300)), str(TODAY - timedelta(days=2))
DAYS = {"from_date": FIRST, "to_date": LAST}
TAG_ITEM = dimensions.TAG_ITEM


def created(leads):
	return [lead for lead in leads if on_days(lead.creation, getdate(FIRST), getdate(LAST))]


def closed_then(leads, category):
	return [
		lead
		for lead in leads
		if lead.status_category == category and on_days(lead.status_changed_on, getdate(FIRST), getdate(LAST))
	]


def same(text):
	"""Texts that the database's collation takes for the same have one group."""
	text = text or None
	return text.casefold() if text and frappe.db.db_type == "mariadb" else text


def lists_behind(leads):
	"""Every number of leads is that of the list which a click on it opens."""
	questions = [
		("Leads by Date", {"interval": "Week"}),
		("Lead Analysis", {"rows": "status", "columns": "creation Weekday"}),
		("Lead Analysis", {"rows": "campaign", "columns": "tag"}),
		("Lead Analysis", {"rows": "tag", "columns": "expected_closing Month"}),
		("Lead Analysis", {"rows": "creation Minute"}),
		("Lead Analysis", {"rows": "lead_owner", "columns": "creation Quarter"}),
		("Lead Funnel", {}),
		("Time in Status", {}),
		("Lost Reasons", {"further": "status_changed_on Month"}),
		("Sales Person Workload and Performance", {}),
		("Channel Effectiveness", {"source": "campaign"}),
		("Forecast", {"interval": "Quarter"}),
		("First Response", {"group": "creation Hour of the Day"}),
		("First Response", {"group": "creation Month"}),
	]
	assert {name for name, _filters in questions} == set(REPORTS)
	clicked = 0
	for name, filters in questions:
		filters = filters if name == "Forecast" else filters | DAYS
		answer = ask(name, **filters)
		# A few of each: the first and the last ones are those at the edges.
		for row in [*answer.rows[:2], *answer.rows[2:][-2:]]:
			for column in counting(answer):
				found = behind(name, filters, row, column)
				assert len(found) == row[column["fieldname"]], (name, filters, row, column, found)
				clicked += 1
	assert clicked > 80


def leads_by_date(leads, interval):
	begin = {
		"Day": getdate,
		"Week": get_first_day_of_week,
		"Month": get_first_day,
		"Quarter": get_quarter_start,
		"Year": lambda day: getdate(day).replace(month=1, day=1),
	}[interval]
	counts, amounts = Counter(), Counter()
	for lead in created(leads):
		counts[begin(lead.creation.date())] += 1
		amounts[begin(lead.creation.date())] += amount(lead)
	answer = ask("Leads by Date", interval=interval, **DAYS)
	start = {row.key["period"]: starting(interval, row.key["period"]) for row in answer.rows}
	assert {start[row.key["period"]]: row.leads for row in answer.rows if row.leads} == counts
	for row in answer.rows:
		assert row.amount == pytest.approx(amounts[start[row.key["period"]]])
	left_out = [lead for lead in created(leads) if lead.expected_revenue and lead.currency == "XTS"]
	assert bool(left_out) == ("not in the sums" in (answer.message or ""))
	if left_out:
		assert f"The amounts of {len(left_out)} leads" in answer.message


def starting(interval, number):
	return periods.start_of(interval, number, sql.first_weekday()).date()


# Rows and columns of an analysis → where a lead stands in it.
ANALYSES = {
	("status", ""): lambda lead: (lead.status, None),
	("campaign", "lead_owner"): lambda lead: (same(lead.campaign), lead.lead_owner),
	("expected_closing Year", "creation Hour of the Day"): lambda lead: (
		lead.expected_closing and lead.expected_closing.year,
		lead.creation.hour,
	),
}


def lead_analysis(leads, rows, columns, measure):
	value = ANALYSES[rows, columns]
	of = {"Leads": lambda lead: 1, "Expected Revenue": amount, "Weighted Revenue": weighted}[measure]
	expected, totals = defaultdict(float), defaultdict(float)
	for lead in created(leads):
		row, column = value(lead)
		expected[row, column] += of(lead)
		totals[row] += of(lead)
	answer = ask("Lead Analysis", rows=rows, columns=columns, measure=measure, **DAYS)
	places = {column["fieldname"]: column["key"]["column"] for column in answer.columns if "key" in column}
	for row in answer.rows:
		key = (
			same(row.key["row"]) if isinstance(row.key["row"], str) and rows == "campaign" else row.key["row"]
		)
		assert row.total == pytest.approx(totals[key])
		for place, column in places.items():
			assert row[place] == pytest.approx(expected[key, column])
	assert len(answer.rows) == len(totals)
	assert answer.report_summary[0]["value"] == pytest.approx(sum(totals.values()))


def tags(leads):
	"""A lead with two tags stands in two rows and counts once in the total."""
	with_tags = [(lead, [row.tag for row in lead.tags]) for lead in created(leads)]
	answer = ask("Lead Analysis", rows="tag", **DAYS)
	expected = Counter(tag for _lead, tags in with_tags for tag in tags or [None])
	assert {row.key["row"]: row.total for row in answer.rows} == expected
	assert answer.report_summary[0]["value"] == len(with_tags)


def funnel(leads):
	cohort = created(leads)
	opened = [
		status.name for status in lead_statuses.statuses().values() if status.category in OPEN_CATEGORIES
	]
	place = {name: number for number, name in enumerate(opened, start=1)}
	reached = {
		lead.name: len(opened) + 1
		if lead.status_category == "Won"
		else max([place.get(lead.status, 0), *(place.get(row.to_status, 0) for row in lead.log)])
		for lead in cohort
	}
	answer = ask("Lead Funnel", **DAYS)
	assert [row.label for row in answer.rows] == [*opened, "Won"]
	for row in answer.rows:
		step = row.key["step"]
		there = [lead for lead in cohort if reached[lead.name] == step]
		assert row.reached == sum(number >= step for number in reached.values())
		assert row.still_here == sum(is_open(lead) for lead in there)
		assert row.fell_out == sum(not is_open(lead) and lead.status_category != "Won" for lead in there)
	assert [row.reached for row in answer.rows] == sorted((row.reached for row in answer.rows), reverse=True)
	for name in opened:
		stays = defaultdict(int)
		for lead in cohort:
			for row in lead.log:
				if row.from_status == name:
					stays[lead.name] += row.seconds_in_previous
		found = next(row for row in answer.rows if row.label == name)
		assert found.days == (pytest.approx(median(stays.values()) / 86400) if stays else None)


def time_in_status(leads):
	def working_days(first, last):
		return sum((first + timedelta(days=n + 1)).weekday() < 5 for n in range((last - first).days))

	today = getdate(nowdate())
	here, left = defaultdict(list), defaultdict(list)
	for lead in leads:
		if is_open(lead):
			here[lead.status].append(working_days(lead.status_changed_on.date(), today))
		for row in lead.log:
			if row.from_status and on_days(row.changed_on, getdate(FIRST), getdate(LAST)):
				began = row.changed_on - timedelta(seconds=row.seconds_in_previous)
				left[row.from_status].append(working_days(began.date(), row.changed_on.date()))
	for row in ask("Time in Status", **DAYS).rows:
		status = row.key["status"]
		assert row.here == len(here[status])
		assert row.median_so_far == (median(here[status]) if here[status] else None)
		assert row.longest_so_far == max(here[status], default=None)
		assert row.left == len(left[status])
		assert row["median"] == (median(left[status]) if left[status] else None)
		assert row.average == (pytest.approx(mean(left[status])) if left[status] else None)
		assert row.stuck == sum(
			bool(is_open(lead) and lead.status == status and lead.stuck_on and lead.stuck_on <= today)
			for lead in leads
		)


def lost_reasons(leads):
	lost = closed_then(leads, "Lost")
	answer = ask("Lost Reasons", **DAYS)
	assert {row.key["values"][0]: row.leads for row in answer.rows} == Counter(
		lead.lost_reason or None for lead in lost
	)
	for row in answer.rows:
		of = [lead for lead in lost if (lead.lost_reason or None) == row.key["values"][0]]
		assert row.revenue == pytest.approx(sum(map(amount, of)))
		seconds = [int((lead.status_changed_on - lead.creation).total_seconds()) for lead in of]
		assert row.days == pytest.approx(mean(seconds) / 86400)


def sales_people(leads):
	rows = {row.key["person"]: row for row in ask("Sales Person Workload and Performance", **DAYS).rows}
	today = getdate(nowdate())
	for person, row in rows.items():
		mine = [lead for lead in leads if (lead.lead_owner or None) == person]
		opened = [lead for lead in mine if is_open(lead)]
		won = closed_then(mine, "Won")
		assert row.open == len(opened)
		assert row.overdue == sum(lead.next_step == "Overdue" for lead in opened)
		assert row.without_step == sum(lead.next_step == "None" for lead in opened)
		assert row.stuck == sum(bool(lead.stuck_on and lead.stuck_on <= today) for lead in opened)
		assert row.revenue == pytest.approx(sum(map(amount, opened)))
		assert row.weighted == pytest.approx(sum(map(weighted, opened)))
		assert row.new == len(created(mine))
		assert (row.won, row.lost) == (len(won), len(closed_then(mine, "Lost")))
		assert row.won_revenue == pytest.approx(sum(map(amount, won)))
		ended = len(won) + row.lost + len(closed_then(mine, "Disqualified"))
		assert row.win_rate == (pytest.approx(100 * len(won) / ended, abs=0.01) if ended else 0)
	with_work = {lead.lead_owner or None for lead in leads if is_open(lead)}
	assert with_work <= set(rows)


def channels(leads):
	answer = ask("Channel Effectiveness", source="channel", **DAYS)
	assert sum(row.leads for row in answer.rows) == len(created(leads))
	for row in answer.rows:
		cohort = [lead for lead in created(leads) if (lead.channel or None) == row.key["source"]]
		won = [lead for lead in cohort if lead.status_category == "Won"]
		assert row.leads == len(cohort)
		assert row.qualified == sum(lead.status_category in ("Qualified", "Won") for lead in cohort)
		assert row.won == len(won)
		assert row.won_revenue == pytest.approx(sum(map(amount, won)))
		assert row.conversion == pytest.approx(100 * len(won) / len(cohort), abs=0.01)
		if won:
			seconds = [int((lead.status_changed_on - lead.creation).total_seconds()) for lead in won]
			assert row.days_to_win == pytest.approx(mean(seconds) / 86400)


def forecast(leads):
	today = getdate(nowdate())
	expected = defaultdict(lambda: [0, 0.0, 0.0])
	for lead in filter(is_open, leads):
		day = lead.expected_closing
		group = "none" if not day else "past" if day < today else get_first_day(day)
		for place, number in enumerate((1, amount(lead), weighted(lead))):
			expected[group][place] += number
	rows = ask("Forecast", interval="Month").rows
	assert len(rows) == len(expected)
	for row in rows:
		period = row.key["period"]
		group = period if isinstance(period, str) else starting("Month", period)
		assert [row.leads, row.revenue, row.weighted] == pytest.approx(expected[group])


def first_response(leads):
	for row in ask("First Response", group="lead_owner", **DAYS).rows:
		cohort = [lead for lead in created(leads) if (lead.lead_owner or None) == row.key["group"]]
		waited = [
			int((lead.first_response_on - lead.creation).total_seconds())
			for lead in cohort
			if lead.first_response_on
		]
		assert (row.leads, row.answered, row.waiting) == (len(cohort), len(waited), len(cohort) - len(waited))
		assert row.median_hours == (pytest.approx(median(waited) / 3600, abs=0.001) if waited else None)
		assert row.within_24 == pytest.approx(
			100 * sum(each <= 86400 for each in waited) / len(cohort), abs=0.01
		)


def agreement(leads):
	by_date = ask("Leads by Date", **DAYS)
	new = sum(row.leads for row in by_date.rows)
	assert sum(row.leads for row in ask("Channel Effectiveness", **DAYS).rows) == new
	assert sum(row.leads for row in ask("First Response", **DAYS).rows) == new
	funnel = ask("Lead Funnel", **DAYS)
	assert funnel.report_summary[0]["value"] == new
	assert ask("Lead Analysis", **DAYS).report_summary[0]["value"] == new
	people = ask("Sales Person Workload and Performance", **DAYS).rows
	assert sum(row.new for row in people) == new
	opened = sum(row.open for row in people)
	assert opened == sum(row.leads for row in ask("Forecast").rows)
	assert opened == sum(row.here for row in ask("Time in Status", **DAYS).rows)
	assert opened == len(frappe.get_list(LEAD, {"status_category": ("in", OPEN_CATEGORIES)}, limit=0))
	assert sum(row.lost for row in people) == sum(row.leads for row in ask("Lost Reasons", **DAYS).rows)
	won = sum(row.won for row in ask("Channel Effectiveness", **DAYS).rows)
	assert won == funnel.rows[-1].reached
	amounts = sum(row.amount for row in by_date.rows)
	analysis = ask("Lead Analysis", measure="Expected Revenue", **DAYS)
	assert analysis.report_summary[0]["value"] == pytest.approx(amounts)


def test_the_numbers_of_all_reports_are_those_of_plain_python(leads):
	for interval in ("Day", "Week", "Month", "Quarter", "Year"):
		leads_by_date(leads, interval)
	for rows, columns in ANALYSES:
		for measure in ("Leads", "Expected Revenue", "Weighted Revenue"):
			lead_analysis(leads, rows, columns, measure)
	for check in (tags, funnel, time_in_status, lost_reasons, sales_people, channels, forecast):
		check(leads)
	first_response(leads)


def test_the_reports_agree_with_each_other_and_with_the_list(leads):
	agreement(leads)
	lists_behind(leads)

"""R8: each report over many leads, compared with its sums in handwritten SQL."""

import statistics

import frappe
from frappe.desk.query_report import run

from benchmarks import many_leads
from benchmarks.figures import Figure, by_cost, milliseconds, processor_note, ratios
from lead_pipeline.analytics import reports
from lead_pipeline.analytics.asked import last_months
from lead_pipeline.constants import LEAD, STATUS_LOG

GOAL, ROUNDS = 1.3, 5
LONG = 2

OPEN = "status_category in ('New', 'Working', 'Qualified')"
MONEY = "sum(expected_revenue), sum(expected_revenue * probability / 100)"


def by_hand() -> dict[str, list[str]]:
	"""Report → the statements that find the same sums."""
	# The days with which the reports open.
	year, quarter = (f"creation >= '{last_months(months)[0]}'" for months in (12, 3))
	closed, closed_year = (f"status_changed_on >= '{last_months(months)[0]}'" for months in (3, 12))
	waited = "timestampdiff(second, creation, first_response_on)"
	log = f"`tab{STATUS_LOG}` log join `tab{LEAD}` led on log.lead = led.name"
	recent = f"led.{quarter}"
	return {
		"Leads by Date": [
			f"select year(creation), month(creation), count(*), sum(expected_revenue) from `tab{LEAD}` where {year} group by 1, 2"
		],
		"Lead Analysis": [f"select status, count(*) from `tab{LEAD}` where {year} group by status"],
		"Lead Funnel": [
			f"select far, count(*) from (select led.name, max(status.position) far from {log} join `tabPipeline Lead Status` status on status.name = log.to_status where {recent} group by led.name) found group by far",
			f"select from_status, avg(spent) from (select log.from_status, log.lead, sum(log.seconds_in_previous) spent, row_number() over (partition by log.from_status order by sum(log.seconds_in_previous)) place from {log} where {recent} group by log.from_status, log.lead) found group by from_status",
		],
		"Time in Status": [
			f"select status, to_days(status_changed_on), count(*) from `tab{LEAD}` where {OPEN} group by 1, 2",
			f"select status, count(*) from `tab{LEAD}` where {OPEN} and stuck_on <= curdate() group by status",
			f"select log.from_status, to_days(changed_on - interval seconds_in_previous second), to_days(changed_on), count(*) from {log} where log.changed_on >= '{last_months(3)[0]}' group by 1, 2, 3",
		],
		"Lost Reasons": [
			f"select lost_reason, count(*), sum(expected_revenue), sum(timestampdiff(second, creation, status_changed_on)) from `tab{LEAD}` where status_category = 'Lost' and {closed_year} group by 1"
		],
		"Sales Person Workload and Performance": [
			f"select lead_owner, count(*), sum(next_step = 'Overdue'), sum(next_step = 'Today'), sum(next_step = 'None'), sum(stuck_on <= curdate()), {MONEY} from `tab{LEAD}` where {OPEN} group by 1",
			f"select lead_owner, count(*) from `tab{LEAD}` where {quarter} group by 1",
			f"select lead_owner, status_category, count(*), sum(expected_revenue), sum(timestampdiff(second, creation, status_changed_on)) from `tab{LEAD}` where status_category in ('Won', 'Lost', 'Disqualified') and {closed} group by 1, 2",
		],
		"Channel Effectiveness": [
			f"select channel, status_category, count(*), sum(expected_revenue), sum(timestampdiff(second, creation, status_changed_on)) from `tab{LEAD}` where {year} group by 1, 2"
		],
		"Forecast": [
			f"select year(expected_closing), month(expected_closing), count(*), {MONEY} from `tab{LEAD}` where {OPEN} group by 1, 2"
		],
		"First Response": [
			f"select lead_owner, count(*), count(first_response_on), sum({waited} < 3600), sum({waited} < 14400), sum({waited} < 86400) from `tab{LEAD}` where {quarter} group by 1",
			f"select lead_owner, avg(waited) from (select lead_owner, {waited} waited, row_number() over (partition by lead_owner order by {waited}) place from `tab{LEAD}` where {quarter}) found group by 1",
			f"select avg(waited) from (select {waited} waited, row_number() over (order by {waited}) place from `tab{LEAD}` where {quarter}) found",
		],
	}


def measure() -> list[Figure]:
	statements = by_hand()
	assert set(statements) == set(reports.reports_by_name())
	with many_leads.leads():
		frappe.set_user("Administrator")
		return [figure(name, found) for name, found in statements.items()]


def figure(name: str, statements: list[str]) -> Figure:
	def ours() -> None:
		# What takes very long, the framework prepares by itself from then on: what it has kept says nothing of ours.
		run(name, filters={}, ignore_prepared_report=True)

	def other() -> None:
		for statement in statements:
			frappe.db.sql(statement)

	ours(), other()
	pairs = by_cost(ROUNDS, ours, other)
	seconds = statistics.median(mine.clock for mine, _theirs in pairs)
	notes = [processor_note(pairs)]
	if seconds > LONG:
		notes.append(f"{seconds:.1f} s: offers itself prepared")
	return Figure(
		"R8",
		f"{name} over {frappe.db.count(LEAD):,} leads / by hand",
		GOAL,
		False,
		ratios(pairs),
		*(milliseconds(costs, 1) for costs in zip(*pairs, strict=True)),
		notes=notes,
	)

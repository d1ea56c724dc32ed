"""Reports follow the settings of the site.

Its weeks, time zone, rates and replica. They are sent as the framework's reports are.
"""

# Fixtures that these modules share are imported, and named again as arguments.
# ruff: noqa: F811

import csv
import io
import json
from collections import Counter
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import frappe
import pytest
from frappe.cache_manager import clear_defaults_cache
from frappe.desk import query_report

from lead_pipeline.analytics import money, prepared, reports, tables
from lead_pipeline.exceptions import InvalidReportFilterError
from lead_pipeline.tests.analytics import RandomLeads, ask, behind, counting, empty, people  # noqa: F401
from lead_pipeline.tests.factories import make_lead, needs
from lead_pipeline.tests.languages import LANGUAGES, english

REPORTS = list(reports.reports_by_name())


@pytest.fixture
def system_settings():
	"""Sets values of the System Settings within the test's transaction."""
	known = getattr(frappe.local, "system_settings", None)

	def choose(**values) -> None:
		for name, value in values.items():
			frappe.db.set_single_value("System Settings", name, value)
			# Where Frappe 16 looks for it; saving the settings writes it, too.
			frappe.db.set_default(name, value)
		# Not by way of the cache, which other processes fill with what is committed.
		frappe.local.system_settings = frappe.get_doc("System Settings")

	yield choose
	frappe.db.rollback()
	clear_defaults_cache()
	frappe.local.system_settings = known or frappe.get_doc("System Settings")


@pytest.mark.parametrize("first", ["Sunday", "Monday", "Wednesday", "Saturday"])
def test_weeks_begin_as_the_site_says(people, system_settings, first):
	empty()
	rows = RandomLeads(8, people, count=40).rows
	system_settings(first_day_of_the_week=first)
	weekday = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday").index(first)
	days = {"from_date": "2000-01-01", "to_date": str(datetime.now().date())}

	def begin(day):
		return day - timedelta(days=(day.weekday() - weekday) % 7)

	expected = Counter(begin(lead.creation.date()) for lead in rows)
	answer = ask("Leads by Date", interval="Week", **days)
	assert {row.period: row.leads for row in answer.rows if row.leads} == {
		f"Week from {frappe.utils.formatdate(day)}": count for day, count in expected.items()
	}
	for row in answer.rows[:1] + answer.rows[-1:]:
		(column,) = counting(answer)
		found = behind("Leads by Date", {"interval": "Week", **days}, row, column)
		assert len(found) == row.leads


# Whatever the time, it is another day in the one than in the other.
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Etc/GMT+12"])
def test_days_are_those_of_the_time_zone_of_the_site(people, system_settings, monkeypatch, zone):
	empty()
	system_settings(time_zone=zone)
	# The framework keeps it in its cache, which other processes share.
	monkeypatch.setattr("frappe.utils.data.get_system_timezone", lambda: zone)
	monkeypatch.setattr("frappe.utils.get_system_timezone", lambda: zone, raising=False)
	today = datetime.now(ZoneInfo(zone)).date()
	make_lead(next_contact_date=str(today), expected_closing=str(today))
	answer = ask("Leads by Date", interval="Day", from_date=str(today), to_date=str(today))
	assert [(row.period, row.leads) for row in answer.rows] == [(frappe.utils.formatdate(today), 1)]
	assert [row.key["period"] == "past" for row in ask("Forecast").rows] == [False]
	yesterday = str(today - timedelta(days=1))
	assert ask("Leads by Date", interval="Day", from_date=yesterday, to_date=yesterday).rows == []


def test_every_report_reads_from_the_replica_where_there_is_one(people, monkeypatch):
	"""And writes nothing there: a replica takes no writes."""
	empty()
	RandomLeads(9, people, count=10)
	asked = []
	monkeypatch.setattr(frappe, "connect_replica", lambda: asked.append(1) or False)
	monkeypatch.setitem(frappe.local.conf, "read_from_replica", 1)
	for report in REPORTS:
		asked.clear()
		assert ask(report).rows, report
		assert asked, report


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_report_speaks_english_to_others(people, monkeypatch, language):
	"""Columns, rows that the app names, summary, chart and messages."""
	empty()
	RandomLeads(14, people, count=30)
	monkeypatch.setattr(frappe.local, "lang", language)
	found = {}
	for report in REPORTS:
		answer = ask(report)
		texts = [column["label"] for column in answer.columns]
		texts += [str(row.get("label") or row.get("period")) for row in answer.rows]
		texts += [figure["label"] for figure in answer.report_summary]
		texts += [
			*answer.chart["data"]["labels"],
			*(each["name"] for each in answer.chart["data"]["datasets"]),
		]
		texts += (answer.message or "").split("<br>")
		if left := english(language).among(texts):
			found[report] = left
	assert found == {}


def exported(report: str, rows: int = 0) -> list[list[str]]:
	"""The rows that the framework's export of a report gives, as the desk asks for it."""
	asked = {"report_name": report, "file_format_type": "CSV", "filters": "{}", "include_indentation": 0}
	frappe.local.form_dict = frappe._dict(asked | {"visible_idx": json.dumps(list(range(rows)))})
	query_report.export_query()
	return list(csv.reader(io.StringIO(frappe.response["filecontent"].decode("utf-8-sig"))))


def test_managers_export_what_a_report_shows_and_sales_users_do_not(people):
	empty()
	RandomLeads(10, people, count=25)
	frappe.set_user(people[-1])
	for report in REPORTS:
		answer = ask(report)
		head, *rows = exported(report, len(answer.result))
		assert head == [column["label"] for column in answer.columns], report
		labels = [str(row[answer.columns[0]["fieldname"]]) for row in answer.rows]
		assert [row[0] for row in rows][: len(labels)] == labels, report
	frappe.set_user(people[0])
	with pytest.raises(frappe.PermissionError):
		exported("Forecast")


def test_the_rate_of_a_currency_is_its_newest_one_or_the_reverse(people):
	needs("Currency Exchange")
	own = money.site_currency()
	others = [name for name in ("EUR", "INR", "GBP", "USD") if name != own][:3]
	frappe.db.delete("Currency Exchange")

	def quote(source: str, target: str, day: str, rate: float) -> None:
		row = frappe.new_doc("Currency Exchange")
		row.update({"from_currency": source, "to_currency": target, "date": day, "exchange_rate": rate})
		row.update({"name": frappe.generate_hash(length=10), "for_buying": 1, "for_selling": 1})
		row.db_insert()

	quote(others[0], own, "2020-01-01", 3)
	quote(others[0], own, "2021-01-01", 4)
	quote(others[0], own, "2099-01-01", 5)
	quote(own, others[1], "2021-01-01", 8)
	assert money.rates() == {others[0]: 4, others[1]: 1 / 8}


def test_amounts_are_converted_by_the_rates_of_the_site(people, monkeypatch):
	empty()
	RandomLeads(7, people, count=30)
	without = ask("Forecast")
	monkeypatch.setattr(money, "rates", lambda: {"XTS": 2.0})
	answer = ask("Forecast")
	assert "not in the sums" in without.message and not answer.message
	added = frappe.db.sql(
		"select sum(expected_revenue) from `tabPipeline Lead` where currency = 'XTS'"
		" and status_category in ('New', 'Working', 'Qualified')"
	)[0][0]
	before, after = (sum(row.revenue for row in found.rows) for found in (without, answer))
	assert after == pytest.approx(before + 2 * float(added or 0))


def test_what_takes_long_offers_a_manager_to_prepare_it(people, monkeypatch):
	assert "in the background" not in (ask("Forecast").message or "")
	monkeypatch.setattr(tables, "LONG", -1)
	frappe.set_user(people[0])
	assert "in the background" not in (ask("Forecast").message or "")
	with pytest.raises(frappe.PermissionError):
		prepared.prepare_in_background("Forecast")
	frappe.set_user(people[-1])
	assert "in the background" in ask("Forecast").message
	with pytest.raises(InvalidReportFilterError):
		prepared.prepare_in_background("Leads That Disagree")
	prepared.prepare_in_background("Forecast")
	assert ask_prepared("Forecast")["prepared_report"]


def ask_prepared(report):
	frappe.clear_document_cache("Report", report)
	return query_report.run(report, filters={})

"""*Forecast*: the expected revenue of open leads, by month of expected closing."""

from datetime import date

from frappe import _
from frappe.query_builder import DocType
from frappe.utils import getdate, nowdate
from pypika.queries import QueryBuilder

from lead_pipeline.analytics import asked as ask
from lead_pipeline.analytics import conditions, kept_groups, scope
from lead_pipeline.analytics.asked import Asked
from lead_pipeline.analytics.money import Money
from lead_pipeline.analytics.tables import (
	ListFilters,
	Report,
	Table,
	bar_chart,
	column,
	count_column,
	figure,
	money_column,
	period_label,
)
from lead_pipeline.constants import LEAD
from lead_pipeline.domain import periods
from lead_pipeline.framework.list_conditions import is_time_set

INTERVALS = (periods.MONTH, periods.QUARTER, periods.YEAR)

# Rows that are no period, in their place before and after those that are.
PAST, NO_DAY = "past", "none"

SUMMED = ("leads", "revenue", "weighted", "left_out")


def read(filters: dict | str | None) -> Asked:
	return ask.read(filters, {"interval": INTERVALS})


def table(asked: Asked) -> Table:
	money, interval = Money(), asked.choices["interval"]
	found = forecast_groups(asked, interval, money)
	asked.note(money.note(sum(row["left_out"] for row in found)))
	rows = [
		{
			"key": {"period": row["period"]},
			"label": forecast_label(interval, row["period"]),
			"leads": row["leads"],
			"revenue": row["revenue"],
			"weighted": row["weighted"],
			"currency": money.currency,
		}
		for row in found
	]
	overdue = sum(row["leads"] for row in rows if row["key"]["period"] == PAST)
	total = {name: sum(row[name] for row in rows) for name in ("leads", "revenue", "weighted")}
	currency = {"currency": money.currency}
	return Table(
		columns=[
			column("label", _("Expected Closing"), width=220),
			count_column("leads", _("Open Leads")),
			money_column("revenue", _("Expected Revenue"), 170),
			money_column("weighted", _("Weighted Revenue"), 170),
		],
		rows=rows,
		chart=bar_chart(
			[row["label"] for row in rows],
			{
				_("Expected Revenue"): [round(row["revenue"], 2) for row in rows],
				_("Weighted Revenue"): [round(row["weighted"], 2) for row in rows],
			},
			fieldtype="Currency",
			options="currency",
			currency=money.currency,
		),
		summary=[
			figure(_("Open Leads"), total["leads"]),
			figure(_("Expected Revenue"), total["revenue"], "Currency", **currency),
			figure(_("Weighted Revenue"), total["weighted"], "Currency", **currency),
			figure(_("Closing Day Has Passed"), overdue, indicator="Red" if overdue else "Green"),
		],
	)


def forecast_groups(asked: Asked, interval: str, money: Money) -> list[dict]:
	"""Return open leads grouped by the period of their expected closing.

	The first group is overdue, the last one has no date.
	"""
	return groups_of(asked.narrow(scope.open_leads_query()), interval, money)


def months_from_today(count: int, money: Money) -> list[dict]:
	"""Return what is expected in `count` months, this month from today on.

	Groups with their `month`, this one and the next ones, `revenue` and `weighted`. They are those of an index: few
	days, categories and currencies, put together here.
	"""
	lead, today = DocType(LEAD), nowdate()
	last = periods.period_number(periods.MONTH, getdate(today)) + count - 1
	end = periods.end_of(periods.MONTH, last).date()
	query = scope.open_leads_query().where(
		(lead.expected_closing >= today) & (lead.expected_closing < str(end))
	)
	terms = {"status_category": lead.status_category, "day": lead.expected_closing}
	found = kept_groups.with_money(query, terms, money)
	return [group | {"month": periods.period_number(periods.MONTH, group.day)} for group in found]


def groups_of(query: QueryBuilder, interval: str, money: Money) -> list[dict]:
	"""Put the days of closing together to periods.

	The database adds up by day, as an index has the leads.
	"""
	lead, today = DocType(LEAD), date.fromisoformat(nowdate())
	terms = {"status_category": lead.status_category, "day": lead.expected_closing}
	found: dict[int | str, dict] = {}
	for group in kept_groups.with_money(query, terms, money):
		# Before all periods: the days before today, of which the first ones may lie in the present period.
		is_past = group.day and group.day < today
		period = PAST if is_past else periods.period_number(interval, group.day) if group.day else NO_DAY
		row = found.setdefault(period, {"period": period} | dict.fromkeys(SUMMED, 0))
		row.update({name: row[name] + group[name] for name in SUMMED})
	for row in found.values():
		row.update({name: int(row[name]) for name in ("leads", "left_out")})
	return sorted(found.values(), key=lambda row: period_order(row["period"]))


def period_order(period: int | str) -> float:
	return {PAST: float("-inf"), NO_DAY: float("inf")}.get(period, period)


def forecast_label(interval: str, period: int | str) -> str:
	named = {PAST: _("Closing Day Has Passed"), NO_DAY: _("No Day Is Set")}
	return named[period] if isinstance(period, str) else period_label(interval, period)


def before_today(fieldname: str) -> ListFilters:
	return [[fieldname, ">=", conditions.FIRST_DAY], [fieldname, "<", nowdate()]]


def leads_behind(asked: Asked, key: dict, column: str) -> ListFilters:
	period, interval, opened = key["period"], asked.choices["interval"], conditions.is_open().filters
	if period == NO_DAY:
		return [*opened, is_time_set("expected_closing", is_set=False)]
	if period == PAST:
		return [*opened, *before_today("expected_closing")]
	return leads_in(interval, int(period))


def leads_in(interval: str, period: int) -> ListFilters:
	"""Return the filters for the open leads that are expected to close in a period.

	Days of the period before today do not count.
	"""
	start = max(periods.start_of(interval, period).date(), getdate(nowdate()))
	end = periods.end_of(interval, period).date()
	return [
		*conditions.is_open().filters,
		["expected_closing", ">=", str(start)],
		["expected_closing", "<", str(end)],
	]


REPORT = Report(read, table, leads_behind)

"""Leads that came in or were closed in the last months, for cards and charts.

Each number is counted by the index of its day. A user who sees some of many leads has all numbers from two
readings (`kept_groups.py`): those of leads that came in, and those of leads that were closed.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count
from frappe.utils import add_months, get_first_day, get_first_day_of_week, getdate, now_datetime, nowdate
from pypika import Case
from pypika.terms import Criterion, Term

from lead_pipeline.analytics import conditions, dimensions, kept_groups, scope, sql
from lead_pipeline.analytics.conditions import Condition, both
from lead_pipeline.constants import DISQUALIFIED, LEAD, LOST, WON
from lead_pipeline.domain import periods

# The time of which the conversion rate and the channels tell, and the weeks of a chart.
DAYS, WEEKS = 90, 12

CREATION, CHANGED = "creation", "status_changed_on"


def since(fieldname: str, day: date) -> Condition:
	field: Criterion = DocType(LEAD)[fieldname] >= f"{day} 00:00:00"
	return Condition(field, [[fieldname, ">=", f"{day} 00:00:00"]])


def between(fieldname: str, start: datetime, end: datetime) -> Condition:
	"""From `start` until `end`, which is not in it any more."""
	field = DocType(LEAD)[fieldname]
	return Condition(
		(field >= start) & (field < end), [[fieldname, ">=", str(start)], [fieldname, "<", str(end)]]
	)


def at_midnight(day: date) -> datetime:
	return datetime.combine(day, time())


def new_leads() -> tuple[Condition, Condition]:
	"""Return the conditions for leads of this week and of the week before.

	This week since it began, as the site's weeks begin; the week before until this time.
	"""
	first, week = get_first_day_of_week(nowdate()), timedelta(days=7)
	return since(CREATION, first), between(CREATION, at_midnight(first - week), now_datetime() - week)


def won_leads() -> tuple[Condition, Condition]:
	"""Return the conditions for leads won this month and in the month before."""
	now, before = won_times()
	won = conditions.is_won()
	return both(won, now), both(won, before)


def won_times() -> tuple[Condition, Condition]:
	"""Return the conditions for this month and the month before.

	This month since it began; the month before until this day and time.
	"""
	begin, end = at_midnight(get_first_day(nowdate(), d_months=-1)), add_months(now_datetime(), -1)
	return since(CHANGED, get_first_day(nowdate())), between(CHANGED, begin, end)


def closed_leads() -> Condition:
	"""Return the condition for the leads closed in the last 90 days."""
	return both(conditions.closed_condition(), since(CHANGED, first_day()))


def closings() -> tuple[Condition, Condition, Condition, Condition]:
	"""Return the conditions for closed leads of two times 90 days.

	Won leads and all other closed ones of the last 90 days, then both of the 90 days before. No lead is in two.
	"""
	lately, before = closing_times()
	won, others = conditions.is_won(), conditions.in_categories(LOST, DISQUALIFIED)
	return both(won, lately), both(others, lately), both(won, before), both(others, before)


def closing_times() -> tuple[Condition, Condition]:
	before = between(CHANGED, at_midnight(first_day_before()), at_midnight(first_day()))
	return since(CHANGED, first_day()), before


def first_day() -> date:
	return getdate(nowdate()) - timedelta(days=DAYS)


def first_day_before() -> date:
	return first_day() - timedelta(days=DAYS)


def first_week() -> int:
	"""Return the number of the first week of the chart."""
	return periods.period_number(periods.WEEK, getdate(nowdate()), sql.first_weekday()) - WEEKS + 1


def count(name: str) -> list[int]:
	"""Return how many leads each condition of COUNTED[name] takes."""
	if not kept_groups.are_better():
		leads = scope.from_leads()
		return [scope.count_found(leads.where(condition.criterion)) for condition in COUNTED[name]()]
	if name == "new":
		return [int(kept_groups.sum_of(came_groups(), f"new_{number}")) for number in (0, 1)]
	groups = closed_groups()
	kinds = [(WON,)] if name == "won" else [(WON,), (LOST, DISQUALIFIED)]
	return [
		int(kept_groups.sum_of(groups, f"{name}_{number}", lambda group, kind=kind: group.category in kind))
		for number in (0, 1)
		for kind in kinds
	]


# What is counted at once, by its name; of closed leads, the two times by which they are counted.
COUNTED = {"new": new_leads, "won": won_leads, "closed": closings}
CLOSED_TIMES = {"won": won_times, "closed": closing_times}


def count_by_week() -> dict[int, int]:
	"""Return the number of a week → leads that came in it, from `first_week` on."""
	if kept_groups.are_better():
		return whole(kept_groups.sums_by(came_groups(), "week"))
	query = scope.from_leads().where(came_in_weeks())
	return dict(query.select(week(), Count("*")).groupby(week()).run())


def count_by_channel() -> dict[str | None, int]:
	"""Return channel → leads that came from it since `first_day`."""
	channel = dimensions.find_dimension("channel").term
	if kept_groups.are_better():
		found = [group for group in came_groups() if group.is_of_channels]
		return whole(kept_groups.sums_by(found, "channel"))
	query = scope.from_leads().where(since(CREATION, first_day()).criterion)
	return dict(query.select(channel, Count("*")).groupby(channel).run())


def week() -> Term:
	return sql.period(periods.WEEK, DocType(LEAD).creation)


def came_in_weeks() -> Criterion:
	return DocType(LEAD).creation >= periods.start_of(periods.WEEK, first_week(), sql.first_weekday())


def whole(found: dict) -> dict:
	return {
		int(key) if isinstance(key, float) else key: int(number) for key, number in found.items() if number
	}


def came_groups() -> list[frappe._dict]:
	"""Return groups of leads that came in lately, by week and channel.

	Fields: `week`, `channel`, `is_of_channels`, and `new_0` and `new_1`: how many leads each of `new_leads` takes.
	"""
	came = since(CREATION, first_day()).criterion
	terms = {
		"week": Case().when(came_in_weeks(), week()).else_(None),
		"is_of_channels": Case().when(came, 1).else_(0),
		"channel": Case().when(came, dimensions.find_dimension("channel").term).else_(None),
	}
	return groups_of_many("came", came | came_in_weeks(), terms, {"new": new_leads})


def closed_groups() -> list[frappe._dict]:
	"""Return groups of leads that were closed lately, by `category`.

	Grouped by nothing else, MariaDB reads only these 180 days of its index, among which the month before this one is.
	"""
	asked_for = both(conditions.closed_condition(), since(CHANGED, first_day_before()))
	terms = {"category": DocType(LEAD).status_category}
	return groups_of_many("closed", asked_for.criterion, terms, CLOSED_TIMES)


def groups_of_many(
	kind: str, asked_for: Criterion, terms: dict[str, Term], counted: dict
) -> list[frappe._dict]:
	"""Return the groups of the leads of a user who has many.

	`asked_for` is answered by an index of time that knows the people of each lead.
	"""
	aggregates = {"leads": Count("*")} | {
		f"{name}_{number}": sql.count_where(condition.criterion)
		for name, find in counted.items()
		for number, condition in enumerate(find())
	}
	return kept_groups.keep(
		kind,
		lambda: [
			group
			for query in scope.queries_without_overlap(people_at_once=True)
			for group in kept_groups.grouped(query.where(asked_for), terms, aggregates)
		],
		sql.first_weekday(),
	)

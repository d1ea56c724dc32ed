"""Leads that came in or were closed in the last months, for cards and charts.

For a user who sees some of many leads all of it is read at once (`kept_groups.py`); otherwise each number is
counted by the index of its day.
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
from lead_pipeline.constants import LEAD
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
	"""Return the conditions for leads won this month and in the month before.

	This month since it began; the month before until this day and time.
	"""
	begin, end = at_midnight(get_first_day(nowdate(), d_months=-1)), add_months(now_datetime(), -1)
	won = conditions.is_won()
	return both(won, since(CHANGED, get_first_day(nowdate()))), both(won, between(CHANGED, begin, end))


def closings() -> tuple[Condition, Condition, Condition, Condition]:
	"""Return the conditions for closed leads of two times 90 days.

	Won leads and all closed ones of the last 90 days, then both of the 90 days before.
	"""
	first = first_day()
	lately = since(CHANGED, first)
	before = between(CHANGED, at_midnight(first - timedelta(days=DAYS)), at_midnight(first))
	won, closed = conditions.is_won(), conditions.closed_condition()
	return both(won, lately), both(closed, lately), both(won, before), both(closed, before)


def first_day() -> date:
	return getdate(nowdate()) - timedelta(days=DAYS)


def first_week() -> int:
	"""Return the number of the first week of the chart."""
	return periods.period_number(periods.WEEK, getdate(nowdate()), sql.first_weekday()) - WEEKS + 1


# What is counted at once, by its name.
COUNTED = {"new": new_leads, "won": won_leads, "closed": closings}


def count(name: str) -> list[int]:
	"""Return how many leads each condition of COUNTED[name] takes."""
	found = COUNTED[name]()
	if kept_groups.are_better():
		groups = recent_groups()
		return [int(kept_groups.sum_of(groups, f"{name}_{number}")) for number in range(len(found))]
	leads = scope.from_leads()
	return [scope.count_found(leads.where(condition.criterion)) for condition in found]


def count_by_week() -> dict[int, int]:
	"""Return the number of a week → leads that came in it, from `first_week` on."""
	if kept_groups.are_better():
		return whole(kept_groups.sums_by(recent_groups(), "week"))
	query = scope.from_leads().where(came_in_weeks())
	return dict(query.select(week(), Count("*")).groupby(week()).run())


def count_by_channel() -> dict[str | None, int]:
	"""Return channel → leads that came from it since `first_day`."""
	channel = dimensions.find_dimension("channel").term
	if kept_groups.are_better():
		found = [group for group in recent_groups() if group.is_of_channels]
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


def recent_groups() -> list[frappe._dict]:
	"""Return groups of recent leads by week and channel, with their numbers.

	Fields: `week`, `channel`, `is_of_channels`, and for each condition of COUNTED how many leads it takes.
	"""
	came = since(CREATION, first_day()).criterion
	terms = {
		"week": Case().when(came_in_weeks(), week()).else_(None),
		"is_of_channels": Case().when(came, 1).else_(0),
		"channel": Case().when(came, dimensions.find_dimension("channel").term).else_(None),
	}
	counted = {
		f"{name}_{number}": condition.criterion
		for name, find in COUNTED.items()
		for number, condition in enumerate(find())
	}
	aggregates = {"leads": Count("*")} | {
		name: sql.count_where(condition) for name, condition in counted.items()
	}
	asked_for = Criterion.any([came_in_weeks(), came, *counted.values()])
	return kept_groups.keep(
		"recent",
		lambda: [
			group
			for query in scope.queries_without_overlap()
			for group in kept_groups.grouped(query.where(asked_for), terms, aggregates)
		],
		sql.first_weekday(),
	)

"""*Time in Status*: how long leads have been in their status, and which are stuck.

It also shows how long a status usually lasts. In working days, as the site's holidays say: a weekend does not
count. The database counts leads by the days on which a stay began and ended; Python measures the few thousand
pairs of days.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date

from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count
from frappe.utils import nowdate

from lead_pipeline.activities import working_days
from lead_pipeline.analytics import asked as ask
from lead_pipeline.analytics import conditions, scope, sql
from lead_pipeline.analytics.asked import Asked
from lead_pipeline.analytics.tables import (
	ListFilters,
	Report,
	Table,
	bar_chart,
	column,
	count_column,
	days_column,
	figure,
)
from lead_pipeline.constants import LEAD, OPEN_CATEGORIES, STATUS_LOG
from lead_pipeline.domain.working_time import WorkingTime
from lead_pipeline.reference_data import lead_statuses


def read(filters: dict | str | None) -> Asked:
	return ask.read(filters, days=ask.last_months(3))


def table(asked: Asked) -> Table:
	here, stuck, ended = present_times(asked), stuck_leads(asked), of_past(asked)
	days = WorkingDays(working_days.of_site(), [*here.values(), *ended.values()])
	rows = []
	for status in lead_statuses.statuses().values():
		is_open = status.category in OPEN_CATEGORIES
		so_far = days.lengths(here.get(status.name, {})) if is_open else Counter()
		lasted = days.lengths(ended.get(status.name, {}))
		if not is_open and not lasted:
			continue
		rows.append(
			{
				"key": {"status": status.name},
				"label": _(status.name),
				"here": so_far.total(),
				"median_so_far": median(so_far),
				"longest_so_far": max(so_far, default=None),
				"stuck_after": status.stuck_after or None,
				"stuck": stuck.get(status.name, 0),
				"left": lasted.total(),
				"median": median(lasted),
				"average": average(lasted),
			}
		)
	now, are_stuck = (sum(row[name] for row in rows) for name in ("here", "stuck"))
	has_leads = any(row["here"] or row["left"] for row in rows)
	return Table(
		columns=columns(),
		rows=rows if has_leads else [],
		chart=bar_chart(
			[row["label"] for row in rows],
			{
				_("Median Working Days So Far"): [row["median_so_far"] or 0 for row in rows],
				_("Median Working Days Until It Was Left"): [row["median"] or 0 for row in rows],
			},
		),
		summary=[
			figure(_("Open Leads"), now),
			figure(_("Stuck"), are_stuck, indicator="Red" if are_stuck else "Green"),
			figure(_("Statuses Left in This Time"), sum(row["left"] for row in rows)),
		],
	)


def columns() -> list[dict]:
	return [
		column("label", _("Status"), width=170),
		count_column("here", _("Leads Here Now"), 140),
		days_column("median_so_far", _("Median Working Days So Far"), 210),
		days_column("longest_so_far", _("Longest"), 110),
		column("stuck_after", _("Stuck After (Working Days)"), "Int", 190),
		count_column("stuck", _("Stuck")),
		column("left", _("Left in This Time"), "Int", 140),
		days_column("median", _("Median Working Days"), 170),
		days_column("average", _("Average Working Days"), 170),
	]


def present_times(asked: Asked) -> dict[str, Counter]:
	"""Return status → number of open leads by the days since which they are there.

	The keys of the counter are pairs (first day, today) as ordinals.
	"""
	lead = DocType(LEAD)
	since = sql.ordinal(lead.status_changed_on)
	today = date.fromisoformat(nowdate()).toordinal()
	found = (
		asked.narrow(scope.open_leads_query())
		.select(lead.status, since, Count("*"))
		.groupby(lead.status, since)
		.run()
	)
	return times_by_status(
		(status, day if day is not None else today, today, count) for status, day, count in found
	)


def stuck_leads(asked: Asked) -> dict[str, int]:
	lead = DocType(LEAD)
	query = asked.narrow(scope.from_leads()).where(conditions.stuck_condition().criterion)
	return dict(query.select(lead.status, Count("*")).groupby(lead.status).run())


def of_past(asked: Asked) -> dict[str, Counter]:
	"""Return status → number of stays that ended in the period asked for.

	The keys of the counter are pairs (first day, last day) as ordinals.
	"""
	log = DocType(STATUS_LOG)
	end = sql.ordinal(log.changed_on)
	start = sql.ordinal(sql.seconds_before(log.changed_on, log.seconds_in_previous))
	found = (
		asked.narrow(asked.between(scope.with_changes(scope.from_leads()), log.changed_on))
		.where(log.from_status.isnotnull() & (log.from_status != ""))
		.select(log.from_status, start, end, Count("*"))
		.groupby(log.from_status, start, end)
		.run()
	)
	return times_by_status(found)


def times_by_status(rows: Iterable[tuple]) -> dict[str, Counter]:
	found = defaultdict(Counter)
	for status, start, end, count in rows:
		found[status][int(start), int(end)] += int(count)
	return found


class WorkingDays:
	"""Counts working days between days, each day of the calendar looked at once."""

	def __init__(self, calendar: WorkingTime, stays: list[Counter]):
		days = [day for found in stays for pair in found for day in pair]
		self.working = [
			day
			for day in range(min(days, default=1), max(days, default=0) + 1)
			if calendar.is_working_day(date.fromordinal(day))
		]

	def between(self, start: int, end: int) -> int:
		"""Return the working days after `start` up to `end`.

		They are counted as for the days until leads of a status are stuck.
		"""
		return max(0, bisect_left(self.working, end + 1) - bisect_left(self.working, start + 1))

	def lengths(self, stays: Counter) -> Counter:
		"""Return how many stays lasted so many working days."""
		found = Counter()
		for (start, end), count in stays.items():
			found[self.between(start, end)] += count
		return found


def median(lengths: Counter) -> float | None:
	"""Return the middle length, between the two middle ones of an even number."""
	total = lengths.total()
	if not total:
		return None
	return (length_at(lengths, (total - 1) // 2) + length_at(lengths, total // 2)) / 2


def length_at(lengths: Counter, place: int) -> int:
	"""Return the length at `place` of all, the shortest first."""
	for length in sorted(lengths):
		place -= lengths[length]
		if place < 0:
			return length
	raise IndexError(place)


def average(lengths: Counter) -> float | None:
	total = lengths.total()
	return sum(length * count for length, count in lengths.items()) / total if total else None


def leads_behind(asked: Asked, key: dict, column: str) -> ListFilters:
	counted = {"here": conditions.is_open(), "stuck": conditions.stuck_condition()}[column]
	return [["status", "=", key["status"]], *counted.filters]


REPORT = Report(read, table, leads_behind)

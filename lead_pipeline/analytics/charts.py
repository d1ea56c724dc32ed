"""The charts of the workspace: a few bars each, from bounded queries.

They count what the user may see. Each chart says with `leads` which list a click on a bar opens, in the order
of its labels.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.utils import getdate, nowdate

from lead_pipeline.analytics import cards, conditions, dimensions, forecast, kept_groups, recent, sql
from lead_pipeline.analytics.asked import Asked
from lead_pipeline.analytics.money import Money
from lead_pipeline.analytics.tables import ListFilters, period_label, within
from lead_pipeline.constants import OPEN_CATEGORIES
from lead_pipeline.domain import periods
from lead_pipeline.reference_data import lead_statuses

BARS, MONTHS = 8, 6

Options = str | dict | list | None


@frappe.whitelist(methods=["GET", "POST"])
def new_per_week(filters: Options = None) -> dict:
	"""Return the number of leads that came in during each of the last 12 weeks.

	`filters` is what the framework passes to each chart.
	"""

	def read() -> dict:
		found, first = recent.count_by_week(), recent.first_week()
		numbers = range(first, first + recent.WEEKS)
		return chart(
			[period_label(periods.DAY, begin_of(number)) for number in numbers],
			{_("New Leads"): [found.get(number, 0) for number in numbers]},
			[within("creation", periods.WEEK, number, Asked()) for number in numbers],
		)

	return cards.from_replica(read)


def begin_of(week: int) -> int:
	return periods.start_of(periods.WEEK, week, sql.first_weekday()).toordinal()


@frappe.whitelist(methods=["GET", "POST"])
def open_by_status(filters: Options = None) -> dict:
	"""Open leads in each status, in the order of the pipeline."""

	def read() -> dict:
		opened = [
			status.name for status in lead_statuses.statuses().values() if status.category in OPEN_CATEGORIES
		]
		groups = kept_groups.open_groups() if kept_groups.are_better() else kept_groups.status_groups()
		found = kept_groups.sums_by(groups, "status")
		return chart(
			[_(name) for name in opened],
			{_("Open Leads"): [found.get(name, 0) for name in opened]},
			[[["status", "=", name], *conditions.is_open().filters] for name in opened],
		)

	return cards.from_replica(read)


@frappe.whitelist(methods=["GET", "POST"])
def new_by_channel(filters: Options = None) -> dict:
	"""Return leads of the last 90 days by where they came from."""

	def read() -> dict:
		since = recent.since("creation", recent.first_day()).filters
		return largest("channel", recent.count_by_channel(), _("New Leads"), since)

	return cards.from_replica(read)


@frappe.whitelist(methods=["GET", "POST"])
def open_by_owner(filters: Options = None) -> dict:
	"""Open leads by sales person."""

	def read() -> dict:
		groups = kept_groups.open_groups() if kept_groups.are_better() else kept_groups.status_groups()
		found = kept_groups.sums_by(groups, "lead_owner")
		return largest("lead_owner", found, _("Open Leads"), conditions.is_open().filters)

	return cards.from_replica(read)


def largest(name: str, found: dict, series: str, which: ListFilters) -> dict:
	"""Return a chart of the groups with the most leads, and all others together.

	No list shows the others. `which`: filters for the leads of all groups.
	"""
	dimension = dimensions.find_dimension(name)
	rows = sorted(found.items(), key=lambda item: (-item[1], str(item[0])))
	labels = dimension.labels([value for value, _count in rows[:BARS]])
	shown = [(labels.get(value, _("Not Set")), count) for value, count in rows[:BARS]]
	leads = [[*dimension.filters(value, Asked()), *which] for value, _count in rows[:BARS]]
	if others := sum(count for _value, count in rows[BARS:]):
		shown.append((_("Others"), others))
	return chart([label for label, _count in shown], {series: [count for _label, count in shown]}, leads)


@frappe.whitelist(methods=["GET", "POST"])
def forecast_by_month(filters: Options = None) -> dict:
	"""Return the revenue expected this month and in the next five, and it weighted.

	Weighted means multiplied by its probability.
	"""

	def read() -> dict:
		this = periods.period_number(periods.MONTH, getdate(nowdate()))
		months = range(this, this + MONTHS)
		groups = (
			kept_groups.open_groups()
			if kept_groups.are_better()
			else forecast.months_from_today(MONTHS, Money())
		)
		months_of = {of: kept_groups.sums_by(groups, "month", of) for of in ("revenue", "weighted")}

		def values(of: str) -> list[float]:
			return [round(months_of[of].get(month, 0), 2) for month in months]

		return chart(
			[period_label(periods.MONTH, month) for month in months],
			{_("Expected Revenue"): values("revenue"), _("Weighted Revenue"): values("weighted")},
			[forecast.leads_in(periods.MONTH, month) for month in months],
		)

	return cards.from_replica(read)


def chart(labels: list[str], datasets: dict[str, list[float]], leads: list[ListFilters]) -> dict:
	return {
		"labels": labels,
		"datasets": [{"name": name, "values": values} for name, values in datasets.items()],
		"leads": leads,
	}

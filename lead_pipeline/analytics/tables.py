"""Columns, rows, chart and summary of a report, as the framework takes them.

The rows know which leads they count.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle

import frappe
from frappe import _
from frappe.utils import cstr, formatdate

from lead_pipeline.analytics import sql
from lead_pipeline.analytics.asked import Asked
from lead_pipeline.constants import SETTINGS
from lead_pipeline.domain import periods

# Conditions of a list: field, operator, value.
ListFilters = list[list]

# Who waits longer than so many seconds is offered to have the report prepared.
LONG = 2

# More bars in a chart than fit on a screen.
MAX_BARS = 60

# Of the series of a chart, told apart in light and dark.
COLOURS = ("#318AD8", "#48BB74", "#F6A94A", "#8684FF", "#F56B6B", "#29CD9C", "#A8B8C5")


@dataclass
class Table:
	"""The result of a report.

	`key` of a row says which of its leads a number counts, see `drill_down.py`.
	"""

	columns: list[dict]
	rows: list[dict] = field(default_factory=list)
	chart: dict | None = None
	summary: list[dict] = field(default_factory=list)

	def as_answer(self, asked: Asked) -> tuple:
		"""Return the parts in the order in which a script report returns them."""
		if not self.rows:
			asked.note(_("No lead fits. Choose a longer time or take away a filter."))
			return self.columns, [], asked.message, None, []
		return self.columns, self.rows, asked.message, self.chart, self.summary


@dataclass(frozen=True)
class Report:
	"""A report of analytics.

	`table` returns the result, `leads_behind` returns which leads a number of a row counts: `leads_behind(asked,
	key, column)` gives the filters of a list, in addition to the common ones.
	"""

	read: Callable[[dict | str | None], Asked]
	table: Callable[[Asked], Table]
	leads_behind: Callable[[Asked, dict, str], ListFilters]

	def execute(self, filters: dict | str | None = None) -> tuple:
		"""Return the result in the form of the framework's script reports.

		It reads from the replica where the site has one.
		"""
		begun = time.monotonic()
		asked = self.read(filters)
		found = self.table(asked)
		asked.note(offer_to_prepare(begun))
		return found.as_answer(asked)


def offer_to_prepare(begun: float) -> str | None:
	"""Return the note for managers above a report that took long since `begun`.

	None for other users, who cannot change the setting.
	"""
	if time.monotonic() - begun <= LONG or not frappe.has_permission(SETTINGS, "write"):
		return None
	return "{} <a href='#' class='lead-prepare-report'>{}</a>".format(
		_("This report takes long on this site."), _("Prepare it in the background from now on")
	)


def column(fieldname: str, label: str, fieldtype: str = "Data", width: int = 130, **options) -> dict:
	return {"fieldname": fieldname, "label": label, "fieldtype": fieldtype, "width": width, **options}


def count_column(fieldname: str, label: str, width: int = 110, **options) -> dict:
	"""Return a column with a number of leads; a click on it lists them.

	`key`: what this column adds to the key of a row.
	"""
	return column(fieldname, label, "Int", width, drill_down=1, **options)


def money_column(fieldname: str, label: str, width: int = 150, **options) -> dict:
	return column(fieldname, label, "Currency", width, options="currency", **options)


def percent_column(fieldname: str, label: str, width: int = 110) -> dict:
	return column(fieldname, label, "Percent", width, precision=1)


def days_column(fieldname: str, label: str, width: int = 140) -> dict:
	return column(fieldname, label, "Float", width, precision=1)


def figure(label: str, value: float, datatype: str = "Int", **options) -> dict:
	"""Return one figure of the summary above a report."""
	return {"label": label, "value": value, "datatype": datatype, **options}


def share(part: float, whole: float) -> float:
	"""`part` of `whole` in percent; 0 of nothing."""
	return round(100 * part / whole, 2) if whole else 0.0


def bar_chart(labels: Sequence[str], datasets: dict[str, Sequence[float]], **options) -> dict | None:
	"""Return bars for the first rows of a report; None when there is nothing to draw."""
	if not labels:
		return None
	return {
		"data": {
			"labels": [cstr(label) for label in labels[:MAX_BARS]],
			"datasets": [
				{"name": name, "values": list(values[:MAX_BARS])} for name, values in datasets.items()
			],
		},
		"type": "bar",
		"colors": [colour for colour, _series in zip(cycle(COLOURS), datasets, strict=False)],
		# Drawn at once: bars that grow are read later.
		"animate": 0,
		**options,
	}


def period_label(interval: str, number: int) -> str:
	start = periods.start_of(interval, number, sql.first_weekday())
	match interval:
		case periods.MINUTE | periods.HOUR:
			return f"{formatdate(start)} {start:%H:%M}"
		case periods.DAY:
			return formatdate(start)
		case periods.WEEK:
			return _("Week from {0}").format(formatdate(start))
		case periods.MONTH:
			return formatdate(start, "MMM yyyy")
		case periods.QUARTER:
			return _("Quarter {0} of {1}").format((start.month - 1) // 3 + 1, start.year)
	return str(start.year)


def within(fieldname: str, interval: str, number: int, asked: Asked, is_date: bool = False) -> ListFilters:
	"""Return a period as filters of a list, no longer than the days asked for."""
	weekday = sql.first_weekday()
	start, end = (bound(interval, number, weekday) for bound in (periods.start_of, periods.end_of))
	if asked.start:
		start, end = max(start, asked.first_moment), min(end, asked.moment_after)
	return [[fieldname, ">=", bound_text(start, is_date)], [fieldname, "<", bound_text(end, is_date)]]


def bound_text(moment: datetime, is_date: bool) -> str:
	return str(moment.date()) if is_date else str(moment)


def route_options(filters: ListFilters) -> dict[str, list[str]]:
	"""Return filters of a list as the desk takes them on the way to it.

	Several on one field are possible only in this form.
	"""
	found: dict[str, list[str]] = {}
	for fieldname, operator, value in filters:
		found.setdefault(fieldname, []).append(json.dumps([operator, value]))
	return found


def full_names(users: Sequence[str]) -> dict[str, str]:
	"""Return the full names of users by their ids.

	Without permission checks: users who see a lead see whose it is.
	"""
	named = sorted({user for user in users if user})
	if not named:
		return {}
	rows = frappe.get_all("User", {"name": ("in", named)}, ["name", "full_name"], order_by=None)
	return {row.name: row.full_name or row.name for row in rows}

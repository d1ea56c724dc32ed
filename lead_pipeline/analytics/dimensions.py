"""The dimensions that leads can be grouped by.

A dimension is a field of the lead, its tags, or a period of one of its dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import frappe
from frappe import _
from pypika.queries import QueryBuilder
from pypika.terms import Term

from lead_pipeline.analytics import sql
from lead_pipeline.analytics.asked import Asked
from lead_pipeline.analytics.tables import ListFilters, full_names, period_label, within
from lead_pipeline.constants import DISQUALIFIED, LEAD, LOST, OPEN_CATEGORIES, WON
from lead_pipeline.domain import periods
from lead_pipeline.framework.list_conditions import is_time_set
from lead_pipeline.reference_data import lead_statuses

TAG_ITEM = "Pipeline Lead Tag Item"
CREATION, CLOSING, CHANGED = "creation", "expected_closing", "status_changed_on"

# Fields of which each value is a group.
LINKS = ("status", "lead_type", "priority", "channel", "lost_reason")
USERS = ("lead_owner", "next_contact_by")
TEXTS = ("campaign", "utm_source", "utm_medium", "utm_campaign", "market_segment", "industry", "currency")
CHOICES = ("status_category", "next_step")
FIELDS = (*LINKS, *USERS, *TEXTS, *CHOICES)

WEEKDAY, HOUR_OF_DAY = "Weekday", "Hour of the Day"
TIMES = {
	CREATION: (*periods.INTERVALS, WEEKDAY, HOUR_OF_DAY),
	CLOSING: (periods.DAY, periods.WEEK, periods.MONTH, periods.QUARTER, periods.YEAR, WEEKDAY),
	CHANGED: (periods.DAY, periods.WEEK, periods.MONTH, periods.QUARTER, periods.YEAR, WEEKDAY),
}


@dataclass(frozen=True)
class Dimension:
	"""`term` of a query that `join` has prepared gives a group's value.

	`labels` names all values at once; `filters` says in filters of a list which leads have one, None: no filter can.
	"""

	name: str
	term: Term
	join: Callable[[QueryBuilder], QueryBuilder]
	labels: Callable[[list], dict]
	filters: Callable[[object, Asked], ListFilters | None]
	is_time: bool = False
	is_text: bool = False

	@property
	def key(self) -> Term:
		"""What all spellings of a value have in common."""
		return sql.same_key(self.term) if self.is_text else self.term


def dimension_names() -> list[str]:
	times = [f"{fieldname} {interval}" for fieldname, found in TIMES.items() for interval in found]
	return [*FIELDS, "tag", *times]


def find_dimension(name: str) -> Dimension:
	"""Return the dimension called `name`, one of `dimension_names`."""
	if name == "tag":
		return of_tags()
	fieldname, _space, interval = name.partition(" ")
	return of_time(fieldname, interval) if interval else of_field(fieldname)


def as_it_is(query: QueryBuilder) -> QueryBuilder:
	return query


def of_field(fieldname: str) -> Dimension:
	lead = frappe.qb.DocType(LEAD)

	def filters(value: object, asked: Asked) -> ListFilters:
		return [[fieldname, "=", value]] if value else [[fieldname, "is", "not set"]]

	def labels(values: list) -> dict:
		known = full_names(values) if fieldname in USERS else {}
		is_translated = fieldname in (*LINKS, *CHOICES)
		return {
			value: known.get(value) or (_(value) if is_translated else value) for value in values if value
		}

	# An empty text and none are one group: nothing.
	term = sql.NullIf(lead[fieldname], "")
	return Dimension(fieldname, term, as_it_is, labels, filters, is_text=fieldname in TEXTS)


def of_tags() -> Dimension:
	"""A lead counts once for each of its tags, and under nothing when it has none."""
	lead, item = frappe.qb.DocType(LEAD), frappe.qb.DocType(TAG_ITEM)

	def join(query: QueryBuilder) -> QueryBuilder:
		return query.left_join(item).on((item.parent == lead.name) & (item.parenttype == LEAD))

	def filters(value: object, asked: Asked) -> ListFilters | None:
		return [[f"{TAG_ITEM}.tag", "=", value]] if value else None

	def labels(values: list) -> dict:
		return {value: _(value) for value in values if value}

	return Dimension("tag", item.tag, join, labels, filters)


def of_time(fieldname: str, interval: str) -> Dimension:
	moment = frappe.qb.DocType(LEAD)[fieldname]
	is_date = fieldname == CLOSING
	if interval == WEEKDAY:
		term, label = sql.weekday(moment), lambda number: _(sql.WEEKDAYS[number])
	elif interval == HOUR_OF_DAY:
		term, label = sql.hour_of_day(moment), lambda number: f"{number:02}:00"
	else:
		term, label = sql.period(interval, moment), lambda number: period_label(interval, number)

	def filters(value: object, asked: Asked) -> ListFilters | None:
		if value is None:
			return [is_time_set(fieldname, is_set=False)]
		if interval in (WEEKDAY, HOUR_OF_DAY):
			return None
		return within(fieldname, interval, int(value), asked if fieldname == CREATION else Asked(), is_date)

	def labels(values: list) -> dict:
		return {value: label(int(value)) for value in values if value is not None}

	return Dimension(f"{fieldname} {interval}", term, as_it_is, labels, filters, is_time=True)


def sort_values(dimension: Dimension, values: list) -> list:
	"""Return the values in the order in which they are shown.

	Time forward, statuses by position, all others by their label; an empty value comes last.
	"""
	labels = dimension.labels(values)
	if dimension.is_time:
		order = {value: int(value) for value in values if value is not None}
	elif dimension.name == "status":
		order = placed(values, lead_statuses.statuses())
	elif dimension.name == "status_category":
		order = placed(values, (*OPEN_CATEGORIES, WON, LOST, DISQUALIFIED))
	else:
		order = {value: str(labels.get(value)).casefold() for value in values}
	found = sorted((value for value in values if value is not None), key=lambda value: order[value])
	return [*found, *([None] if None in values else [])]


def placed(values: Iterable, known: Iterable[str]) -> dict[object, int]:
	"""The place of each value among the `known` ones, behind them all when it is none."""
	places = {name: place for place, name in enumerate(known)}
	return {value: places.get(value, len(places)) for value in values}


def has_value(dimension: Dimension, value: object):
	"""Return the condition that a lead is in the group of `value`.

	For what no filter of a list can express.
	"""
	return dimension.term.isnull() if value is None else dimension.term == value

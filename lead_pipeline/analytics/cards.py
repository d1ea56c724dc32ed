"""The number cards of the workspace: what each counts, how that was before, and the list that a click opens.

Each query is bounded: by an index on what it counts, or by the leads of the user (`scope.py`). A card and the list that
it opens count the same, as both are made of one condition.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count
from frappe.utils import (
	add_months,
	fmt_money,
	get_first_day,
	get_first_day_of_week,
	getdate,
	now_datetime,
	nowdate,
)
from pypika.terms import Criterion

from lead_pipeline.analytics import conditions, open_groups, scope, sql
from lead_pipeline.analytics.conditions import Condition
from lead_pipeline.analytics.money import Money
from lead_pipeline.analytics.tables import ListFilters, route_options, share
from lead_pipeline.constants import LEAD

# The time of which the conversion rate tells.
CONVERSION_DAYS = 90

Filters = str | dict | list | None


@frappe.whitelist(methods=["GET", "POST"])
def my_steps_due_today(filters: Filters = None) -> dict:
	"""Open leads whose next step is today and lies with the user. `filters` is what the framework passes to each card."""
	return number_of(mine(conditions.has_step(conditions.TODAY)))


@frappe.whitelist(methods=["GET", "POST"])
def my_overdue_steps(filters: Filters = None) -> dict:
	"""The same, when the day has passed."""
	return number_of(mine(conditions.has_step(conditions.OVERDUE)))


@frappe.whitelist(methods=["GET", "POST"])
def open_leads(filters: Filters = None) -> dict:
	return number_of(conditions.is_open())


@frappe.whitelist(methods=["GET", "POST"])
def new_this_week(filters: Filters = None) -> dict:
	"""Leads that came since the week began, as the site's weeks begin; and those of the week before until this time."""
	first, week = get_first_day_of_week(nowdate()), timedelta(days=7)
	before = between("creation", at_midnight(first - week), now_datetime() - week)
	return compared(
		number_of(since("creation", str(first))), read(count, before), _("{0} by this time last week")
	)


@frappe.whitelist(methods=["GET", "POST"])
def overdue(filters: Filters = None) -> dict:
	return number_of(conditions.has_step(conditions.OVERDUE))


@frappe.whitelist(methods=["GET", "POST"])
def without_next_step(filters: Filters = None) -> dict:
	return number_of(conditions.has_step(conditions.NO_STEP))


@frappe.whitelist(methods=["GET", "POST"])
def stuck(filters: Filters = None) -> dict:
	return number_of(conditions.is_stuck())


@frappe.whitelist(methods=["GET", "POST"])
def won_this_month(filters: Filters = None) -> dict:
	"""Leads that are won since the month began; and those of the month before until this day and time."""
	first, won = get_first_day(nowdate()), conditions.is_won()
	begin, end = at_midnight(get_first_day(nowdate(), d_months=-1)), add_months(now_datetime(), -1)
	before = both(won, between("status_changed_on", begin, end))
	found = number_of(both(won, since("status_changed_on", str(first))))
	return compared(found, read(count, before), _("{0} by this day last month"))


@frappe.whitelist(methods=["GET", "POST"])
def conversion_rate(filters: Filters = None) -> dict:
	"""Won leads of those that were closed in the last 90 days, in percent; and the same of the 90 days before."""
	days = timedelta(days=CONVERSION_DAYS)
	first = getdate(nowdate()) - days
	lately = since("status_changed_on", str(first))
	before = between("status_changed_on", at_midnight(first - days), at_midnight(first))
	found = answer(conversion(lately), "Percent", both(conditions.is_closed(), lately).filters)
	return compared(found, conversion(before), _("{0} % in the 90 days before"))


def conversion(when: Condition) -> float:
	"""Of the leads that were closed then: how many are won, in percent."""

	def counts() -> tuple:
		query = scope.from_leads().where(conditions.is_closed().criterion & when.criterion)
		return query.select(sql.count_where(conditions.is_won().criterion), Count("*")).run()[0]

	return share(*map(int, read(counts)))


@frappe.whitelist(methods=["GET", "POST"])
def expected_revenue(filters: Filters = None) -> dict:
	"""Of all open leads, in the site's currency."""
	return revenue("revenue")


@frappe.whitelist(methods=["GET", "POST"])
def weighted_revenue(filters: Filters = None) -> dict:
	"""The same, times the probability of each."""
	return revenue("weighted")


def revenue(of: str) -> dict:
	return answer(read(sum_of_open, of), "Currency", conditions.is_open().filters)


def sum_of_open(of: str) -> float:
	if open_groups.are_better():
		return open_groups.total(of)
	money = Money()
	term = money.total() if of == "revenue" else money.total_weighted()
	return float(scope.open_leads().select(term).run()[0][0])


def number_of(condition: Condition) -> dict:
	return answer(read(count, condition), "Int", condition.filters)


def count(condition: Condition) -> int:
	if condition.in_group and open_groups.are_better():
		return int(open_groups.total("leads", condition.in_group))
	return scope.count(scope.from_leads().where(condition.criterion))


def answer(value: float, fieldtype: str, filters: ListFilters) -> dict:
	return {
		"value": value,
		"fieldtype": fieldtype,
		"route": ["List", LEAD, "List"],
		"route_options": route_options(filters),
	}


def compared(found: dict, before: float, text: str) -> dict:
	"""`found` with its trend: what it was `before`, in a text with a place for that, and which way it goes."""
	# Without decimals: a share of leads is no more exact.
	number = fmt_money(before, precision=0)
	return found | {"trend": {"change": round(found["value"] - before, 2), "text": text.format(number)}}


@frappe.read_only()
def read(work, *args):
	"""What `work` reads, from the replica where the site has one."""
	return work(*args)


def mine(condition: Condition) -> Condition:
	"""What lies with the user."""
	user = frappe.session.user
	return both(Condition(DocType(LEAD).next_contact_by == user, [["next_contact_by", "=", user]]), condition)


def since(fieldname: str, day: str) -> Condition:
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


def both(one: Condition, other: Condition) -> Condition:
	return Condition(one.criterion & other.criterion, [*one.filters, *other.filters])

"""The number cards of the workspace: what each counts, and the list or report that a click opens.

Each query is bounded: by an index on what it counts, or by the leads of the user (`scope.py`). A card and the list that
it opens count the same, as both are made of one condition.
"""

from __future__ import annotations

from datetime import timedelta

import frappe
from frappe.query_builder import DocType
from frappe.utils import get_first_day, get_first_day_of_week, getdate, nowdate
from pypika.terms import Criterion

from lead_pipeline.analytics import conditions, open_groups, scope
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
	"""Leads that came since the week began, as the site's weeks begin."""
	return number_of(since("creation", str(get_first_day_of_week(nowdate()))))


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
	return number_of(both(conditions.is_won(), since("status_changed_on", str(get_first_day(nowdate())))))


@frappe.whitelist(methods=["GET", "POST"])
def conversion_rate(filters: Filters = None) -> dict:
	"""Won leads of those that were closed in the last 90 days, in percent."""
	lately = since("status_changed_on", str(getdate(nowdate()) - timedelta(days=CONVERSION_DAYS)))
	won, closed = (
		read(count, both(condition, lately)) for condition in (conditions.is_won(), conditions.is_closed())
	)
	return answer(share(won, closed), "Percent", both(conditions.is_closed(), lately).filters)


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


def both(one: Condition, other: Condition) -> Condition:
	return Condition(one.criterion & other.criterion, [*one.filters, *other.filters])

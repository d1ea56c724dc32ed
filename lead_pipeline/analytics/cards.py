"""The number cards of the workspace: number, trend, and the list behind a click.

Each query is bounded: by an index on what it counts, or by the leads of the user (`scope.py`). A card and the
list that it opens count the same, as both are made of one condition.
"""

from __future__ import annotations

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.utils import fmt_money

from lead_pipeline.analytics import conditions, kept_groups, recent, scope
from lead_pipeline.analytics.conditions import Condition
from lead_pipeline.analytics.tables import ListFilters, route_options, share
from lead_pipeline.constants import LEAD

Filters = str | dict | list | None


@frappe.whitelist(methods=["GET", "POST"])
def my_steps_due_today(filters: Filters = None) -> dict:
	"""Return the number of open leads whose next step is today and lies with the user.

	`filters` is what the framework passes to each card.
	"""
	return card_number(lies_with_user(conditions.has_step(conditions.TODAY)))


@frappe.whitelist(methods=["GET", "POST"])
def my_overdue_steps(filters: Filters = None) -> dict:
	"""Count the user's steps whose day has passed."""
	return card_number(lies_with_user(conditions.has_step(conditions.OVERDUE)))


@frappe.whitelist(methods=["GET", "POST"])
def open_leads(filters: Filters = None) -> dict:
	return card_answer(int(from_replica(sum_of_open, "leads")), "Int", conditions.is_open().filters)


@frappe.whitelist(methods=["GET", "POST"])
def new_this_week(filters: Filters = None) -> dict:
	"""Return the number of leads that came in since the week began.

	Weeks begin as the site's weeks do. The trend compares with the week before until this time.
	"""
	found, earlier = from_replica(recent.count, "new")
	now, _before = recent.new_leads()
	return compared(card_answer(found, "Int", now.filters), earlier, _("{0} by this time last week"))


@frappe.whitelist(methods=["GET", "POST"])
def overdue(filters: Filters = None) -> dict:
	return card_number(conditions.has_step(conditions.OVERDUE))


@frappe.whitelist(methods=["GET", "POST"])
def without_next_step(filters: Filters = None) -> dict:
	return card_number(conditions.has_step(conditions.NO_STEP))


@frappe.whitelist(methods=["GET", "POST"])
def stuck(filters: Filters = None) -> dict:
	return card_number(conditions.stuck_condition())


@frappe.whitelist(methods=["GET", "POST"])
def won_this_month(filters: Filters = None) -> dict:
	"""Return the number of leads won since the month began.

	The trend compares with the month before until this day and time.
	"""
	found, earlier = from_replica(recent.count, "won")
	now, _before = recent.won_leads()
	return compared(card_answer(found, "Int", now.filters), earlier, _("{0} by this day last month"))


@frappe.whitelist(methods=["GET", "POST"])
def conversion_rate(filters: Filters = None) -> dict:
	"""Return the percentage of won leads among those closed in the last 90 days.

	The trend compares with the 90 days before.
	"""
	won_now, others_now, won_before, others_before = from_replica(recent.count, "closed")
	now, before = share(won_now, won_now + others_now), share(won_before, won_before + others_before)
	found = card_answer(now, "Percent", recent.closed_leads().filters)
	return compared(found, before, _("{0} % in the 90 days before"))


@frappe.whitelist(methods=["GET", "POST"])
def expected_revenue(filters: Filters = None) -> dict:
	"""Sum up the expected revenue of all open leads, in the site's currency."""
	return revenue("revenue")


@frappe.whitelist(methods=["GET", "POST"])
def weighted_revenue(filters: Filters = None) -> dict:
	"""Return the sum of expected revenue times probability over all open leads.

	In the site's currency.
	"""
	return revenue("weighted")


def revenue(of: str) -> dict:
	return card_answer(from_replica(sum_of_open, of), "Currency", conditions.is_open().filters)


def sum_of_open(of: str) -> float:
	if kept_groups.are_better():
		return kept_groups.sum_of(kept_groups.open_groups(), of)
	return kept_groups.sum_of(kept_groups.status_groups(), of)


def card_number(condition: Condition) -> dict:
	return card_answer(from_replica(count_leads, condition), "Int", condition.filters)


def count_leads(condition: Condition) -> int:
	if condition.in_group and kept_groups.are_better():
		return int(kept_groups.sum_of(kept_groups.open_groups(), "leads", condition.in_group))
	return scope.count_found(scope.from_leads().where(condition.criterion))


def card_answer(value: float, fieldtype: str, filters: ListFilters) -> dict:
	return {
		"value": value,
		"fieldtype": fieldtype,
		"route": ["List", LEAD, "List"],
		"route_options": route_options(filters),
	}


def compared(found: dict, before: float, text: str) -> dict:
	"""Return `found` with its trend.

	The trend says what the number was `before`, in `text`, which has a place for it, and which way it goes.
	"""
	# Without decimals: a share of leads is no more exact.
	number = fmt_money(before, precision=0)
	return found | {"trend": {"change": round(found["value"] - before, 2), "text": text.format(number)}}


@frappe.read_only()
def from_replica(work, *args):
	"""What `work` reads, from the replica where the site has one."""
	return work(*args)


def lies_with_user(condition: Condition) -> Condition:
	"""Return what lies with the user."""
	user = frappe.session.user
	mine = Condition(
		DocType(LEAD).next_contact_by == user,
		[["next_contact_by", "=", user]],
		lambda group: bool(group["is_mine"]),
	)
	return conditions.both(mine, condition)

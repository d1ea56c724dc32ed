"""Conditions of reports and cards, on leads in a query and as filters of a list.

One word means one thing in all reports and cards.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import frappe
from frappe.utils import nowdate
from pypika.terms import Criterion

from lead_pipeline.constants import (
	CLOSED_CATEGORIES,
	DISQUALIFIED,
	FIRST_DAY,
	LEAD,
	LOST,
	OPEN_CATEGORIES,
	QUALIFIED,
	WON,
)

# Values of a lead's `next_step`.
NO_STEP, OVERDUE, TODAY = "None", "Overdue", "Today"


@dataclass(frozen=True)
class Condition:
	"""A condition as `criterion` of a query on leads and as `filters` of a list.

	Both take the same leads.
	"""

	criterion: Criterion
	filters: list[list]
	# Whether a group of open leads (`kept_groups.py`) fulfils it; None when the groups cannot tell.
	in_group: Callable[[dict], bool] | None = None


def both(one: Condition, other: Condition) -> Condition:
	in_group = None
	if one.in_group and other.in_group:
		first, second = one.in_group, other.in_group

		def in_group(group: dict) -> bool:
			return first(group) and second(group)

	return Condition(one.criterion & other.criterion, [*one.filters, *other.filters], in_group)


def in_categories(*categories: str) -> Condition:
	field = frappe.qb.DocType(LEAD).status_category
	filters = (
		["status_category", "in", list(categories)]
		if len(categories) > 1
		else ["status_category", "=", categories[0]]
	)
	return Condition(field.isin(categories), [filters])


def categories_of(condition: Condition) -> list[str]:
	"""Return the categories of `in_categories`."""
	((_field, _operator, found),) = condition.filters
	return found if isinstance(found, list) else [found]


def is_open() -> Condition:
	return replace(in_categories(*OPEN_CATEGORIES), in_group=lambda group: True)


def closed_condition() -> Condition:
	return in_categories(*CLOSED_CATEGORIES)


def is_won() -> Condition:
	return in_categories(WON)


def is_lost() -> Condition:
	return in_categories(LOST)


def is_disqualified() -> Condition:
	return in_categories(DISQUALIFIED)


def is_qualified() -> Condition:
	"""Return the condition that a lead has become a sales document or a customer."""
	return in_categories(QUALIFIED, WON)


def has_step(state: str) -> Condition:
	"""Return an open lead whose next step is in this state."""
	lead, opened = frappe.qb.DocType(LEAD), is_open()
	return Condition(
		opened.criterion & (lead.next_step == state),
		[*opened.filters, ["next_step", "=", state]],
		lambda group: group["next_step"] == state,
	)


def stuck_condition() -> Condition:
	"""Return an open lead that has been in its status for longer than the status says."""
	lead, opened, today = frappe.qb.DocType(LEAD), is_open(), nowdate()
	return Condition(
		opened.criterion & (lead.stuck_on <= today),
		[*opened.filters, ["stuck_on", ">=", FIRST_DAY], ["stuck_on", "<=", today]],
		lambda group: bool(group["stuck"]),
	)

"""What is counted, as conditions on a lead and as filters of a list: one word means one thing in all reports and cards."""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from pypika.terms import Criterion

from lead_pipeline.constants import (
	CLOSED_CATEGORIES,
	DISQUALIFIED,
	LEAD,
	LOST,
	OPEN_CATEGORIES,
	QUALIFIED,
	WON,
)

# A list takes no day for the earliest one of all: a filter "before today" needs a first day, too.
FIRST_DAY = "1900-01-01"


@dataclass(frozen=True)
class Condition:
	"""`criterion` of a query on leads and `filters` of a list that take the same leads."""

	criterion: Criterion
	filters: list[list]


def in_categories(*categories: str) -> Condition:
	field = frappe.qb.DocType(LEAD).status_category
	filters = (
		["status_category", "in", list(categories)]
		if len(categories) > 1
		else ["status_category", "=", categories[0]]
	)
	return Condition(field.isin(categories), [filters])


def is_open() -> Condition:
	return in_categories(*OPEN_CATEGORIES)


def is_closed() -> Condition:
	return in_categories(*CLOSED_CATEGORIES)


def is_won() -> Condition:
	return in_categories(WON)


def is_lost() -> Condition:
	return in_categories(LOST)


def is_disqualified() -> Condition:
	return in_categories(DISQUALIFIED)


def is_qualified() -> Condition:
	"""It has become a sales document, or a customer."""
	return in_categories(QUALIFIED, WON)

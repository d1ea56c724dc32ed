"""Tell filters of a list that a query can have by itself from others.

A lead has to be in a list of the framework with the others. That means reading it twice.
"""

from typing import NamedTuple

import frappe
from pypika.terms import Criterion

from lead_pipeline.constants import CATEGORIES, LEAD
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.visibility import field_levels

# Nearly every list of leads is filtered by these.
STATUS, CATEGORY, OWNER = FIELDS = ("status", "status_category", "lead_owner")

Filters = list[list]


class Plain(NamedTuple):
	"""Some filters as values by field, and the other filters.

	A lead has one of the values.
	"""

	values: list[tuple[str, list[str]]]
	others: Filters

	@property
	def condition(self) -> Criterion:
		lead = frappe.qb.DocType(LEAD)
		return Criterion.all([lead[field].isin(values) for field, values in self.values])

	@property
	def statuses(self) -> list[str]:
		"""Return the statuses that are left, in their order."""
		return [
			name
			for name, status in lead_statuses.statuses().items()
			if self.allows(STATUS, name) and self.allows(CATEGORY, status.category)
		]

	@property
	def owner(self) -> str | None:
		"""Return the one sales person that is left."""
		named = [values for field, values in self.values if field == OWNER and len(values) == 1]
		return named[0][0] if named else None

	def allows(self, field: str, value: str) -> bool:
		return all(value in values for other, values in self.values if other == field)


def split(filters: Filters) -> Plain:
	"""Return the filters as `Plain`."""
	hidden = field_levels.unreadable_fields(LEAD)
	values, others = [], []
	for each in filters:
		doctype, field, operator, value = each[:4]
		given = [value] if operator == "=" else value
		is_plain = doctype == LEAD and field in FIELDS and field not in hidden and operator in ("=", "in")
		if (
			is_plain
			and isinstance(given, list | tuple)
			and given
			and all(is_known(field, one) for one in given)
		):
			values.append((field, list(given)))
		else:
			others.append(each)
	return Plain(values, others)


def is_known(field: str, value: object) -> bool:
	"""Return whether the value means to the database what it means here.

	It takes "lost" for "Lost", and nothing for fields that are empty in two ways.
	"""
	known = {STATUS: lead_statuses.statuses(), CATEGORY: CATEGORIES}.get(field)
	return isinstance(value, str) and bool(value) and (known is None or value in known)

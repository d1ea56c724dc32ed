"""Which lead survives a merge, and with which values; pure.

Only suggestions: whoever merges can choose otherwise, field by field.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from lead_pipeline.constants import DISQUALIFIED, LOST, NEW, QUALIFIED, WON, WORKING

# The further a lead has come, the more is known about it; what has come to nothing is the last choice (as in Odoo).
CONFIDENCE = (WON, QUALIFIED, WORKING, NEW, LOST, DISQUALIFIED)

# Fields that mean something only together: they come from the same lead. The first one says whether there is anything.
FIELDS_TOGETHER = (
	("expected_revenue", "currency"),
	("party", "party_type"),
	("lost_reason", "lost_note"),
	("next_contact_date", "next_contact_by"),
	("company_name", "is_organization"),
)


class Values(Protocol):
	"""A lead given by its fields: a document or a dict."""

	def get(self, field: str) -> object: ...


def survivor(leads: Iterable[Values]) -> str:
	"""Return the name of the lead to keep: the most advanced, the oldest of several."""
	return min(leads, key=lambda lead: (rank(lead), str(lead.get("creation")), lead.get("name"))).get("name")


def rank(lead: Values) -> int:
	category = lead.get("status_category")
	return CONFIDENCE.index(category) if category in CONFIDENCE else len(CONFIDENCE)


def sources_of_values(survivor: Values, others: Sequence[Values], fields: Iterable[str]) -> dict[str, str]:
	"""Return, for each field, the name of the lead whose value to take.

	The survivor, else the first lead that has a value.
	"""
	found = {field: first_with(field, [survivor, *others]) for field in fields}
	for leader, *followers in FIELDS_TOGETHER:
		found |= {follower: found[leader] for follower in followers if follower in found and leader in found}
	return found


def first_with(field: str, leads: Sequence[Values]) -> str:
	return next((lead.get("name") for lead in leads if says_something(lead.get(field))), leads[0].get("name"))


def says_something(value: object) -> bool:
	"""Zero and an empty editor say nothing."""
	return value not in (None, "", 0, 0.0, [], "<div><br></div>")


def chosen(suggested: Mapping[str, str], choices: Mapping[str, str]) -> dict[str, str]:
	"""Return the sources somebody has chosen, and the suggested ones for the rest.

	A choice for the first of fields that belong together counts for those of them that were not chosen themselves.
	"""
	found = {field: choices.get(field) or lead for field, lead in suggested.items()}
	for leader, *followers in FIELDS_TOGETHER:
		for follower in followers:
			if leader in choices and follower in found and follower not in choices:
				found[follower] = choices[leader]
	return found

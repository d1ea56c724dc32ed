"""Choose some of the leads, among which common words are looked for first.

What is found stands in the order of the search: open leads first, then those that were changed last. So a window takes the open
leads that were changed last; when all open ones have been read, the closed ones that were. Who does not see all leads
finds most among their own open ones that came to their status last.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

import frappe
from frappe.query_builder.functions import Count, Max
from pypika.terms import Criterion

from lead_pipeline.constants import CLOSED_CATEGORIES, LEAD, OPEN_CATEGORIES
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.visibility.list_filters import changed_since

# Of so many leads that were changed last those with a status of the rank are read: at first as many as should do, at most
# FIRST_WINDOW, then more.
WINDOW, FIRST_WINDOW, LEAST_WINDOW = 10_000, 5000, 200
# So few leads of a rank are all read.
FEW = 2000
# About so many leads of a person are read: at first some, then more. As many of each status.
OWN_WINDOWS = (600, 2400)


class Window(NamedTuple):
	"""The condition for some leads, and whether these are all that it could be about."""

	condition: Criterion
	is_all: bool


def in_ranks(statuses: Sequence[str]) -> list[list[str]]:
	"""Return the open ones and the closed ones of the statuses.

	Each if there are any.
	"""
	ranks = [
		[name for name in statuses if lead_statuses.category(name) in categories]
		for categories in (OPEN_CATEGORIES, CLOSED_CATEGORIES)
	]
	return [rank for rank in ranks if rank]


def latest_windows(statuses: list[str], sizes: Sequence[int]) -> Iterator[Window]:
	"""Yield leads with one of the statuses that were changed last.

	They are among `sizes` of all leads, one after the other. All with such a status when these are few, and the first
	window was not enough.
	"""
	lead = frappe.qb.DocType(LEAD)
	of_rank = lead.status.isin(statuses)
	for size in sizes:
		since = changed_since(size)
		if since:
			yield Window(of_rank & (lead.modified >= since), is_all=False)
		if not since or are_few(of_rank):
			yield Window(of_rank, is_all=True)
			return


def are_few(condition: Criterion) -> bool:
	"""Return whether the condition holds for at most FEW leads.

	An index has to answer it.
	"""
	lead = frappe.qb.DocType(LEAD)
	some = frappe.qb.from_(lead).select(lead.name).where(condition).limit(FEW + 1).as_("some")
	return frappe.qb.from_(some).select(Count("*")).run()[0][0] <= FEW


def own_windows(user: str, statuses: list[str]) -> Iterator[Criterion]:
	"""Yield leads of the sales person `user` that came to their status last.

	With one of the statuses.
	"""
	lead = frappe.qb.DocType(LEAD)
	is_own = (lead.lead_owner == user) & lead.status.isin(statuses)
	for size in OWN_WINDOWS:
		since = last_of_each(user, statuses, size // len(statuses))
		if not since:
			yield is_own
			return
		yield is_own & (lead.status_changed_on >= since)


def last_of_each(user: str, statuses: list[str], size: int) -> datetime | None:
	"""Return since when more than `size` leads of `user` came to one status.

	Since then all that came to any of the statuses are in the window. None when no status has more than `size`. An index has the
	leads of a person in this order.
	"""
	lead = frappe.qb.DocType(LEAD)
	first, *others = [
		frappe.qb.from_(
			frappe.qb.from_(lead)
			.select(lead.status_changed_on)
			.where((lead.lead_owner == user) & (lead.status == status))
			.orderby(lead.status_changed_on, order=frappe.qb.desc)
			.limit(1)
			.offset(size)
			.as_("last")
		).select("status_changed_on")
		for status in statuses
	]
	query = first
	for other in others:
		query = query.union_all(other)
	ends = query.as_("ends")
	return frappe.qb.from_(ends).select(Max(ends.status_changed_on)).run()[0][0]

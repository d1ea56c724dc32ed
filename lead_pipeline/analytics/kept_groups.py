"""Groups of leads that cards and charts sum up: read at once, kept for a minute.

The workspace asks for a dozen numbers in requests of their own, at the same moment. Under *Own Leads* no index
can say which leads a user sees, so each number would read all that a user with many leads has: all numbers of
open leads come from one reading, those of the last months from another one. For users from whom nothing is
hidden, indexes answer; only the sums over all open leads, of which each reads the same index, are read
together. What is kept is valid until any lead is saved.
"""

from __future__ import annotations

from collections.abc import Callable

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count, Max, Sum
from frappe.utils import nowdate
from pypika import Case
from pypika.terms import Term

from lead_pipeline.analytics import scope, sql
from lead_pipeline.analytics.money import Money
from lead_pipeline.constants import LEAD, OPEN_CATEGORIES
from lead_pipeline.domain import periods
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads
from lead_pipeline.visibility.own_leads import few, sees_all
from lead_pipeline.visibility.readable_records import list_conditions

KEPT_SECONDS = 60

Group = frappe._dict


def are_better() -> bool:
	"""Return whether to read groups: the user sees only some of the leads, but many.

	Many means more than a list of names can hold.
	"""
	user = frappe.session.user
	return not sees_all(user) and few(user) is None


def keep(kind: str, read: Callable[[], list[Group]], *stamps: object) -> list[Group]:
	"""Return what `read` gives for the user, or its result of the last minute.

	The kept result is used when no lead has changed since. `stamps`: what else the answer depends on.
	"""
	refuse_who_reads_no_leads()
	newest = frappe.qb.from_(DocType(LEAD)).select(Max(DocType(LEAD).modified)).run()[0][0]
	key = f"lead_pipeline_groups:{kind}:{frappe.session.user}"
	# What was kept before a change of what the user may see does not hold.
	seen = list_conditions(LEAD, frappe.session.user)
	stamp = [str(newest), nowdate(), seen, *stamps]
	kept = frappe.cache.get_value(key, expires=True)
	if kept and kept["stamp"] == stamp:
		return kept["groups"]
	groups = read()
	frappe.cache.set_value(key, {"stamp": stamp, "groups": groups}, expires_in_sec=KEPT_SECONDS)
	return groups


def open_groups() -> list[Group]:
	"""Return groups of open leads, with their sums.

	Fields: `status`, `next_step`, `is_mine`, `stuck`, `lead_owner`, `month` of the closing, and the sums.
	`is_mine`: whether the next step lies with the user.
	"""
	money, lead = Money(), DocType(LEAD)
	terms = {
		"status": lead.status,
		"next_step": lead.next_step,
		"is_mine": Case().when(lead.next_contact_by == frappe.session.user, 1).else_(0),
		"stuck": Case().when(lead.stuck_on <= nowdate(), 1).else_(0),
		"lead_owner": sql.NullIf(lead.lead_owner, ""),
		# The days of the present month that have passed are no longer expected.
		"month": Case()
		.when(lead.expected_closing < nowdate(), -1)
		.else_(sql.period(periods.MONTH, lead.expected_closing)),
	}
	is_open = lead.status_category.isin(OPEN_CATEGORIES)
	return keep(
		"open",
		lambda: [
			group
			for query in scope.queries_without_overlap()
			for group in grouped(query.where(is_open), terms, sums(money))
		],
		money.currency,
		money.rates,
	)


def status_groups() -> list[Group]:
	"""Return groups of all open leads by `status` and `lead_owner`, with their sums.

	For users who see all leads or a few; from one index.
	"""
	money, lead = Money(), DocType(LEAD)
	opened = [
		status.name for status in lead_statuses.statuses().values() if status.category in OPEN_CATEGORIES
	]
	query = scope.from_leads().where(lead.status.isin(opened or [""]))
	terms = {"status": lead.status, "lead_owner": lead.lead_owner}
	return keep("status", lambda: with_money(query, terms, money), money.currency, money.rates)


def with_money(query, terms: dict[str, Term], money: Money) -> list[Group]:
	"""Return the groups of `query` by `terms`, with their sums.

	The database adds up by currency, for which an index has the leads in order; few amounts are left to convert.
	"""
	lead = money.lead
	rows = grouped(
		query,
		terms | {"currency": lead.currency},
		{
			"leads": Count("*"),
			"revenue": Sum(lead.expected_revenue),
			"weighted": Sum(lead.expected_revenue * lead.probability),
			"amounts": sql.count_where(lead.expected_revenue != 0),
		},
	)
	for row in rows:
		rate, amounts = money.rate_of(row.currency), row.pop("amounts")
		# How many have an amount that cannot be converted.
		row["left_out"] = 0 if rate else amounts
		row.update({"revenue": row.revenue * rate, "weighted": row.weighted * rate / 100})
	return rows


def sums(money: Money) -> dict[str, Term]:
	return {"leads": Count("*"), "revenue": money.total(), "weighted": money.total_weighted()}


def grouped(query, terms: dict[str, Term], aggregates: dict[str, Term]) -> list[Group]:
	"""Return the rows of `query`, grouped by `terms`, with `aggregates`.

	A row has a value of each of `terms` and a number for each of `aggregates`.
	"""
	query = query.select(*(term.as_(name) for name, term in (terms | aggregates).items()))
	for term in terms.values():
		query = query.groupby(term)
	rows = query.run(as_dict=True)
	for row in rows:
		# Decimal numbers are no JSON.
		row.update({name: float(row[name] or 0) for name in aggregates})
	return rows


def sum_of(groups: list[Group], of: str, which: Callable[[Group], bool] = lambda group: True) -> float:
	"""Return the sum of `of` over the groups that `which` takes."""
	return sum(group[of] for group in groups if which(group))


def sums_by(groups: list[Group], name: str, of: str = "leads") -> dict[object, float]:
	"""Return the sums of `of` by one of the properties of the groups."""
	found: dict[object, float] = {}
	for group in groups:
		# An empty text and none are one: nothing.
		value = None if group[name] == "" else group[name]
		found[value] = found.get(value, 0) + group[of]
	return found

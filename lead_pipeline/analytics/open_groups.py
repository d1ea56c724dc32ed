"""The open leads of a user with many own ones, in groups: from one query all cards and charts that count open leads.

Under *Own Leads* no index can say which leads a user sees, so each number would read all that the user has: the workspace
asks for ten of them. The groups are kept for a minute at most, and only until any lead is saved. For whom the setting
hides nothing or leaves few, indexes answer at once and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Callable

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count, Max
from frappe.utils import nowdate
from pypika import Case

from lead_pipeline.analytics import scope, sql
from lead_pipeline.analytics.money import Money
from lead_pipeline.constants import LEAD
from lead_pipeline.domain import periods
from lead_pipeline.visibility import permissions
from lead_pipeline.visibility.permissions import refuse_who_reads_no_leads

KEPT_SECONDS = 60


def are_better() -> bool:
	"""Return whether to ask for the groups: the user sees some of the leads, and more than a list of names can hold."""
	user = frappe.session.user
	return not permissions.sees_all(user) and permissions.few(user) is None


def find_groups() -> list[frappe._dict]:
	"""Groups with `status`, `next_step`, `stuck`, `lead_owner`, `month` of the closing, and their sums."""
	refuse_who_reads_no_leads()
	money = Money()
	lead = DocType(LEAD)
	newest = frappe.qb.from_(lead).select(Max(lead.modified)).run()[0][0]
	key = f"lead_pipeline_open_groups:{frappe.session.user}"
	stamp = [str(newest), nowdate(), money.currency, money.rates]
	kept = frappe.cache.get_value(key, expires=True)
	if kept and kept["stamp"] == stamp:
		return kept["groups"]
	groups = read_groups(money)
	frappe.cache.set_value(key, {"stamp": stamp, "groups": groups}, expires_in_sec=KEPT_SECONDS)
	return groups


def read_groups(money: Money) -> list[frappe._dict]:
	lead = DocType(LEAD)
	terms = {
		"status": lead.status,
		"next_step": lead.next_step,
		"stuck": Case().when(lead.stuck_on <= nowdate(), 1).else_(0),
		"lead_owner": sql.NullIf(lead.lead_owner, ""),
		# The days of the present month that have passed are no longer expected.
		"month": Case()
		.when(lead.expected_closing < nowdate(), -1)
		.else_(sql.period(periods.MONTH, lead.expected_closing)),
	}
	query = scope.open_leads_query().select(
		*(term.as_(name) for name, term in terms.items()),
		Count("*").as_("leads"),
		money.total().as_("revenue"),
		money.total_weighted().as_("weighted"),
	)
	for term in terms.values():
		query = query.groupby(term)
	rows = query.run(as_dict=True)
	for row in rows:
		row.update({name: float(row[name]) for name in ("revenue", "weighted")})
	return rows


def sum_of(of: str, which: Callable[[frappe._dict], bool] = lambda group: True) -> float:
	"""Return the sum of `of` (leads, revenue, weighted) over the groups that `which` takes."""
	return sum(group[of] for group in find_groups() if which(group))


def sums_by(name: str, of: str = "leads") -> dict[object, float]:
	"""Return the sums of `of` by one of the properties of the groups."""
	found: dict[object, float] = {}
	for group in find_groups():
		found[group[name]] = found.get(group[name], 0) + group[of]
	return found

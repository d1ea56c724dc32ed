"""Decide which leads a number counts: those that a list shows to the user.

The only place where analytics check permissions. Every query of analytics begins with `from_leads`.
"""

import frappe
from frappe.query_builder.functions import Count
from pypika import JoinType
from pypika.queries import QueryBuilder
from pypika.terms import Field

from lead_pipeline.constants import LEAD, OPEN_CATEGORIES, STATUS_LOG
from lead_pipeline.visibility import own_leads
from lead_pipeline.visibility.condition_text import as_criterion
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads
from lead_pipeline.visibility.permissions import only_setting_hides
from lead_pipeline.visibility.readable_records import list_conditions


def from_leads() -> QueryBuilder:
	"""Return a query on the leads that the user may see, joined with nothing.

	Raises PermissionError for who may read no leads at all.
	"""
	candidates = own_leads.candidates_if_many(frappe.session.user)
	if candidates is None:
		return visible(frappe.qb.from_(frappe.qb.DocType(LEAD)))
	# The conditions would be asked of every lead of the site; indexes find those that they can hold for.
	lead = frappe.qb.DocType(LEAD)
	return visible(frappe.qb.from_(candidates).join(lead).on(lead.name == Field("name", table=candidates)))


def queries_without_overlap(people_at_once: bool = False) -> list[QueryBuilder]:
	"""Return disjoint queries that together cover all leads that the user may see.

	The results of the queries can be added up. For numbers of all leads of a user who sees some of many: each query
	reads its leads by an index, once. `people_at_once`: see `own_leads.parts_of`.
	"""
	user, leads = frappe.session.user, frappe.qb.from_(frappe.qb.DocType(LEAD))
	checked = visible(leads)
	if own_leads.sees_all(user) or own_leads.few(user) is not None:
		return [checked]
	# To check a lead that is seen anyway, the database would read all of it instead of an index.
	unchecked = leads if only_setting_hides(user) else checked
	return [
		(unchecked if part.is_seen else checked).where(part.criterion)
		for part in own_leads.parts_of(user, people_at_once)
	]


def visible(query: QueryBuilder) -> QueryBuilder:
	"""Narrow a query on leads to those that the user may see."""
	refuse_who_reads_no_leads()
	conditions = list_conditions(LEAD, frappe.session.user)
	return query.where(as_criterion(conditions)) if conditions else query


def open_leads_query() -> QueryBuilder:
	return from_leads().where(frappe.qb.DocType(LEAD).status_category.isin(OPEN_CATEGORIES))


def count_found(query: QueryBuilder) -> int:
	return query.select(Count("*")).run()[0][0]


def with_changes(query: QueryBuilder, how: JoinType = JoinType.inner) -> QueryBuilder:
	"""Return `query` on leads, joined with the status changes of each lead.

	Only the lead's own changes, not those of leads merged into it.
	"""
	lead, log = frappe.qb.DocType(LEAD), frappe.qb.DocType(STATUS_LOG)
	is_own = log.merged_from.isnull() | (log.merged_from == "") | (log.merged_from == lead.name)
	return query.join(log, how).on((log.lead == lead.name) & is_own)

"""Numbers beside the list of leads: its count, and how many have which value.

The framework's own counts read all leads that the list shows; each is asked for again whenever the list is opened.
These count up to a number, which is what the list shows: "20 of 1,000+". The answers are right whenever there are
no more leads than that.
"""

from collections import Counter

import frappe
from frappe import _
from frappe.query_builder.functions import Count
from frappe.utils import fmt_money
from pypika.terms import Field

from lead_pipeline.constants import LEAD
from lead_pipeline.framework.list_conditions import build_list_query
from lead_pipeline.visibility import own_leads
from lead_pipeline.visibility.condition_text import fragment
from lead_pipeline.visibility.list_filters import is_one_of

# Among so many leads, those that were changed last, values are counted.
MAX_GROUPED = 1000
# So many values are shown, as the framework does.
MAX_VALUES = 50

ASSIGNEES = "assigned_to"

Filters = list | dict | None


def count(filters: Filters, or_filters: Filters, limit: int) -> int:
	"""Return the number of leads in a list of the user, at most `limit`.

	Of a user who sees some of many leads each part is counted by an index: on a way through all leads, those of
	others would lie between.
	"""
	listed = build_list_query(LEAD, filters, or_filters=or_filters)
	# Leads of one person are found by their own index.
	of_person = any(field in own_leads.PEOPLE_OF_A_LEAD for field in fields_of(filters))
	parts = [] if of_person else own_leads.parts_if_many(frappe.session.user)
	if not parts:
		return number_of(f"{listed} limit {limit:d}")
	found = 0
	for part in parts:
		found += number_of(f"{rows_of_part(part, listed, filters, or_filters)} limit {limit - found:d}")
		if found >= limit:
			break
	return found


def rows_of_part(part: own_leads.Part, listed: str, filters: Filters, or_filters: Filters) -> str:
	"""Return a statement for a row for each lead that is listed and in the part."""
	if part.filters and not isinstance(filters, dict):
		# All conditions on one table: its index has the category beside the person.
		return build_list_query(LEAD, [*(filters or ()), *part.filters], or_filters=or_filters)
	lead, condition = f"`tab{LEAD}`", fragment(part.criterion)
	# Built by the framework and by pypika.
	return (
		f"select 1 from {lead} join ({listed}) listed on listed.`name` = {lead}.`name`"  # nosec B608
		f" where {condition}"
	)


def fields_of(filters: Filters) -> list[str]:
	if isinstance(filters, dict):
		return list(filters)
	return [each[1] if len(each) > 3 else each[0] for each in filters or () if isinstance(each, list)]


def number_of(statement: str) -> int:
	# The statement is the framework's own for a list.
	return frappe.db.sql(f"select count(*) from ({statement}) counted")[0][0]  # nosec B608


def count_values(filters: Filters, field: str) -> list[frappe._dict]:
	"""Return the values of a field in a list of leads, with how many leads have each.

	`count` is a text like "812+" when only the first leads of the list were counted. `field` may be ASSIGNEES.
	"""
	listed = build_list_query(
		LEAD, filters, order_by=f"`tab{LEAD}`.`modified` desc", limit_page_length=MAX_GROUPED
	)
	# The framework's own statement for a list.
	found = frappe.db.sql(listed, pluck=True)
	rows = count_assignees(found) if field == ASSIGNEES else count_field(found, field)
	if len(found) == MAX_GROUPED:
		for row in rows:
			row["count"] = at_least(row["count"])
	return rows


def at_least(number: int) -> str:
	return f"{fmt_money(number, precision=0)}+"


def count_field(names: list[str], field: str) -> list[frappe._dict]:
	lead, number = frappe.qb.DocType(LEAD), Count("*").as_("count")
	return (
		frappe.qb.from_(lead)
		.select(lead[field].as_("name"), number)
		.where(lead.name.isin(names or [""]))
		.groupby(lead[field])
		.orderby(Field("count"), order=frappe.qb.desc)
		.limit(MAX_VALUES)
		.run(as_dict=True)
	)


def count_assignees(names: list[str]) -> list[frappe._dict]:
	todo, user, number = frappe.qb.DocType("ToDo"), frappe.qb.DocType("User"), Count("*").as_("count")
	return (
		frappe.qb.from_(todo)
		.join(user)
		.on(user.name == todo.allocated_to)
		.select(todo.allocated_to.as_("name"), number)
		.where((todo.reference_type == LEAD) & todo.reference_name.isin(names or [""]))
		.where((todo.status != "Cancelled") & (user.user_type == "System User"))
		.groupby(todo.allocated_to)
		.orderby(Field("count"), order=frappe.qb.desc)
		.limit(MAX_VALUES)
		.run(as_dict=True)
	)


def count_tags(filters: list) -> list[list]:
	"""Return the tags of the leads in a list, with how many leads have each.

	And how many have none. Read from the framework's index of tags, not from the text of tags of each lead. A number is a text like "812+"
	when only the newest tags were counted.
	"""
	link, user_tags = frappe.qb.DocType("Tag Link"), [LEAD, "_user_tags", "in", ["", ","]]
	tagged = (
		frappe.qb.from_(link)
		.select(link.tag, link.document_name)
		.where(link.document_type == LEAD)
		.orderby(link.creation, order=frappe.qb.desc)
		.limit(MAX_GROUPED)
		.run()
	)
	names = sorted({name for _tag, name in tagged})
	among_tagged = [*filters, is_one_of(names)]
	# The framework's own statement for a list.
	listed = set(frappe.db.sql(build_list_query(LEAD, among_tagged), pluck=True))
	found = Counter(tag for tag, name in tagged if name in listed)
	untagged = count([*filters, user_tags], None, MAX_GROUPED + 1)
	shown = at_least if len(tagged) == MAX_GROUPED else int
	return [
		*([tag, shown(number)] for tag, number in found.most_common()),
		[_("No Tags"), untagged if untagged <= MAX_GROUPED else at_least(MAX_GROUPED)],
	]

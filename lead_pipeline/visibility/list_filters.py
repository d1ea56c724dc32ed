"""Put an index beside filters of the list of leads that none answers."""

import re
from collections.abc import Iterator
from datetime import datetime

import frappe

from lead_pipeline.constants import LEAD
from lead_pipeline.visibility.own_leads import MAX_NAMED_LEADS, are_sought, sees_all

# How the list says "assigned to": the field holds all assignees of a lead as JSON.
ASSIGNED = re.compile(r"%(.+)%")

# Among so many leads, those that were changed last, a page of leads with a tag is looked for before it is among all. The
# first ones are named: Frappe 15.0 asks for a moment in a way that no index answers. MariaDB makes a table of 1,000 names.
NAMED_WINDOW, WINDOW = 900, 10_000


def name_assigned_leads(filters: list | dict | None) -> list | dict | None:
	"""Return the filters, with the names of the leads that are assigned to a person.

	For a filter that asks for the leads of one assignee. Without the names the database would look for the person in
	every lead. All leads of a person with very many are not named: a list comes upon some of them soon.
	"""
	if not isinstance(filters, list):
		return filters
	people = [
		found.group(1)
		for each in filters
		if isinstance(each, list) and len(each) > 3 and each[:3] == [LEAD, "_assign", "like"]
		if (found := ASSIGNED.fullmatch(str(each[3]))) and frappe.db.exists("User", found.group(1))
	]
	names = [assigned_to(person) for person in people]
	return [*filters, *(is_one_of(found) for found in names if len(found) <= MAX_NAMED_LEADS)]


def is_one_of(names: list[str]) -> list:
	"""Return the filter for the leads with these names.

	Where there are none, for a name that no lead has: an empty one would make the framework ask without an index.
	"""
	return [LEAD, "name", "in", names or ["-"]]


def assigned_to(person: str) -> list[str]:
	todo = frappe.qb.DocType("ToDo")
	return (
		frappe.qb.from_(todo)
		.select(todo.reference_name)
		.distinct()
		.where((todo.allocated_to == person) & (todo.reference_type == LEAD) & (todo.status != "Cancelled"))
		.where(todo.reference_name.isnotnull())
		.limit(MAX_NAMED_LEADS + 1)
		.run(pluck=True)
	)


def changed_since(number: int) -> datetime | None:
	"""Return when the last one of the `number` leads changed last was changed.

	None when there are no more than these.
	"""
	lead = frappe.qb.DocType(LEAD)
	found = (
		frappe.qb.from_(lead)
		.select(lead.modified)
		.orderby(lead.modified, order=frappe.qb.desc)
		.limit(1)
		.offset(number)
		.run(pluck=True)
	)
	return found[0] if found else None


def changed_lately(filters: list | dict | None, order_by: str | None) -> Iterator[list]:
	"""Yield the filters with one for leads that were changed last.

	Where a page of those may do: for filters on rows of a table, as tags, and the usual order. The database would gather
	all leads with such a row to sort them. Yields nothing where the filters are others, or the user's leads few.
	"""
	if not isinstance(filters, list) or not any(is_of_rows(each) for each in filters):
		return
	if (order_by or "").replace("`", "").lower() != f"tab{LEAD}.modified desc".lower():
		return
	user = frappe.session.user
	if not sees_all(user) and are_sought(user):
		return
	names = frappe.get_all(LEAD, pluck="name", order_by="modified desc", limit=NAMED_WINDOW + 1)
	if len(names) <= NAMED_WINDOW:
		return
	yield [*filters, is_one_of(names)]
	if since := changed_since(WINDOW):
		yield [*filters, [LEAD, "modified", ">=", str(since)]]


def is_of_rows(condition: object) -> bool:
	return isinstance(condition, list) and len(condition) > 3 and condition[0] != LEAD

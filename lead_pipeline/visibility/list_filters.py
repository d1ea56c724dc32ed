"""Put an index beside filters of the list of leads that none answers."""

import re

import frappe

from lead_pipeline.constants import LEAD
from lead_pipeline.visibility.permissions import MAX_NAMED_LEADS

# How the list says "assigned to": the field holds all assignees of a lead as JSON.
ASSIGNED = re.compile(r"%(.+)%")


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

"""Find the leads of a user under the setting *Own Leads*.

Everybody but the managers then sees the leads that they own or created, that are assigned to or shared with them or
wait for their contact, and those that nobody has. `concerns` is the condition for exactly these. The candidates and
the parts find them by indexes, perhaps with some more: without them the database would ask the condition of every lead.
"""

from typing import NamedTuple

import frappe
from frappe.permissions import get_user_permissions
from frappe.query_builder import CustomFunction
from frappe.query_builder.functions import Coalesce, Count
from frappe.share import get_shared
from frappe.utils.caching import site_cache
from pypika.queries import QueryBuilder, Table
from pypika.terms import Criterion, Field, Term

from lead_pipeline.constants import LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.visibility.condition_text import literal

# They see every lead, whatever the setting says.
MANAGERS = {"Sales Manager", "System Manager"}

# Up to so many leads are named in a query: the database then reads these few rows instead of walking through all
# leads in the order of the list until a page is full.
MAX_NAMED_LEADS = 1000

# Up to so many leads are looked for by indexes in each query. Of more, a list comes upon some on its way soon enough.
MAX_SOUGHT_LEADS = 10_000

# So long it is not counted again whether a user has more.
SECONDS_SOUGHT = 300

# Each of them sees the lead.
PEOPLE_OF_A_LEAD = ("lead_owner", "owner", "next_contact_by")

# The framework writes it as STRPOS for PostgreSQL.
Locate = CustomFunction("LOCATE", ["part", "text"])


def sees_all(user: str) -> bool:
	"""Return whether the setting hides no lead from this user."""
	setting = frappe.get_cached_doc(SETTINGS).lead_visibility
	return setting != OWN_LEADS or user == "Administrator" or not MANAGERS.isdisjoint(frappe.get_roles(user))


def may_hide_leads(user: str) -> bool:
	"""Return whether the setting or a User Permission can hide a lead from the user.

	Reads caches only.
	"""
	return not sees_all(user) or bool(get_user_permissions(user))


def concerns(user: str | Term, quoted_user: str | Term) -> Criterion:
	"""Return the condition for the leads that `user` sees under *Own Leads*.

	`quoted_user`: the user in double quotes, as JSON has it.
	"""
	return leads_of_user(user, quoted_user) | frappe.qb.DocType(LEAD).name.isin(shared_names(user))


def is_shared_with(share: Table, user: str | Term) -> Criterion:
	"""`share`: the table of shares. Whether a row lets `user` read a lead."""
	return (share.share_doctype == LEAD) & (share.read == 1) & ((share.user == user) | (share.everyone == 1))


def leads_of_user(user: str | Term, quoted_user: str | Term) -> Criterion:
	"""Return the condition for the leads that `user` works on or that nobody has.

	Assigned users are those in `_assign`, which the framework keeps in step with the ToDos.
	"""
	return leads_of_mine(user) | (Locate(quoted_user, frappe.qb.DocType(LEAD)._assign) > 0) | nobodys()


def leads_of_mine(user: str | Term) -> Criterion:
	return owned(user) | (frappe.qb.DocType(LEAD).next_contact_by == user)


def owned(user: str | Term) -> Criterion:
	"""Return the condition for the leads that `user` owns as sales person or created.

	The owner of a lead may share it.
	"""
	lead = frappe.qb.DocType(LEAD)
	return (lead.owner == user) | (lead.lead_owner == user)


def nobodys() -> Criterion:
	"""Return the condition for leads without sales person, assignee and next contact.

	The next contact is the person who is to contact the lead.
	"""
	lead = frappe.qb.DocType(LEAD)
	return (
		(lead.lead_owner.isnull() | (lead.lead_owner == ""))
		& (lead.next_contact_by.isnull() | (lead.next_contact_by == ""))
		& (lead._assign.isnull() | lead._assign.isin(["", "[]"]))
	)


def few(user: str) -> list[str] | None:
	"""Return the leads that `user` sees, or None if more than MAX_NAMED_LEADS.

	Perhaps with some more leads than the user sees. Reads indexes only.
	"""
	names = set()
	for query in candidate_queries(user):
		names.update(query.limit(MAX_NAMED_LEADS + 1).run(pluck=True))
		if len(names) > MAX_NAMED_LEADS:
			return None
	names.update(get_shared(LEAD, user, limit=MAX_NAMED_LEADS + 1))
	return sorted(names) if len(names) <= MAX_NAMED_LEADS else None


def candidate_queries(user: str | Term) -> list[QueryBuilder]:
	"""Return queries that each find by an index some leads that `user` may see.

	They return names. Shares are not among them.
	"""
	lead, todo = frappe.qb.DocType(LEAD), frappe.qb.DocType("ToDo")
	assigned = (
		frappe.qb.from_(todo)
		.select(todo.reference_name)
		.where((todo.allocated_to == user) & (todo.reference_type == LEAD) & (todo.status != "Cancelled"))
	)
	# Those that most people have many of come first: one of them answers for all.
	return [
		*(frappe.qb.from_(lead).select(lead.name).where(lead[field] == user) for field in PEOPLE_OF_A_LEAD),
		assigned,
		frappe.qb.from_(lead).select(lead.name).where(nobodys()),
	]


@site_cache(ttl=SECONDS_SOUGHT)
def are_sought(user: str) -> bool:
	"""Return whether `user` sees at most MAX_SOUGHT_LEADS. Reads indexes only.

	May be some minutes old: the same leads are found either way, only not as soon.
	"""
	left = MAX_SOUGHT_LEADS
	for query in [*candidate_queries(user), shared_names(user)]:
		some = query.limit(left + 1).as_("some")
		left -= frappe.qb.from_(some).select(Count("*")).run()[0][0]
		if left < 0:
			return False
	return True


def names_of_candidates(user: str) -> QueryBuilder:
	"""Return a query for the names of the leads that `user` may see.

	Perhaps with some more; for a condition as text. MariaDB reads them first only if they are a table of their own.
	"""
	first, *others = [*candidate_queries(literal(user)), shared_names(literal(user))]
	for query in others:
		first = first.union_all(query)
	candidate = first.as_("candidate")
	return frappe.qb.from_(candidate).select(Field("name", table=candidate))


def shared_names(user: str | Term) -> QueryBuilder:
	share = frappe.qb.DocType("DocShare")
	return frappe.qb.from_(share).select(share.share_name).where(is_shared_with(share, user))


def candidates_if_many(user: str) -> QueryBuilder | None:
	"""Return a subquery for the leads that `user` sees, if it helps the conditions.

	Its column is `name`: all leads that `user` sees, perhaps with some more, each once. None when the conditions
	need no help: they hide nothing, or name the few leads that there are.
	"""
	if sees_all(user) or few(user) is not None:
		return None
	lead = frappe.qb.DocType(LEAD)
	first, *others = [
		frappe.qb.from_(lead).select(lead.name).where(part.criterion) for part in parts_of(user)
	]
	query = first
	for other in others:
		query = query.union_all(other)
	return query.as_("candidate")


class Part(NamedTuple):
	"""Some of the leads of a user, by a condition.

	`is_seen`: whether the setting hides none of them. `filters`: the same condition as a list takes it, where it can.
	"""

	criterion: Criterion
	is_seen: bool
	filters: list[list] | None = None


def parts_if_many(user: str) -> list[Part]:
	"""Return `parts_of` if no index leads to all leads of `user`.

	For a condition as text. Empty when the conditions hide nothing, or name or seek the leads that there are.
	"""
	if sees_all(user) or are_sought(user):
		return []
	found = parts_of(literal(user))
	people = [
		part._replace(filters=filters_of_person(user, number))
		for number, part in enumerate(found[: len(PEOPLE_OF_A_LEAD)])
	]
	return [*people, *found[len(people) :]]


def filters_of_person(user: str, number: int) -> list[list]:
	"""Return the filters for the leads that `user` has by one of PEOPLE_OF_A_LEAD.

	And by none before it.
	"""
	*earlier, field = PEOPLE_OF_A_LEAD[: number + 1]
	return [[LEAD, field, "=", user], *([LEAD, other, "!=", user] for other in earlier)]


def parts_of(user: str | Term, people_at_once: bool = False) -> list[Part]:
	"""Return conditions that have no lead in common.

	Together they take all leads that `user` sees, perhaps with some more. Were a lead in two of them, the database would
	have to look for the name of each among all others: that takes longer than to read them.

	An index answers each. With `people_at_once`, the leads that the user owns, created or is to contact are one
	part: for a query that reads an index of something else, which has these three fields.
	"""
	lead, todo = frappe.qb.DocType(LEAD), frappe.qb.DocType("ToDo")
	assigned = (
		frappe.qb.from_(todo)
		.select(todo.reference_name)
		.where((todo.allocated_to == user) & (todo.reference_type == LEAD) & (todo.status != "Cancelled"))
		.where(todo.reference_name.isnotnull())
	)
	shared = shared_names(user)
	# What puts a lead into a part, and what keeps it out of the later ones; nothing is unlike an empty field.
	people = [(lead[field] == user, Coalesce(lead[field], "") != user, True) for field in PEOPLE_OF_A_LEAD]
	if people_at_once:
		is_one, is_none, _seen = zip(*people, strict=True)
		people = [(Criterion.any(is_one), Criterion.all(is_none), True)]
	ways = [
		*people,
		(nobodys(), nobodys().negate(), True),
		# Newer versions of the framework take a closed assignment off the lead.
		(lead.name.isin(assigned), lead.name.notin(assigned), False),
		(lead.name.isin(shared), lead.name.notin(shared), True),
	]
	return [
		Part(Criterion.all([way, *(is_not for _way, is_not, _seen in ways[:number])]), is_seen)
		for number, (way, _is_not, is_seen) in enumerate(ways)
	]

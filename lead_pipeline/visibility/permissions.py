"""Decide who sees which lead, by the setting *Sales Users See*.

The setting is in Lead Pipeline Settings. *All Leads* leaves everything to the framework (roles, User
Permissions, shares). Under *Own Leads* everybody but the managers sees the leads that they own or created, that
are assigned to or shared with them or wait for their contact, and those that nobody has. Lists use
`…_conditions`, single documents use `…_has_permission`; both ask the database for the same thing (`concerns`),
so they cannot disagree.
"""

import json
from collections.abc import Collection
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.permissions import get_user_permissions
from frappe.query_builder import CustomFunction
from frappe.query_builder.functions import Coalesce, Count
from frappe.share import get_shared
from frappe.utils.caching import site_cache
from pypika.queries import QueryBuilder, Table
from pypika.terms import Criterion, Field, LiteralValue, Term

from lead_pipeline.constants import ACTIVITY, LEAD, OWN_LEADS, SETTINGS, STATUS_LOG
from lead_pipeline.framework.list_conditions import build_list_conditions
from lead_pipeline.framework.permission_hooks import NO_OBJECTION
from lead_pipeline.framework.query_text import text_literal

# They see every lead, whatever the setting says.
MANAGERS = {"Sales Manager", "System Manager"}

# Up to so many leads are named in a query: the database then reads these few rows instead of walking through all
# leads in the order of the list until a page is full.
MAX_NAMED_LEADS = 1000

# Up to so many leads are looked for by indexes in each query. Of more, a list comes upon some on its way soon enough.
MAX_SOUGHT_LEADS = 10_000

# So long it is not counted again whether a user has more.
SECONDS_SOUGHT = 300

NOTHING = "1=0"

# Records that tell of other documents → the fields that say of which: its DocType and its name. Each has its conditions
# below, with a line in hooks.py, but for Notification Log: the framework shows everybody their own notices only, and
# who has got one may read that a lead was taken from them.
REFERENCES = {
	"Contact Email": ("parenttype", "parent"),
	"Contact Phone": ("parenttype", "parent"),
	"Pipeline Lead Tag Item": ("parenttype", "parent"),
	"Dynamic Link": ("link_doctype", "link_name"),
	"Tag Link": ("document_type", "document_name"),
	"ToDo": ("reference_type", "reference_name"),
	"Comment": ("reference_doctype", "reference_name"),
	"Communication": ("reference_doctype", "reference_name"),
	"Version": ("ref_doctype", "docname"),
	"File": ("attached_to_doctype", "attached_to_name"),
	"DocShare": ("share_doctype", "share_name"),
	"Notification Log": ("document_type", "document_name"),
	"Activity Log": ("reference_doctype", "reference_name"),
	"View Log": ("reference_doctype", "reference_name"),
	"Communication Link": ("link_doctype", "link_name"),
	"Document Follow": ("ref_doctype", "ref_docname"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Event Participants": ("reference_doctype", "reference_docname"),
	"Reminder": ("reminder_doctype", "reminder_docname"),
	"Submission Queue": ("ref_doctype", "ref_docname"),
	"Workflow Action": ("reference_doctype", "reference_name"),
}

# Each of them sees the lead.
PEOPLE_OF_A_LEAD = ("lead_owner", "owner", "next_contact_by")

# What a report of these DocTypes has found depends on who has asked.
REPORTED = (LEAD, STATUS_LOG, ACTIVITY)

# A share to read allows none of these.
CHANGES = {"write", "delete", "submit", "cancel", "amend"}

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


def lead_conditions(user: str | None = None) -> str | None:
	"""Hook (permission_query_conditions): return the condition for `user` on leads.

	None when nothing narrows the query.
	"""
	user = user or frappe.session.user
	if sees_all(user):
		return None
	condition = concerns(literal(user), literal(json.dumps(user)))
	if are_sought(user):
		names = few(user)
		if names == []:
			return NOTHING
		leads = names_of_candidates(user) if names is None else list(map(literal, names))
		condition &= frappe.qb.DocType(LEAD).name.isin(leads)
	return f"({fragment(condition)})"


def lead_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Hook (has_permission): return whether `user` has permission for a lead.

	The same condition as for lists. False forbids, True has no objection: the roles decide.

	Asks the database, not the document: a lead that is being saved has the values that its sender would like. What
	a share allows besides reading is determined by the framework.
	"""
	user = user or frappe.session.user
	if ptype == "create" or sees_all(user):
		return True
	if ptype == "share":
		condition = owned(user)
	elif ptype in CHANGES:
		condition = leads_of_user(user, json.dumps(user))
	else:
		condition = concerns(user, json.dumps(user))
	lead = frappe.qb.DocType(LEAD)
	query = frappe.qb.from_(lead).select(lead.name).where((lead.name == doc.name) & condition)
	if doc.flags.for_update:
		# Whoever waited for the lock asks what holds now, not what held when the transaction began.
		query = query.for_update()
	seen = query.run()
	# A lead that is not stored yet is hidden from nobody.
	return bool(seen) or not frappe.db.exists(LEAD, doc.name)


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


def only_setting_hides(user: str) -> bool:
	"""Return whether nothing but the setting hides leads from `user` in a list.

	No User Permission, no right on own documents only, no condition of another app.
	"""
	ours, all_of_them = lead_conditions(user), list_conditions(LEAD, user)
	return bool(ours and all_of_them) and not all_of_them.replace(ours, "", 1).strip("() ")


def readable_lead(name: str) -> Document:
	"""Return the lead, when the user may see it. Raises PermissionError otherwise."""
	refuse_unseen_lead(name)
	return frappe.get_doc(LEAD, name)


def writable_lead(name: str) -> Document:
	"""Return the lead, locked, when the user may change it.

	Raises PermissionError with the reason otherwise.
	"""
	refuse_unseen_lead(name)
	lead = frappe.get_doc(LEAD, name, for_update=True)
	if not lead.has_permission("write"):
		frappe.throw(
			_("You may not change it. Ask its owner to share it with you, or a Sales Manager."),
			frappe.PermissionError,
		)
	return lead


def seen_lead(name: str) -> Document | None:
	"""Return the lead; None when it is not there, or the user may not see it."""
	try:
		lead = frappe.get_doc(LEAD, name)
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return None
	return lead if lead.has_permission("read") else None


def refuse_who_reads_no_leads() -> None:
	if not frappe.has_permission(LEAD):
		frappe.throw(
			_("You may not read leads. Ask your administrator for the role Sales User."),
			frappe.PermissionError,
		)


def throw_not_permitted(message: str) -> None:
	frappe.throw(message, frappe.PermissionError, title=_("Not Permitted"))


def refuse_unseen_lead(name: str) -> None:
	if not frappe.db.exists(LEAD, name) or not frappe.has_permission(LEAD, "read", doc=name):
		# One and the same answer: nobody learns here which leads there are.
		frappe.throw(_("There is no such lead, or you may not see it."), frappe.PermissionError)


def log_conditions(user: str | None = None) -> str | None:
	"""Hook: rows of the status log follow their leads."""
	leads = readable_leads(user or frappe.session.user)
	return leads and f"`tab{STATUS_LOG}`.`lead` in {leads}"


def log_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Hook: the same for one row."""
	return bool(frappe.has_permission(LEAD, "read", doc=doc.lead, user=user or frappe.session.user))


def step_conditions(user: str | None = None) -> str | None:
	"""Hook: activities follow their leads."""
	leads = readable_leads(user or frappe.session.user)
	return leads and f"`tab{ACTIVITY}`.`lead` in {leads}"


def step_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool:
	"""Hook: the same for one activity; who may change the lead may change it.

	Asks the database for its lead, not the document, whose sender may have named another one.
	"""
	lead = frappe.db.get_value(ACTIVITY, doc.name, "lead") if doc.name else None
	asked = ptype if ptype in ("read", "select", "print", "email", "report", "export") else "write"
	return step_of_lead_allowed(lead or doc.get("lead"), asked, user or frappe.session.user)


def step_of_lead_allowed(lead: str | None, ptype: str, user: str) -> bool:
	if not lead or not frappe.db.exists(LEAD, lead):
		# The framework says that a lead is missing.
		return True
	return bool(frappe.has_permission(LEAD, ptype, doc=lead, user=user))


def email_conditions(user: str | None = None) -> str | None:
	"""Hook (permission_query_conditions): leave out e-mail addresses of hidden leads.

	They are rows of Contact Email, which the framework lists without checking the lead.
	"""
	return reference_conditions("Contact Email", user)


def phone_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Contact Phone", user)


def tag_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Pipeline Lead Tag Item", user)


def contact_link_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Dynamic Link", user)


def communication_link_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Communication Link", user)


def participant_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Event Participants", user)


def tag_link_conditions(user: str | None = None) -> str | None:
	"""Hook: the framework's index of tags holds the titles of the tagged documents."""
	return reference_conditions("Tag Link", user)


def todo_conditions(user: str | None = None) -> str | None:
	return reference_conditions("ToDo", user)


def comment_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Comment", user)


def communication_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Communication", user)


def version_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Version", user)


def file_conditions(user: str | None = None) -> str | None:
	"""Hook (permission_query_conditions): leave out files of hidden leads.

	The framework lists the files of all documents whose DocType the user may read.
	"""
	return reference_conditions("File", user)


def share_conditions(user: str | None = None) -> str | None:
	return reference_conditions("DocShare", user)


def activity_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Activity Log", user)


def view_conditions(user: str | None = None) -> str | None:
	return reference_conditions("View Log", user)


def follow_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Document Follow", user)


def email_queue_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Email Queue", user)


def reminder_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Reminder", user)


def submission_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Submission Queue", user)


def workflow_action_conditions(user: str | None = None) -> str | None:
	return reference_conditions("Workflow Action", user)


def reference_conditions(doctype: str, user: str | None = None) -> str | None:
	"""Return the condition that leaves out records that refer to a hidden lead.

	`doctype` is one of REFERENCES; hidden leads are those that `user` may not see.
	"""
	leads = readable_leads(user or frappe.session.user)
	type_field, name_field = (f"`tab{doctype}`.`{field}`" for field in REFERENCES[doctype])
	return leads and f"({type_field} is null or {type_field} != '{LEAD}' or {name_field} in {leads})"


def reference_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool | None:
	"""Hook (has_permission): forbid access to a record that refers to a hidden lead.

	Nobody reads, changes or deletes such a record.

	Asks the database for the lead, not the document, whose sender may have named another one. Whether a record may
	name a lead at all is checked when it is saved (`references.check_references`).
	"""
	user = user or frappe.session.user
	if ptype == "create" or doc.get("for_user") == user or not may_hide_leads(user):
		return NO_OBJECTION
	doctype, name = frappe.db.get_value(doc.doctype, doc.name, list(REFERENCES[doc.doctype])) or (None, None)
	if doctype != LEAD or not frappe.db.exists(LEAD, name):
		return NO_OBJECTION
	return NO_OBJECTION if frappe.has_permission(LEAD, "read", doc=name, user=user) else False


def prepared_conditions(user: str | None = None) -> str | None:
	"""Hook (permission_query_conditions): a Prepared Report is for who asked for it.

	The framework lists what a report has found for one user to all who may run the report.
	"""
	user = user or frappe.session.user
	if readable_leads(user) is None:
		return None
	prepared, report = frappe.qb.DocType("Prepared Report"), frappe.qb.DocType("Report")
	names = [literal(doctype) for doctype in REPORTED]
	of_leads = frappe.qb.from_(report).select(report.name).where(report.ref_doctype.isin(names))
	return fragment((prepared.owner == literal(user)) | prepared.report_name.notin(of_leads))


def prepared_has_permission(doc: Document, ptype: str = "read", user: str | None = None) -> bool | None:
	"""Hook (has_permission): the same for one Prepared Report and its file of numbers."""
	user = user or frappe.session.user
	if doc.owner == user or not reports_on_leads(doc.report_name) or readable_leads(user) is None:
		return NO_OBJECTION
	return False


def reports_on_leads(report: str) -> bool:
	return frappe.db.get_value("Report", report, "ref_doctype", cache=True) in REPORTED


def readable_leads(user: str) -> str | None:
	"""Return a subquery with the names of the leads that a list shows to `user`.

	In brackets; None when the list shows all.
	"""
	conditions = list_conditions(LEAD, user)
	# The conditions are ours, as the framework asks for them.
	return conditions and f"(select `tab{LEAD}`.`name` from `tab{LEAD}` where {conditions})"  # nosec B608


def among(field: Term, leads: str) -> Term:
	"""Return the condition that `field` is one of `leads`.

	`leads` is a subquery as text. In a query with parameters, as here, a percent sign is doubled.
	"""
	return field.isin(LiteralValue(leads.replace("%", "%%")))


def as_criterion(conditions: str) -> Criterion:
	"""Return `list_conditions` of leads for a query of these with parameters.

	A percent sign in it is doubled. The name, which each lead has, makes a criterion of the text.
	"""
	return frappe.qb.DocType(LEAD).name.isnotnull() & LiteralValue(f"({conditions.replace('%', '%%')})")


def list_conditions(doctype: str, user: str) -> str | None:
	"""Return as SQL what a list of `doctype` shows to `user`; None when it shows all.

	Roles, User Permissions, shares and the setting together: the framework's own conditions.
	"""
	rights = frappe.permissions.get_role_permissions(frappe.get_meta(doctype), user=user)
	if user == "Administrator" or rights.get("read") or rights.get("select"):
		return build_list_conditions(doctype, user)
	shared = [literal(name) for name in get_shared(doctype, user)]
	return fragment(frappe.qb.DocType(doctype).name.isin(shared)) if shared else NOTHING


def readable_names(doctype: str, names: Collection[str]) -> set[str]:
	"""Return those of the documents that a list shows to the user.

	All of them, without a query, when the list shows all.
	"""
	try:
		if not names or not list_conditions(doctype, frappe.session.user):
			return set(names)
	except frappe.DoesNotExistError:
		# The app that brought this DocType was removed.
		frappe.clear_last_message()
		return set()
	if not frappe.has_permission(doctype):
		return set()
	filters = {"name": ("in", list(names))}
	return set(frappe.get_list(doctype, filters=filters, pluck="name", order_by=None, limit=0))


def literal(value: str) -> LiteralValue:
	"""Return a value as SQL text, because query fragments have no parameters.

	Frappe 16 puts the fragments into a query with parameters, in which a percent sign begins one; Frappe 15 does
	not. So a value with a percent sign is written with the numbers of its characters. As one literal it is compared
	in the column's own collation; one that is put together of parts has none, where the connection's differs from
	the server's.
	"""
	if frappe.db.db_type == "mariadb" and "%" in value:
		return LiteralValue(f"_utf8mb4 x'{value.encode().hex()}'")
	return LiteralValue(text_literal(value))


def fragment(condition: Criterion) -> str:
	"""Return a condition as text with full names, as the framework's queries need it."""
	return condition.get_sql(quote_char="`", with_namespace=True)

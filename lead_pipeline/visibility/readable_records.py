"""Read what a list shows to a user, as SQL or as names.

Roles, User Permissions, shares and the setting *Sales Users See* together, as the framework applies them.
"""

from collections.abc import Collection

import frappe
from frappe.query_builder import Order
from frappe.query_builder.functions import Count
from frappe.share import get_shared
from frappe.utils.caching import site_cache
from pypika.terms import LiteralValue

from lead_pipeline.constants import ACTIVITY, LEAD, STATUS_LOG
from lead_pipeline.framework.list_conditions import build_list_conditions
from lead_pipeline.visibility.condition_text import (
	NOTHING,
	fragment,
	literal,
	without_percent_signs,
)
from lead_pipeline.visibility.own_leads import are_sought, few, names_of_candidates, sees_all

# Lists of records that all name a lead: DocType → the field with its name, and the filters and the order with which the list
# opens. An index answers each.
OPENING_LISTS = {
	STATUS_LOG: ("lead", {}, ("changed_on", Order.desc)),
	ACTIVITY: ("lead", {"status": "Open"}, ("due_on", Order.asc)),
	"Communication": ("reference_name", {"reference_doctype": LEAD}, ("creation", Order.desc)),
}

# Whoever sees a PAGE of the FIRST_RECORDS of such a list gets its page soon.
FIRST_RECORDS, PAGE = 3000, 20

# So long these are not counted again.
SECONDS_KEPT = 300


def readable_leads(user: str) -> str | None:
	"""Return a subquery with the names of the leads that a list shows to `user`.

	In brackets; None when the list shows all.
	"""
	conditions = list_conditions(LEAD, user)
	return conditions and names_where(conditions)


def names_where(conditions: str) -> str:
	# The conditions are ours, as the framework asks for them.
	return f"(select `tab{LEAD}`.`name` from `tab{LEAD}` where {conditions})"  # nosec B608


def names_readable_lead(field: str, user: str, listed: str | None = None) -> str | None:
	"""Return the condition that `field` names a lead that a list shows to `user`.

	None when the list shows all leads. `field`: a column of other records as SQL, with its table. `listed`: their DocType,
	one of OPENING_LISTS, when each record has to meet the condition.
	"""
	conditions = list_conditions(LEAD, user)
	if not conditions:
		return None
	by_record = is_met_by(field, conditions)
	is_sought = not sees_all(user) and are_sought(user)
	has_few = is_sought and few(user) is not None
	if not listed or (not has_few and first_records_fill_a_page(listed, user)):
		return by_record
	if not is_sought:
		return f"{field} in {names_where(conditions)}"
	# The same leads as in the conditions, in a form that MariaDB reads first.
	return f"({field} in ({fragment(names_of_candidates(user))}) and {by_record})"


def is_met_by(field: str, conditions: str) -> str:
	"""Return the condition that the lead that `field` names meets `conditions`.

	A value that depends on the record is asked record by record, in the order of the list, until its page is full. Of the
	members of a set MariaDB may look for all before it reads the first record: for as many leads as the user sees.
	"""
	lead = f"`tab{LEAD}`"
	# The conditions are ours, as the framework asks for them.
	return f"(select 1 from {lead} where {lead}.`name` = {field} and ({conditions})) = 1"  # nosec B608


@site_cache(ttl=SECONDS_KEPT)
def first_records_fill_a_page(doctype: str, user: str) -> bool:
	"""Return whether a list that opens has a page for `user` among its first records.

	`doctype`: one of OPENING_LISTS. May be some minutes old: the same records are found either way, only not as soon.
	"""
	field, filters, (column, order) = OPENING_LISTS[doctype]
	conditions = list_conditions(LEAD, user)
	if not conditions:
		return True
	record = frappe.qb.DocType(doctype)
	first = frappe.qb.from_(record).select(record[field].as_("lead")).orderby(record[column], order=order)
	for name, value in filters.items():
		first = first.where(record[name] == value)
	first = first.limit(FIRST_RECORDS).as_("first_records")
	is_seen = LiteralValue(is_met_by("`first_records`.`lead`", conditions))
	seen = frappe.qb.from_(first).select(Count("*")).where(first.lead.notnull() & is_seen)
	return seen.run()[0][0] >= PAGE


def list_conditions(doctype: str, user: str) -> str | None:
	"""Return as SQL what a list of `doctype` shows to `user`; None when it shows all.

	Roles, User Permissions, shares and the setting together: the framework's own conditions.
	"""
	rights = frappe.permissions.get_role_permissions(frappe.get_meta(doctype), user=user)
	if user == "Administrator" or rights.get("read") or rights.get("select"):
		conditions = build_list_conditions(doctype, user)
		return conditions and without_percent_signs(conditions)
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

"""Read what a list shows to a user, as SQL or as names.

Roles, User Permissions, shares and the setting *Sales Users See* together, as the framework applies them.
"""

from collections.abc import Collection

import frappe
from frappe.share import get_shared

from lead_pipeline.constants import LEAD
from lead_pipeline.framework.list_conditions import build_list_conditions
from lead_pipeline.visibility.condition_text import NOTHING, fragment, literal


def readable_leads(user: str) -> str | None:
	"""Return a subquery with the names of the leads that a list shows to `user`.

	In brackets; None when the list shows all.
	"""
	conditions = list_conditions(LEAD, user)
	# The conditions are ours, as the framework asks for them.
	return conditions and f"(select `tab{LEAD}`.`name` from `tab{LEAD}` where {conditions})"  # nosec B608


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

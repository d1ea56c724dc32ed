"""Find users who can log in, be notified or be assigned, and their substitutes.

The substitutes take over from users who have left.
"""

import json
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import DisabledValueError

# The fields of a lead that say who works on it.
PEOPLE = ("lead_owner", "next_contact_by")

SALES_ROLES = {"Sales User", "Sales Manager"}
SALES_MANAGER, SYSTEM_MANAGER = MANAGERS = ("Sales Manager", "System Manager")


def can_log_in(users: Iterable[str | None]) -> set[str]:
	"""Return those of the users who are enabled and have the desk."""
	names = sorted({user for user in users if user})
	filters = {"name": ("in", names), "enabled": 1, "user_type": "System User"}
	# Without permissions: whoever makes the lead, perhaps a visitor, is shown nothing of it.
	return set(frappe.get_all("User", filters=filters, pluck="name", order_by=None)) if names else set()


@frappe.whitelist(methods=["GET"])
@frappe.validate_and_sanitize_search_inputs
def search_people(
	doctype: str,
	txt: str,
	searchfield: str,
	start: int,
	page_len: int,
	filters: dict | str | None = None,
) -> list[tuple]:
	"""Return users for a link field: enabled desk users who may be chosen.

	The query of fields for people who work on leads. It cannot use the framework's filters: from Frappe 16 on they
	are refused to users who may choose users, but not read them.
	"""
	if not frappe.has_permission(LEAD):
		frappe.throw(
			_("You may not read leads. Ask your administrator for the role Sales User."),
			frappe.PermissionError,
			title=_("Not Permitted"),
		)
	# Without permissions: the list shows only those among them that the user may choose.
	people = frappe.get_all(
		"User", filters={"enabled": 1, "user_type": "System User"}, pluck="name", order_by=None
	)
	found = frappe.get_list(
		"User",
		filters={"name": ("in", people)},
		or_filters={field: ("like", f"%{txt}%") for field in ("name", "full_name")},
		fields=["name", "full_name"],
		order_by="name asc",
		limit=start + page_len,
		as_list=True,
	)
	return found[start:]


def refuse_disabled_users(users: Iterable[str | None]) -> None:
	"""Raise DisabledValueError when one of the users is disabled.

	Nobody would work on what a disabled user is given.
	"""
	for user in sorted({user for user in users if user}):
		known = frappe.db.get_value("User", user, ["enabled", "full_name"])
		# That there is no such user, the framework says.
		if not known or known[0]:
			continue
		full_name = known[1]
		named = user if full_name in (None, "", user) else f"{full_name} ({user})"
		frappe.throw(
			_(
				"{0} is disabled and cannot work on leads. Choose somebody else, or enable the user first."
			).format(frappe.bold(escape_html(named))),
			DisabledValueError,
			title=_("Disabled User"),
		)


def refuse_disabled_people(lead: Document, method: str | None = None) -> None:
	"""Hook (validate): refuse a disabled user as new sales person or next contact.

	A lead that comes in or is moved past the user's rights keeps the people that it has.
	"""
	if lead.flags.ignore_permissions or lead.flags.is_history:
		return
	changed = [field for field in PEOPLE if lead.get(field) and lead.has_value_changed(field)]
	# What somebody leaves as it is need not be asked for, nor who saves the lead.
	refuse_disabled_users({lead.get(field) for field in changed} - {frappe.session.user})


def first_present(lead_owner: str | None, assigned: str | None) -> list[str]:
	"""Return the sales person of a lead, or its assignees when that one has left.

	The assignees come from `_assign`; only those who can log in are returned.
	"""
	others = assignees(assigned)
	present = can_log_in([lead_owner, *others])
	return [lead_owner] if lead_owner in present else [user for user in others if user in present]


def assignees(assigned: str | None) -> list[str]:
	"""Return the users in a document's `_assign`."""
	return json.loads(assigned or "[]") or []


def managers() -> list[str]:
	"""Return the users who configure the app and can log in, without Administrator.

	Administrator is no person to notify.
	"""
	return having(MANAGERS)


def sales_managers() -> list[str]:
	"""Return the users who distribute leads.

	These are the Sales Managers, on a site without any the System Managers.
	"""
	return having((SALES_MANAGER,)) or having((SYSTEM_MANAGER,))


def sales_people() -> list[str]:
	"""Return who works on leads and can log in."""
	return having(tuple(sorted(SALES_ROLES)))


def having(roles: tuple[str, ...]) -> list[str]:
	# Without permissions: they are told something, not shown to whoever saves the lead.
	names = frappe.get_all(
		"Has Role",
		filters={"role": ("in", roles), "parenttype": "User"},
		pluck="parent",
		distinct=True,
		order_by=None,
	)
	return sorted(can_log_in(names) - {"Administrator"})

"""Who works here: users who can be told, asked or assigned, and who is in the place of those who have left."""

import json
from collections.abc import Iterable

import frappe

SALES_MANAGER, SYSTEM_MANAGER = MANAGERS = ("Sales Manager", "System Manager")


def can_log_in(users: Iterable[str | None]) -> set[str]:
	"""Those of the users who are enabled and have the desk."""
	names = sorted({user for user in users if user})
	filters = {"name": ("in", names), "enabled": 1, "user_type": "System User"}
	# Without permissions: whoever makes the lead, perhaps a visitor, is shown nothing of it.
	return set(frappe.get_all("User", filters=filters, pluck="name", order_by=None)) if names else set()


def first_present(lead_owner: str | None, assigned: str | None) -> list[str]:
	"""The sales person of a lead, when that one has left those who are assigned (`_assign`), as far as they can log in."""
	others = assignees(assigned)
	present = can_log_in([lead_owner, *others])
	return [lead_owner] if lead_owner in present else [user for user in others if user in present]


def assignees(assigned: str | None) -> list[str]:
	"""The users in a document's `_assign`."""
	return json.loads(assigned or "[]") or []


def managers() -> list[str]:
	"""Everybody who configures the app and can log in; Administrator is nobody to tell."""
	return having(MANAGERS)


def sales_managers() -> list[str]:
	"""Who distributes leads: the Sales Managers, on a site without any the System Managers."""
	return having((SALES_MANAGER,)) or having((SYSTEM_MANAGER,))


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

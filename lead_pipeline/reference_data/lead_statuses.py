"""Read statuses and types from the cache, as every save of a lead needs them.

Kept in Redis and dropped by the controllers of Pipeline Lead Status and Pipeline Lead Type. Any layer may read it.
"""

from collections.abc import Iterable
from dataclasses import fields

import frappe
from frappe import _

from lead_pipeline.constants import CLOSED_CATEGORIES, LEAD_TYPE, STATUS
from lead_pipeline.domain.decision import Status
from lead_pipeline.framework.cache import CachedRecords


def statuses() -> dict[str, Status]:
	"""Return all statuses by name, in the order of their position.

	Not to be changed: a save asks for them many times.
	"""
	global _last
	rows, last = _records.get()["statuses"], _last
	if last[0] is not rows:
		# At once, as other threads answer for other sites.
		last = _last = (rows, {row["name"]: Status(**row) for row in rows})
	return last[1]


def category(status: str | None) -> str:
	"""Return the category of a status; empty when there is no such status."""
	found = statuses().get(status or "")
	return found.category if found else ""


def is_closed_status(status: str | None) -> bool:
	return category(status) in CLOSED_CATEGORIES


def choosable_statuses(lead_type: str | None) -> tuple[str, ...]:
	"""Return names of the enabled statuses for leads of this type, in their order.

	No type allows all.
	"""
	allowed = allowed_by_type(lead_type)
	return tuple(
		name
		for name, status in statuses().items()
		if not status.disabled and (not allowed or name in allowed)
	)


def allowed_by_type(lead_type: str | None) -> list[str]:
	"""Return the statuses ticked for a type; an empty list allows every status."""
	return types().get(lead_type or "", [])


def is_allowed(status: str, lead_type: str | None) -> bool:
	"""Return whether leads of this type may have the status, enabled or not."""
	allowed = allowed_by_type(lead_type)
	return not allowed or status in allowed


def types() -> dict[str, list[str]]:
	"""Return the statuses ticked for each type, by name.

	An empty list allows every status.
	"""
	return _records.get()["types"]


def lead_types() -> list[str]:
	return list(types())


def types_without(status: str) -> list[str]:
	"""Return the types that do not allow this status."""
	return [name for name, allowed in types().items() if allowed and status not in allowed]


def names_for_message(names: Iterable[str]) -> str:
	"""Return names of statuses, types or categories for a message.

	Translated, bold, with commas.
	"""
	return ", ".join(frappe.bold(_(name)) for name in names)


def default_region() -> str | None:
	"""Return the site's country as two letters, such as "DE".

	It says how to read a number without a country code.
	"""
	country = frappe.get_system_settings("country")
	code = frappe.get_cached_value("Country", country, "code") if country else None
	return code.upper() if code else None


def _load() -> dict:
	"""Read without permissions: what a status means does not depend on who looks."""
	rows = frappe.get_all(
		STATUS,
		fields=[field.name for field in fields(Status)],
		order_by="position asc, name asc",
	)
	types = {name: [] for name in frappe.get_all(LEAD_TYPE, pluck="name", order_by="name asc")}
	for row in frappe.get_all(
		"Pipeline Lead Type Status",
		fields=["parent", "status"],
		filters={"parenttype": LEAD_TYPE},
		order_by="idx asc",
	):
		types.setdefault(row.parent, []).append(row.status)
	return {"statuses": [dict(row) for row in rows], "types": types}


# What `statuses` has answered last, behind what it was made of: the cache gives the same rows again and again.
_last: tuple[list[dict] | None, dict[str, Status]] = (None, {})

_records = CachedRecords("lead_pipeline_reference", _load)
clear = _records.clear
look_again = _records.look_again

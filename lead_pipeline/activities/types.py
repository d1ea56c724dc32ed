"""The kinds of steps that can be planned."""

import frappe

from lead_pipeline.constants import ACTIVITY_TYPE, SETTINGS


def plannable_types() -> list[frappe._dict]:
	"""Return the types that can be planned, as people have put them in order.

	Without permissions: what kinds of steps there are is no secret from anybody who plans one.
	"""
	return frappe.get_all(
		ACTIVITY_TYPE,
		filters={"disabled": 0},
		fields=["name", "icon", "color", "default_days"],
		order_by="creation asc, name asc",
	)


def default_type() -> str | None:
	"""Return the default activity type, None on a site without any.

	This is the type of the settings, else the first one that can be planned.
	"""
	name = frappe.get_cached_doc(SETTINGS).get("default_activity_type")
	if name and frappe.db.get_value(ACTIVITY_TYPE, name, "disabled", cache=True) == 0:
		return name
	return next((row.name for row in plannable_types()), None)

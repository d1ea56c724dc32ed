"""Tell which app's override is in force when several apps override the same thing.

That is a method or a class. Frappe 15.0 takes the whitelisted method of the first app, later versions the one
of the last; they have a function that says so. Of a class the last override applies; it counts as ours when it
builds on ours.
"""

import frappe
from frappe.model.base_document import get_controller


def method_in_force(path: str) -> str:
	"""Return the path of the function that answers calls of a whitelisted method.

	`path`: the path of the method that the client calls.
	"""
	if hasattr(frappe, "override_whitelisted_method"):
		return frappe.override_whitelisted_method(path)
	return next(iter(frappe.get_hooks("override_whitelisted_methods", {}).get(path, [])), path)


def builds_on(doctype: str, app: str) -> bool:
	"""Return whether the class of this DocType is one of `app`, or stands on one."""
	return any(base.__module__.split(".")[0] == app for base in get_controller(doctype).__mro__)

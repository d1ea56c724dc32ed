"""Suggestions of leads in link fields."""

import frappe
from frappe import _

from lead_pipeline.constants import LEAD


def describe_suggestions(suggestions: list[dict]) -> None:
	"""Describe each suggested lead by the fields that people know it by.

	The framework lists all fields that it searched in, including the keys for matching.
	"""
	# Without permissions: these leads have been found with them.
	names = [suggestion["value"] for suggestion in suggestions]
	rows = frappe.get_all(
		LEAD,
		filters={"name": ("in", names)},
		fields=["name", "company_name", "status", "email", "phone"],
		order_by=None,
	)
	known = {row.pop("name"): row | {"status": _(row.status)} for row in rows}
	for suggestion in suggestions:
		name = suggestion["value"]
		parts = [*known.get(name, {}).values(), name]
		suggestion["description"] = ", ".join(
			dict.fromkeys(part for part in parts if part and part != suggestion.get("label"))
		)

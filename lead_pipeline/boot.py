"""What the desk scripts know from the start."""

import frappe

from lead_pipeline import reference


def extend(bootinfo: frappe._dict) -> None:
	"""Hook: add statuses and types, so that desk scripts colour and offer statuses without asking the server."""
	bootinfo.lead_pipeline = {
		"statuses": [
			{
				"name": status.name,
				"category": status.category,
				"color": status.color,
				"protected": status.protected,
				"disabled": status.disabled,
			}
			for status in reference.statuses().values()
		],
		"types": {lead_type: reference.allowed_by_type(lead_type) for lead_type in reference.lead_types()},
	}

from frappe import _


def get_data():
	return {
		"fieldname": "prevdoc_docname",
		"internal_links": {"Opportunity": "opportunity"},
		"transactions": [
			{"label": _("Reference"), "items": ["Opportunity"]},
			{"label": _("Sales Order"), "items": ["Sales Order"]},
		],
	}

from frappe import _


def get_data():
	return {
		"fieldname": "sales_order",
		"internal_links": {"Quotation": ["items", "prevdoc_docname"]},
		"transactions": [
			{"label": _("Fulfillment"), "items": ["Sales Invoice"]},
			{"label": _("Reference"), "items": ["Quotation"]},
		],
	}

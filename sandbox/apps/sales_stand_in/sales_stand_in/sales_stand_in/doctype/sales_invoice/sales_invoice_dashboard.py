from frappe import _


def get_data():
	return {
		"fieldname": "sales_invoice",
		"internal_links": {"Sales Order": ["items", "sales_order"]},
		"transactions": [{"label": _("Reference"), "items": ["Sales Order"]}],
	}

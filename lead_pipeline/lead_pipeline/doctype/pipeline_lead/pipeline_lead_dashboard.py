import frappe
from frappe import _

from lead_pipeline.constants import LEAD_LINK

GROUPS = (
	("Sales", ("Opportunity", "Quotation", "Sales Order", "Sales Invoice")),
	("Party", ("Customer",)),
)


def get_data() -> dict:
	"""The documents that belong to a lead, as far as this site has them."""
	transactions = []
	for label, doctypes in GROUPS:
		if items := [doctype for doctype in doctypes if frappe.db.exists("DocType", doctype)]:
			transactions.append({"label": _(label), "items": items})
	return {"fieldname": LEAD_LINK, "transactions": transactions}

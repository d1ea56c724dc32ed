import frappe
from frappe import _

from lead_pipeline.constants import LEAD_LINK, PARTY_TYPES

GROUPS = (
	("Sales", ("Opportunity", "Quotation", "Sales Order", "Sales Invoice")),
	("Party", PARTY_TYPES),
)


def get_data() -> dict:
	"""The documents that belong to a lead, as far as this site has them."""
	transactions = []
	for label, doctypes in GROUPS:
		if items := [doctype for doctype in doctypes if frappe.db.exists("DocType", doctype)]:
			transactions.append({"label": _(label), "items": items})
	# The framework would count the parties that name the lead, not the one that the lead names.
	method = "lead_pipeline.documents.connections.count"
	return {"fieldname": LEAD_LINK, "method": method, "transactions": transactions}

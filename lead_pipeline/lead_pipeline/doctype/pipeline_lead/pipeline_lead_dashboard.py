import frappe
from frappe import _

from lead_pipeline.constants import LEAD_LINK, PARTY_TYPES
from lead_pipeline.status import rules

GROUPS = (
	("Sales", ("Opportunity", "Quotation", "Sales Order", "Sales Invoice")),
	("Party", PARTY_TYPES),
)


def get_data() -> dict:
	"""The documents that belong to a lead, as far as this site has them: those of sales, then all that can have rules."""
	transactions = []
	for label, doctypes in GROUPS:
		if items := [doctype for doctype in doctypes if frappe.db.exists("DocType", doctype)]:
			transactions.append({"label": _(label), "items": items})
	known = {doctype for _label, doctypes in GROUPS for doctype in doctypes}
	others = [doctype for doctype in rules.linked_types() if doctype not in known]
	if others:
		transactions.append({"label": _("More"), "items": others})
	return {
		"fieldname": LEAD_LINK,
		"non_standard_fieldnames": {doctype: rules.lead_link(doctype) for doctype in others},
		# The framework would count the parties that name the lead, not the one that the lead names.
		"method": "lead_pipeline.documents.connections.count",
		"transactions": transactions,
	}

from frappe import _

from lead_pipeline.constants import LEAD_LINK, PARTY_TYPES
from lead_pipeline.documents.types import SALES
from lead_pipeline.status import rules


def get_data() -> dict:
	"""Return the documents that belong to a lead, as far as this site has them.

	Those of sales, then all that can have rules.
	"""
	linked = rules.linked_types()
	groups = (
		(_("Sales"), [doctype for doctype in SALES if doctype in linked]),
		(_("Party"), rules.party_types()),
		(_("More"), [doctype for doctype in linked if doctype not in (*SALES, *PARTY_TYPES)]),
	)
	return {
		"fieldname": LEAD_LINK,
		"non_standard_fieldnames": {doctype: rules.lead_link(doctype) for doctype in groups[2][1]},
		# The framework would count the parties that name the lead, not the one that the lead names.
		"method": "lead_pipeline.documents.connections.count",
		"transactions": [{"label": label, "items": items} for label, items in groups if items],
	}

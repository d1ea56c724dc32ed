"""What the Connections of a lead count."""

import frappe
from frappe.desk import notifications
from frappe.model.document import Document

from lead_pipeline.constants import LEAD_LINK, PARTY_TYPES
from lead_pipeline.documents.fields import on_site
from lead_pipeline.permissions import readable_lead


@frappe.whitelist(methods=["GET"])
def count(doctype: str, name: str, items: str | list | None = None) -> dict:
	"""The framework's answer for its dashboard, for the documents that name the lead `name`, and `parties`.

	`parties` has, by DocType, the names of those behind the lead: made from it, or chosen for it, in which case
	they do not name it. Only what the user may see.
	"""
	lead = readable_lead(name)
	wanted = frappe.parse_json(items) or []
	linked = [item for item in wanted if item not in PARTY_TYPES]
	answer = notifications.get_open_count(lead.doctype, lead.name, linked)
	answer["parties"] = {
		party_type: names
		for party_type in on_site(PARTY_TYPES)
		if party_type in wanted and (names := parties(lead, party_type))
	}
	return answer


def parties(lead: Document, party_type: str) -> list[str]:
	if not frappe.has_permission(party_type):
		return []
	either = {}
	if lead.party_type == party_type and lead.party:
		either["name"] = lead.party
	if frappe.get_meta(party_type).has_field(LEAD_LINK):
		either[LEAD_LINK] = lead.name
	return frappe.get_list(party_type, or_filters=either, pluck="name", limit=100) if either else []

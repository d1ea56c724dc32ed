"""What the Connections of a lead count, and those of the parties behind leads."""

import frappe
from frappe import _
from frappe.desk import notifications
from frappe.model.document import Document

from lead_pipeline.constants import LEAD, LEAD_LINK, PARTY_TYPES
from lead_pipeline.documents.fields import on_site
from lead_pipeline.permissions import readable_lead
from lead_pipeline.status import rules

# The framework counts no further either.
COUNTED = 100


@frappe.whitelist(methods=["GET"])
def count(doctype: str, name: str, items: str | list | None = None) -> dict:
	"""The framework's answer for its dashboard, for the documents that name the lead `name`; `parties` and `by_rows`.

	`parties` has, by DocType, the names of those behind the lead: made from it, or chosen for it, in which case
	they do not name it. `by_rows`: the names of all documents of a type of which at least one names the lead in
	a row. Only what the user may see.
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
	answer["by_rows"] = {
		document_type: names for document_type in on_site(linked) if (names := by_rows(lead, document_type))
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
	return frappe.get_list(party_type, or_filters=either, pluck="name", limit=COUNTED) if either else []


def by_rows(lead: Document, document_type: str) -> list[str]:
	"""An order of several leads names most of them in its rows only. Empty when no row names `lead`."""
	link = rules.lead_link(document_type)
	if not link or not frappe.has_permission(document_type):
		return []
	found = {
		name
		for table, field in rules.row_links(document_type)
		for name in frappe.get_list(
			document_type,
			filters=[[table, field, "=", lead.name]],
			pluck="name",
			order_by=None,
			limit=COUNTED,
		)
	}
	if not found:
		return []
	own = frappe.get_list(document_type, filters={link: lead.name}, pluck="name", limit=COUNTED)
	return sorted(found | set(own))[:COUNTED]


def of_customer(data: dict) -> dict:
	"""Hook of the form of Customer (`override_doctype_dashboards`): its Connections count the leads that it is behind."""
	return with_leads(data, "Customer")


def of_prospect_lead(data: dict) -> dict:
	"""The same on ERPNext's own Lead."""
	return with_leads(data, "Lead")


def of_prospect(data: dict) -> dict:
	"""The same on ERPNext's Prospect."""
	return with_leads(data, "Prospect")


def with_leads(data: dict, party_type: str) -> dict:
	"""The framework counts all leads, whoever asks; `guards.open_count` those that the user may see."""
	field = "party"
	data = frappe._dict(data)
	data.fieldname = data.fieldname or field
	data.non_standard_fieldnames = {**(data.non_standard_fieldnames or {}), LEAD: field}
	data.dynamic_links = {**(data.dynamic_links or {}), field: [party_type, "party_type"]}
	data.transactions = [*(data.transactions or []), {"label": _("Pipeline"), "items": [LEAD]}]
	return data

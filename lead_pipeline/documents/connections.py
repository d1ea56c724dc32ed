"""What the Connections of a lead count, and those of the parties behind leads."""

from collections import defaultdict

import frappe
from frappe import _
from frappe.desk import notifications
from pypika.terms import Parameter

from lead_pipeline.constants import LEAD, LEAD_LINK, PARTY_TYPES
from lead_pipeline.status import rules
from lead_pipeline.visibility.lead_access import refuse_unseen_lead

# The framework counts no further either.
MAX_COUNTED = 100


@frappe.whitelist(methods=["GET"])
def count(doctype: str, name: str, items: str | list | None = None) -> dict:
	"""Return the dashboard counts of the documents that name the lead `name`.

	The framework's answer, with `parties` and `by_rows`.

	`parties` has, by DocType, the names of the parties behind the lead: made from it, or chosen for it, in which
	case they do not name it. `by_rows`: the names of all documents of a type of which at least one names the lead
	in a row. Only what the user may see.
	"""
	lead = frappe.db.get_value(LEAD, name, ["name", "party_type", "party"], as_dict=True)
	if not lead:
		refuse_unseen_lead(name)
	wanted = frappe.parse_json(items) or []
	linked = [item for item in rules.linked_types() if item in wanted and item not in PARTY_TYPES]
	try:
		# Asks for the right to read the lead, too; where it is missing, Frappe 16 raises another error than 15.
		answer = notifications.get_open_count(LEAD, lead.name, linked)
	except Exception:
		refuse_unseen_lead(name)
		raise
	answer["parties"] = {
		party_type: names
		for party_type in rules.party_types()
		if party_type in wanted and (names := parties(lead, party_type))
	}
	answer["by_rows"] = {
		document_type: names
		for document_type, found in in_rows(lead.name, linked).items()
		if (names := with_own(lead.name, document_type, found))
	}
	return answer


def parties(lead: frappe._dict, party_type: str) -> list[str]:
	if not frappe.has_permission(party_type):
		return []
	either = {}
	if lead.party_type == party_type and lead.party:
		either["name"] = lead.party
	if frappe.get_meta(party_type).has_field(LEAD_LINK):
		either[LEAD_LINK] = lead.name
	return (
		frappe.get_list(
			party_type, or_filters=either, pluck="name", limit=MAX_COUNTED, order_by="creation desc"
		)
		if either
		else []
	)


def in_rows(lead: str, document_types: list[str]) -> dict[str, set[str]]:
	"""Return the documents with a row that names `lead`: their names, by type.

	In one statement, without permissions. An order of several leads names most of them in its rows only.
	"""
	links = dict.fromkeys(link for document_type in document_types for link in rules.row_links(document_type))
	found = defaultdict(set)
	if not links:
		return found
	# The framework's builder has no union that it runs by itself.
	statement = " union all ".join(rows_that_name_it(table, field) for table, field in links)
	for document_type, name in frappe.db.sql(statement, [lead] * len(links)):
		if document_type in document_types:
			found[document_type].add(name)
	return found


def rows_that_name_it(table: str, field: str) -> str:
	rows = frappe.qb.DocType(table)
	named = rows[field] == Parameter("%s")
	return frappe.qb.from_(rows).select(rows.parenttype, rows.parent).where(named).get_sql()


def with_own(lead: str, document_type: str, found: set[str]) -> list[str]:
	"""Return the documents with these names and those that name the lead themselves.

	Empty when the user may see none of `found`.
	"""
	link = rules.lead_link(document_type)
	if not frappe.has_permission(document_type):
		return []
	either = {"name": ("in", sorted(found)), link: lead}
	seen = frappe.get_list(
		document_type, or_filters=either, pluck="name", limit=2 * MAX_COUNTED, order_by="creation desc"
	)
	return sorted(seen)[:MAX_COUNTED] if found.intersection(seen) else []


def of_customer(data: dict) -> dict:
	"""Hook (override_doctype_dashboards): Count a Customer's leads in its Connections.

	The leads that it is behind.
	"""
	return with_leads(data, "Customer")


def of_prospect_lead(data: dict) -> dict:
	"""Let the Connections of ERPNext's own Lead count the leads that it is behind."""
	return with_leads(data, "Lead")


def of_prospect(data: dict) -> dict:
	"""Let the Connections of ERPNext's Prospect count the leads that it is behind."""
	return with_leads(data, "Prospect")


def with_leads(data: dict, party_type: str) -> dict:
	"""Add the leads to a party's Connections.

	`endpoints.open_count` counts only those that the user may see.
	"""
	field = "party"
	data = frappe._dict(data)
	data.fieldname = data.fieldname or field
	data.non_standard_fieldnames = {**(data.non_standard_fieldnames or {}), LEAD: field}
	data.dynamic_links = {**(data.dynamic_links or {}), field: [party_type, "party_type"]}
	data.transactions = [*(data.transactions or []), {"label": _("Pipeline"), "items": [LEAD]}]
	return data

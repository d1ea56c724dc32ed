"""The status rules as the code reads them: cached, in their order, only those that can work on this site."""

import json
from dataclasses import dataclass

import frappe

from lead_pipeline.caching import CachedRecords
from lead_pipeline.constants import LEAD, LEAD_LINK, RULE


@dataclass(frozen=True)
class Rule:
	"""A lead is at `status` while a `document_type` linked to it through field `link` matches `filters`."""

	name: str
	title: str
	document_type: str
	link: str
	filters: list
	status: str
	position: int
	lead_type: str

	def concerns(self, lead_type: str | None) -> bool:
		return not self.lead_type or self.lead_type == lead_type


def rules() -> list[Rule]:
	"""The enabled rules whose document type is on this site and can reach a lead, strongest first."""
	return [Rule(**row) for row in _records.get()]


def lead_link(document_type: str) -> str | None:
	"""The field by which documents of this type belong to a lead; None when there is none or no such type."""
	if not frappe.db.exists("DocType", document_type, cache=True):
		return None
	links = [
		field.fieldname
		for field in frappe.get_meta(document_type).get_link_fields()
		if field.options == LEAD and field.fieldtype == "Link"
	]
	return LEAD_LINK if LEAD_LINK in links else next(iter(links), None)


def row_links(document_type: str) -> list[tuple[str, str]]:
	"""The child tables by whose rows documents of this type belong to further leads: (DocType, field)."""
	tables = {field.options for field in frappe.get_meta(document_type).get_table_fields()}
	return [(table, LEAD_LINK) for table in sorted(tables) if frappe.get_meta(table).has_field(LEAD_LINK)]


def _load() -> list[dict]:
	"""Read without permissions: a rule holds for the whole site, whoever saves the document."""
	rows = frappe.get_all(
		RULE,
		filters={"enabled": 1},
		fields=["name", "rule_name", "document_type", "filters", "status", "position", "lead_type"],
		order_by="position asc, name asc",
	)
	found = []
	for row in rows:
		if link := lead_link(row.document_type):
			found.append(
				{
					"name": row.name,
					"title": row.rule_name,
					"document_type": row.document_type,
					"link": link,
					"filters": _filters(row.document_type, row.filters),
					"status": row.status,
					"position": row.position,
					"lead_type": row.lead_type or "",
				}
			)
	return found


def _filters(document_type: str, text: str | None) -> list:
	"""What is no JSON becomes a filter that cannot be evaluated: so this rule alone is skipped, and it is said why."""
	try:
		return json.loads(text or "[]")
	except ValueError:
		return [[document_type, "filters_are_no_valid_json", "=", "1"]]


_records = CachedRecords("lead_pipeline_rules", _load)
clear = _records.clear

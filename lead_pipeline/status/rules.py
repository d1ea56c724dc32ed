"""Read the enabled status rules from the cache, in their order.

Only those that can work on this site.
"""

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.meta import Meta

from lead_pipeline.constants import LEAD, LEAD_LINK, MODULE, PARTY_TYPES, RULE
from lead_pipeline.domain import rule_filters
from lead_pipeline.domain.rule_order import Terms
from lead_pipeline.framework.cache import CachedRecords


@dataclass(frozen=True)
class Rule:
	"""A lead is at `status` while a `document_type` linked to it matches `filters`.

	`links`: by which fields it is linked, each with its table: the document's own, and those of its rows.
	"""

	name: str
	title: str
	document_type: str
	links: list[tuple[str, str]]
	filters: list
	status: str
	position: int
	lead_type: str

	def concerns(self, lead_type: str | None) -> bool:
		return not self.lead_type or self.lead_type == lead_type

	@property
	def terms(self) -> Terms:
		return Terms(self.name, self.document_type, self.status, self.position, self.lead_type, self.filters)


def rules() -> list[Rule]:
	"""Return the enabled rules that can work on this site, strongest first.

	Their document type is on this site and can reach a lead.
	"""
	return [Rule(**row) for row in _records.get()]


def changed(rule: Document, removed: bool = False) -> list[Rule]:
	"""Return the rules as they would be if `rule` were saved as it is.

	Or if it were `removed`. Changes nothing.
	"""
	others = [other for other in rules() if other.name != rule.name]
	if rule.enabled and not removed and (row := _row(rule)):
		others.append(Rule(**row))
	return sorted(others, key=lambda other: (other.position, other.name))


def lead_link(document_type: str) -> str | None:
	"""Return the field that links documents of this type to a lead.

	None when there is no such field or no such type.
	"""
	exists = frappe.db.exists("DocType", document_type, cache=True)
	return link_in(frappe.get_meta(document_type)) if exists else None


def link_in(meta: Meta) -> str | None:
	"""Return the field of `lead_link` for a document at hand: nothing has to be asked."""
	if meta.istable or meta.issingle or meta.get("is_virtual") or meta.module == MODULE:
		# Rows, settings and the records of this app are no documents that belong to a lead.
		return None
	links = [
		field.fieldname
		for field in meta.fields
		if field.options == LEAD and field.fieldtype == "Link" and not field.get("is_virtual")
	]
	return LEAD_LINK if LEAD_LINK in links else next(iter(links), None)


@frappe.whitelist(methods=["GET"])
def document_types() -> list[str]:
	"""Return `linked_types`, for the form.

	Raises PermissionError when the user may not read rules.
	"""
	if not frappe.has_permission(RULE, "read"):
		frappe.throw(
			_("You may not see status rules. Ask somebody with the role Sales Manager."),
			frappe.PermissionError,
		)
	return linked_types()


def linked_types() -> list[str]:
	"""Return the document types of this site that can have rules, by name."""
	return _types.get()["linked"]


def party_types() -> list[str]:
	"""Return those of PARTY_TYPES that this site has."""
	return _types.get()["parties"]


def _load_types() -> dict[str, list[str]]:
	return {
		"linked": _linked_types(),
		"parties": [doctype for doctype in PARTY_TYPES if frappe.db.exists("DocType", doctype)],
	}


def _linked_types() -> list[str]:
	fields = {"options": LEAD, "fieldtype": "Link"}
	# Without permissions: which types have the field is no secret, and the form shows only those.
	found = frappe.get_all(
		"DocField", filters={**fields, "parenttype": "DocType"}, pluck="parent", order_by=None
	)
	found += frappe.get_all("Custom Field", filters=fields, pluck="dt", order_by=None)
	return [document_type for document_type in sorted(set(found)) if lead_link(document_type)]


def clear_on_change(document: Document, method: str | None = None) -> None:
	"""Hook (on_update, after_delete): Clear the rules when a link may have changed.

	For DocType and Custom Field: a document type may have got, or lost, its link to a lead.
	"""
	if document_type := document.get("dt"):
		# The framework forgets the type's fields before it deletes one, and may have read them again since.
		frappe.clear_cache(doctype=document_type)
	# The form of a lead shows all such types in its Connections.
	frappe.clear_cache(doctype=LEAD)
	clear()


def row_links(document_type: str) -> list[tuple[str, str]]:
	"""Return the child tables whose rows link to leads: (DocType, field).

	By such rows documents of this type belong to further leads.
	"""
	tables = {field.options for field in frappe.get_meta(document_type).get_table_fields()}
	return [(table, LEAD_LINK) for table in sorted(tables) if frappe.get_meta(table).has_field(LEAD_LINK)]


def _load() -> list[dict]:
	"""Read the enabled rules, without permissions.

	A rule holds for the whole site, no matter who saves the document.
	"""
	rows = frappe.get_all(
		RULE,
		filters={"enabled": 1},
		fields=["name", "rule_name", "document_type", "filters", "status", "position", "lead_type"],
		order_by="position asc, name asc",
	)
	return [found for row in rows if (found := _row(row))]


def _row(rule: frappe._dict | Document) -> dict | None:
	"""Return a stored rule as the arguments of `Rule`.

	None when its documents cannot reach a lead.
	"""
	link = lead_link(rule.document_type)
	return link and {
		"name": rule.name,
		"title": rule.rule_name,
		"document_type": rule.document_type,
		"links": [(rule.document_type, link), *row_links(rule.document_type)],
		"filters": _filters(rule.document_type, rule.filters),
		"status": rule.status,
		"position": rule.position,
		"lead_type": rule.lead_type or "",
	}


def _filters(document_type: str, text: str | None) -> list:
	"""Return the filters of a rule as a list.

	Text that is no list of filters becomes a filter that cannot be evaluated: this rule alone is skipped, and the
	Error Log says why.
	"""
	try:
		return rule_filters.parse(text, document_type)
	except ValueError:
		return [[document_type, "filters_are_no_list_of_filters", "=", "1"]]


def clear() -> None:
	"""Clear the cached rules and linked document types.

	To be called, inside its transaction, by whatever changes the rules or the document types that can have rules.
	"""
	_records.clear()
	_types.clear()


_types = CachedRecords("lead_pipeline_linked_types", _load_types)
_records = CachedRecords("lead_pipeline_status_rules", _load)
look_again = _records.look_again

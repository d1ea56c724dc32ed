"""Where a lead of an import comes from: kept so that the same row never makes a second one."""

import frappe
from frappe.model.document import Document

RUN = "Pipeline Lead Import"


def keep(lead: Document, method: str | None = None) -> None:
	"""Hook of Pipeline Lead (before_insert): the key of a row that one of our own imports hands to the framework's.

	Anybody's own file can have such a column, too; of that the lead takes no notice.
	"""
	if not frappe.flags.in_import or not lead.get("origin_key"):
		return
	source = lead.flags.updater_reference or {}
	if source.get("doctype") == "Data Import" and is_ours(source.get("docname")):
		lead.flags.noted = {"origin_key": lead.origin_key}


def is_ours(data_import: str) -> bool:
	known = frappe.flags.setdefault("lead_pipeline_imports", {})
	if data_import not in known:
		known[data_import] = bool(frappe.db.exists(RUN, {"data_import": data_import}))
	return known[data_import]

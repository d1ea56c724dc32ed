"""Origin of an imported lead, kept so that the same row never makes a second lead."""

import frappe
from frappe.model.document import Document

RUN = "Pipeline Lead Import"


def keep(lead: Document, method: str | None = None) -> None:
	"""Hook (before_insert): Keep the key of a row from one of the app's own imports.

	For Pipeline Lead; the key is what our import hands to the framework's. Other files can have such a column, too;
	there the lead ignores it.
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

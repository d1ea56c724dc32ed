"""The list of leads that the search box above it has found.

The list sends what it always sends, to these methods instead of the framework's, and the text.
"""

import frappe
from frappe.desk import reportview

from lead_pipeline.constants import LEAD
from lead_pipeline.search.finding import MOST, Filters, find_leads, search_leads
from lead_pipeline.visibility.list_filters import is_one_of


@frappe.whitelist()
def found_rows(text: str) -> dict | list:
	"""Return a page of the list with the leads that `text` finds.

	At most MOST leads; the list sorts them as its user wants it.
	"""
	form = frappe.local.form_dict
	form.pop("text", None)
	form.doctype = LEAD
	form.setdefault("fields", frappe.as_json(["name"]))
	filters = as_list(form.get("filters"))
	names = find_leads(text, filters)[:MOST]
	form.filters = frappe.as_json([*filters, is_one_of(names)])
	return reportview.get()


@frappe.whitelist()
def count_found(text: str, filters: str | list | dict | None = None) -> dict:
	"""Return how many leads `text` finds, and whether there are more."""
	found = search_leads(text, as_list(filters))
	return {"count": min(len(found.names), MOST), "more": found.more}


def as_list(filters: str | list | dict | None) -> Filters:
	"""Return the filters of a list request as a list of filters."""
	given = frappe.parse_json(filters) or []
	if not isinstance(given, dict):
		return [each if len(each) > 3 else [LEAD, *each] for each in given]
	return [
		[LEAD, field, *(value if isinstance(value, list | tuple) else ("=", value))]
		for field, value in given.items()
	]

"""What link fields to leads offer: the hook `standard_queries`."""

import frappe
from frappe.utils import cint

from lead_pipeline.constants import LEAD
from lead_pipeline.search.finding import find_leads, latest_leads
from lead_pipeline.search.listing import as_list
from lead_pipeline.visibility.list_filters import is_one_of


@frappe.whitelist()
def suggest_leads(
	doctype: str,
	txt: str,
	searchfield: str | None = None,
	start: int | str = 0,
	page_len: int | str = 10,
	filters: str | list | dict | None = None,
	as_dict: bool | int | str = False,
	**_options,
) -> list:
	"""Return leads for a link field: name and title, best first."""
	given = dict(filters) if isinstance(filters, dict) else filters
	if isinstance(given, dict):
		given.pop("include_disabled", None)
	start, number = cint(start), min(cint(page_len) or 10, 100)
	most = start + number
	names = find_leads(txt, as_list(given), most) if txt.strip() else latest_leads(as_list(given), most)
	names = names[start:most]
	# With permissions, so that a title that the user may not read is left out.
	fields = ["name", "lead_name", "company_name", "status"]
	rows = frappe.get_list(LEAD, [is_one_of(names)], fields, order_by=None)
	known = {row.name: row for row in rows}
	if cint(as_dict):
		return [known[name] for name in names if name in known]
	return [(name, known[name].get("lead_name") or name) for name in names if name in known]

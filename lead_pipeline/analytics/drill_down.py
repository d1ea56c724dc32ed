"""From a number of a report to the leads that it counts: the filters with which a list shows just these."""

import frappe
from frappe import _

from lead_pipeline.analytics import reports, scope
from lead_pipeline.analytics.asked import refuse
from lead_pipeline.analytics.tables import ListFilters


@frappe.whitelist(methods=["GET", "POST"])
def leads_behind(report: str, filters: dict | str, key: dict | str, column: str) -> ListFilters:
	"""The filters of a list that shows the leads behind one number.

	`filters`: those of the report; `key` and `column`: the row's `key` and the column's name. Who may not see a lead
	does not see it in the list either.
	"""
	scope.refuse_others()
	found = reports.by_name().get(report)
	if not found:
		refuse(_("There is no such report."))
	asked = found.read(filters)
	key = frappe.parse_json(key)
	if not isinstance(key, dict):
		refuse(_("Load the report again, and click the number once more."))
	try:
		conditions = found.leads_behind(asked, key, column)
	except (KeyError, TypeError, ValueError, OverflowError):
		refuse(_("Load the report again, and click the number once more."))
	return [*asked.as_list_filters(), *conditions]

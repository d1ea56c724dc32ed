"""Return the list filters for the leads behind a number of a report.

With them a list shows just the leads that the number counts.
"""

import frappe
from frappe import _

from lead_pipeline.analytics import reports
from lead_pipeline.analytics.asked import throw_invalid_filter
from lead_pipeline.analytics.tables import ListFilters
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads


@frappe.whitelist(methods=["GET", "POST"])
def leads_behind(report: str, filters: dict | str, key: dict | str, column: str) -> ListFilters:
	"""Return the filters of a list that shows the leads behind one number.

	`filters`: those of the report; `key` and `column`: the row's `key` and the column's name. Who may not see a lead
	does not see it in the list either.
	"""
	refuse_who_reads_no_leads()
	found = reports.reports_by_name().get(report)
	if not found:
		throw_invalid_filter(_("There is no such report."))
	asked = found.read(filters)
	key = frappe.parse_json(key)
	if not isinstance(key, dict):
		throw_invalid_filter(_("Load the report again, and click the number once more."))
	try:
		conditions = found.leads_behind(asked, key, column)
	except (KeyError, TypeError, ValueError, OverflowError):
		throw_invalid_filter(_("Load the report again, and click the number once more."))
	return [*asked.as_list_filters(), *conditions]

"""Offer slow reports as prepared reports.

The framework then runs such a report in the background and keeps the result.
"""

import frappe
from frappe import _

from lead_pipeline.analytics import reports
from lead_pipeline.analytics.asked import throw_invalid_filter
from lead_pipeline.constants import SETTINGS


@frappe.whitelist(methods=["POST"])
def prepare_in_background(report: str) -> str:
	"""Make one of the reports a prepared report for all users.

	It can be undone in the form of the report.
	"""
	if not frappe.has_permission(SETTINGS, "write"):
		frappe.throw(
			_("Only a Sales Manager decides how reports are made. Ask one of them."), frappe.PermissionError
		)
	if report not in reports.reports_by_name():
		throw_invalid_filter(_("There is no such report."))
	frappe.db.set_value("Report", report, "prepared_report", 1)
	return _("{0} is prepared in the background from now on. Its form takes that back.").format(
		frappe.bold(_(report))
	)

import frappe

from lead_pipeline.activities import my_day as days
from lead_pipeline.capture.inbox import contents
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads


@frappe.whitelist(methods=["GET"])
def my_day() -> dict:
	"""Return the content of the user's page *My Day*, in one answer.

	`inbox`: how many mails and calls wait. Raises PermissionError when the user may not read leads.
	"""
	refuse_who_reads_no_leads()
	return days.day_of_user(frappe.session.user) | {"inbox": contents.count_items(contents.READY)}

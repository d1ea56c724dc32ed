import frappe
from frappe import _

from lead_pipeline.activities import my_day as days
from lead_pipeline.capture.inbox import contents
from lead_pipeline.constants import LEAD


@frappe.whitelist(methods=["GET"])
def my_day() -> dict:
	"""Return what the page *My Day* of the user shows, in one answer; `inbox`: how many mails and calls wait.

	Raises PermissionError when the user may not read leads.
	"""
	if not frappe.has_permission(LEAD):
		frappe.throw(
			_("You may not read leads. Ask your administrator for the role Sales User."),
			frappe.PermissionError,
		)
	return days.day_of_user(frappe.session.user) | {"inbox": contents.count_items(contents.READY)}

"""Restrict Document Follow to leads that the follower may see.

The framework mails changes without a check. Users can follow what they may see (`check_follow`). Users who may
no longer see a lead get nothing: just before the framework writes its digests, what they follow is forgotten
(`before_job`).
"""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import LEAD
from lead_pipeline.visibility.lead_access import throw_not_permitted

FOLLOW = "Document Follow"

# The scheduled jobs that write the digests: hourly, daily, weekly.
DIGESTS = "frappe.desk.form.document_follow.send_"


def check_follow(follow: Document, method: str | None = None) -> None:
	"""Hook (Document Follow): require that the follower may see the lead.

	The user who sends the request must be able to see it, too.
	"""
	if follow.ref_doctype != LEAD:
		return
	if not all(may_follow(follow.ref_docname, user) for user in (follow.user, frappe.session.user)):
		throw_not_permitted(_("There is no such lead, or you may not see it."))


def may_follow(lead: str, user: str) -> bool:
	return bool(frappe.db.exists(LEAD, lead)) and bool(frappe.has_permission(LEAD, doc=lead, user=user))


def before_job(method: str | None = None, kwargs: dict | None = None, transaction_type: str = "job") -> None:
	"""Hook of all background jobs: look at who follows before a digest is written."""
	if str((kwargs or {}).get("job_type") or "").startswith(DIGESTS):
		forget_hidden()


def forget_hidden() -> None:
	"""Let nobody follow a lead that they may not see."""
	# Without permissions: it is about what others follow.
	for follow in frappe.get_all(
		FOLLOW, filters={"ref_doctype": LEAD}, fields=["name", "ref_docname", "user"], order_by="name"
	):
		if not may_follow(follow.ref_docname, follow.user):
			frappe.db.delete(FOLLOW, {"name": follow.name})

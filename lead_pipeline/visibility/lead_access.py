"""Give a lead to users who may see or change it; refuse others with a reason."""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import LEAD


def readable_lead(name: str) -> Document:
	"""Return the lead, when the user may see it. Raises PermissionError otherwise."""
	refuse_unseen_lead(name)
	return frappe.get_doc(LEAD, name)


def writable_lead(name: str) -> Document:
	"""Return the lead, locked, when the user may change it.

	Raises PermissionError with the reason otherwise.
	"""
	refuse_unseen_lead(name)
	lead = frappe.get_doc(LEAD, name, for_update=True)
	if not lead.has_permission("write"):
		frappe.throw(
			_("You may not change it. Ask its owner to share it with you, or a Sales Manager."),
			frappe.PermissionError,
		)
	return lead


def seen_lead(name: str) -> Document | None:
	"""Return the lead; None when it is not there, or the user may not see it."""
	try:
		lead = frappe.get_doc(LEAD, name)
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		return None
	return lead if lead.has_permission("read") else None


def refuse_who_reads_no_leads() -> None:
	if not frappe.has_permission(LEAD):
		frappe.throw(
			_("You may not read leads. Ask your administrator for the role Sales User."),
			frappe.PermissionError,
		)


def throw_not_permitted(message: str) -> None:
	frappe.throw(message, frappe.PermissionError, title=_("Not Permitted"))


def refuse_unseen_lead(name: str) -> None:
	if not frappe.db.exists(LEAD, name) or not frappe.has_permission(LEAD, "read", doc=name):
		# One and the same answer: nobody learns here which leads there are.
		frappe.throw(_("There is no such lead, or you may not see it."), frappe.PermissionError)

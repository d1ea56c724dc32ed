"""Check the status that a lead is saved with, and set what follows from it.

Whether its type allows it, why it is lost, and since when it has it.
"""

from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime, now_datetime

from lead_pipeline.constants import LOST
from lead_pipeline.exceptions import LostReasonRequiredError, StatusNotAllowedError
from lead_pipeline.reference_data import lead_statuses


def refuse_not_allowed(lead: Document) -> None:
	"""Refuse a status that the type forbids, or a disabled one.

	A disabled one that the lead has already is accepted.
	"""
	if not lead.status:
		frappe.throw(
			_("There is no status to give. Add a Pipeline Lead Status that is not disabled first."),
			StatusNotAllowedError,
			title=_("Status Missing"),
		)
	before = lead.get_doc_before_save()
	unchanged = before and before.status == lead.status and before.lead_type == lead.lead_type
	choosable = lead_statuses.choosable_statuses(lead.lead_type)
	if unchanged or lead.status in choosable or keeps_disabled_status(lead, before):
		return
	allowed = ", ".join(frappe.bold(_(name)) for name in choosable)
	if lead_statuses.allowed_by_type(lead.lead_type):
		message = _("Status {0} is not allowed for leads of type {1}. Allowed are: {2}.")
		message = message.format(frappe.bold(_(lead.status)), frappe.bold(_(lead.lead_type)), allowed)
	else:
		message = _("Status {0} is disabled. Choose one of: {1}.").format(
			frappe.bold(_(lead.status)), allowed
		)
	frappe.throw(message, StatusNotAllowedError, title=_("Status not Allowed"))


def keeps_disabled_status(lead: Document, before: Document | None) -> bool:
	allowed = lead_statuses.allowed_by_type(lead.lead_type)
	return bool(before and before.status == lead.status and (not allowed or lead.status in allowed))


def refuse_without_reason(lead: Document) -> None:
	"""Demand of people why a lead is lost; documents have reasons of their own."""
	if lead.flags.status_change or lead.lost_reason or lead_statuses.category(lead.status) != LOST:
		return
	before = lead.get_doc_before_save()
	if before and before.status == lead.status:
		return
	frappe.throw(
		_("Choose a {0} before you set the status {1}.").format(
			frappe.bold(_(lead.meta.get_label("lost_reason"))), frappe.bold(_(lead.status))
		),
		LostReasonRequiredError,
		title=_("Why was it lost?"),
	)


def set_details(lead: Document) -> None:
	"""Set the indexed copy of the category, and since when the lead has the status.

	Time in status counts from that moment.
	"""
	lead.status_category = lead_statuses.category(lead.status)
	before = lead.get_doc_before_save()
	if not before:
		# The history begins with the lead itself, so that its durations add up to the lead's age.
		lead.status_changed_on = get_datetime(lead.creation)
	elif before.status != lead.status:
		lead.status_changed_on = moment_after(before.status_changed_on)
		forget_loss(lead, before)


def moment_after(before: datetime | str | None) -> datetime:
	"""Return the present moment, or one right after `before` if that is later.

	It is later when the clock was set back. So the history of a lead stays in the order in which it happened.
	"""
	now = now_datetime()
	return max(now, get_datetime(before) + timedelta(microseconds=1)) if before else now


def forget_loss(lead: Document, before: Document) -> None:
	"""Clear the lost reason of a lead that is not lost any more.

	The log keeps it, and the next loss has its own.
	"""
	if lead_statuses.category(before.status) == LOST and lead.status_category != LOST:
		lead.lost_reason = lead.lost_note = None

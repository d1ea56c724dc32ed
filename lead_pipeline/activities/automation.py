"""Input for deciding whose turn it is: the settings and the state of the lead."""

import frappe

from lead_pipeline.constants import SETTINGS
from lead_pipeline.domain.automation import ActivityState, AutomationSettings
from lead_pipeline.reference_data import lead_statuses


def automation_settings() -> AutomationSettings:
	"""Return the settings about mails, calls and due days."""
	settings = frappe.get_cached_doc(SETTINGS)
	return AutomationSettings(
		open_status=settings.open_status or "",
		replied_status=settings.replied_status or "",
		reply_opens=bool(settings.reply_opens),
		mail_replies=bool(settings.mail_replies),
		call_replies=bool(settings.call_replies),
		follow_up_opens=bool(settings.follow_up_opens),
	)


def activity_state(lead) -> ActivityState:
	"""Return the state of a lead for the automation.

	The lead is a document or a row with `status`, `lead_type` and `hold_status`.
	"""
	known = lead_statuses.statuses()
	return ActivityState(
		status=known.get(lead.status),
		choosable=tuple(known[name] for name in lead_statuses.choosable_statuses(lead.lead_type)),
		held=bool(lead.hold_status),
	)

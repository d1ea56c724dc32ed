"""Detect stuck leads: longer in a status than its `stuck_after` working days.

The managers are notified once, if the setting says so.
"""

from datetime import date, timedelta

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from lead_pipeline.activities import working_days
from lead_pipeline.constants import FIRST_DAY, LEAD, OPEN_CATEGORIES, SETTINGS
from lead_pipeline.framework import job_records
from lead_pipeline.framework.notifications import Saying, tell_of_leads
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.visibility import staff

# Days that an hourly job may be late. What was stuck before somebody wanted to be told is found in the list.
LATE = 7


def set_stuck_on(lead: Document, method: str | None = None) -> None:
	"""Hook of Pipeline Lead (before_save): set the stuck day when its status is new."""
	before = lead.get_doc_before_save()
	if lead.status_category not in OPEN_CATEGORIES:
		lead.stuck_on = None
	elif not before or before.status != lead.status:
		lead.stuck_on = day_for(lead.status, working_days.today())


def day_for(status: str, since: date) -> date | None:
	"""Return the day on which a lead becomes stuck, None when it never does.

	The lead is at `status` since the day `since`.
	"""
	known = lead_statuses.statuses().get(status)
	if not known or not known.stuck_after or known.category not in OPEN_CATEGORIES:
		return None
	return working_days.of_site().add(since, known.stuck_after)


@job_records.recorded("Stuck Leads", lambda count: _("{0} stuck leads told to the managers.").format(count))
def tell_managers() -> int:
	"""Scheduler job: notify the Sales Managers once of each lead that became stuck.

	Returns the number of leads.
	"""
	if not frappe.get_cached_doc(SETTINGS).stuck_notifies:
		return 0
	rows = newly_stuck(working_days.today())
	if not rows:
		return 0
	news = {row.name: stuck_text(row) for row in rows}
	stuck = {"stuck_on": ("Between", [FIRST_DAY, str(working_days.today())])}
	for user in staff.sales_managers():
		tell_of_leads(user, "stuck", news, stuck_many_text, stuck)
	lead = frappe.qb.DocType(LEAD)
	# Bookkeeping: an open form must not be told that the lead has changed.
	frappe.qb.update(lead).set(lead.stuck_told_for, lead.stuck_on).where(lead.name.isin(list(news))).run()
	return len(rows)


def newly_stuck(today: date) -> list[frappe._dict]:
	lead = frappe.qb.DocType(LEAD)
	return (
		frappe.qb.from_(lead)
		.select(lead.name, lead.lead_name, lead.status)
		.where((lead.stuck_on <= today) & (lead.stuck_on > today - timedelta(LATE)))
		.where(lead.status_category.isin(OPEN_CATEGORIES))
		.where(lead.stuck_told_for.isnull() | (lead.stuck_told_for != lead.stuck_on))
		.orderby(lead.stuck_on)
		.orderby(lead.name)
		.run(as_dict=True)
	)


def stuck_text(row: frappe._dict) -> Saying:
	def say(language: str | None) -> str:
		text = _("{0} is stuck at {1}.", lang=language)
		return text.format(frappe.bold(escape_html(row.lead_name)), _(row.status, lang=language))

	return say


def stuck_many_text(count: int, language: str | None) -> str:
	return _("{0} leads are stuck.", lang=language).format(count)

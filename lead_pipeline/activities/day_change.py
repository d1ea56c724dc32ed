"""Update `next_step` of all leads when a day begins in the site's time zone.

It does so without going through the leads one by one.
"""

import frappe
from pypika.terms import Case

from lead_pipeline.activities import working_days
from lead_pipeline.constants import LEAD, OPEN_CATEGORIES, OVERDUE, PLANNED, TODAY
from lead_pipeline.framework import job_records


@job_records.recorded("Turn of the Day")
def turn() -> None:
	"""Scheduler job, hourly: move leads that became due to Today or Overdue.

	Leads whose day has come are moved from Planned to Today, those whose day is over to Overdue. One statement on
	the index of `next_step`, which finds no row when nothing has changed. The leads do not appear as modified.
	"""
	lead, today = frappe.qb.DocType(LEAD), working_days.today()
	over = (lead.next_step == TODAY) & (lead.next_contact_date < today)
	come = (lead.next_step == PLANNED) & (lead.next_contact_date <= today)
	state = Case().when(lead.next_contact_date < today, OVERDUE).else_(TODAY)
	(
		frappe.qb.update(lead)
		.set(lead.next_step, state)
		.where(lead.status_category.isin(OPEN_CATEGORIES) & (over | come))
		.run()
	)

"""Pass changes of a status on to its leads: its probability and `stuck_after`.

`stuck_after`: after how many days they are stuck. Set-based, in batches, in the background; the leads do not appear
as modified. Safe to run twice.
"""

from collections.abc import Callable
from contextlib import suppress

import frappe
from frappe.query_builder.functions import Coalesce, Date
from frappe.utils import flt
from redis.exceptions import RedisError

from lead_pipeline.activities import probability, stuck
from lead_pipeline.constants import LEAD, OPEN_CATEGORIES
from lead_pipeline.reference_data import lead_statuses

BATCH_SIZE = 2000

FOLLOW = "lead_pipeline.activities.status_terms.follow"


def queue_terms(status: str) -> None:
	"""Queue `follow` once the change of `status` is saved."""

	def enqueue() -> None:
		# Without Redis, leads take it over with their next change of status.
		with suppress(RedisError):
			frappe.enqueue(FOLLOW, queue="long", status=status)

	frappe.db.after_commit.add(enqueue)


def follow(status: str) -> None:
	"""Background job: update probability and stuck day of the leads at `status`.

	Leads with a probability of their own keep it.
	"""
	lead_statuses.look_again()
	follow_probability(status)
	follow_stuck_after(status)


def follow_probability(status: str) -> None:
	value = flt(probability.of_status(status))
	lead = frappe.qb.DocType(LEAD)
	wrong = (lead.status == status) & (lead.own_probability == 0) & (Coalesce(lead.probability, 0) != value)
	in_batches(wrong, lambda names: write_to_leads(names, "probability", value))


def follow_stuck_after(status: str) -> None:
	"""One statement for all leads that came to the status on the same day."""
	lead = frappe.qb.DocType(LEAD)
	here = (lead.status == status) & lead.status_category.isin(OPEN_CATEGORIES)
	came_on = Date(lead.status_changed_on)
	days = frappe.qb.from_(lead).select(came_on).distinct().where(here).run(pluck=True)
	for day in sorted(day for day in days if day):
		value = stuck.day_for(status, day)
		other = lead.stuck_on.isnull() | (lead.stuck_on != value) if value else lead.stuck_on.isnotnull()
		in_batches(
			here & (came_on == day) & other,
			lambda names, value=value: write_to_leads(names, "stuck_on", value),
		)


def in_batches(condition, change: Callable[[list[str]], None]) -> None:
	lead = frappe.qb.DocType(LEAD)
	while names := frappe.qb.from_(lead).select(lead.name).where(condition).limit(BATCH_SIZE).run(pluck=True):
		change(names)
		# Each batch stands alone: a long run must hold no locks, nor lose what it has done when it is stopped.
		frappe.db.commit()


def write_to_leads(names: list[str], fieldname: str, value: object) -> None:
	lead = frappe.qb.DocType(LEAD)
	frappe.qb.update(lead).set(lead[fieldname], value).where(lead.name.isin(names)).run()

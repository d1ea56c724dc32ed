"""Create the activities for next contact dates of leads, and set `next_step`.

Leads with a next contact date get the activity that it stands for, and `next_step` says how that stands today. Leads
in whose probability somebody has typed something keep it. Nothing else about a lead changes, `modified` included.
Goes on where it stopped: what has an activity is passed over.
"""

import frappe
from frappe.query_builder.functions import Coalesce
from frappe.utils import getdate, now_datetime

from lead_pipeline.activities import types, working_days
from lead_pipeline.constants import ACTIVITY, LEAD, OPEN, OPEN_CATEGORIES
from lead_pipeline.domain.steps import next_step_state
from lead_pipeline.reference_data import seeds
from lead_pipeline.setup import apply, defaults

BATCH_SIZE = 1000


def execute() -> None:
	# A migrate seeds what is new after its patches.
	apply.seeds()
	give_seeded_statuses_their_terms()
	keep_typed_probabilities()
	activity_type, last = types.default_type(), ""
	while activity_type and (rows := batch_after(last)):
		last = rows[-1].name
		plan(rows, activity_type)
		# A million leads are no single transaction; what is done need not be done again.
		frappe.db.commit()


def give_seeded_statuses_their_terms() -> None:
	"""Give the seeded statuses a probability and a time, as on a new site.

	Statuses that the site added get none.
	"""
	if frappe.get_all("Pipeline Lead Status", {"probability": (">", 0)}, limit=1, order_by=None):
		return
	known = seeds.load_seeds()
	for name, _category, _protected, _color, probability, stuck_after in defaults.STATUSES:
		present = seeds.present_seed_name(known, "Pipeline Lead Status", name)
		terms = {"probability": probability, "stuck_after": stuck_after}
		# Not by a save, which would ask for checks of what people have set up since.
		frappe.db.set_value("Pipeline Lead Status", present, terms, update_modified=False)


def keep_typed_probabilities() -> None:
	"""Mark what somebody has typed before probabilities followed from the status."""
	lead = frappe.qb.DocType(LEAD)
	typed = (lead.probability > 0) & (Coalesce(lead.own_probability, 0) == 0)
	while names := frappe.qb.from_(lead).select(lead.name).where(typed).limit(BATCH_SIZE).run(pluck=True):
		frappe.qb.update(lead).set(lead.own_probability, 1).where(lead.name.isin(names)).run()
		# Each batch stands alone, as below.
		frappe.db.commit()


def batch_after(last: str) -> list[frappe._dict]:
	# A patch is for all leads. The framework's *is set* compares a date with an empty text, which PostgreSQL refuses.
	lead = frappe.qb.DocType(LEAD)
	return (
		frappe.qb.from_(lead)
		.select(lead.name, lead.next_contact_date, lead.next_contact_by, lead.owner)
		.where((lead.name > last) & lead.next_contact_date.isnotnull())
		.where(lead.status_category.isin(OPEN_CATEGORIES))
		.orderby(lead.name)
		.limit(BATCH_SIZE)
		.run(as_dict=True)
	)


def plan(rows: list[frappe._dict], activity_type: str) -> None:
	names = [row.name for row in rows]
	planned = set(
		frappe.get_all(ACTIVITY, {"lead": ("in", names), "status": OPEN}, pluck="lead", order_by=None)
	)
	states = {}
	for row in rows:
		states.setdefault(next_step_state(getdate(row.next_contact_date), working_days.today()), []).append(
			row.name
		)
		if row.name not in planned:
			insert(row, activity_type)
	lead = frappe.qb.DocType(LEAD)
	for state, leads in states.items():
		frappe.qb.update(lead).set(lead.next_step, state).where(lead.name.isin(leads)).run()


def insert(row: frappe._dict, activity_type: str) -> None:
	"""One statement: nobody is told of it, and the lead stays as it is."""
	step, now = frappe.new_doc(ACTIVITY), now_datetime()
	step.update(
		{
			"name": frappe.generate_hash(length=10),
			"creation": now,
			"modified": now,
			"owner": row.owner,
			"modified_by": row.owner,
			"lead": row.name,
			"activity_type": activity_type,
			"subject": activity_type,
			"due_on": row.next_contact_date,
			"due_time": None,
			"assigned_to": row.next_contact_by,
			"status": OPEN,
		}
	)
	# As the site has it: a save would move the lead's own fields again, and tell people of what they have planned.
	step.db_insert()

"""Day of a user: steps overdue, due today, coming; open leads without a step."""

from datetime import timedelta

import frappe
from frappe.query_builder import Order
from frappe.utils import cstr, getdate
from pypika.queries import QueryBuilder

from lead_pipeline.activities import plan, working_days
from lead_pipeline.activities.next_step import STEP_FIELDS, order_of
from lead_pipeline.constants import ACTIVITY, LEAD, NO_STEP, OPEN, OPEN_CATEGORIES
from lead_pipeline.visibility import field_levels
from lead_pipeline.visibility.readable_records import readable_names

# Days that are coming.
AHEAD = 7

# Of each list so many are shown; so many are counted, for what nobody works off in a day.
MAX_STEPS_SHOWN, MAX_STEPS_COUNTED = 100, 1000

LEAD_FIELDS = ("lead_name", "company_name", "phone", "mobile_no", "email", "next_step")


def day_of_user(user: str) -> dict:
	"""Return the steps and leads of the day of `user`, and the number of each kind.

	The kinds are `overdue`, `due_today`, `coming` and `without_step`. `nothing_yet`: whether the user has no open
	lead at all.
	"""
	today = working_days.today()
	groups = {"overdue": [], "due_today": [], "coming": []}
	for step in steps_until(user, today + timedelta(AHEAD)):
		day = getdate(step.due_on)
		groups["overdue" if day < today else "due_today" if day == today else "coming"].append(step)
	without = leads_without_step(user)
	counts = {name: len(found) for name, found in groups.items()} | {"without_step": len(without)}
	answer = {name: [step_of_day(step) for step in found[:MAX_STEPS_SHOWN]] for name, found in groups.items()}
	nothing_yet = not any(counts.values()) and not has_open_lead(user)
	return answer | {
		"today": cstr(today),
		"without_step": without[:MAX_STEPS_SHOWN],
		"counts": counts,
		"nothing_yet": nothing_yet,
	}


def has_open_lead(user: str) -> bool:
	filters = {"lead_owner": user, "status_category": ("in", OPEN_CATEGORIES)}
	return bool(frappe.get_list(LEAD, filters, pluck="name", limit=1, order_by="name asc"))


def steps_until(user: str, day) -> list[frappe._dict]:
	"""Return the open steps of `user` until a day.

	These are the user's own steps, and those assigned to nobody on the user's leads. Only steps of leads that the
	list shows to the user: having a step assigned gives no right to see the lead.
	"""
	activity, lead = frappe.qb.DocType(ACTIVITY), frappe.qb.DocType(LEAD)
	nobodys = activity.assigned_to.isnull() | (activity.assigned_to == "")
	rows = [
		row
		for whose in (activity.assigned_to == user, nobodys & (lead.lead_owner == user))
		for row in asked(activity, lead)
		.where(whose & (activity.status == OPEN) & (activity.due_on <= day))
		.run(as_dict=True)
	]
	seen = readable_names(LEAD, {row.lead for row in rows})
	# A field that the user may not read stays empty, as in a list.
	hidden = dict.fromkeys({*LEAD_FIELDS}.intersection(field_levels.unreadable_fields(LEAD)))
	return sorted((row.update(hidden) for row in rows if row.lead in seen), key=order_of)


def asked(activity, lead) -> QueryBuilder:
	return (
		frappe.qb.from_(activity)
		.join(lead)
		.on(lead.name == activity.lead)
		.select(*(activity[field] for field in STEP_FIELDS))
		.select(*(lead[field] for field in LEAD_FIELDS), lead.status.as_("lead_status"))
		.orderby(activity.due_on, order=Order.asc)
		.orderby(activity.name)
		.limit(MAX_STEPS_COUNTED)
	)


def step_of_day(step: frappe._dict) -> dict:
	"""Return a step with what one needs of its lead to do it."""
	return plan.step_as_shown(step, can_write=True) | {
		"lead_name": step.lead_name,
		"company_name": step.company_name,
		"lead_status": step.lead_status,
		"phone": step.mobile_no or step.phone,
		"email": step.email,
	}


def leads_without_step(user: str) -> list[frappe._dict]:
	"""Return the open leads of `user` without a planned step.

	Those that have stood longest come first.
	"""
	return frappe.get_list(
		LEAD,
		filters={"lead_owner": user, "next_step": NO_STEP, "status_category": ("in", OPEN_CATEGORIES)},
		fields=["name", "lead_name", "company_name", "status", "phone", "mobile_no", "email", "stuck_on"],
		order_by="status_changed_on asc, name asc",
		limit=MAX_STEPS_COUNTED,
	)

"""Keeps a lead and its open activities in step.

`next_contact_date` and `next_contact_by` of a lead are those of its earliest open activity, and `next_step` says how
that stands today. Whoever sets the fields of the lead moves that activity, or plans one; whoever changes an activity
changes the fields.
"""

import copy
from collections.abc import Iterable
from datetime import date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, formatdate, getdate, now_datetime
from pypika.terms import Criterion

from lead_pipeline.activities import types, working_days
from lead_pipeline.constants import (
	ACTIVITY,
	CANCELLED,
	CLOSED_CATEGORIES,
	LEAD,
	NO_STEP,
	OPEN,
	OPEN_CATEGORIES,
	PERSON,
)
from lead_pipeline.domain.steps import next_step_state
from lead_pipeline.exceptions import InvalidStepError, LeadClosedError, NextStepRequiredError
from lead_pipeline.framework.insert_notes import forget_insert
from lead_pipeline.reference_data import lead_statuses

# So many open activities can a lead have.
MAX_OPEN_STEPS = 100

STEP_FIELDS = ("name", "lead", "activity_type", "subject", "due_on", "due_time", "assigned_to", "status")

DATE, BY = CONTACT = ("next_contact_date", "next_contact_by")


def open_steps(lead: str) -> list[frappe._dict]:
	"""Return the open activities of a lead, the earliest first.

	At most one more than a lead can have. Ignores permissions: users who see a lead see its activities, and the
	activities of a lead do not depend on the user.
	"""
	activity = frappe.qb.DocType(ACTIVITY)
	return sorted(open_steps_where(activity.lead == lead, MAX_OPEN_STEPS + 1), key=order_of)


def first_steps(leads: list[str]) -> dict[str, frappe._dict]:
	"""Return the earliest open activity of each of the leads that have one.

	In one query. Ignores permissions, as `open_steps`.
	"""
	activity = frappe.qb.DocType(ACTIVITY)
	found: dict[str, frappe._dict] = {}
	for step in sorted(open_steps_where(activity.lead.isin(leads or [""])), key=order_of):
		found.setdefault(step.lead, step)
	return found


def open_steps_where(condition: Criterion, most: int | None = None) -> list[frappe._dict]:
	activity = frappe.qb.DocType(ACTIVITY)
	query = (
		frappe.qb.from_(activity)
		.select(*(activity[field] for field in STEP_FIELDS))
		.where(condition & (activity.status == OPEN))
		.orderby(activity.due_on)
		.orderby(activity.creation)
		.orderby(activity.name)
	)
	return (query.limit(most) if most else query).run(as_dict=True)


def order_of(step: frappe._dict) -> tuple:
	"""Return the sort key of a step: by day and time.

	On the same day, steps without a time come before those with one.
	"""
	return (getdate(step.due_on), step.due_time is not None, cstr(step.due_time).rjust(8, "0"))


# The lead is saved


def set_next_step(lead: Document, method: str | None = None) -> None:
	"""Hook of Pipeline Lead (before_save): compute `next_step`, without a query."""
	before = lead.get_doc_before_save()
	if is_lead_closed(lead):
		lead.next_contact_date = None
		if before and before.next_contact_date:
			lead.next_contact_by = None
	elif before and goes_along(lead, before):
		lead.next_contact_by = lead.lead_owner
	day = day_of(lead)
	lead.next_step = next_step_state(day, working_days.today(), not is_lead_closed(lead)) if day else NO_STEP


def goes_along(lead: Document, before: Document) -> bool:
	"""Return whether the next step moves to the new sales person with the lead.

	It does when it was planned for the former sales person.
	"""
	handed_over = lead.lead_owner and before.lead_owner and lead.lead_owner != before.lead_owner
	return bool(handed_over and lead.next_contact_by == before.lead_owner == before.next_contact_by)


def check_lead(lead: Document, method: str | None = None) -> None:
	"""Hook of Pipeline Lead (validate): check its next step against its status.

	Refuses a step on a closed lead, and a status without the step that it requires.
	"""
	before = lead.get_doc_before_save()
	if not before or lead.flags.ignore_permissions or lead.flags.is_history:
		return
	dated = day_of(lead) and day_of(lead) != day_of(before)
	if dated and lead_statuses.is_closed_status(lead.status) and lead.status == before.status:
		refuse_step_of_closed(lead)
	if day_of(lead) or not is_by_person(lead):
		return
	left = day_of(before) and len(open_steps(lead.name)) <= 1
	if (lead.status != before.status or left) and requires_step(lead.status):
		refuse_without_step(lead)


def is_by_person(lead: Document) -> bool:
	"""Return whether a user saves the lead, not a document, a mail or a due day.

	Those change the status of a lead, too.
	"""
	change = lead.flags.status_change
	return not change or change.cause == PERSON


def requires_step(status: str) -> bool:
	known = lead_statuses.statuses().get(status)
	return bool(known and known.next_step_required and known.category in OPEN_CATEGORIES)


def refuse_without_step(lead: Document) -> None:
	frappe.throw(
		_("A lead at {0} needs a next step. Plan one first, or enter {1} as well.").format(
			frappe.bold(_(lead.status)), frappe.bold(_(lead.meta.get_label(DATE)))
		),
		NextStepRequiredError,
		title=_("Next Step Missing"),
	)


def refuse_step_of_closed(lead: Document) -> None:
	frappe.throw(
		_("{0} is closed, at {1}. Reactivate it before you plan a step.").format(
			frappe.bold(escape_html(lead.lead_name)), frappe.bold(_(lead.status))
		),
		LeadClosedError,
		title=_("Lead Closed"),
	)


def carry_out(lead: Document, method: str | None = None) -> None:
	"""Hook of Pipeline Lead (on_update): apply changed step fields to its activities."""
	before = lead.get_doc_before_save()
	if not before:
		if day_of(lead):
			plan_for(lead)
		return
	had_step = bool(day_of(before))
	if is_lead_closed(lead):
		if had_step:
			cancel_all(lead.name)
		return
	if had_step and lead.lead_owner and before.lead_owner and lead.lead_owner != before.lead_owner:
		give_to(lead, before.lead_owner, lead.lead_owner)
	if day_of(lead) == day_of(before) and (lead.next_contact_by or None) == (before.next_contact_by or None):
		return
	if day_of(lead) or had_step:
		follow_fields(lead)


def follow_fields(lead: Document) -> None:
	"""Move, hand over, cancel or plan the step that the fields of a lead speak of."""
	steps = open_steps(lead.name)
	if not steps:
		if day_of(lead):
			plan_for(lead)
		return
	if day_of(lead):
		values = {"due_on": day_of(lead), "assigned_to": lead.next_contact_by or None}
		if getdate(steps[0].due_on) != day_of(lead):
			values["reminded_on"] = None
	else:
		values = {"status": CANCELLED}
	steps[0].update(values)
	frappe.db.set_value(ACTIVITY, steps[0].name, values)
	first = earliest(step for step in steps if step.status == OPEN)
	values = fields_of(first)
	if not differs_from(lead, values):
		return
	lead.update(values)
	frappe.db.set_value(lead.doctype, lead.name, values, update_modified=False)
	if first:
		# Another step comes before the one that was moved or taken off.
		frappe.msgprint(
			_("The next step is now on {0}: {1}.").format(
				formatdate(first.due_on), frappe.bold(escape_html(first.subject))
			),
			alert=True,
		)


def plan_for(lead: Document) -> None:
	"""Plan a step of the default type from the fields of a lead.

	On a site without types only the fields are kept.
	"""
	activity_type = types.default_type()
	if not activity_type:
		return
	step = frappe.new_doc(ACTIVITY)
	step.update(
		{
			"lead": lead.name,
			"activity_type": activity_type,
			"due_on": day_of(lead),
			# The framework gives a new document the time of now.
			"due_time": None,
			"assigned_to": lead.next_contact_by,
		}
	)
	step.flags.of_lead = lead
	step.flags.ignore_links = True
	# Whoever is to contact a lead sees it for that reason, or gets it shared with the reminder.
	step.flags.past_rules = True
	# Who may save the lead may say when it is to be contacted.
	step.insert(ignore_permissions=True)
	forget_insert(step)


def give_to(lead: Document, old: str, new: str) -> None:
	"""Give the open steps that the last sales person was to do to the next one."""
	activity = frappe.qb.DocType(ACTIVITY)
	theirs = (activity.lead == lead.name) & (activity.status == OPEN) & (activity.assigned_to == old)
	frappe.qb.update(activity).set(activity.assigned_to, new).where(theirs).run()


def cancel_all(lead: str) -> None:
	"""Cancel the open steps of a lead that was closed; their reminders go with them."""
	activity = frappe.qb.DocType(ACTIVITY)
	of_lead = (activity.lead == lead) & (activity.status == OPEN)
	frappe.qb.update(activity).set(activity.status, CANCELLED).set(activity.modified, now_datetime()).set(
		activity.modified_by, frappe.session.user
	).where(of_lead).run()


# An activity is saved


def follow_activities(lead: Document, by_person: bool = True, **noted) -> list[frappe._dict]:
	"""Update the step fields of `lead` from its activities; return the open ones.

	The lead has to be locked. `noted`: other fields that are set in the same statement. Raises
	NextStepRequiredError when a user removes the last step of a lead whose status requires one, InvalidStepError
	when there are too many.
	"""
	steps = open_steps(lead.name)
	if len(steps) > MAX_OPEN_STEPS and by_person:
		refuse_too_many()
	first = earliest(steps)
	if not first and by_person and day_of(lead) and requires_step(lead.status):
		refuse_without_step(lead)
	values = fields_of(first) if first or day_of(lead) else {}
	if values and values[DATE] != day_of(lead):
		values["reminded_for"] = None
	values |= noted
	if differs_from(lead, values):
		if not lead.get_doc_before_save():
			# Read under its lock: it need not be read again to know what it was.
			lead.flags.locked_copy = copy.deepcopy(lead)
		lead.db_set(values, notify=True)
	return steps


def sync_with_steps(name: str) -> None:
	"""Bring a lead in step whose activities have come from another one, or gone to it."""
	lead = frappe.get_doc(LEAD, name, for_update=True)
	if is_lead_closed(lead):
		cancel_all(name)
	follow_activities(lead, by_person=False)


def refuse_too_many() -> None:
	frappe.throw(
		_(
			"This lead has {0} open steps already. Do or cancel some of them before you plan another one."
		).format(MAX_OPEN_STEPS),
		InvalidStepError,
		title=_("Too Many Steps"),
	)


def fields_of(step: frappe._dict | None) -> dict:
	"""Return what a lead says of its earliest open activity."""
	if not step:
		return {DATE: None, BY: None, "next_step": NO_STEP}
	day = getdate(step.due_on)
	return {DATE: day, BY: step.assigned_to or None, "next_step": next_step_state(day, working_days.today())}


def earliest(steps: Iterable[frappe._dict]) -> frappe._dict | None:
	return min(steps, key=order_of, default=None)


def differs_from(lead: Document, values: dict) -> bool:
	return any(cstr(lead.get(field)) != cstr(value) for field, value in values.items())


def day_of(lead: Document) -> date | None:
	return getdate(lead.next_contact_date) if lead.next_contact_date else None


def is_lead_closed(lead: Document) -> bool:
	return lead.status_category in CLOSED_CATEGORIES

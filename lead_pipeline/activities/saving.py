"""Checks on an activity when it is saved, and what follows from it.

They apply to every save, by any user or code.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, getdate, now_datetime

from lead_pipeline.activities import next_step
from lead_pipeline.constants import ACTIVITY, ACTIVITY_TYPE, CANCELLED, DONE, LEAD, OPEN
from lead_pipeline.domain.steps import parse_time
from lead_pipeline.exceptions import InvalidStepError
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.visibility import staff

# What the app notes for itself. A read-only field is only one on the form: REST and imports could send it.
BOOKKEEPING = ("done_on", "done_by", "reminded_on", "todo")


def prepare_step(activity: Document) -> None:
	"""Lock the lead of `activity`, keep the app's own notes, and fill empty fields."""
	before = activity.get_doc_before_save()
	for field in BOOKKEEPING:
		activity.set(field, before.get(field) if before else None)
	if before:
		activity.lead = before.lead
	activity.flags.of_lead = activity.flags.of_lead or locked_lead(activity.lead)
	activity.subject = cstr(activity.subject).strip() or activity.activity_type
	activity.status = activity.status or OPEN
	if activity.status == DONE and not (before and before.status == DONE):
		activity.done_on, activity.done_by = now_datetime(), frappe.session.user
	elif activity.status != DONE:
		activity.done_on = activity.done_by = None
	if before and before.status == OPEN and when(before) != when(activity):
		activity.reminded_on = None


def when(activity: Document) -> tuple:
	return (cstr(activity.due_on), cstr(activity.due_time))


def locked_lead(name: str | None) -> Document | None:
	"""Return the lead, locked.

	Two activities of a lead that are saved at the same time thus see each other.
	"""
	if not name or not frappe.db.exists(LEAD, name):
		return None
	return frappe.get_doc(LEAD, name, for_update=True)


def check_step(activity: Document) -> None:
	"""Refuse a step that nobody could do as planned.

	Each message says what to do instead.
	"""
	if activity.flags.of_lead:
		refuse_on_closed_lead(activity)
	refuse_without_day(activity)
	refuse_impossible_time(activity)
	refuse_disabled_type(activity)
	refuse_wrong_person(activity)


def refuse_on_closed_lead(activity: Document) -> None:
	lead = activity.flags.of_lead
	opened = activity.is_new() or (activity.status == OPEN and activity.has_value_changed("status"))
	if opened and lead_statuses.is_closed_status(lead.status):
		next_step.refuse_step_of_closed(lead)


def refuse_without_day(activity: Document) -> None:
	if not activity.due_on:
		throw_impossible_step(
			_("A step needs a day. Enter {0}.").format(label_of_field(activity, "due_on")), _("Which Day?")
		)
	# Raises for what is no date; the database would answer with an error of its own.
	activity.due_on = getdate(cstr(activity.due_on))


def refuse_impossible_time(activity: Document) -> None:
	try:
		found = parse_time(activity.due_time)
	except ValueError:
		typed = frappe.bold(escape_html(cstr(activity.due_time)))
		throw_impossible_step(
			_("{0} is no time of the day. Enter it like 14:30.").format(typed), _("Which Time?")
		)
	activity.due_time = found.strftime("%H:%M:%S") if found else None


def refuse_disabled_type(activity: Document) -> None:
	if not activity.activity_type or not activity.has_value_changed("activity_type"):
		return
	if frappe.get_cached_value(ACTIVITY_TYPE, activity.activity_type, "disabled"):
		throw_impossible_step(
			_("{0} {1} is disabled. Choose another one, or enable it again.").format(
				label_of_field(activity, "activity_type"), frappe.bold(_(activity.activity_type))
			),
			_("Disabled"),
		)


def refuse_wrong_person(activity: Document) -> None:
	"""Refuse an assignee who has left or who may not see the lead.

	The user who saves the activity sees the lead.
	"""
	person = activity.assigned_to
	unchanged = not activity.has_value_changed("assigned_to")
	if not person or person == frappe.session.user or unchanged or activity.flags.past_rules:
		return
	name = frappe.bold(escape_html(person))
	if not staff.can_log_in([person]):
		throw_impossible_step(
			_("{0} is disabled or no user of the desk. Choose somebody else.").format(name), _("Who Does It?")
		)
	if activity.flags.of_lead and not frappe.has_permission(LEAD, "read", doc=activity.lead, user=person):
		throw_impossible_step(
			_("{0} may not see this lead. Share it with them first, or choose somebody else.").format(name),
			_("Who Does It?"),
		)


def throw_impossible_step(message: str, title: str) -> None:
	frappe.throw(message, InvalidStepError, title=title)


def label_of_field(activity: Document, fieldname: str) -> str:
	return frappe.bold(_(activity.meta.get_label(fieldname)))


def follow_step(activity: Document) -> None:
	"""Update the lead and the records that depend on the activity.

	These are the comment, the first response and the ToDo.
	"""
	lead, before = activity.flags.of_lead, activity.get_doc_before_save()
	newly_done = activity.status == DONE and not (before and before.status == DONE)
	if newly_done:
		keep_feedback(activity, lead)
	if activity.todo and activity.status in (DONE, CANCELLED) and activity.has_value_changed("status"):
		close_todo(activity)
	if activity.flags.lead_follows_later:
		return
	noted = {}
	if newly_done and not lead.first_response_on and is_contact(activity):
		noted["first_response_on"] = activity.done_on
	activity.flags.steps = next_step.follow_activities(lead, not activity.flags.past_rules, **noted)


def is_contact(activity: Document) -> bool:
	return bool(frappe.get_cached_value(ACTIVITY_TYPE, activity.activity_type, "is_contact"))


def keep_feedback(activity: Document, lead: Document) -> None:
	"""Write into the lead's timeline what was done, and what came of it."""
	head = _("{0} done").format(_(activity.activity_type))
	if activity.subject and activity.subject != activity.activity_type:
		head = f"{head}: {activity.subject}"
	feedback = cstr(activity.feedback).strip()
	if feedback:
		lines = "<br>".join(escape_html(line) for line in feedback.splitlines())
		lead.add_comment("Comment", f"<p><b>{escape_html(head)}</b></p><p>{lines}</p>")
	else:
		lead.add_comment("Info", escape_html(head))


def close_todo(activity: Document) -> None:
	"""Close the ToDo that reminded a user of the activity.

	There is only one list to tick off.
	"""
	if frappe.db.get_value("ToDo", activity.todo, "status") != "Open":
		return
	todo = frappe.get_doc("ToDo", activity.todo)
	todo.status = "Closed" if activity.status == DONE else "Cancelled"
	todo.flags.closed_by_step = True
	# Whoever may do the step may tick it off.
	todo.save(ignore_permissions=True)


def follow_deletion(activity: Document) -> None:
	"""Bring the lead in step after one of its activities was deleted."""
	if lead := locked_lead(activity.lead):
		next_step.follow_activities(lead, by_person=False)


def done_with_todo(todo: Document, method: str | None = None) -> None:
	"""Hook of ToDo: tick off the step whose reminder is ticked off."""
	before = todo.get_doc_before_save()
	ticked = todo.status == "Closed" and before and before.status == "Open"
	if not ticked or todo.reference_type != LEAD or todo.flags.closed_by_step:
		return
	name = frappe.db.get_value(ACTIVITY, {"todo": todo.name, "status": OPEN})
	if not name:
		return
	activity = frappe.get_doc(ACTIVITY, name)
	activity.status = DONE
	activity.flags.past_rules = True
	# Who may tick off the ToDo was asked to do the step.
	activity.save(ignore_permissions=True)

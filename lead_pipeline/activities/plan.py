"""Let users plan, complete, move, cancel and hand over the next steps of a lead.

Completing a step can plan the next one. Every method that changes something returns `steps_answer`: the lead's
fields and its open steps. Raises PermissionError when the user may not change the lead, InvalidStepError,
LeadClosedError or NextStepRequiredError with a message that says what to do.
"""

from datetime import date as Date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, formatdate, get_fullname

from lead_pipeline.activities import next_step, types, working_days
from lead_pipeline.constants import ACTIVITY, ACTIVITY_TYPE, CANCELLED, DONE, OPEN
from lead_pipeline.domain.steps import next_step_state
from lead_pipeline.domain.working_time import QUICK_DAYS
from lead_pipeline.exceptions import InvalidStepError
from lead_pipeline.visibility import lead_access, staff

# What the caller may say of a step that is planned.
ARGUMENTS = ("due_on", "activity_type", "subject", "due_time", "assigned_to")

# So many steps of one lead are shown.
MAX_STEPS_SHOWN = 20


@frappe.whitelist(methods=["POST"])
def plan(
	lead: str,
	due_on: str,
	activity_type: str | None = None,
	subject: str | None = None,
	due_time: str | None = None,
	assigned_to: str | None = None,
) -> dict:
	"""Plan a step of `lead` on `due_on`, YYYY-MM-DD or one of the quick days.

	It is assigned to the sales person of the lead unless `assigned_to` is given.
	"""
	doc = lead_access.writable_lead(lead)
	step = new_step(doc, due_on, activity_type, subject, due_time, assigned_to)
	save_step(step)
	return steps_answer(doc, step.flags.steps, said_planned(step), planned=step.name)


@frappe.whitelist(methods=["POST"])
def done(activity: str, feedback: str | None = None, next: dict | str | None = None) -> dict:
	"""Complete a step with `feedback` on its outcome, and plan the next one.

	`next` has the arguments of `plan` except `lead`.
	"""
	step, lead = open_step(activity)
	following = None
	if arguments := parse_next_step(next):
		following = new_step(lead, **arguments)
		following.flags.lead_follows_later = True
		save_step(following)
	step.status, step.feedback = DONE, feedback
	save_step(step)
	sentences = [_("{0} is done.").format(frappe.bold(escape_html(step.subject)))]
	if following:
		sentences.append(said_planned(following))
	planned = following and following.name
	return steps_answer(lead, step.flags.steps, " ".join(sentences), done=step.name, planned=planned)


@frappe.whitelist(methods=["POST"])
def move(activity: str, due_on: str, due_time: str | None = None) -> dict:
	"""Put a step on another day; `due_time` None keeps its time, "" takes it off."""
	step, lead = open_step(activity)
	step.due_on = day(due_on)
	if due_time is not None:
		step.due_time = due_time
	save_step(step)
	message = _("{0} is on {1} now.").format(frappe.bold(escape_html(step.subject)), formatdate(step.due_on))
	return steps_answer(lead, steps_of(step, lead), message, done=step.name)


@frappe.whitelist(methods=["POST"])
def cancel(activity: str) -> dict:
	"""Take a step off the list of its lead; the activity is kept as cancelled."""
	step, lead = open_step(activity)
	step.status = CANCELLED
	save_step(step)
	message = _("{0} is cancelled.").format(frappe.bold(escape_html(step.subject)))
	return steps_answer(lead, steps_of(step, lead), message, done=step.name)


@frappe.whitelist(methods=["POST"])
def hand_over(activity: str, to: str) -> dict:
	"""Let the user `to` do a step."""
	step, lead = open_step(activity)
	step.assigned_to = to
	save_step(step)
	message = _("{0} is in the hands of {1} now.").format(
		frappe.bold(escape_html(step.subject)), frappe.bold(escape_html(get_fullname(to)))
	)
	return steps_answer(lead, steps_of(step, lead), message, done=step.name)


@frappe.whitelist(methods=["GET"])
def steps(lead: str) -> dict:
	"""Return the open steps of a lead that the user may see, and its step fields."""
	return steps_answer(lead_access.readable_lead(lead), next_step.open_steps(lead))


@frappe.whitelist(methods=["GET"])
def offer(lead: str | None = None) -> dict:
	"""Return the choices for a step: types with their proposed days, and quick days.

	Raises PermissionError when the user may not see activities.
	"""
	if lead:
		lead_access.refuse_unseen_lead(lead)
	frappe.has_permission(ACTIVITY, throw=True)
	working, today = working_days.of_site(), working_days.today()
	return {
		"types": [
			{
				"name": row.name,
				"label": _(row.name),
				"icon": row.icon,
				"color": row.color,
				"due_on": cstr(working.add(today, max(0, row.default_days or 0))),
			}
			for row in types.plannable_types()
		],
		"default_type": types.default_type(),
		"days": [
			{"value": name, "label": said, "date": cstr(working.quick_day(name, today))}
			for name, said in labels().items()
		],
	}


def labels() -> dict[str, str]:
	"""Return the quick days by their names, as people call them."""
	said = (_("Today"), _("Tomorrow"), _("In 3 Days"), _("Next Week"), _("Next Month"))
	return dict(zip(QUICK_DAYS, said, strict=True))


def open_step(name: str) -> tuple[Document, Document]:
	"""Return an open activity and its lead, locked, if the user may change the lead."""
	lead = frappe.db.get_value(ACTIVITY, name, "lead")
	if not lead:
		frappe.throw(
			_("There is no such step, or you may not see its lead. Reload the page."), frappe.PermissionError
		)
	doc = lead_access.writable_lead(lead)
	# Behind the lock of the lead: somebody else may just have done it.
	step = frappe.get_doc(ACTIVITY, name, for_update=True)
	if step.status != OPEN:
		frappe.throw(
			_("{0} is not open any more: it is {1}. Reload the page.").format(
				frappe.bold(escape_html(step.subject)), frappe.bold(_(step.status))
			),
			InvalidStepError,
			title=_("Not Open"),
		)
	step.flags.of_lead = doc
	return step, doc


def save_step(step: Document) -> None:
	"""Save a step of a lead that the user may change."""
	frappe.has_permission(ACTIVITY, "write", throw=True)
	# The right on its lead was asked, which decides; asking again would read the lead once more.
	step.flags.ignore_permissions = True
	step.save()


def new_step(
	lead: Document,
	due_on: str | None = None,
	activity_type: str | None = None,
	subject: str | None = None,
	due_time: str | None = None,
	assigned_to: str | None = None,
) -> Document:
	"""Return a new activity of `lead` that is not saved yet.

	Raises InvalidStepError for an invalid day or type.
	"""
	activity_type = activity_type or types.default_type()
	if not activity_type or not frappe.db.exists(ACTIVITY_TYPE, activity_type, cache=True):
		named = frappe.bold(escape_html(activity_type or _("Nothing")))
		throw_invalid_step(
			_("{0} is no type of step. Choose one of the types that are offered.").format(named)
		)
	step = frappe.new_doc(ACTIVITY)
	step.update(
		{
			"lead": lead.name,
			"activity_type": activity_type,
			"subject": subject,
			"due_on": day(due_on),
			"due_time": due_time,
			"assigned_to": assigned_to or who_does_it(lead),
		}
	)
	step.flags.of_lead = lead
	return step


def who_does_it(lead: Document) -> str:
	"""Return the user who does a step of the lead by default.

	This is its sales person; when that user has left, the assignee; else the current user.
	"""
	user = frappe.session.user
	if lead.lead_owner in (None, "", user):
		return user
	return next(iter(staff.first_present(lead.lead_owner, lead.get("_assign"))), user)


def parse_next_step(next: dict | str | None) -> dict:
	"""Return what the caller says of the next step, only what can be said.

	Raises InvalidStepError for what is no object.
	"""
	try:
		given = frappe.parse_json(next) or {}
	except ValueError:
		given = None
	if not isinstance(given, dict):
		throw_invalid_step(
			_("The next step has to be an object with its day, {0}.").format(frappe.bold("due_on"))
		)
	return {key: given[key] for key in ARGUMENTS if given.get(key) not in (None, "")}


def day(due_on: str | None) -> Date:
	"""Return the day that was asked for.

	Raises InvalidStepError for a missing, invalid or past day.
	"""
	if not due_on:
		throw_invalid_step(_("A step needs a day. Choose one."))
	today = working_days.today()
	if due_on in QUICK_DAYS:
		return working_days.of_site().quick_day(due_on, today)
	try:
		found = Date.fromisoformat(due_on)
	except (TypeError, ValueError):
		throw_invalid_step(
			_("{0} is not a day. Enter it as YYYY-MM-DD.").format(frappe.bold(escape_html(cstr(due_on))))
		)
	if found < today:
		throw_invalid_step(
			_("{0} is past. Choose today or a later day.").format(frappe.bold(formatdate(found)))
		)
	return found


def throw_invalid_step(message: str) -> None:
	frappe.throw(message, InvalidStepError, title=_("Next Step"))


def said_planned(step: Document) -> str:
	return _("{0} is planned for {1}.").format(
		frappe.bold(escape_html(step.subject)), formatdate(step.due_on)
	)


def steps_of(step: Document, lead: Document) -> list[frappe._dict]:
	"""Return the open steps that the save of `step` has found.

	When nothing has changed, the save has not read them, and they are read here.
	"""
	return next_step.open_steps(lead.name) if step.flags.steps is None else step.flags.steps


def steps_answer(lead: Document, steps: list[frappe._dict], message: str | None = None, **touched) -> dict:
	"""Return what the desk shows of the steps of a lead."""
	can_write = lead.has_permission("write")
	return {
		"lead": lead.name,
		"modified": cstr(lead.modified),
		"status": lead.status,
		"next_step": lead.next_step,
		"next_contact_date": lead.next_contact_date and cstr(lead.next_contact_date),
		"next_contact_by": lead.next_contact_by,
		"message": message,
		"done": touched.get("done"),
		"planned": touched.get("planned"),
		"steps": [step_as_shown(step, can_write) for step in steps[:MAX_STEPS_SHOWN]],
	}


def steps_of_form(lead: Document) -> list[dict]:
	"""Return the open steps of a lead for its form.

	For a lead without a step there is no query.
	"""
	if not lead.next_contact_date:
		return []
	can_write = lead.has_permission("write")
	return [step_as_shown(step, can_write) for step in next_step.open_steps(lead.name)[:MAX_STEPS_SHOWN]]


def step_as_shown(step: frappe._dict, can_write: bool) -> dict:
	"""Return one open step as the desk shows it."""
	look = frappe.get_cached_value(ACTIVITY_TYPE, step.activity_type, ["icon", "color"], as_dict=True) or {}
	return {
		"name": step.name,
		"lead": step.lead,
		"activity_type": step.activity_type,
		"subject": step.subject,
		"due_on": cstr(step.due_on),
		"due_time": None if step.due_time is None else cstr(step.due_time).rjust(8, "0")[:5],
		"assigned_to": step.assigned_to,
		"assigned_name": get_fullname(step.assigned_to) if step.assigned_to else None,
		"icon": look.get("icon"),
		"color": look.get("color"),
		"state": next_step_state(frappe.utils.getdate(step.due_on), working_days.today()),
		"can_write": can_write,
	}

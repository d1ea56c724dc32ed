"""Reminders of the day of the next contact, when the lead is our turn again.

The user who has to contact the lead is reminded. The job runs hourly, so that the reminder comes in the first hour
of the day in the time zone of that user. There is one reminder of a lead for each day that somebody set
(`reminded_for`). What is done with a lead is a transaction of its own; of some leads of one person the person is told
together. A run that is stopped half way keeps what it has done, and the next one continues.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date

import frappe
from frappe import _
from frappe.desk.form import assign_to
from frappe.model.document import Document
from frappe.utils import (
	add_days,
	add_to_date,
	create_batch,
	escape_html,
	formatdate,
	get_fullname,
	getdate,
	now_datetime,
)
from pypika import Table
from pypika.terms import Criterion
from rq.timeouts import BaseTimeoutException

from lead_pipeline.activities import automation, next_step, reminders, timezones
from lead_pipeline.constants import ACTIVITY, FIRST_DAY, FOLLOW_UP, LEAD, OPEN_CATEGORIES, SETTINGS
from lead_pipeline.domain.automation import on_due_day
from lead_pipeline.domain.follow_up import Reminder, is_reminder_due, whom
from lead_pipeline.framework import job_records, transactions
from lead_pipeline.framework.notifications import Saying, tell_of_leads
from lead_pipeline.status import recompute
from lead_pipeline.status.log import Change
from lead_pipeline.visibility import staff

# The record of the job.
REMINDERS = "Reminders of Next Contacts"

# So many leads of one person are told of together.
TOGETHER = 50

# Days that may have come somewhere on earth since the first run of the day.
RECENT_DAYS = 3

# So long may a transaction take whose lead is not missed.
OVERLAP_MINUTES = 15


@job_records.recorded(REMINDERS, lambda count: _("{0} leads reminded of.").format(count))
def remind() -> int:
	"""Scheduler job: send reminders of all leads whose day has come.

	Returns the number of leads.
	"""
	state, began = job_records.state_of(REMINDERS), add_to_date(now_datetime(), minutes=-OVERLAP_MINUTES)
	today, reminded = str(getdate()), 0
	since = state.get("since") if state.get("day") == today else None
	for names in due_by_person(since).values():
		for some in create_batch(names, TOGETHER):
			reminded += remind_together(some)
	job_records.keep_state(REMINDERS, {"since": str(began), "day": today})
	return reminded


def remind_together(names: list[str]) -> int:
	"""Send the reminders of some leads of one person; return how many were needed."""
	due = []
	for name in names:
		try:
			if one := act_on_lead(name):
				due.append(one)
		except BaseTimeoutException:
			raise
		except Exception:
			# Whatever is wrong with one lead, the people of the others have to be reminded.
			frappe.db.rollback()
			log_failed_follow_up(name)
		# Each lead stands alone: a long run must not hold locks, nor lose what it has done when it stops.
		frappe.db.commit()
	tell_of_due(due)
	# What people were told of is not told again.
	frappe.db.commit()
	return len(due)


def leads_due() -> list[str]:
	"""Return the names of the open leads that are due for contact."""
	return [name for names in due_by_person().values() for name in names]


def due_by_person(since: str | None = None) -> dict[str | None, list[str]]:
	"""Return the open leads due for contact, oldest first, by the person to remind.

	Due means that the day has come in the time zone of the user who has to contact them. `since`: without those whose
	day had come long before, unless they were changed since this moment.
	"""
	rows = not_reminded_of_until(timezones.latest_today(), since)
	enabled = enabled_users(user for row in rows for user in people_to_remind(row))
	days = {zone: timezones.today_in(zone) for zone in {*enabled.values(), None}}
	found: dict[str | None, list[str]] = {}
	for row in rows:
		person = reminder_of(row, enabled).person
		if is_reminder_due(row.next_contact_date, row.reminded_for, days[enabled.get(person)]):
			found.setdefault(person, []).append(row.name)
	return found


def not_reminded_of_until(day: date, since: str | None = None) -> list[frappe._dict]:
	"""Return the open leads due for contact until `day` that had no reminder yet.

	The query uses an index. `since`: as for `due_by_person`.
	"""
	lead = frappe.qb.DocType(LEAD)
	if since:
		# Two queries, as the database takes one index for each.
		lately = add_days(day, -RECENT_DAYS)
		found = [
			*due_rows(lead, day, lead.next_contact_date >= lately),
			*due_rows(lead, day, lead.modified >= since),
		]
		return list({row.name: row for row in found}.values())
	return due_rows(lead, day)


def due_rows(lead: Table, day: date, which: Criterion | None = None) -> list[frappe._dict]:
	return (
		frappe.qb.from_(lead)
		.select(lead.name, lead.next_contact_date, lead.reminded_for)
		.select(lead.next_contact_by, lead.lead_owner, lead._assign)
		.where((lead.next_contact_date <= day) & which if which else lead.next_contact_date <= day)
		.where(lead.status_category.isin(OPEN_CATEGORIES))
		.where(lead.reminded_for.isnull() | (lead.reminded_for != lead.next_contact_date))
		.orderby(lead.next_contact_date)
		.orderby(lead.name)
		.run(as_dict=True)
	)


def people_to_remind(lead: Document | frappe._dict) -> list[str | None]:
	return [lead.next_contact_by, lead.lead_owner, *staff.assignees(lead.get("_assign"))]


def reminder_of(lead: Document | frappe._dict, enabled: Collection[str]) -> Reminder:
	return whom(lead.next_contact_by, lead.lead_owner, enabled, staff.assignees(lead.get("_assign")))


def enabled_users(names: Iterable[str | None]) -> dict[str, str | None]:
	"""Return those of the named users who may log in, with their time zones.

	None stands for the site's time zone.
	"""
	# Without permissions: the scheduler asks, and shows nobody what it finds.
	rows = frappe.get_all(
		"User",
		filters={"name": ("in", sorted({name for name in names if name}) or [""]), "enabled": 1},
		fields=["name", "time_zone"],
		order_by=None,
	)
	return {row.name: row.time_zone or None for row in rows}


def remind_of_lead(name: str) -> bool:
	"""Send the reminder of one lead; return whether it was still needed."""
	due = act_on_lead(name)
	if due:
		tell_of_due([due])
	return bool(due)


@dataclass(frozen=True)
class Due:
	"""A lead whose day has come, and who is reminded of it."""

	lead: Document
	reminder: Reminder


def act_on_lead(name: str) -> Due | None:
	"""Make the lead our turn again and assign it; None when no reminder is needed.

	Another user may just have changed the lead. What is done here does no harm when it is done twice.
	"""
	if not frappe.db.exists(LEAD, name):
		return None
	lead = frappe.get_doc(LEAD, name, for_update=True)
	enabled = enabled_users(people_to_remind(lead))
	reminder = reminder_of(lead, enabled)
	today = timezones.today_in(enabled.get(reminder.person))
	open_still = lead.status_category in OPEN_CATEGORIES
	if not open_still or not is_reminder_due(lead.next_contact_date, lead.reminded_for, today):
		return None
	steps = [lambda: make_our_turn(lead)]
	if reminder.person and frappe.get_cached_doc(SETTINGS).follow_up_assigns:
		steps.append(lambda: assign_reminder(lead, reminder.person))
	carry_out(steps, name)
	return Due(lead, reminder)


def carry_out(steps: list[Callable[[], None]], lead: str) -> None:
	"""Take each step independently.

	A lead that cannot be saved still has to be contacted.
	"""
	for step in steps:
		transactions.run_in_savepoint(step, lambda error: log_failed_follow_up(lead))


def tell_of_due(due: list[Due]) -> None:
	"""Notify each person of the leads at once, and note that they were reminded of."""
	settings = frappe.get_cached_doc(SETTINGS)
	news: dict[str, list[Document]] = {}
	for one in due:
		if one.reminder.person and settings.follow_up_notifies and not rings_later(one.lead, settings):
			news.setdefault(one.reminder.person, []).append(one.lead)
		carry_out(steps_without_person(one, settings), one.lead.name)
	for person, leads in news.items():
		carry_out([lambda: notify(person, leads)], leads[0].name)  # noqa: B023 - called at once
	lead = frappe.qb.DocType(LEAD)
	# Bookkeeping: an open form must not be told that the lead has changed. Who has set another day meanwhile is reminded.
	(
		frappe.qb.update(lead)
		.set(lead.reminded_for, lead.next_contact_date)
		.where(lead.name.isin([one.lead.name for one in due] or [""]))
		.where(lead.next_contact_date <= timezones.latest_today())
		.run()
	)


def steps_without_person(due: Due, settings: Document) -> list[Callable[[], None]]:
	"""Return what is done when the person of a lead, or of all, cannot be reminded."""
	lead, reminder, steps = due.lead, due.reminder, []
	if not reminder.person and settings.follow_up_notifies and settings.unowned_notifies:
		steps.append(lambda: reminders.tell_managers(lead.name, lead.lead_name, lead.next_contact_date))
	if reminder.unavailable or not reminder.person:
		steps.append(lambda: say_who_is_missing(lead, reminder))
	return steps


def rings_later(lead: Document, settings: Document) -> bool:
	"""Return whether the next step has a time at which its user is notified.

	`reminders.remind` sends that notification.
	"""
	step = next(iter(next_step.open_steps(lead.name)), None)
	return bool(settings.step_reminds and step and step.due_time is not None)


def make_our_turn(lead: Document) -> None:
	change = Change(
		cause=FOLLOW_UP, reason=_("Next contact on {0}").format(formatdate(lead.next_contact_date))
	)
	settings = automation.automation_settings()
	recompute.set_status_by_activity(
		lead.name, lambda row: on_due_day(automation.activity_state(row), settings), change
	)


def notify(person: str, leads: list[Document]) -> None:
	"""Notify `person` of the leads: of a few one by one, of more with one message."""
	news = {lead.name: due_text(lead) for lead in leads}
	field = "lead_owner" if all(lead.lead_owner == person for lead in leads) else "next_contact_by"
	last = max(lead.next_contact_date for lead in leads)
	due = {field: person, "next_contact_date": ("Between", [FIRST_DAY, str(last)])}
	tell_of_leads(person, "contact", news, many_due_text, due)
	reminders.mail_of_leads(person, news, many_due_text)


def due_text(lead: Document) -> Saying:
	def say(language: str | None) -> str:
		text = _("{0} is to be contacted on {1}.", lang=language)
		return text.format(frappe.bold(escape_html(lead.lead_name)), formatdate(lead.next_contact_date))

	return say


def many_due_text(count: int, language: str | None) -> str:
	return _("{0} leads are to be contacted.", lang=language).format(count)


def assign_reminder(lead: Document, person: str) -> None:
	"""Assign a ToDo of the framework for the lead to `person`.

	If the person already has an open one for this lead, that ToDo gets the new day.
	"""
	todo = {"reference_type": LEAD, "reference_name": lead.name, "allocated_to": person, "status": "Open"}
	if open_one := frappe.db.exists("ToDo", todo):
		task = frappe.get_doc("ToDo", open_one)
		task.date = lead.next_contact_date
		# The scheduler does it for whoever set the day.
		task.save(ignore_permissions=True)
		return
	assign_to.add(
		{
			"doctype": LEAD,
			"name": lead.name,
			"assign_to": [person],
			"description": _("Contact {0}", lang=language_of(person)).format(escape_html(lead.lead_name)),
			"date": lead.next_contact_date,
			# As if the person had noted it down: nobody else assigned it, and the bell rings but once.
			"assigned_by": person,
		}
	)
	# Whoever ticks it off has done the step, and the other way round (`saving.py`).
	if step := next(iter(next_step.open_steps(lead.name)), None):
		made = frappe.db.get_value("ToDo", todo)
		frappe.db.set_value(ACTIVITY, step.name, "todo", made, update_modified=False)


def say_who_is_missing(lead: Document, reminder: Reminder) -> None:
	"""Add to the timeline which users could not be reminded.

	The timeline shows the scheduler's user before this text.
	"""
	missing = ", ".join(escape_html(get_fullname(user)) for user in reminder.unavailable)
	if reminder.person:
		text = _("reminded {0} of the next contact, because the user {1} is disabled.")
		text = text.format(escape_html(get_fullname(reminder.person)), missing)
	elif missing:
		text = _("reminded nobody of the next contact, because {0} cannot log in. Choose a Sales Person.")
		text = text.format(missing)
	else:
		text = _("reminded nobody of the next contact. Choose a Sales Person.")
	lead.add_comment("Info", text)


def language_of(user: str) -> str | None:
	return frappe.db.get_value("User", user, "language")


def log_failed_follow_up(lead: str) -> None:
	"""One entry in the Error Log, with everything that is needed to act."""
	frappe.log_error(
		title=_("Reminder of lead {0} is incomplete").format(lead),
		message="\n".join(
			[
				_("The day of its next contact has come. What the error below names could not be done."),
				_("Open the lead, correct what is wrong, and contact it or choose another date for that."),
				"",
				frappe.get_traceback(),
			]
		),
		reference_doctype=LEAD,
		reference_name=lead,
	)

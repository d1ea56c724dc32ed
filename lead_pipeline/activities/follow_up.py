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
from lead_pipeline.constants import ACTIVITY, FIRST_DAY, FOLLOW_UP, LEAD, OPEN, OPEN_CATEGORIES, SETTINGS
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
	due, known = [], Known(names)
	for name in names:
		try:
			if one := act_on_lead(name, known):
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
	people = people_who_log_in(user for row in rows for user in people_to_remind(row))
	enabled = {user: person.time_zone for user, person in people.items()}
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


def people_to_remind(lead: frappe._dict) -> list[str | None]:
	return [lead.next_contact_by, lead.lead_owner, *staff.assignees(lead.get("_assign"))]


def reminder_of(lead: frappe._dict, enabled: Collection[str]) -> Reminder:
	return whom(lead.next_contact_by, lead.lead_owner, enabled, staff.assignees(lead.get("_assign")))


@dataclass(frozen=True)
class Person:
	"""A user who may log in. `time_zone`: None stands for the site's."""

	time_zone: str | None
	language: str | None


def people_who_log_in(names: Iterable[str | None]) -> dict[str, Person]:
	"""Return those of the named users who may log in."""
	# Without permissions: the scheduler asks, and shows nobody what it finds.
	rows = frappe.get_all(
		"User",
		filters={"name": ("in", sorted({name for name in names if name}) or [""]), "enabled": 1},
		fields=["name", "time_zone", "language"],
		order_by=None,
	)
	return {row.name: Person(row.time_zone or None, row.language) for row in rows}


def remind_of_lead(name: str) -> bool:
	"""Send the reminder of one lead; return whether it was still needed."""
	due = act_on_lead(name, Known([name]))
	if due:
		tell_of_due([due])
	return bool(due)


@dataclass(frozen=True)
class Due:
	"""A lead whose day has come, as it is in the database, and who is reminded of it."""

	lead: frappe._dict
	reminder: Reminder


class Known:
	"""What is asked once for some leads: their first steps and open ToDos, and people.

	It may be some seconds old: what follows from it does no harm when somebody was faster.
	"""

	def __init__(self, names: list[str]) -> None:
		self.steps = next_step.first_steps(names)
		self.todos = open_todos(names)
		self.people: dict[str, Person | None] = {}

	def enabled(self, users: Iterable[str | None]) -> dict[str, str | None]:
		"""Return those of the users who may log in, with their time zones."""
		users = {user for user in users if user}
		if unknown := users - self.people.keys():
			self.people |= dict.fromkeys(unknown) | people_who_log_in(unknown)
		return {user: self.people[user].time_zone for user in users if self.people[user]}

	def language(self, user: str) -> str | None:
		return self.people[user] and self.people[user].language


def open_todos(names: list[str]) -> dict[tuple[str, str], str]:
	"""Return the open ToDos of the leads, by lead and person."""
	of_leads = {"reference_type": LEAD, "reference_name": ("in", names), "status": "Open"}
	fields = ["name", "reference_name", "allocated_to"]
	# Without permissions, as all that the scheduler does for people.
	rows = frappe.get_all("ToDo", filters=of_leads, fields=fields, order_by="creation desc")
	return {(row.reference_name, row.allocated_to): row.name for row in rows}


# What is asked of a lead under its lock.
FIELDS_OF_DUE = (
	*("name", "lead_name", "status_category", "lead_owner", "_assign"),
	*("next_contact_date", "next_contact_by", "reminded_for"),
)


def act_on_lead(name: str, known: Known) -> Due | None:
	"""Make the lead our turn again and assign it; None when no reminder is needed.

	Another user may just have changed the lead. What is done here does no harm when it is done twice.
	"""
	lead = frappe.db.get_value(LEAD, name, FIELDS_OF_DUE, as_dict=True, for_update=True)
	if not lead:
		return None
	enabled = known.enabled(people_to_remind(lead))
	reminder = reminder_of(lead, enabled)
	today = timezones.today_in(enabled.get(reminder.person))
	open_still = lead.status_category in OPEN_CATEGORIES
	if not open_still or not is_reminder_due(lead.next_contact_date, lead.reminded_for, today):
		return None
	steps = [lambda: make_our_turn(lead)]
	if reminder.person and frappe.get_cached_doc(SETTINGS).follow_up_assigns:
		steps.append(lambda: assign_reminder(lead, reminder.person, known))
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
	later = leads_that_ring_later([one.lead.name for one in due], settings)
	news: dict[str, list[frappe._dict]] = {}
	for one in due:
		if one.reminder.person and settings.follow_up_notifies and one.lead.name not in later:
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


def leads_that_ring_later(names: list[str], settings: Document) -> set[str]:
	"""Return the leads whose next step has a time at which its user is notified.

	`reminders.remind` sends that notification.
	"""
	if not settings.step_reminds:
		return set()
	return {lead for lead, step in next_step.first_steps(names).items() if step.due_time is not None}


def make_our_turn(lead: frappe._dict) -> None:
	change = Change(
		cause=FOLLOW_UP, reason=_("Next contact on {0}").format(formatdate(lead.next_contact_date))
	)
	settings = automation.automation_settings()
	recompute.set_status_by_activity(
		lead.name, lambda row: on_due_day(automation.activity_state(row), settings), change
	)


def notify(person: str, leads: list[frappe._dict]) -> None:
	"""Notify `person` of the leads: of a few one by one, of more with one message."""
	news = {lead.name: due_text(lead) for lead in leads}
	field = "lead_owner" if all(lead.lead_owner == person for lead in leads) else "next_contact_by"
	last = max(lead.next_contact_date for lead in leads)
	due = {field: person, "next_contact_date": ("Between", [FIRST_DAY, str(last)])}
	tell_of_leads(person, "contact", news, many_due_text, due)
	reminders.mail_of_leads(person, news, many_due_text)


def due_text(lead: frappe._dict) -> Saying:
	def say(language: str | None) -> str:
		text = _("{0} is to be contacted on {1}.", lang=language)
		return text.format(frappe.bold(escape_html(lead.lead_name)), formatdate(lead.next_contact_date))

	return say


def many_due_text(count: int, language: str | None) -> str:
	return _("{0} leads are to be contacted.", lang=language).format(count)


def assign_reminder(lead: frappe._dict, person: str, known: Known) -> None:
	"""Assign a ToDo of the framework for the lead to `person`.

	If the person already has an open one for this lead, that ToDo gets the new day.
	"""
	if open_one := known.todos.get((lead.name, person)):
		task = frappe.get_doc("ToDo", open_one)
		if task.status == "Open":
			task.date = lead.next_contact_date
			# The scheduler does it for whoever set the day.
			task.save(ignore_permissions=True)
			return
	made = assign_to.add(
		{
			"doctype": LEAD,
			"name": lead.name,
			"assign_to": [person],
			"description": _("Contact {0}", lang=known.language(person)).format(escape_html(lead.lead_name)),
			"date": lead.next_contact_date,
			# As if the person had noted it down: nobody else assigned it, and the bell rings but once.
			"assigned_by": person,
		}
	)
	step, todo = known.steps.get(lead.name), next((row.name for row in made if row.owner == person), None)
	if step and todo:
		# Whoever ticks it off has done the step, and the other way round (`saving.py`).
		of_step = {"name": step.name, "lead": lead.name, "status": OPEN}
		frappe.db.set_value(ACTIVITY, of_step, "todo", todo, update_modified=False)


def say_who_is_missing(lead: frappe._dict, reminder: Reminder) -> None:
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
	frappe.get_doc(LEAD, lead.name).add_comment("Info", text)


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

"""Reminders of steps: at the time of a step, else in the first hour of its day.

`follow_up.remind` reminds of the next contact of a lead, which is its earliest step; this module covers the steps
with a time, and all others that are due on the same day. There is a notification, and an e-mail for users who want
it (Notification Settings, Event Reminders).
"""

from datetime import date as Date
from datetime import datetime, timedelta

import frappe
from frappe import _
from frappe.desk.doctype.notification_settings.notification_settings import (
	is_email_notifications_enabled_for_type,
)
from frappe.utils import cstr, escape_html, formatdate, getdate, now_datetime, strip_html
from rq.timeouts import BaseTimeoutException

from lead_pipeline.constants import ACTIVITY, FIRST_DAY, LEAD, OPEN, SETTINGS
from lead_pipeline.domain.embedding import without_files
from lead_pipeline.domain.steps import parse_time
from lead_pipeline.framework import job_records, transactions
from lead_pipeline.framework.notifications import SPELLED_OUT, Saying, SayingOfMany, tell, tell_of_leads
from lead_pipeline.visibility import staff

# The kind of notification that people switch on or off for the framework's own events.
KIND = "Event Reminders"


@job_records.recorded("Reminders of Steps", lambda count: _("{0} steps reminded of.").format(count))
def remind() -> int:
	"""Scheduler job, every few minutes: remind of the steps whose time has come.

	Returns the number of steps.
	"""
	if not frappe.get_cached_doc(SETTINGS).step_reminds:
		return 0
	now, reminded = now_datetime(), 0
	for step in steps_due(now):
		try:
			remind_of_step(step)
			reminded += 1
		except BaseTimeoutException:
			raise
		except Exception:
			# Whatever is wrong with one step, the people of the others have to be reminded.
			frappe.db.rollback()
			log_failed_reminder(step)
			mark_reminded(step, now)
		# Each stands alone: a long run must not hold locks, nor remind twice when it stops.
		frappe.db.commit()
	return reminded


def steps_due(now: datetime) -> list[frappe._dict]:
	"""Return the open steps since yesterday that are due and had no reminder yet.

	The query uses an index. Steps without a time that are the next contact of their lead are left to its reminder.
	"""
	activity, lead = frappe.qb.DocType(ACTIVITY), frappe.qb.DocType(LEAD)
	today = getdate(now)
	rows = (
		frappe.qb.from_(activity)
		.join(lead)
		.on(lead.name == activity.lead)
		.select(activity.name, activity.lead, activity.subject, activity.due_on, activity.due_time)
		.select(activity.assigned_to, lead.lead_name, lead.lead_owner, lead._assign)
		.select(lead.next_contact_date, lead.next_contact_by)
		.where((activity.status == OPEN) & activity.due_on.between(today - timedelta(1), today))
		.where(activity.reminded_on.isnull())
		.orderby(activity.due_on)
		.orderby(activity.name)
		.run(as_dict=True)
	)
	return [row for row in rows if has_time_come(row, now) and not is_next_contact(row)]


def has_time_come(step: frappe._dict, now: datetime) -> bool:
	at = parse_time(step.due_time)
	return datetime.combine(getdate(step.due_on), at or datetime.min.time()) <= now


def is_next_contact(step: frappe._dict) -> bool:
	same_person = (step.assigned_to or None) == (step.next_contact_by or None)
	return step.due_time is None and same_person and getdate(step.due_on) == step.next_contact_date


def remind_of_step(step: frappe._dict) -> None:
	mark_reminded(step, now_datetime())
	people = people_to_do(step)
	for person in people:
		tell(person, lambda language: reminder_text(step, language), step.lead)
		mail(person, step.lead, lambda language: reminder_text(step, language))
	if not people and frappe.get_cached_doc(SETTINGS).unowned_notifies:
		tell_managers(step.lead, step.lead_name, step.due_on)


def mark_reminded(step: frappe._dict, now: datetime) -> None:
	# Bookkeeping: an open form must not be told that the activity has changed.
	frappe.db.set_value(ACTIVITY, step.name, "reminded_on", now, update_modified=False)


def people_to_do(step: frappe._dict) -> list[str]:
	"""Return the users to remind of a step.

	When the user who does the step has left, this is the user who has the lead; nobody when all have left.
	"""
	present = staff.can_log_in([step.assigned_to])
	return list(present) or staff.first_present(step.lead_owner, step._assign)[:1]


def tell_managers(lead: str, lead_name: str, due_on: Date) -> None:
	"""Notify the managers of a lead due for contact that nobody has who can log in."""
	title = frappe.bold(escape_html(lead_name))

	def one(language: str | None) -> str:
		text = _("{0} is to be contacted on {1}, but nobody has it who can log in.", lang=language)
		return text.format(title, formatdate(due_on))

	def many(count: int, language: str | None) -> str:
		return _("{0} leads are to be contacted that nobody has who can log in.", lang=language).format(count)

	due = {"next_contact_date": ("Between", [FIRST_DAY, str(due_on)])}
	for user in staff.sales_managers():
		tell_of_leads(user, "due", {lead: one}, many, due)


def reminder_text(step: frappe._dict, language: str | None) -> str:
	title, subject = (frappe.bold(escape_html(text)) for text in (step.lead_name, step.subject))
	at = parse_time(step.due_time)
	if at:
		text = _("{0} at {1}: {2}.", lang=language)
		return text.format(subject, at.strftime("%H:%M"), title)
	return _("{0} is due on {1}: {2}.", lang=language).format(subject, formatdate(step.due_on), title)


def mail(person: str, lead: str, say: Saying) -> None:
	"""Send the reminder by e-mail as well, to a user who wants that.

	Only on a site that sends mails.
	"""
	if not wants_mails(person):
		return
	address, language = frappe.db.get_value("User", person, ["email", "language"])
	text = without_files(say(language))

	def send() -> None:
		frappe.sendmail(
			recipients=[address],
			subject=strip_html(text),
			message=f"<p>{text}</p><p>{frappe.utils.get_link_to_form(LEAD, lead)}</p>",
			reference_doctype=LEAD,
			reference_name=lead,
		)

	transactions.run_in_savepoint(
		send, lambda error: log_failed_reminder(frappe._dict(lead=lead, subject=cstr(text)))
	)


def mail_of_leads(person: str, news: dict[str, Saying], many: SayingOfMany) -> None:
	"""Send one e-mail about many leads, of a few one for each, to who wants that."""
	if len(news) <= SPELLED_OUT:
		for lead, say in news.items():
			mail(person, lead, say)
		return
	if not wants_mails(person):
		return
	address, language = frappe.db.get_value("User", person, ["email", "language"])
	lines = [
		f"<li>{without_files(say(language))} {frappe.utils.get_link_to_form(LEAD, lead)}</li>"
		for lead, say in news.items()
	]
	subject = many(len(news), language)

	def send() -> None:
		frappe.sendmail(
			recipients=[address],
			subject=strip_html(subject),
			message=f"<p>{subject}</p><ul>{''.join(lines)}</ul>",
			# An uninstall finds it by this.
			reference_doctype=LEAD,
			reference_name=next(iter(news)),
		)

	transactions.run_in_savepoint(
		send, lambda error: log_failed_reminder(frappe._dict(lead=next(iter(news)), subject=subject))
	)


def wants_mails(person: str) -> bool:
	"""Return whether the user wants reminders by e-mail, and the site sends any."""
	if not is_email_notifications_enabled_for_type(person, KIND):
		return False
	return bool(frappe.db.exists("Email Account", {"default_outgoing": 1, "enable_outgoing": 1}))


def log_failed_reminder(step: frappe._dict) -> None:
	"""Write one entry into the Error Log, with everything that is needed to act."""
	frappe.log_error(
		title=_("Reminder of a step of lead {0} is incomplete").format(step.lead),
		message="\n".join(
			[
				_("The time of the step {0} has come. What the error below names could not be done.").format(
					strip_html(cstr(step.subject))
				),
				_("Tell the person who does it, and correct what is wrong."),
				"",
				frappe.get_traceback(),
			]
		),
		reference_doctype=LEAD,
		reference_name=step.lead,
	)

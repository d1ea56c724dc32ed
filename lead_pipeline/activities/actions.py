"""What people do to leads by a button, on the form or for many leads in the list.

Every function takes `leads` as one name, a list, or JSON of a list, and returns `done` (names), `refused` (a
list of `lead` and `reason`) and `message`, one text that says what was done, what was not, and why. A lead
that is refused does not keep the others from it; what is wrong for all of them raises InvalidActionError.
"""

from dataclasses import asdict, dataclass
from datetime import date as Date

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html, formatdate, get_fullname

from lead_pipeline.activities import bulk, calls, mailing, plan, timezones
from lead_pipeline.constants import DISQUALIFIED, LEAD, OPEN_CATEGORIES, PERSON, QUALIFIED, SETTINGS
from lead_pipeline.exceptions import ActionRefusedError, InvalidActionError, LostReasonRequiredError
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status.log import Change


@frappe.whitelist(methods=["POST"])
def lose(leads: str | list, lost_reason: str, lost_note: str | None = None) -> dict:
	"""Close open leads as lost, saying why: the action *Lost* of lsFusion."""
	return bulk.do_to_leads(Lose(lost_reason, lost_note), leads)


@frappe.whitelist(methods=["POST"])
def disqualify(leads: str | list, note: str | None = None) -> dict:
	"""Disqualify the leads, qualified ones included, as OroCRM's *Disqualify* does."""
	return bulk.do_to_leads(Disqualify(note), leads)


@frappe.whitelist(methods=["POST"])
def qualify(leads: str | list) -> dict:
	"""Say that open leads are worth an opportunity: OroCRM's *Qualify*."""
	return bulk.do_to_leads(Qualify(), leads)


@frappe.whitelist(methods=["POST"])
def reactivate(leads: str | list) -> dict:
	"""Reopen closed leads at the first open status of their type.

	Earlier losses stay in the log.
	"""
	return bulk.do_to_leads(Reactivate(), leads)


@frappe.whitelist(methods=["POST"])
def take(leads: str | list) -> dict:
	"""Make the user the sales person of the leads. Assignments stay as they are."""
	return bulk.do_to_leads(Take(), leads)


@frappe.whitelist(methods=["POST"])
def hand_over(leads: str | list, to: str, note: str | None = None) -> dict:
	"""Make the user `to` the sales person of the leads and notify them.

	The notification contains `note`, which the timeline keeps as well.
	"""
	return bulk.do_to_leads(HandOver(to, note), leads)


@frappe.whitelist(methods=["POST"])
def follow_up(leads: str | list, date: str, by: str | None = None) -> dict:
	"""Set the date of the next contact of open leads, and the user responsible for it.

	`date` is YYYY-MM-DD; `by` is a user, by default the owner of each lead. These are ERPNext's *Next Contact Date*
	and *Next Contact By*. `activities/follow_up.py` sends the reminder on that day.
	"""
	return bulk.do_to_leads(FollowUp(date, by or None), leads)


@frappe.whitelist(methods=["POST"])
def add_tag(leads: str | list, tag: str) -> dict:
	"""Give the leads a tag of the app's own, in the colour of its record."""
	return bulk.do_to_leads(AddTag(tag), leads)


@frappe.whitelist(methods=["POST"])
def log_call(
	leads: str | list, note: str | None = None, direction: str = calls.OUTGOING, duration: int | None = None
) -> dict:
	"""Log a call with the leads, as OroCRM's *Log Call* does.

	`direction`: Outgoing or Incoming; `duration`: in seconds.
	"""
	return bulk.do_to_leads(LogCall(note, direction, duration), leads)


@frappe.whitelist(methods=["POST"])
def plan_step(
	leads: str | list,
	due_on: str,
	activity_type: str | None = None,
	subject: str | None = None,
	due_time: str | None = None,
	assigned_to: str | None = None,
) -> dict:
	"""Plan a step for each of the open leads.

	The step is assigned to the sales person of each lead unless `assigned_to` is given. The arguments are those of
	a single step.
	"""
	return bulk.do_to_leads(
		PlanStep(due_on, activity_type or None, subject or None, due_time or None, assigned_to or None), leads
	)


@frappe.whitelist(methods=["POST"])
def send_template(leads: str | list, email_template: str) -> dict:
	"""Write to the leads by an Email Template, to those that may be written to."""
	return bulk.do_to_leads(mailing.SendTemplate(email_template), leads)


@dataclass(frozen=True)
class Lose:
	lost_reason: str
	lost_note: str | None = None

	def check(self) -> None:
		status_of_settings("lost_status")
		disabled = frappe.db.get_value("Pipeline Lost Reason", self.lost_reason, "disabled")
		if disabled is None or disabled:
			frappe.throw(
				_("{0} is no lost reason that can be chosen. Choose another one.").format(
					frappe.bold(escape_html(self.lost_reason or _("Nothing")))
				),
				LostReasonRequiredError,
				title=_("Why was it lost?"),
			)

	def do(self, lead: Document) -> None:
		refuse_closed(lead)
		lead.lost_reason, lead.lost_note = self.lost_reason, self.lost_note
		give_status(lead, status_of_settings("lost_status"))

	def said(self, count: int, title: str) -> str:
		return one_or_many(count, title, _("{0} is lost."), _("{0} leads are lost."))


@dataclass(frozen=True)
class Disqualify:
	note: str | None = None

	def check(self) -> None:
		status_of_settings("disqualified_status")

	def do(self, lead: Document) -> None:
		if lead_statuses.category(lead.status) == DISQUALIFIED:
			throw_invalid_action(
				_("It is disqualified already, at {0}. Reactivate it to work on it again."), lead.status
			)
		give_status(lead, status_of_settings("disqualified_status"), self.note)

	def said(self, count: int, title: str) -> str:
		return one_or_many(count, title, _("{0} is disqualified."), _("{0} leads are disqualified."))


@dataclass(frozen=True)
class Qualify:
	def check(self) -> None:
		status_of_settings("qualified_status")

	def do(self, lead: Document) -> None:
		refuse_closed(lead)
		if lead_statuses.category(lead.status) == QUALIFIED:
			throw_invalid_action(
				_("It is qualified already, at {0}. Go on with an opportunity or a quotation."), lead.status
			)
		give_status(lead, status_of_settings("qualified_status"))

	def said(self, count: int, title: str) -> str:
		return one_or_many(count, title, _("{0} is qualified."), _("{0} leads are qualified."))


@dataclass(frozen=True)
class Reactivate:
	def check(self) -> None:
		pass

	def do(self, lead: Document) -> None:
		if not lead_statuses.is_closed_status(lead.status):
			throw_invalid_action(_("It is open, at {0}. There is nothing to reactivate."), lead.status)
		choosable = lead_statuses.choosable_statuses(lead.lead_type)
		status = next((name for name in choosable if lead_statuses.category(name) in OPEN_CATEGORIES), None)
		if not status:
			throw_invalid_action(
				_("Its type {0} allows no open status. Change the type of the lead first."), lead.lead_type
			)
		give_status(lead, status)

	def said(self, count: int, title: str) -> str:
		return one_or_many(count, title, _("{0} is open again."), _("{0} leads are open again."))


@dataclass(frozen=True)
class Take:
	def check(self) -> None:
		pass

	def do(self, lead: Document) -> None:
		if lead.lead_owner == frappe.session.user:
			frappe.throw(_("It is yours already."), ActionRefusedError)
		lead.lead_owner = frappe.session.user
		lead.save()

	def said(self, count: int, title: str) -> str:
		return one_or_many(count, title, _("{0} is yours now."), _("{0} leads are yours now."))


@dataclass(frozen=True)
class HandOver:
	to: str
	note: str | None = None

	def check(self) -> None:
		if not can_be_asked(self.to):
			throw_invalid_value(
				_("{0} is disabled or no user of the desk. Choose somebody else."), escape_html(self.to)
			)
		if not frappe.has_permission(LEAD, "write", user=self.to):
			throw_invalid_value(
				_(
					"{0} may not work on leads. Choose somebody else, or ask for the role Sales User for them."
				),
				escape_html(self.to),
			)

	def do(self, lead: Document) -> None:
		if lead.lead_owner == self.to:
			throw_invalid_action(_("{0} has it already."), get_fullname(self.to))
		lead.lead_owner = self.to
		note = (self.note or "").strip()
		lead.flags.hand_over_note = note
		lead.save()
		if note:
			text = _("handed this lead over to {0}: {1}")
			lead.add_comment("Info", text.format(escape_html(get_fullname(self.to)), as_lines(note)))

	def said(self, count: int, title: str) -> str:
		name = escape_html(get_fullname(self.to))
		return one_or_many(
			count,
			title,
			_("{0} is in the hands of {1} now."),
			_("{0} leads are in the hands of {1} now."),
			name,
		)


@dataclass(frozen=True)
class FollowUp:
	date: str
	by: str | None = None

	def check(self) -> None:
		if parse_day(self.date) < timezones.today_of(frappe.session.user):
			throw_invalid_value(_("{0} is past. Choose today or a later day."), formatdate(self.date))
		if self.by and not can_be_asked(self.by):
			throw_invalid_value(
				_("{0} is disabled or no user of the desk. Choose somebody else."), escape_html(self.by)
			)

	def do(self, lead: Document) -> None:
		refuse_closed(lead)
		lead.next_contact_date, lead.next_contact_by = parse_day(self.date), self.by
		lead.save()
		# Also who sets the same day again, after a call in vain, wants to be reminded of it.
		frappe.db.set_value(LEAD, lead.name, "reminded_for", None, update_modified=False)

	def said(self, count: int, title: str) -> str:
		one, many = _("The next contact with {0} is on {1}."), _("The next contact with {0} leads is on {1}.")
		return one_or_many(count, title, one, many, formatdate(self.date))


@dataclass(frozen=True)
class PlanStep:
	due_on: str
	activity_type: str | None = None
	subject: str | None = None
	due_time: str | None = None
	assigned_to: str | None = None

	def check(self) -> None:
		if not (self.due_on or "").strip():
			frappe.throw(_("A step needs a day. Choose one."), InvalidActionError)

	def do(self, lead: Document) -> None:
		plan.plan(lead.name, **asdict(self))

	def said(self, count: int, title: str) -> str:
		return one_or_many(
			count, title, _("A step is planned for {0}."), _("A step is planned for {0} leads.")
		)


@dataclass(frozen=True)
class AddTag:
	tag: str

	def check(self) -> None:
		if not frappe.db.exists("Pipeline Lead Tag", self.tag):
			throw_invalid_value(
				_("{0} is no tag. Choose one of the tags, or add it first."), escape_html(self.tag)
			)

	def do(self, lead: Document) -> None:
		if self.tag in [row.tag for row in lead.tags]:
			frappe.throw(_("It has this tag already."), ActionRefusedError)
		lead.append("tags", {"tag": self.tag})
		lead.save()

	def said(self, count: int, title: str) -> str:
		one, many = _("{0} has the tag {1} now."), _("{0} leads have the tag {1} now.")
		return one_or_many(count, title, one, many, frappe.bold(escape_html(self.tag)))


@dataclass(frozen=True)
class LogCall:
	note: str | None = None
	direction: str = calls.OUTGOING
	duration: int | None = None

	def check(self) -> None:
		if self.direction not in calls.DIRECTIONS:
			throw_invalid_value(
				_("A call is Outgoing or Incoming, not {0}. Choose one of them."), escape_html(self.direction)
			)
		if self.duration and self.duration < 0:
			throw_invalid_value(
				_("A call cannot last {0} seconds. Enter how long it was, or nothing."), self.duration
			)

	def do(self, lead: Document) -> None:
		calls.write_call(lead, self.direction, self.note, self.duration)

	def said(self, count: int, title: str) -> str:
		one, many = (
			_("The call with {0} is in its timeline."),
			_("The call is in the timelines of {0} leads."),
		)
		return one_or_many(count, title, one, many)


def give_status(lead: Document, status: str, reason: str | None = None) -> None:
	"""Save the lead with a status that the user chose, for `reason`.

	Raises what the validation of the lead raises.
	"""
	lead.status = status
	if reason:
		lead.flags.status_change = Change(cause=PERSON, reason=reason)
		# What the framework's timeline adds to its line about the change.
		lead.flags.updater_reference = {"label": _("with the note: {0}").format(escape_html(reason))}
	lead.save()


def refuse_closed(lead: Document) -> None:
	if lead_statuses.is_closed_status(lead.status):
		throw_invalid_action(_("It is closed already, at {0}. Reactivate it first."), lead.status)


def throw_invalid_action(message: str, value: str) -> None:
	frappe.throw(message.format(frappe.bold(_(value))), ActionRefusedError)


def throw_invalid_value(message: str, value: object) -> None:
	frappe.throw(message.format(frappe.bold(value)), InvalidActionError)


def status_of_settings(field: str) -> str:
	"""Return the status that the settings name for an action.

	Raises InvalidActionError when they name none.
	"""
	status = frappe.db.get_single_value(SETTINGS, field, cache=False)
	if not status:
		label = frappe.get_meta(SETTINGS).get_label(field)
		frappe.throw(
			_("{0} is empty in the {1}. Ask a Sales Manager to choose a status there.").format(
				frappe.bold(_(label)), frappe.bold(_(SETTINGS))
			),
			InvalidActionError,
		)
	return status


def parse_day(date: str) -> Date:
	try:
		return Date.fromisoformat(date)
	except ValueError:
		throw_invalid_value(_("{0} is not a day. Enter it as YYYY-MM-DD."), escape_html(date))


def can_be_asked(user: str) -> bool:
	"""Return whether `user` works here and may log in."""
	row = frappe.db.get_value("User", user, ["enabled", "user_type"], as_dict=True)
	return bool(row and row.enabled and row.user_type != "Website User")


def as_lines(text: str) -> str:
	"""HTML: what a person has typed, line by line."""
	return "<br>".join(escape_html(line) for line in text.splitlines())


def one_or_many(count: int, title: str, one: str, many: str, *values: str) -> str:
	return one.format(frappe.bold(title), *values) if count == 1 else many.format(count, *values)

"""Notify users of leads that become theirs, and managers of leads that nobody has.

The hooks below run on every save, whatever changes the lead (form, list, REST, merge, mail, web form, cart).
Changes in a request or a job are collected and notified right before its commit, as only then it is known who has
the lead. For rows of an import, the import itself notifies everybody once (`tell_of_many`).

Not notified: the user who makes the change; users whom the framework has already notified of the assignment; users
who cannot log in. There are no notifications of changes in a console or a script, which may move thousands of
leads, nor of what a patch or a migration creates.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import create_batch, escape_html, get_fullname
from redis.exceptions import RedisError

from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.framework import transactions
from lead_pipeline.framework.notifications import Saying, SayingOfMany, tell, tell_of_leads
from lead_pipeline.framework.per_request import per_request
from lead_pipeline.status import after_commit
from lead_pipeline.visibility import staff

OWNER, CONTACT = FIELDS = ("lead_owner", "next_contact_by")
UNOWNED = {OWNER: ("is", "not set")}

# So many leads are read at once.
BATCH_SIZE = 1000


class Given(NamedTuple):
	"""A lead was given to `user` in `field`, perhaps with a `note`."""

	lead: str
	field: str
	user: str
	note: str | None


class Notes:
	"""What has happened in an action and was not told yet."""

	def __init__(self) -> None:
		# (lead, field) → the last one who got it.
		self.given: dict[tuple[str, str], Given] = {}
		# Lead → its sales person: leads that are new, or were given to another one, and that may have nobody.
		self.doubtful: dict[str, str | None] = {}
		# (lead, user) of assignments, which the framework tells.
		self.assigned: set[tuple[str, str]] = set()

	def clear(self) -> None:
		for kept in (self.given, self.doubtful, self.assigned):
			kept.clear()


def noted_leads() -> Notes:
	return per_request("lead_pipeline_notes", Notes)


def on_change(lead: Document, method: str | None = None) -> None:
	"""Hook of Pipeline Lead (on_change): note who has got the lead.

	Runs after Assignment Rules have been applied.
	"""
	before = lead.get_doc_before_save()
	changed = [field for field in FIELDS if not before or before.get(field) != lead.get(field)]
	if not changed or is_silent(lead):
		return
	for field in changed:
		noted_leads().given.pop((lead.name, field), None)
		if lead.get(field):
			given = Given(lead.name, field, lead.get(field), lead.flags.hand_over_note)
			noted_leads().given[lead.name, field] = given
	if not before or (OWNER in changed and lead.get(OWNER)):
		noted_leads().doubtful[lead.name] = lead.get(OWNER)
	# Asked again for every change: a transaction that ended without a word takes its callbacks with it.
	frappe.db.before_commit.add(tell_noted)
	frappe.db.after_rollback.add(noted_leads().clear)


def is_silent(lead: Document) -> bool:
	"""Return whether the lead is created or changed together with many others.

	Then there is one message at the end, or none.
	"""
	flags = frappe.flags
	return (
		bool(
			lead.flags.is_history or flags.in_import or flags.in_patch or flags.in_install or flags.in_migrate
		)
		or not after_commit.is_one_action()
	)


def on_assigned(todo: Document, method: str | None = None) -> None:
	"""Hook of ToDo: note whom the framework tells by itself."""
	is_new = todo.status == "Open" and not todo.get_doc_before_save()
	if todo.reference_type == LEAD and is_new and after_commit.is_one_action():
		noted_leads().assigned.add((todo.reference_name, todo.allocated_to))
		# For an action that changes no lead.
		frappe.db.after_commit.add(noted_leads().assigned.clear)


def tell_noted() -> None:
	"""Tell what was noted; whatever is wrong with it, the leads are saved.

	Asks the database only when others got a lead.
	"""
	given, doubtful, assigned = (
		list(noted_leads().given.values()),
		dict(noted_leads().doubtful),
		set(noted_leads().assigned),
	)
	noted_leads().clear()
	with_somebody = {lead for lead, _user in assigned}
	doubtful = {lead: owner for lead, owner in doubtful.items() if lead not in with_somebody}
	managers_hear_later([lead for lead, owner in doubtful.items() if not owner])
	given = [gift for gift in given if (gift.lead, gift.user) not in assigned]
	others = {gift.user for gift in given} - {frappe.session.user}
	if others:
		transactions.run_in_savepoint(lambda: tell_others(others, given, doubtful), log_untold)


def tell_others(others: set[str], given: list[Given], doubtful: dict[str, str | None]) -> None:
	present = staff.can_log_in(others)
	if is_on("handover_notifies"):
		tell_who_got([gift for gift in given if gift.user in present])
	managers_hear_later([lead for lead, owner in doubtful.items() if owner in others - present])


def is_on(setting: str) -> bool:
	return bool(frappe.get_cached_doc(SETTINGS).get(setting))


# Who gets a lead


def tell_who_got(given: list[Given]) -> None:
	"""Notify each user who got a lead.

	A lead that was given to somebody else or is gone by now is skipped.
	"""
	owners = {(gift.lead, gift.user) for gift in given if gift.field == OWNER}
	groups = defaultdict(list)
	for gift in given:
		# A sales person who is to contact the lead as well is told once.
		again = gift.field == CONTACT and (gift.lead, gift.user) in owners
		if not again and is_still_so(gift):
			groups[gift.user, gift.field].append(gift)
	for (user, field), gifts in groups.items():
		topic = f"{field}:{frappe.session.user}"
		news = {gift.lead: one(gift) for gift in gifts}
		tell_of_leads(user, topic, news, many(field, gifts[0].note), {field: user})


def is_still_so(gift: Given) -> bool:
	return frappe.db.get_value(LEAD, gift.lead, gift.field) == gift.user


def one(gift: Given) -> Saying:
	title = frappe.bold(escape_html(frappe.db.get_value(LEAD, gift.lead, "lead_name") or gift.lead))

	def say(language: str | None) -> str:
		if gift.field == OWNER:
			text = _("{0} has handed {1} over to you.", lang=language)
			alone = _("{0} is your lead now.", lang=language)
		else:
			text = _("{0} asks you to contact {1}.", lang=language)
			alone = _("You are to contact {0}.", lang=language)
		return with_note(
			text.format(author_as_html(), title) if author_as_html() else alone.format(title), gift.note
		)

	return say


def many(field: str, note: str | None) -> SayingOfMany:
	def say(count: int, language: str | None) -> str:
		if field == OWNER:
			text = _("{0} has handed {1} leads over to you.", lang=language)
			alone = _("{0} leads are yours now.", lang=language)
		else:
			text = _("{0} asks you to contact {1} leads.", lang=language)
			alone = _("You are to contact {0} leads.", lang=language)
		return with_note(
			text.format(author_as_html(), count) if author_as_html() else alone.format(count), note
		)

	return say


def with_note(text: str, note: str | None) -> str:
	return f"{text} {escape_html(note)}" if note else text


def author_as_html() -> str:
	"""Return who does it, in HTML; nothing when that is the system itself."""
	user = frappe.session.user
	# Jobs run in the name of Administrator, too; in a request there is somebody who clicks.
	in_request = bool(getattr(frappe.local, "request", None))
	if user == "Guest" or (user == "Administrator" and not in_request):
		return ""
	return frappe.bold(escape_html(get_fullname(user)))


# Leads that nobody has


def managers_hear_later(leads: list[str]) -> None:
	"""Enqueue a job that notifies the managers once the leads are committed.

	Visitors do not wait for it. Without Redis nobody is notified; the leads are saved all the same.
	"""
	if not leads or not is_on("unowned_notifies"):
		return

	def start() -> None:
		with suppress(RedisError):
			frappe.enqueue(
				"lead_pipeline.activities.handing_over.tell_managers",
				queue="short",
				leads=leads,
				by=frappe.session.user,
			)

	frappe.db.after_commit.add(start)


def tell_managers(leads: list[str], by: str) -> None:
	"""Background job: notify the managers of leads that nobody has who can log in.

	The author of the change, `by`, is not notified: that user knows it.
	"""
	unowned = {row.name: handed_over_text(row) for row in leads_to_tell_of(leads) if not has_somebody(row)}
	if not unowned:
		return
	for user in staff.sales_managers():
		if user != by:
			tell_of_leads(user, "unowned", unowned, handed_over_many_text, UNOWNED)


def leads_to_tell_of(leads: Iterable[str]) -> list[frappe._dict]:
	# Without permissions: managers are told, and see all leads.
	return frappe.get_all(
		LEAD,
		filters={"name": ("in", list(leads))},
		fields=["name", "lead_name", *FIELDS, "_assign"],
		order_by="creation asc, name asc",
	)


def has_somebody(row: frappe._dict) -> bool:
	return bool(staff.can_log_in(people_to_tell(row)))


def people_to_tell(row: frappe._dict) -> set[str]:
	return {row.lead_owner, row.next_contact_by, *staff.assignees(row._assign)} - {None, ""}


def handed_over_text(row: frappe._dict) -> Saying:
	title = frappe.bold(escape_html(row.lead_name or row.name))

	def say(language: str | None) -> str:
		if row.lead_owner:
			text = _("{0} has nobody who works on it: {1} cannot log in.", lang=language)
			return text.format(title, escape_html(get_fullname(row.lead_owner)))
		return _("{0} is new and has no sales person.", lang=language).format(title)

	return say


def handed_over_many_text(count: int, language: str | None) -> str:
	return _("{0} new leads have no sales person.", lang=language).format(count)


# What comes in together


def tell_of_many(leads: Iterable[str]) -> None:
	"""Notify everybody once of the leads that were created by one import.

	Sales people are notified of their leads, the managers of the others.
	"""
	found = [row for names in create_batch(list(leads), BATCH_SIZE) for row in leads_to_tell_of(names)]
	present = staff.can_log_in(user for row in found for user in people_to_tell(row))
	counts = Counter(row.lead_owner for row in found if row.lead_owner in present)
	counts.pop(frappe.session.user, None)
	if is_on("handover_notifies"):
		say = many(OWNER, None)
		for user, count in sorted(counts.items()):
			tell(user, lambda language, count=count: say(count, language), leads_with={OWNER: user})
	unowned = sum(1 for row in found if present.isdisjoint(people_to_tell(row)))
	if unowned and is_on("unowned_notifies"):
		for user in staff.sales_managers():
			if user != frappe.session.user:
				tell(user, lambda language: handed_over_many_text(unowned, language), leads_with=UNOWNED)


def log_untold(error: Exception) -> None:
	frappe.log_error(
		title=_("Nobody could be told who has got a lead"),
		message="\n".join(
			[_("The leads were saved. Correct what the error below names."), "", frappe.get_traceback()]
		),
		reference_doctype=LEAD,
	)

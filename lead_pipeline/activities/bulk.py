"""Do one action on one lead or on many, and answer with one message for all.

Each lead is handled by itself and its permission is checked: a lead that cannot be handled does not stop the
others. More than IN_REQUEST leads are handled in the background, with progress, and a notification reports the
result at the end.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Protocol

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html
from redis.exceptions import RedisError
from rq.timeouts import BaseTimeoutException

from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.framework import transactions
from lead_pipeline.framework.locks import repeat_when_undone
from lead_pipeline.framework.notifications import tell
from lead_pipeline.framework.selection import names_of, reason_of
from lead_pipeline.visibility.lead_access import writable_lead

IN_REQUEST = 500

# Seconds that the background job may take per lead, generously.
SECONDS_PER_LEAD = 2

# How many kinds of refusal the message spells out.
SPELLED_OUT = 3


class Action(Protocol):
	"""A dataclass with the arguments of an action; the fields are plain values."""

	def check(self) -> None:
		"""Raise InvalidActionError when no lead could be handled like this."""

	def do(self, lead: Document) -> None:
		"""Handle one lead, which the user may write.

		Raises ActionRefusedError when the action does not fit the lead.
		"""

	def said(self, count: int, title: str) -> str:
		"""Return what was done, as a sentence: number of the leads, title of the last one."""


def do_to_leads(action: Action, leads: str | list) -> dict:
	"""Do `action` to the leads and return the answer of `Result.as_dict`.

	Raises PermissionError when the user may not change leads at all, InvalidActionError when the arguments are
	wrong.
	"""
	if not frappe.has_permission(LEAD, "write"):
		frappe.throw(
			_("You may not change leads. Ask your administrator for the role Sales User."),
			frappe.PermissionError,
		)
	names = names_of(leads)
	action.check()
	if len(names) > IN_REQUEST:
		return enqueue(action, names)
	# A lead that somebody saves at this moment is refused by itself, unless the database undoes all that was done.
	return repeat_when_undone(lambda: handle_all(action, names)).as_dict(action)


def handle_all(action: Action, names: list[str]) -> "Result":
	result = Result()
	for name in names:
		do_to_lead(name, action, result)
	return result


def enqueue(action: Action, names: list[str]) -> dict:
	try:
		frappe.enqueue(
			"lead_pipeline.activities.bulk.in_background",
			queue="long",
			timeout=max(1500, SECONDS_PER_LEAD * len(names)),
			action=f"{type(action).__module__}.{type(action).__qualname__}",
			arguments=asdict(action),
			names=names,
			on_behalf_of=frappe.session.user,
		)
	except RedisError:
		frappe.throw(
			_(
				"The background jobs cannot be reached at this moment, and {0} leads are too many for one request. "
				"Choose at most {1}, or try again later."
			).format(len(names), IN_REQUEST),
			ActionRefusedError,
			title=_("Many Leads"),
		)
	message = _("{0} leads are being handled in the background. You will be told when it is done.")
	return {"done": [], "refused": [], "message": message.format(len(names))}


def in_background(action: str, arguments: dict, names: list[str], on_behalf_of: str) -> None:
	"""Background job: do an action to many leads, and notify the user at the end.

	`action` is the path of its class.
	"""
	# A job that the framework starts a second time has forgotten for whom it runs.
	frappe.set_user(on_behalf_of)
	frappe.set_user_lang(on_behalf_of)
	work, result = frappe.get_attr(action)(**arguments), Result()
	for number, name in enumerate(names, start=1):
		try:
			do_to_lead(name, work, result)
		except BaseTimeoutException:
			frappe.db.rollback()
			tell(on_behalf_of, stopped(number - 1, len(names), result.message(work)))
			# The job ends with an error, which undoes what is not committed.
			frappe.db.commit()
			raise
		except Exception as error:
			# The database has undone the transaction; it held nothing but this lead.
			frappe.db.rollback()
			result.refused.append((name, title_if_seen(name), reason_of(error)))
		# Each lead stands alone: a long run must not hold locks, nor lose what it has done when it stops.
		frappe.db.commit()
		show_progress(number, len(names))
	tell(on_behalf_of, result.message(work))


def stopped(handled: int, total: int, said: str) -> str:
	text = _("It took too long and was stopped after {0} of {1} leads. Do the same again for the others.")
	return f"{text.format(handled, total)} {said}"


def show_progress(number: int, total: int) -> None:
	if number % max(1, total // 100) == 0 or number == total:
		frappe.publish_progress(number * 100 / total, title=_("Leads"), description=f"{number} / {total}")


@dataclass
class Result:
	"""Outcome of an action for each of the leads.

	`done`: names, with the `title` of the last one; `refused`: name, title and reason.
	"""

	done: list[str] = field(default_factory=list)
	refused: list[tuple[str, str, str]] = field(default_factory=list)
	title: str = ""

	def as_dict(self, action: Action) -> dict:
		"""Return the answer of an action: `done`, `refused` and `message`.

		`done`: names; `refused`: lead and reason of each; `message`: one for all.
		"""
		return {
			"done": self.done,
			"refused": [{"lead": name, "reason": reason} for name, _title, reason in self.refused],
			"message": self.message(action),
		}

	def message(self, action: Action) -> str:
		"""Return what was done, then what was not and why; HTML."""
		sentences = [action.said(len(self.done), self.title)] if self.done else []
		groups = defaultdict(list)
		for _name, title, reason in self.refused:
			groups[reason].append(title)
		for reason, titles in list(groups.items())[:SPELLED_OUT]:
			sentences.append(left_alone(titles, reason))
		if rest := sum(len(titles) for titles in list(groups.values())[SPELLED_OUT:]):
			sentences.append(_("{0} more were left as they are for other reasons.").format(rest))
		return " ".join(sentences)


def left_alone(titles: list[str], reason: str) -> str:
	if len(titles) == 1:
		return _("{0} was left as it is: {1}").format(frappe.bold(titles[0]), reason)
	return _("{0} leads were left as they are: {1}").format(len(titles), reason)


def do_to_lead(name: str, action: Action, result: Result) -> None:
	"""Do `action` to the lead in its own savepoint and note the outcome in `result`."""

	def note_refusal(error: Exception) -> None:
		result.refused.append((name, title_if_seen(name), reason_of(error)))

	def do() -> None:
		lead = writable_lead(name)
		action.do(lead)
		result.title = escape_html(lead.get_title())

	if transactions.run_in_savepoint(do, note_refusal):
		result.done.append(name)


def title_if_seen(name: str) -> str:
	"""Return the name by which the message refers to a lead that was refused.

	It is the title only for users who may see the lead.
	"""
	if frappe.db.exists(LEAD, name) and frappe.has_permission(LEAD, "read", doc=name):
		return escape_html(frappe.db.get_value(LEAD, name, "lead_name") or name)
	return escape_html(name)

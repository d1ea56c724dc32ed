"""Decide whether a mail, a call or a due day changes the status of a lead.

Pure: no framework. A mail from the lead makes it our turn (`open_status`), a mail or call by a user makes it theirs
(`replied_status`), the day of the next contact makes it ours. None of them touches a lead that is past category
Working, that is held or protected, or whose type forbids the status (product page, section 2).
"""

from __future__ import annotations

from dataclasses import dataclass

from lead_pipeline.constants import NEW, WORKING
from lead_pipeline.domain.decision import Status

# A lead is still worked on by mail and telephone; what comes later is for documents and people to say.
MOVABLE = (NEW, WORKING)


@dataclass(frozen=True)
class Message:
	"""A mail or a call.

	`incoming`: it came to us; `automatic`: no human being wrote it (a notification, a bounce, spam);
	`unsent`: it is still to be sent; `by_user`: somebody who works here wrote or made it.
	"""

	incoming: bool
	is_call: bool = False
	automatic: bool = False
	unsent: bool = False
	by_user: bool = False


@dataclass(frozen=True)
class AutomationSettings:
	"""The settings of automation: the status for each turn, and what is enabled."""

	open_status: str = ""
	replied_status: str = ""
	reply_opens: bool = True
	mail_replies: bool = True
	call_replies: bool = True
	follow_up_opens: bool = True


@dataclass(frozen=True)
class ActivityState:
	"""The state of a lead, as far as automation needs it.

	`choosable`: the enabled statuses that its type allows.
	"""

	status: Status | None
	choosable: tuple[Status, ...]
	held: bool = False


def after_message(message: Message, state: ActivityState, settings: AutomationSettings) -> str | None:
	"""Return the status that a lead gets because of `message`, or None.

	None: the lead keeps the status that it has.
	"""
	return movable_to(wanted(message, state, settings), state)


def on_due_day(state: ActivityState, settings: AutomationSettings) -> str | None:
	"""Return the status that a lead gets on the day of its next contact, or None.

	None: the lead keeps the status that it has.
	"""
	return movable_to(settings.open_status if settings.follow_up_opens else "", state)


def wanted(message: Message, state: ActivityState, settings: AutomationSettings) -> str:
	"""Return the status that `message` asks for, whether or not the lead may have it.

	Empty when it asks for none.
	"""
	if message.automatic or message.unsent:
		return ""
	if message.incoming:
		waits = bool(state.status and state.status.name == settings.replied_status)
		answers = waits and not message.is_call and not message.by_user
		return settings.open_status if answers and settings.reply_opens else ""
	switch = settings.call_replies if message.is_call else settings.mail_replies
	return settings.replied_status if switch and message.by_user else ""


def movable_to(target: str, state: ActivityState) -> str | None:
	"""Return `target` if the lead may be moved to it automatically, else None.

	Automatically: by mails, calls and due days. The lead must be movable by them and may have the status.
	"""
	current = state.status
	if not current or current.category not in MOVABLE or current.protected or state.held:
		return None
	allowed = {status.name for status in state.choosable if status.category in MOVABLE}
	return target if target in allowed and target != current.name else None

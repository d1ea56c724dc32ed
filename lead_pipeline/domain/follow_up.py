"""Decide who is reminded of a lead, and whether the day has come.

Pure: no database, no framework.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Reminder:
	"""The person to remind of a lead.

	`person`: who is reminded, None for nobody; `unavailable`: who would have been, but is disabled.
	"""

	person: str | None
	unavailable: tuple[str, ...] = ()


def whom(
	next_contact_by: str | None,
	lead_owner: str | None,
	enabled: Collection[str],
	assigned: Collection[str] = (),
) -> Reminder:
	"""Return who is reminded: the next contact's person, the owner, or an assignee.

	In that order. Only `enabled` users can be reminded.
	"""
	unavailable = []
	for person in dict.fromkeys(name for name in (next_contact_by, lead_owner, *assigned) if name):
		if person in enabled:
			return Reminder(person, tuple(unavailable))
		unavailable.append(person)
	return Reminder(None, tuple(unavailable))


def is_reminder_due(day: date | None, reminded_for: date | None, today: date) -> bool:
	"""Return whether a reminder is due: `day` has come and was not reminded of.

	`day` is `today` or past; `reminded_for` is the day of the last reminder.
	"""
	return bool(day) and day <= today and day != reminded_for

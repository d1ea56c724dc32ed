"""Who is reminded of a lead, and has the day come? Pure: no database, no framework."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class Reminder:
	"""`person`: who is reminded, None for nobody; `unavailable`: who would have been, but is disabled."""

	person: str | None
	unavailable: tuple[str, ...] = ()


def whom(
	next_contact_by: str | None,
	lead_owner: str | None,
	enabled: Collection[str],
	assigned: Collection[str] = (),
) -> Reminder:
	"""Return the one who has to contact the lead, else its owner, else who is assigned.

	Only `enabled` users can be reminded.
	"""
	unavailable = []
	for person in dict.fromkeys(name for name in (next_contact_by, lead_owner, *assigned) if name):
		if person in enabled:
			return Reminder(person, tuple(unavailable))
		unavailable.append(person)
	return Reminder(None, tuple(unavailable))


def is_reminder_due(day: date | None, reminded_for: date | None, today: date) -> bool:
	"""Return whether `day` calls for a reminder: it is `today` or past, and it was not reminded of before."""
	return bool(day) and day <= today and day != reminded_for

"""State of a lead's next step, and reading the time that people type for it.

Pure: no database, no framework.
"""

from __future__ import annotations

import re
from datetime import date, time, timedelta

from lead_pipeline.constants import NO_STEP, OVERDUE, PLANNED, TODAY

CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d{1,6})?)?")


def next_step_state(day: date | None, today: date, is_open: bool = True) -> str:
	"""Return the state of a lead's next step on `day`, seen from `today`.

	A closed lead has none.
	"""
	if not is_open or not day:
		return NO_STEP
	if day < today:
		return OVERDUE
	return TODAY if day == today else PLANNED


def parse_time(value: str | time | timedelta | None) -> time | None:
	"""Read a time of the day, as "14:30" or as the database has it.

	Raises ValueError when there is no such time.
	"""
	if value in (None, ""):
		return None
	if isinstance(value, time):
		return value.replace(microsecond=0)
	if isinstance(value, timedelta):
		seconds = int(value.total_seconds())
		if not 0 <= seconds < 24 * 3600:
			raise ValueError(value)
		return time(seconds // 3600, seconds % 3600 // 60, seconds % 60)
	found = CLOCK.fullmatch(str(value).strip())
	if not found:
		raise ValueError(value)
	return time(*(int(part or 0) for part in found.groups()))

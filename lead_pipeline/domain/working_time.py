"""Working days: which day a step falls on, and when a lead is stuck.

Pure: no database, no framework.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, timedelta

SATURDAY = 5

# A list of holidays could name every day of a year: nobody looks further than that for a day on which people work.
FARTHEST = 400

QUICK_DAYS = ("today", "tomorrow", "in_3_days", "next_week", "next_month")


@dataclass(frozen=True)
class WorkingTime:
	"""The days on which nobody works.

	`holidays` from `first` to `last`, Saturdays and Sundays elsewhere.
	"""

	holidays: frozenset[date] = field(default_factory=frozenset)
	first: date | None = None
	last: date | None = None

	def is_working_day(self, day: date) -> bool:
		"""Say whether people work on `day`."""
		if self.first and self.last and self.first <= day <= self.last:
			return day not in self.holidays
		return day.weekday() < SATURDAY

	def working_day_from(self, day: date) -> date:
		"""Return `day`, or the next one on which people work."""
		return next(
			(later for later in (day + timedelta(n) for n in range(FARTHEST)) if self.is_working_day(later)),
			day,
		)

	def add(self, day: date, number: int) -> date:
		"""Return the working day that is `number` working days after `day`.

		0 gives `day` itself.
		"""
		for _working_day in range(number):
			day = self.working_day_from(day + timedelta(1))
		return day

	def quick_day(self, name: str, today: date) -> date:
		"""Return the day that one of QUICK_DAYS means. Raises KeyError for another name."""
		return {
			"today": lambda: today,
			"tomorrow": lambda: self.add(today, 1),
			"in_3_days": lambda: self.add(today, 3),
			"next_week": lambda: self.working_day_from(today + timedelta(7 - today.weekday())),
			"next_month": lambda: self.working_day_from(same_day_next_month(today)),
		}[name]()


def same_day_next_month(day: date) -> date:
	"""Return the same day of the next month, its last day when there is no such day."""
	year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
	return date(year, month, min(day.day, monthrange(year, month)[1]))

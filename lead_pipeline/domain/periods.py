"""Number periods of time, so that the database can group by them.

Pure. The numbers also give the days of a period. A period is a whole number that grows with time: the day as
`date.toordinal` counts it, the week since the first day of the year 1, the month as 12 for each year, and so on.
`analytics/sql.py` has the same as SQL.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

MINUTE, HOUR, DAY, WEEK, MONTH, QUARTER, YEAR = INTERVALS = (
	"Minute",
	"Hour",
	"Day",
	"Week",
	"Month",
	"Quarter",
	"Year",
)
MINUTES_A_DAY, HOURS_A_DAY = 24 * 60, 24


def period_number(interval: str, moment: date | datetime, first_weekday: int = 0) -> int:
	"""Return the number of the period that `moment` lies in.

	`first_weekday`: how the site's weeks begin, Monday is 0.
	"""
	ordinal = moment.toordinal()
	clock = moment.time() if isinstance(moment, datetime) else time()
	match interval:
		case "Minute":
			return ordinal * MINUTES_A_DAY + clock.hour * 60 + clock.minute
		case "Hour":
			return ordinal * HOURS_A_DAY + clock.hour
		case "Day":
			return ordinal
		case "Week":
			return (ordinal - 1 - first_weekday) // 7
		case "Month":
			return moment.year * 12 + moment.month - 1
		case "Quarter":
			return moment.year * 4 + (moment.month - 1) // 3
		case "Year":
			return moment.year
	raise ValueError(interval)


def start_of(interval: str, number: int, first_weekday: int = 0) -> datetime:
	"""Return the first moment of a period."""
	match interval:
		case "Minute":
			return at(number // MINUTES_A_DAY) + timedelta(minutes=number % MINUTES_A_DAY)
		case "Hour":
			return at(number // HOURS_A_DAY) + timedelta(hours=number % HOURS_A_DAY)
		case "Day":
			return at(number)
		case "Week":
			return at(number * 7 + 1 + first_weekday)
		case "Month":
			return datetime(number // 12, number % 12 + 1, 1)
		case "Quarter":
			return datetime(number // 4, number % 4 * 3 + 1, 1)
		case "Year":
			return datetime(number, 1, 1)
	raise ValueError(interval)


def end_of(interval: str, number: int, first_weekday: int = 0) -> datetime:
	"""Return the first moment after a period."""
	return start_of(interval, number + 1, first_weekday)


def at(ordinal: int) -> datetime:
	return datetime.combine(date.fromordinal(ordinal), time())

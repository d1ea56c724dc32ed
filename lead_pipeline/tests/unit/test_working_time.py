"""Working days of a list of holidays, and of Monday to Friday where there is none."""

from datetime import date, time, timedelta

import pytest

from lead_pipeline.domain.steps import next_step_state, parse_time
from lead_pipeline.domain.working_time import QUICK_DAYS, WorkingTime

FRIDAY, SATURDAY, MONDAY = date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 30)
WEEK = WorkingTime()


@pytest.mark.parametrize(
	("day", "number", "expected"),
	[
		(FRIDAY, 0, FRIDAY),
		(FRIDAY, 1, MONDAY),
		(FRIDAY, 5, date(2026, 12, 4)),
		(SATURDAY, 1, MONDAY),
		(SATURDAY, 0, SATURDAY),
	],
)
def test_working_days_are_added_from_monday_to_friday(day, number, expected):
	assert WEEK.add(day, number) == expected


def test_a_list_of_holidays_says_it_for_its_own_days_alone():
	"""A list of holidays decides only about the days within its own period.

	In a list the week's days off are named as well; before and after it, Saturdays and Sundays are off.
	"""
	list_of_shop = WorkingTime(frozenset({MONDAY}), FRIDAY, date(2026, 12, 1))
	assert list_of_shop.add(FRIDAY, 1) == SATURDAY
	assert list_of_shop.add(date(2026, 11, 29), 1) == date(2026, 12, 1)
	assert list_of_shop.add(date(2026, 12, 4), 1) == date(2026, 12, 7)


def test_nobody_looks_for_ever_for_a_day_on_which_somebody_works():
	always_off = WorkingTime(
		frozenset(FRIDAY + timedelta(n) for n in range(1000)), FRIDAY, FRIDAY + timedelta(999)
	)
	assert always_off.working_day_from(FRIDAY) == FRIDAY


@pytest.mark.parametrize(
	("today", "expected"),
	[
		(
			FRIDAY,
			(FRIDAY, MONDAY, date(2026, 12, 2), MONDAY, date(2026, 12, 28)),
		),
		(
			SATURDAY,
			(SATURDAY, MONDAY, date(2026, 12, 2), MONDAY, date(2026, 12, 28)),
		),
		(
			date(2027, 1, 30),
			(
				date(2027, 1, 30),
				date(2027, 2, 1),
				date(2027, 2, 3),
				date(2027, 2, 1),
				date(2027, 3, 1),
			),
		),
	],
)
def test_quick_days_fall_on_days_on_which_people_work(today, expected):
	assert tuple(WEEK.quick_day(name, today) for name in QUICK_DAYS) == expected


def test_another_quick_day_there_is_not():
	with pytest.raises(KeyError):
		WEEK.quick_day("whenever", FRIDAY)


@pytest.mark.parametrize(
	("day", "is_open", "state"),
	[
		(None, True, "None"),
		(FRIDAY, True, "Overdue"),
		(SATURDAY, True, "Today"),
		(MONDAY, True, "Planned"),
		(FRIDAY, False, "None"),
	],
)
def test_how_a_step_stands(day, is_open, state):
	assert next_step_state(day, SATURDAY, is_open) == state


@pytest.mark.parametrize(
	("typed", "found"),
	[
		(None, None),
		("", None),
		("14:30", time(14, 30)),
		(" 9:05:07 ", time(9, 5, 7)),
		("09:05:07.123456", time(9, 5, 7)),
		(timedelta(hours=9, minutes=5), time(9, 5)),
		(time(9, 5, 7, 8), time(9, 5, 7)),
	],
)
def test_times_of_the_day(typed, found):
	assert parse_time(typed) == found


@pytest.mark.parametrize(
	"typed", ["25:00", "12:60", "noon", "12", "-1:00", timedelta(hours=24), timedelta(seconds=-1)]
)
def test_what_is_no_time_of_the_day(typed):
	with pytest.raises(ValueError):
		parse_time(typed)

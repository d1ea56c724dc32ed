"""Periods by number: which one a moment lies in, where it begins and ends."""

from datetime import date, datetime, timedelta

import pytest

from lead_pipeline.domain.periods import INTERVALS, end_of, period_number, start_of

# A leap day, a Thursday.
MOMENT = datetime(2024, 2, 29, 13, 37, 59, 999)

# Interval, the day on which weeks begin (Monday is 0), the first moments of MOMENT's period and of the next one.
PERIODS = (
	("Minute", 0, datetime(2024, 2, 29, 13, 37), datetime(2024, 2, 29, 13, 38)),
	("Hour", 0, datetime(2024, 2, 29, 13), datetime(2024, 2, 29, 14)),
	("Day", 0, datetime(2024, 2, 29), datetime(2024, 3, 1)),
	("Week", 0, datetime(2024, 2, 26), datetime(2024, 3, 4)),
	("Week", 6, datetime(2024, 2, 25), datetime(2024, 3, 3)),
	("Week", 3, datetime(2024, 2, 29), datetime(2024, 3, 7)),
	("Month", 0, datetime(2024, 2, 1), datetime(2024, 3, 1)),
	("Quarter", 0, datetime(2024, 1, 1), datetime(2024, 4, 1)),
	("Year", 0, datetime(2024, 1, 1), datetime(2025, 1, 1)),
)
INSTANT = timedelta(microseconds=1)


@pytest.mark.parametrize(("interval", "weekday", "start", "end"), PERIODS)
def test_a_period_is_known_by_its_number(interval, weekday, start, end):
	number = period_number(interval, MOMENT, weekday)
	assert start_of(interval, number, weekday) == start
	assert end_of(interval, number, weekday) == end
	assert (
		period_number(interval, start, weekday) == number == period_number(interval, end - INSTANT, weekday)
	)
	assert period_number(interval, start - INSTANT, weekday) == number - 1
	assert period_number(interval, end, weekday) == number + 1


@pytest.mark.parametrize("interval", INTERVALS)
def test_weeks_begin_on_a_monday_unless_it_is_said(interval):
	number = period_number(interval, MOMENT)
	assert number == period_number(interval, MOMENT, 0)
	assert start_of(interval, number) == start_of(interval, number, 0)
	assert end_of(interval, number) == end_of(interval, number, 0)


def test_the_numbers_are_those_that_the_database_gives():
	assert period_number("Day", MOMENT) == MOMENT.toordinal()
	assert period_number("Hour", MOMENT) == MOMENT.toordinal() * 24 + 13
	assert period_number("Minute", MOMENT) == MOMENT.toordinal() * 1440 + 13 * 60 + 37
	assert period_number("Week", MOMENT) == (MOMENT.toordinal() - 1) // 7
	assert period_number("Month", MOMENT) == 2024 * 12 + 1
	assert period_number("Quarter", datetime(2024, 12, 31)) == 2024 * 4 + 3
	assert period_number("Year", MOMENT) == 2024


@pytest.mark.parametrize("month", range(1, 13))
def test_every_month_and_its_quarter_begin_where_they_do(month):
	day = date(2023, month, 1)
	assert start_of("Month", period_number("Month", day)) == datetime(2023, month, 1)
	assert start_of("Quarter", period_number("Quarter", day)) == datetime(2023, (month - 1) // 3 * 3 + 1, 1)


@pytest.mark.parametrize("interval", INTERVALS)
def test_a_day_without_a_time_is_its_first_moment(interval):
	assert period_number(interval, MOMENT.date()) == period_number(interval, datetime(2024, 2, 29))


@pytest.mark.parametrize("ask", [lambda: period_number("Decade", MOMENT), lambda: start_of("Decade", 202)])
def test_an_interval_that_does_not_exist_is_named(ask):
	with pytest.raises(ValueError, match=r"^Decade$"):
		ask()

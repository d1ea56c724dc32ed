"""Terms that MariaDB and PostgreSQL write differently.

They are periods of time as whole numbers and seconds between two moments. The numbers are those of
`domain/periods.py`. The database groups by them, so that spellings which its collation treats as equal stay one
group, and only the groups come to Python.
"""

import frappe
from frappe.query_builder.functions import Avg, Cast_, Coalesce, Floor, Sum
from frappe.utils.data import get_first_day_of_the_week
from pypika import Case, CustomFunction, analytics
from pypika.functions import Extract
from pypika.queries import QueryBuilder
from pypika.terms import Criterion, Field, LiteralValue, Term

from lead_pipeline.domain import periods
from lead_pipeline.visibility import condition_text

DAY_SECONDS = 24 * 60 * 60

ToDays = CustomFunction("TO_DAYS", ["moment"])
DateOf = CustomFunction("DATE", ["moment"])
NullIf = CustomFunction("NULLIF", ["value", "nothing"])
Greatest = CustomFunction("GREATEST", ["one", "other"])
Hex = CustomFunction("HEX", ["text"])
RTrim = CustomFunction("RTRIM", ["text"])
WeightString = CustomFunction("WEIGHT_STRING", ["text"])
TimestampAdd = CustomFunction("TIMESTAMPADD", ["unit", "count", "moment"])
MakeInterval = CustomFunction(
	"MAKE_INTERVAL", ["years", "months", "weeks", "days", "hours", "minutes", "seconds"]
)
TimestampDiff = CustomFunction("TIMESTAMPDIFF", ["unit", "start", "end"])
# Seconds of PostgreSQL's intervals, which pypika's Extract cannot name.
DatePart = CustomFunction("DATE_PART", ["unit", "interval"])
Trunc = CustomFunction("TRUNC", ["number"])

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# The number that MariaDB gives to the day before the first one of the year 1.
BEFORE_THE_FIRST = 365


def is_postgres() -> bool:
	return frappe.db.db_type == "postgres"


def first_weekday() -> int:
	"""Return how the site's weeks begin (System Settings), Monday is 0."""
	return WEEKDAYS.index(get_first_day_of_the_week())


def date_part(unit: str, moment: Term) -> Term:
	return whole(Extract(unit, moment))


def whole(term: Term) -> Term:
	"""Return a number without its fraction, as both databases give it."""
	return Cast_(term, "INTEGER" if is_postgres() else "SIGNED")


def ordinal(moment: Term) -> Term:
	"""Return the day of a date or a moment as `date.toordinal` counts it."""
	if is_postgres():
		return DateOf(moment) - LiteralValue("DATE '0001-01-01'") + 1
	return ToDays(moment) - BEFORE_THE_FIRST


def period(interval: str, moment: Term) -> Term:
	"""Return the number of the period that a date or a moment lies in."""
	match interval:
		case periods.MINUTE:
			return period(periods.HOUR, moment) * 60 + date_part("MINUTE", moment)
		case periods.HOUR:
			return ordinal(moment) * periods.HOURS_A_DAY + date_part("HOUR", moment)
		case periods.DAY:
			return ordinal(moment)
		case periods.WEEK:
			return whole(Floor((ordinal(moment) - 1 - first_weekday()) / 7))
		case periods.MONTH:
			return date_part("YEAR", moment) * 12 + date_part("MONTH", moment) - 1
		case periods.QUARTER:
			return date_part("YEAR", moment) * 4 + date_part("QUARTER", moment) - 1
		case periods.YEAR:
			return date_part("YEAR", moment)
	raise ValueError(interval)


def weekday(moment: Term) -> Term:
	"""Monday is 0."""
	return (ordinal(moment) - 1) % 7


def hour_of_day(moment: Term) -> Term:
	return date_part("HOUR", moment)


def seconds_between(start: Term, end: Term) -> Term:
	"""Return the whole seconds between two moments."""
	if is_postgres():
		return Trunc(DatePart("epoch", end - start))
	return TimestampDiff(LiteralValue("SECOND"), start, end)


def column_of(subquery: QueryBuilder, name: str) -> Field:
	"""Return a column of a subquery.

	The subquery's own method for that is the framework's `field`.
	"""
	return Field(name, table=subquery)


def same_key(value: Term) -> Term:
	"""Return the same term for all spellings that the database treats as equal.

	Example: "Spring" and "spring ".
	"""
	return value if is_postgres() else Hex(WeightString(RTrim(value)))


def text_term(value: str) -> Term:
	"""Return a text for use within an aggregate function.

	The framework leaves values there without parameters and half escaped.
	"""
	return condition_text.literal(value)


def seconds_before(moment: Term, seconds: Term) -> Term:
	"""Return the moment so many seconds earlier."""
	if is_postgres():
		return moment - MakeInterval(0, 0, 0, 0, 0, 0, seconds)
	return TimestampAdd(LiteralValue("SECOND"), -seconds, moment)


def count_where(condition: Criterion) -> Term:
	"""Return how many rows of a group fulfil a condition."""
	return Coalesce(Sum(Case().when(condition, 1).else_(0)), 0)


def sum_where(condition: Criterion, value: Term) -> Term:
	return Coalesce(Sum(Case().when(condition, value).else_(0)), 0)


def medians(query: QueryBuilder, group: Term, value: Term) -> dict[object, float]:
	"""Return the median of `value` in each group of `query`.

	`query` must already join what both `group` and `value` need.
	"""
	numbered = (
		query.select(
			group.as_("group_of"),
			value.as_("value_of"),
			analytics.RowNumber().over(group).orderby(value).as_("place"),
			analytics.Count(value).over(group).as_("size"),
		)
		.where(value.isnotnull())
		.as_("numbered")
	)

	def field(name: str) -> Field:
		return column_of(numbered, name)

	is_middle = (field("place") * 2 >= field("size")) & (field("place") * 2 <= field("size") + 2)
	found = (
		frappe.qb.from_(numbered)
		.select(field("group_of"), Avg(field("value_of")))
		.where(is_middle)
		.groupby(field("group_of"))
		.run()
	)
	return {key: float(middle) for key, middle in found}

"""*Lead Analysis*: leads by any two of their fields or times.

Measured by number, revenue or weighted revenue. Offers what lsFusion's pivot over leads shows: all fields,
marketing, time from minute to year, revenue as a measure.
"""

from collections import defaultdict

from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count, Min
from pypika.queries import QueryBuilder

from lead_pipeline.analytics import asked as ask
from lead_pipeline.analytics import dimensions, listing, scope
from lead_pipeline.analytics.asked import Asked
from lead_pipeline.analytics.dimensions import Dimension
from lead_pipeline.analytics.money import Money
from lead_pipeline.analytics.tables import (
	ListFilters,
	Report,
	Table,
	bar_chart,
	column,
	count_column,
	figure,
	money_column,
)
from lead_pipeline.constants import LEAD

COUNT, REVENUE, WEIGHTED = MEASURES = ("Leads", "Expected Revenue", "Weighted Revenue")
TAG = "tag"

# More columns are no table any more; more rows nobody reads.
MAX_COLUMNS, MAX_ROWS, MAX_GROUPS = 50, 2000, 100_000


def read(filters: dict | str | None) -> Asked:
	names = dimensions.dimension_names()
	choices = {"rows": names, "columns": ["", *names], "measure": MEASURES}
	asked = ask.read(filters, choices, ask.last_months())
	if asked.choices["rows"] == asked.choices["columns"]:
		asked.choices["columns"] = ""
	return asked


def table(asked: Asked) -> Table:
	money = Money()
	is_money = asked.choices["measure"] != COUNT
	rows_of, *columns_of = chosen = chosen_dimensions(asked)
	spelling, found = groups(asked, chosen, money)
	if len(found) > MAX_GROUPS:
		ask.throw_invalid_filter(_("These are too many groups. Choose longer periods or fewer days."))
	cells = defaultdict(dict)
	for row, *of, number in found:
		cells[spelling[0][row]][spelling[1][of[0]] if columns_of else None] = number
	# A lead with two tags stands in two groups and counts once in the totals.
	has_tags = [dimension for dimension in chosen if dimension.name == TAG]
	in_rows = {row: sum(numbers.values()) for row, numbers in cells.items()}
	if columns_of and columns_of[0] in has_tags:
		in_rows = {spelling[0][row]: number for row, number in groups(asked, [rows_of], money)[1]}
	total = sum(in_rows.values())
	if has_tags:
		total = sum(number for (number,) in groups(asked, [], money)[1])
	if is_money:
		left_out = base(asked).select(money.count_left_out()).run()
		asked.note(money.note(int(left_out[0][0])))
	return as_table(asked, chosen, cells, in_rows, total, money if is_money else None)


def groups(asked: Asked, by: list[Dimension], money: Money) -> tuple[list[dict], list[tuple]]:
	"""Return the measure by these dimensions: tuples of their keys and the number.

	And for each dimension its keys' values.

	Of several spellings of a text each group has one, and all groups shall have the same.
	"""
	measure = asked.choices["measure"]
	term = {COUNT: Count("*"), REVENUE: money.total(), WEIGHTED: money.total_weighted()}[measure]
	query = base(asked).select(*(dimension.key for dimension in by), term, *(Min(each.term) for each in by))
	for dimension in by:
		query = dimension.join(query).groupby(dimension.key)
	found = query.limit(MAX_GROUPS + 1).run()
	spelling = [{} for _dimension in by]
	for row in found:
		for key, value, known in zip(row, row[len(by) + 1 :], spelling, strict=False):
			known[key] = (
				None if value is None else min(known.get(key, group_as_json(value)), group_as_json(value))
			)
	number = int if measure == COUNT else float
	return spelling, [(*row[: len(by)], number(row[len(by)])) for row in found]


def chosen_dimensions(asked: Asked) -> list[Dimension]:
	return [
		dimensions.find_dimension(asked.choices[name]) for name in ("rows", "columns") if asked.choices[name]
	]


def base(asked: Asked) -> QueryBuilder:
	return asked.narrow(asked.between(scope.from_leads(), DocType(LEAD).creation))


def group_as_json(value: object) -> object:
	"""Return a group's value as JSON has it."""
	return value if value is None or isinstance(value, str) else int(value)


def as_table(
	asked: Asked, chosen: list[Dimension], cells: dict, in_rows: dict, total: float, money: Money | None
) -> Table:
	rows_of, *columns_of = chosen
	row_values = dimensions.sort_values(rows_of, list(cells))
	column_values = sorted_columns(columns_of, cells)
	if len(row_values) > MAX_ROWS or len(column_values) > MAX_COLUMNS:
		asked.note(
			_("Only the first {0} rows and {1} columns are shown; the totals are those of all.").format(
				MAX_ROWS, MAX_COLUMNS
			)
		)
	number_column = money_column if money else count_column
	row_labels = rows_of.labels(row_values)
	column_labels = columns_of[0].labels(column_values) if columns_of else {}
	nothing = _("Not Set")
	shown = column_values[:MAX_COLUMNS]
	rows = []
	for value in row_values[:MAX_ROWS]:
		row = {"key": {"row": value}, "label": row_labels.get(value, nothing)}
		row |= {f"column_{place}": cells[value].get(of, 0) for place, of in enumerate(shown)}
		row |= {"total": in_rows[value], "currency": money and money.currency}
		rows.append(row)
	columns = [
		column("label", _("Group"), width=200),
		*(
			number_column(f"column_{place}", label, width_of(label), key={"column": value})
			for place, (value, label) in enumerate(
				(value, column_labels.get(value, nothing)) for value in shown
			)
		),
		number_column("total", _("Total")),
	]
	options = {"currency": money.currency} if money else {}
	return Table(
		columns=columns,
		rows=rows,
		chart=chart(rows, columns),
		summary=[
			figure(_(asked.choices["measure"]), total, "Currency" if money else "Int", **options),
			figure(_("Groups"), len(row_values)),
		],
	)


def width_of(label: str) -> int:
	"""So wide that the head of a column can be read."""
	return min(240, max(110, 9 * len(label) + 20))


def sorted_columns(columns_of: list[Dimension], cells: dict) -> list:
	if not columns_of:
		return []
	return dimensions.sort_values(columns_of[0], list({value for row in cells.values() for value in row}))


def chart(rows: list[dict], columns: list[dict]) -> dict | None:
	"""Stacked bars for a few columns, the totals for many."""
	numbers = columns[1:-1] if 1 < len(columns) - 2 <= 12 else columns[-1:]
	datasets = {each["label"]: [row[each["fieldname"]] for row in rows] for each in numbers}
	return bar_chart([row["label"] for row in rows], datasets, barOptions={"stacked": 1})


def leads_behind(asked: Asked, key: dict, column: str) -> ListFilters:
	rows_of, *columns_of = chosen_dimensions(asked)
	values = [(rows_of, key["row"])]
	if columns_of and column != "total":
		values.append((columns_of[0], key["column"]))
	found = [dimension.filters(value, asked) for dimension, value in values]
	if None in found:
		query = base(asked)
		for dimension, value in values:
			query = dimension.join(query).where(dimensions.has_value(dimension, value))
		return listing.filters_by_name(query)
	in_days = any(dimension.name.startswith(dimensions.CREATION) for dimension, _value in values)
	days = [] if in_days else asked.days_as_list_filters(dimensions.CREATION)
	return [*days, *(condition for filters in found for condition in filters)]


REPORT = Report(read, table, leads_behind)

"""Read the cells of a file with leads: their values, and what is wrong with them.

Pure: which values the site allows is handed in. Kinds of problems are words of the program;
`capture/importing/row_messages.py` turns them into messages for people.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from lead_pipeline.domain import cells
from lead_pipeline.domain.cells import Formats
from lead_pipeline.domain.matching import email_key, is_phone, is_website, name_words, phone_as_kept
from lead_pipeline.domain.values import without_invisible

TOO_LARGE = 10**12

DAY = re.compile(r"(\d{1,2})[-/.] ?(\d{1,2})[-/.] ?\d{4}(?!\d)")


class Problem(NamedTuple):
	"""A problem with a row or one of its cells.

	`kind`: what is wrong, a word of the program; `column`: its field, empty for the row as a whole; `value`: what
	stands there; `hint`: the nearest value that would do, or the values that are allowed.
	"""

	kind: str
	column: str = ""
	value: str = ""
	hint: tuple[str, ...] = ()


@dataclass
class Allowed:
	"""The values that a column can have.

	`names`: every spelling in lower case → the name of the record.
	"""

	names: dict[str, str] = field(default_factory=dict)
	disabled: set[str] = field(default_factory=set)

	def find(self, written: str) -> str | None:
		return self.names.get(written.casefold())

	def nearest(self, written: str) -> tuple[str, ...]:
		"""Return the value that is probably meant.

		One whose words all stand in what is written, else one with a typing mistake.
		"""
		said = set(name_words(written))
		part = sorted(
			(name for name in self.names if name_words(name) and said.issuperset(name_words(name))), key=len
		)
		found = part[-1:] or get_close_matches(written.casefold(), list(self.names), n=1, cutoff=0.75)
		return (self.names[found[0]],) if found else ()


@dataclass
class Column:
	"""A column of the file.

	`kind` is one of text, email, phone, url, number, whole, percent, date, moment, tick, choice. `table`: for a cell
	with several entries, the table whose rows they become; `allowed`: of a choice; `is_money`: of a number.
	"""

	fieldname: str
	label: str
	kind: str = "text"
	length: int = 0
	positive: bool = False
	table: str = ""
	allowed: Allowed | None = None
	is_money: bool = False


class Seen(NamedTuple):
	"""A row as read.

	`values` by field name, entries of tables as lists; `problems`: what is wrong with single cells.
	"""

	values: dict[str, object]
	problems: list[Problem]


def read_cells(columns: Mapping[int, Column], row: list[object], formats: Formats) -> Seen:
	"""Read the cells of `row`, leaving out empty ones.

	`columns` by their place in the row.
	"""
	values: dict[str, object] = {}
	problems: list[Problem] = []
	currencies: dict[str, Column] = {}
	for place, column in columns.items():
		cell = row[place] if place < len(row) else None
		if not cells.cell_text(cell):
			continue
		for written in cells.cell_items(cell) if column.table else [cell]:
			value, problem = read_cell(column, written, formats)
			if problem:
				problems.append(problem)
			elif column.table:
				values.setdefault(column.fieldname, []).append(value)
			else:
				values[column.fieldname] = value
			if column.kind == "number" and (found := cells.amount(written, formats)) and found.currency:
				currencies[found.currency] = column
	if problem := take_currency(values, currencies):
		problems.append(problem)
	return Seen(values, problems)


def take_currency(values: dict[str, object], currencies: Mapping[str, Column]) -> Problem | None:
	"""Set the currency that stands beside the amounts of a row.

	Return a problem if there are two currencies.
	"""
	said = [*currencies, *filter(None, [values.get("currency")])]
	if len(set(said)) > 1:
		column = next(iter(currencies.values()))
		return Problem("two currencies", column.fieldname, ", ".join(map(str, said)))
	if said:
		values["currency"] = said[0]
	return None


def read_cell(column: Column, cell: object, formats: Formats) -> tuple[object, Problem | None]:
	written = cells.cell_text(cell)
	if cells.is_broken(written):
		return None, Problem("broken formula", column.fieldname, written)
	if column.kind in ("number", "whole", "percent"):
		return read_number(column, cell, written, formats)
	if column.kind in ("date", "moment"):
		return read_day(column, cell, written, formats)
	if column.kind == "tick":
		ticked = cells.tick(cell, formats)
		return (
			(None, Problem("no tick", column.fieldname, written)) if ticked is None else (int(ticked), None)
		)
	if column.kind == "choice":
		return read_choice(column, written)
	return read_text(column, written)


def read_day(column: Column, cell: object, written: str, formats: Formats) -> tuple[object, Problem | None]:
	found = cells.cell_moment(cell, formats)
	if not found:
		return None, Problem("no date", column.fieldname, written)
	if not formats.days_are_known and cells.is_two_days(cell):
		return None, Problem("two days", column.fieldname, written)
	return (found.date().isoformat() if column.kind == "date" else found.isoformat(" ", "seconds")), None


def read_number(
	column: Column, cell: object, written: str, formats: Formats
) -> tuple[object, Problem | None]:
	found = cells.cell_number(cell, formats)
	if found is None or (column.kind == "whole" and not found.is_integer()):
		return None, Problem("no number", column.fieldname, written)
	if column.kind == "percent" and not 0 <= found <= 100:
		return None, Problem("no percentage", column.fieldname, written)
	if column.positive and found < 0:
		return None, Problem("negative", column.fieldname, written)
	if abs(found) >= TOO_LARGE:
		return None, Problem("too large", column.fieldname, written)
	if column.is_money and not formats.amounts_are_known and cells.is_two_amounts(cell, formats.decimal):
		return None, Problem("two amounts", column.fieldname, written)
	return (int(found) if found.is_integer() else found), None


def read_choice(column: Column, written: str) -> tuple[object, Problem | None]:
	allowed = column.allowed or Allowed()
	name = allowed.find(written)
	if not name:
		return None, Problem("unknown", column.fieldname, written, allowed.nearest(written))
	if name in allowed.disabled:
		return None, Problem("disabled", column.fieldname, written)
	return name, None


def read_text(column: Column, written: str) -> tuple[object, Problem | None]:
	# As the lead keeps it.
	kept = {"email": without_invisible, "phone": phone_as_kept, "url": without_invisible}.get(column.kind)
	written = kept(written).strip() if kept else written
	wrong = {
		"email": lambda: not email_key(written),
		"phone": lambda: not is_phone(written),
		"url": lambda: not is_website(written),
	}.get(column.kind)
	if wrong and wrong():
		return None, Problem(f"no {column.kind}", column.fieldname, written)
	if column.length and len(written) > column.length:
		return None, Problem("too long", column.fieldname, written, (str(column.length),))
	return written, None


class Order(NamedTuple):
	"""`month_first`: how a file writes its days, None when they do not show it.

	`doubtful`: a day that can be read both ways.
	"""

	month_first: bool | None
	doubtful: str | None


def order_of_days(written: list[str]) -> Order:
	"""Return the order of day and month in the dates of a file.

	Dates that can be read in one way only show it for the others.
	"""
	days = [(int(day[1]), int(day[2])) for day in map(DAY.match, written) if day]
	day_first = any(first > 12 for first, _second in days)
	month_first = any(second > 12 for _first, second in days)
	doubtful = next(filter(cells.is_two_days, written), None)
	return Order(month_first if day_first != month_first else None, doubtful)


class Signs(NamedTuple):
	"""The decimal sign of a file's amounts.

	`decimal`: None when the amounts do not show it; `doubtful`: an amount that can be read both ways.
	"""

	decimal: str | None
	doubtful: str | None


def signs_of_amounts(written: list[str], decimal: str) -> Signs:
	"""Return how the amounts of a file are written.

	The site would take `decimal` for the sign of decimals.
	"""
	shown = set(map(cells.decimal_sign, written)) - {None}
	doubtful = next((text for text in written if cells.is_two_amounts(text, decimal)), None)
	return Signs(shown.pop() if len(shown) == 1 else None, doubtful)

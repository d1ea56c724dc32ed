"""Judge a row of a file with leads: its values, problems, lead and verdict.

Pure: what the site knows (allowed values, open leads, earlier imports) is handed in. Kinds of problems and verdicts
are words of the program; `capture/importing/row_messages.py` turns them into messages for people.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import NamedTuple

from lead_pipeline.domain import cells
from lead_pipeline.domain.cells import Formats
from lead_pipeline.domain.matching import (
	company_key,
	email_key,
	is_phone,
	is_website,
	name_words,
	phone_as_kept,
	phone_key,
)
from lead_pipeline.domain.values import without_invisible

# What a row is found to be in the rehearsal.
NEW, KNOWN, HIDDEN, REPEATED, BEFORE, EXAMPLE, BAD = VERDICTS = (
	"New",
	"Known",
	"Hidden",
	"Repeated",
	"Imported Before",
	"Example",
	"Bad",
)

# What is to be done with a row whose lead is there already: the values of Pipeline Lead Import.duplicates.
LEAVE_OUT, ADD, FILL, CREATE = POLICIES = (
	"Leave Out",
	"Add to Timeline",
	"Fill Empty Fields",
	"Create Anyway",
)

# What has become of a row.
CREATED, ADDED, UPDATED, LEFT_OUT, REJECTED = OUTCOMES = (
	"Created",
	"Added",
	"Updated",
	"Left Out",
	"Rejected",
)

# Every row of the template's examples has an address of this domain, which no mail ever reaches (RFC 2606).
EXAMPLE_DOMAIN = "@template.example"

# A row of the CSV template that only explains begins like this.
REMARK = "#"

IDENTITY = ("lead_name", "company_name", "first_name", "last_name", "email", "item")
TOO_LARGE = 10**12

# What reports write below their rows.
FOOTER = re.compile(
	r"(generated (by|on)|report (generated|created)|copyright|confidential|erstellt (von|am)|vertraulich|page \d|seite \d|"
	r"(grand )?total\b|summe\b|gesamt\b|©)",
	re.IGNORECASE,
)
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


class Terms(NamedTuple):
	"""The requirements of the site for a lead as a whole.

	`only_type`: the type of leads that name none; `choosable(type)`: the statuses that a lead of the type may have;
	`lost`: statuses that need a reason; `mandatory`: fields of the site's own that must be filled.
	"""

	only_type: str | None
	choosable: Callable[[str | None], tuple[str, ...]]
	lost: frozenset[str]
	mandatory: tuple[str, ...] = ()


def misfits(values: Mapping[str, object], terms: Terms) -> list[Problem]:
	"""Return what is wrong with a row whose cells are all right by themselves."""
	problems = []
	if not any(values.get(name) for name in (*IDENTITY, "email_ids")):
		problems.append(Problem("nobody"))
	if values.get("is_organization") and not values.get("company_name"):
		problems.append(Problem("no company", "company_name"))
	lead_type = values.get("lead_type") or terms.only_type
	status = values.get("status")
	if status and status not in terms.choosable(lead_type):
		problems.append(
			Problem("forbidden", "status", str(status), (str(lead_type or ""), *terms.choosable(lead_type)))
		)
	elif status in terms.lost and not values.get("lost_reason"):
		problems.append(Problem("no reason", "lost_reason", str(status)))
	problems += [Problem("missing", name) for name in terms.mandatory if values.get(name) in (None, "", [])]
	return problems


class Keys(NamedTuple):
	"""The keys by which a row is recognised.

	`origin`: everything it says, whatever the order or language of the columns; `email`, `phones`: the sender;
	`name`: name and company, for senders without address or phone.
	"""

	origin: str
	email: str | None
	phones: tuple[str, ...]
	name: tuple[str, str] | None

	@property
	def identity(self) -> tuple | None:
		"""Return what tells one sender from another within a file, or None.

		None for a mere name, which many people share.
		"""
		if self.email:
			return ("email", self.email)
		if self.phones:
			return ("phone", self.phones[0])
		return ("name", *self.name) if self.name else None


def keys(values: Mapping[str, object], region: str | None) -> Keys:
	emails = [values.get("email"), *values.get("email_ids", ())]
	numbers = [values.get("mobile_no"), values.get("phone"), *values.get("phone_nos", ())]
	person = " ".join(str(values[name]) for name in ("first_name", "last_name") if values.get(name))
	name = str(values.get("lead_name") or person or values.get("company_name") or "").strip().casefold()
	company = company_key(str(values.get("company_name") or ""))
	return Keys(
		origin=origin_of_row(values),
		email=next((key for key in map(email_key, emails) if key), None),
		phones=tuple(dict.fromkeys(key for number in numbers if (key := phone_key(number, region)))),
		name=(name, company) if name and company else None,
	)


def origin_of_row(values: Mapping[str, object]) -> str:
	said = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
	return "Import/" + hashlib.sha256(said.encode()).hexdigest()[:40]


def is_example(values: Mapping[str, object]) -> bool:
	return str(values.get("email") or "").strip().lower().endswith(EXAMPLE_DOMAIN)


def is_remark(row: list[object]) -> bool:
	"""Return whether the row is only a remark.

	In the lists of other programs numbers begin like one: "#17".
	"""
	first, *others = map(cells.cell_text, row or [None])
	return first.startswith(REMARK) and not any(others)


def is_footer(row: list[object]) -> bool:
	"""Return whether the last row of a file is a report's footer.

	Who made it and when, a copyright, a total.
	"""
	filled = [cells.cell_text(cell) for cell in row if cells.cell_text(cell)]
	return 0 < len(filled) < 3 and bool(FOOTER.match(filled[0]))


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


def keep_rest(
	values: dict[str, object],
	problems: list[Problem],
	columns: Mapping[int, Column],
	rest: Mapping[int, str],
	row: list[object],
) -> None:
	"""Write values without a field, or unknown to the site, into the description.

	They are kept there instead of being rejected.
	"""
	lines = [
		f"{heading}: {cells.cell_text(row[place])}"
		for place, heading in rest.items()
		if place < len(row) and cells.cell_text(row[place])
	]
	labels = {column.fieldname: column.label for column in columns.values()}
	for problem in [problem for problem in problems if problem.kind in ("unknown", "disabled")]:
		lines.append(f"{labels.get(problem.column, problem.column)}: {problem.value}")
		problems.remove(problem)
	if lines:
		values["description"] = "\n".join(filter(None, [str(values.get("description") or ""), *lines]))


class Site(NamedTuple):
	"""The site's data for a batch of rows.

	Leads made from the same row before, by origin; open leads of a sender, by `Keys.identity`; and which of these the
	user may see.
	"""

	before: Mapping[str, str]
	open: Mapping[tuple, str]
	visible: frozenset[str] | set[str]


class Verdict(NamedTuple):
	"""The verdict on a row.

	`lead`: the one that the row belongs to; `same_as`: the row of this file that says the same.
	"""

	verdict: str
	lead: str | None = None
	same_as: int | None = None


class Judge:
	"""Judges the rows of one file, from the first to the last."""

	def __init__(self):
		self.rows: dict[tuple | str, int] = {}
		self.origins: dict[str, int] = {}

	def origin(self, keys: Keys) -> str:
		"""Return the key of the row's lead.

		A row that stands in the file twice gets two keys, in case the user wants both leads.
		"""
		count = self.origins[keys.origin] = self.origins.get(keys.origin, 0) + 1
		return keys.origin if count == 1 else f"{keys.origin}-{count}"

	def judge(self, file_row: int, keys: Keys, origin: str, problems: list[Problem], site: Site) -> Verdict:
		if problems:
			return Verdict(BAD)
		first = self.rows.get(keys.identity or keys.origin)
		self.rows.setdefault(keys.identity or keys.origin, file_row)
		if origin in site.before:
			return Verdict(BEFORE, site.before[origin])
		if known := keys.identity and site.open.get(keys.identity):
			return Verdict(KNOWN if known in site.visible else HIDDEN, known)
		return Verdict(REPEATED, same_as=first) if first else Verdict(NEW)


def creates(verdict: str, policy: str) -> bool:
	"""Return whether the row becomes a lead of its own."""
	return verdict == NEW or (policy == CREATE and verdict in (KNOWN, HIDDEN, REPEATED))

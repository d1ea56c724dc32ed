"""What the cells of a spreadsheet say: text, number, date, yes or no, however people and programs write it.

Pure. Each reader gives back the value, or None for what cannot be read; an empty cell is for the caller to see first.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from typing import NamedTuple

YES = frozenset({"1", "y", "yes", "t", "true", "x", "on"})
NO = frozenset({"0", "n", "no", "f", "false", "off"})

# Characters that no spreadsheet and no database keeps, apart from line breaks and tabs.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?)?")
DAY_FIRST_OR_MONTH_FIRST = re.compile(
	r"(\d{1,2})[-/.] ?(\d{1,2})[-/.] ?(\d{4})(?: (\d{1,2}):(\d{2})(?::(\d{2}))?)?"
)

# Spaces that people and programs put between groups of digits, and the sign that Switzerland does.
SPACES = re.compile(r"[\s\u00a0\u202f'\u2019]")


class Formats(NamedTuple):
	"""How the site writes things. `decimal` and `group`: its separators; `month_first`: 12/31/2026 is a day of it;
	`yes` and `no`: words for a tick, in lower case, besides the English ones."""

	decimal: str = "."
	group: str = ","
	month_first: bool = False
	yes: frozenset[str] = frozenset()
	no: frozenset[str] = frozenset()


def text(cell: object) -> str:
	"""What stands in a cell, as a person would read it; a whole number that a spreadsheet keeps as 7.0 is "7"."""
	if cell is None:
		return ""
	if isinstance(cell, bool):
		return str(int(cell))
	if isinstance(cell, float) and cell.is_integer():
		return str(int(cell))
	if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
		return cell.date().isoformat()
	return CONTROL.sub("", str(cell)).replace("\r\n", "\n").strip()


def number(cell: object, formats: Formats) -> float | None:
	"""An amount: as the site writes it (1.234,50 where the comma is decimal), else plain digits with a point."""
	if isinstance(cell, int | float):
		return float(cell)
	written = SPACES.sub("", unicodedata.normalize("NFKC", text(cell))).removesuffix("%")
	group, decimal = re.escape(formats.group or " "), re.escape(formats.decimal or ".")
	if re.fullmatch(rf"[+-]?(\d{{1,3}}({group}\d{{2,3}})+|\d+)({decimal}\d+)?", written):
		plain = written.replace(formats.group, "") if formats.group else written
		return float(plain.replace(formats.decimal or ".", "."))
	return float(written) if re.fullmatch(r"[+-]?\d+(\.\d+)?", written) else None


def moment(cell: object, formats: Formats) -> datetime | None:
	"""A day, with its time when there is one. A day that can be read in one way only is read so; else as the site does."""
	if isinstance(cell, datetime):
		return cell.replace(tzinfo=None)
	if isinstance(cell, date):
		return datetime(cell.year, cell.month, cell.day)
	written = text(cell)
	if found := ISO.fullmatch(written):
		year, month, day, *time = found.groups()
		return _moment(year, month, day, time)
	if not (found := DAY_FIRST_OR_MONTH_FIRST.fullmatch(written)):
		return None
	first, second, year, *time = found.groups()
	month_first = (int(second) > 12) or (formats.month_first and int(first) <= 12)
	month, day = (first, second) if month_first else (second, first)
	return _moment(year, month, day, time)


def _moment(year: str, month: str, day: str, time: list[str | None]) -> datetime | None:
	try:
		found = datetime(int(year), int(month), int(day), *(int(part or 0) for part in time))
	except ValueError:
		return None
	return found if found.year >= 1900 else None


def tick(cell: object, formats: Formats) -> bool | None:
	written = text(cell).casefold()
	if written in YES or written in formats.yes:
		return True
	if written in NO or written in formats.no:
		return False
	return None


def items(cell: object) -> list[str]:
	"""The entries of a cell that holds several: separated by commas, semicolons or line breaks, each once."""
	parts = (part.strip() for part in re.split(r"[,;\n]", text(cell)))
	return list(dict.fromkeys(part for part in parts if part))

"""Read the cells of a spreadsheet: text, number, date, yes or no.

Pure. People and programs write these in many ways. Each reader returns the value, or None for what cannot be read;
callers check for an empty cell first.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import dateparser
from dateparser.data.languages_info import language_order

YES = frozenset({"1", "y", "yes", "t", "true", "x", "on"})
NO = frozenset({"0", "n", "no", "f", "false", "off"})

# Characters that no spreadsheet and no database keeps, apart from line breaks and tabs.
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
# What spreadsheet programs show instead of a value: nothing was found, or the formula is broken.
NOTHING_FOUND = frozenset(
	{"#N/A", "#NV", "#N/D", "#N/D!", "#N/B", "#I/T", "#Н/Д", "#YOK", "#PUUTTUU!", "#SAKNAS!", "#HIÁNYZIK"}  # noqa: RUF001
)
# "#REF!", and the same in other languages: "#BEZUG!", "#¿NOMBRE?"; a column that is too narrow for its value.
BROKEN = re.compile(r"#[¡¿]?[^\W\d_]{2,20}(/0)?[!?]|#{3,}|#GETTING_DATA")
BROKEN_IN_CALC = re.compile(r"Err:\d{3}")

TIME = r"(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s?([AaPp]\.?[Mm]\.?)?"
ISO = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}})(?:(?:,? |T){TIME})?(Z|[+-]\d{{2}}:?\d{{2}})?")
# 20270115, and 2027年1月15日.
COMPACT = re.compile(r"^((?:19|20)\d{2})(\d{2})(\d{2})$")
CHINESE = re.compile(r"^(\d{4})[年년] ?(\d{1,2})[月월] ?(\d{1,2})[日일]")
DAY_FIRST_OR_MONTH_FIRST = re.compile(rf"(\d{{1,2}})[-/.] ?(\d{{1,2}})[-/.] ?(\d{{4}})(?:,? {TIME})?")
# With the month in words: "15 January 2027". A year of two digits could be a day.
IN_WORDS = re.compile(r"(?=.*[^\W\d_]{3})(?=.*(?<!\d)\d{4}(?!\d)).{8,40}")

# Spaces that people and programs put between groups of digits, and the sign that Switzerland does.
SPACES = re.compile(r"[\s\u00a0\u202f'\u2019]")
# An amount with what stands around it: a sign of a currency before or behind, brackets for less than nothing.
AMOUNT = re.compile(
	r"(?P<bracket>\()?(?P<sign>[+-])?(?P<before>[^\d+(),.-]{1,5}\.?)?(?P<digits>[+-]?\d[\d.,]*)(?P<behind>[^\d)]{1,5})?\)?"
)
MAX_AMOUNT_LENGTH = 40
# "5.000,-": no cents.
NO_CENTS = re.compile(r"(?<=\d)[.,][-\u2013\u2014]{1,2}")
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
# All other currencies have at most two digits behind the sign of decimals.
WITH_THREE_DECIMALS = frozenset({"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"})


class Formats(NamedTuple):
	"""The formats of the site for numbers, dates, ticks, currencies and months.

	`decimal` and `group`: its separators; `month_first`: whether it writes 12/31/2026; `yes` and `no`: words for a
	tick, in lower case, besides the English ones; `currencies`: code or sign of a currency, in lower case → its code;
	`languages`: the languages in which names of months are read; `zone`: the time zone of the site; `days_are_known`,
	`amounts_are_known`: whether somebody has said how they are written, so that none is ambiguous.
	"""

	decimal: str = "."
	group: str = ","
	month_first: bool = False
	yes: frozenset[str] = frozenset()
	no: frozenset[str] = frozenset()
	currencies: Mapping[str, str] = {}
	languages: tuple[str, ...] = ("en",)
	zone: str = "UTC"
	days_are_known: bool = True
	amounts_are_known: bool = True


class Written(NamedTuple):
	"""The parts of a written amount.

	`beside`: the sign or code of a currency; `is_money`: whether it says that there are no cents.
	"""

	digits: str
	beside: str
	is_money: bool
	is_less: bool


class Amount(NamedTuple):
	"""`currency`: the code of what stands beside the number, None when nothing does."""

	value: float
	currency: str | None


def cell_text(cell: object) -> str:
	"""Return the content of a cell as text, as a person would read it.

	A whole number that a spreadsheet stores as 7.0 is "7".
	"""
	if cell is None:
		return ""
	if isinstance(cell, bool):
		return str(int(cell))
	if isinstance(cell, float) and cell.is_integer():
		return str(int(cell))
	if isinstance(cell, datetime) and (cell.hour, cell.minute, cell.second) == (0, 0, 0):
		return cell.date().isoformat()
	written = CONTROL.sub("", str(cell)).replace("\r\n", "\n").strip()
	return "" if written in NOTHING_FOUND else written


def is_broken(written: str) -> bool:
	"""Return whether the cell holds the error of a broken spreadsheet formula.

	The value that stood there is lost.
	"""
	is_error = written == written.upper() and BROKEN.fullmatch(written)
	return bool(is_error or BROKEN_IN_CALC.fullmatch(written))


def cell_number(cell: object, formats: Formats) -> float | None:
	"""Return the number in a cell, as `amount` reads it."""
	found = amount(cell, formats)
	return found and found.value


def amount(cell: object, formats: Formats) -> Amount | None:
	"""Return the number in a cell, with or without a currency beside it, or None.

	With the sign or code of a currency: "$1,234.50", "5.000,00 EUR", "(500)". Separators are read as the site writes
	them (1.234,50 where the comma is decimal); where only one reading makes sense, as that. A cell with anything else
	beside the number ("10k", "12 pcs", "5000-6000") is None: amounts are never guessed.
	"""
	if isinstance(cell, int | float):
		return Amount(float(cell), None)
	written = _written(cell)
	if not written:
		return None
	beside, digits = written.beside, written.digits
	currency = formats.currencies.get(beside)
	if (beside or written.is_money) and currency not in WITH_THREE_DECIMALS and THOUSANDS.fullmatch(digits):
		digits = re.sub("[.,]", "", digits)
	value = _plain_number(digits, formats)
	is_amount = not beside or currency or all(unicodedata.category(sign) == "Sc" for sign in beside)
	if value is None or not is_amount:
		return None
	return Amount(-value if written.is_less else value, currency)


def _written(cell: object) -> Written | None:
	written = SPACES.sub("", unicodedata.normalize("NFKC", cell_text(cell))).removesuffix("%")
	bare = NO_CENTS.sub("", written)
	found = AMOUNT.fullmatch(bare) if len(bare) <= MAX_AMOUNT_LENGTH else None
	if not found or (found["before"] and found["behind"]) or bool(found["bracket"]) != bare.endswith(")"):
		return None
	beside = (found["before"] or found["behind"] or "").rstrip(".").casefold()
	return Written(found["digits"], beside, bare != written, bool(found["bracket"]) or found["sign"] == "-")


def is_two_amounts(cell: object, decimal: str) -> bool:
	"""Return whether an amount is ambiguous: one and a fraction, or over a thousand.

	For example 1.234 where `decimal` is the point, and nothing stands beside it.
	"""
	written = None if isinstance(cell, int | float) else _written(cell)
	if not written or written.beside or written.is_money:
		return False
	return decimal in written.digits and bool(THOUSANDS.fullmatch(written.digits))


def decimal_sign(cell: object) -> str | None:
	"""Return the decimal sign that an amount shows by itself, or None.

	The comma in 1.234,50 and 12,5 and 1.234.567; None for 1,234.
	"""
	written = None if isinstance(cell, int | float) else _written(cell)
	signs = re.findall("[.,]", written.digits) if written else []
	if not signs:
		return None
	other = "," if signs[-1] == "." else "."
	if len(signs) > 1:
		return other if signs[0] == signs[-1] else signs[-1]
	return None if THOUSANDS.fullmatch(written.digits) else signs[0]


def _plain_number(written: str, formats: Formats) -> float | None:
	group, decimal = formats.group or " ", formats.decimal or "."
	for thousands, point in ((group, decimal), ("", "."), (",", "."), (".", ",")):
		shape = (
			rf"[+-]?([1-9]\d{{0,2}}({re.escape(thousands)}\d{{2,3}})*{re.escape(thousands)}\d{{3}}|\d+)"
			rf"({re.escape(point)}\d+)?"
			if thousands
			else rf"[+-]?\d+({re.escape(point)}\d+)?"
		)
		certain = (thousands, point) in ((group, decimal), ("", ".")) or _is_certain(
			written, thousands, point
		)
		if certain and re.fullmatch(shape, written):
			return float((written.replace(thousands, "") if thousands else written).replace(point, "."))
	return None


def _is_certain(written: str, thousands: str, point: str) -> bool:
	"""Return whether separators other than the site's can be read in one way only.

	That is so when both are there, in their order, or one of them several times, or one that does not have three
	digits behind it.
	"""
	if thousands in written and point not in written:
		return written.count(thousands) > 1
	if thousands in written:
		return written.rindex(thousands) < written.index(point)
	return written.count(point) == 1 and len(written.partition(point)[2]) != 3


def cell_moment(cell: object, formats: Formats) -> datetime | None:
	"""Return a day, with its time when there is one.

	A day that can be read in one way only is read so; else as the site does.

	A time with its distance to UTC becomes the site's own. Years of two digits are read by nobody.
	"""
	if isinstance(cell, datetime):
		return cell.replace(tzinfo=None)
	if isinstance(cell, date):
		return datetime(cell.year, cell.month, cell.day)
	written = CHINESE.sub(r"\1-\2-\3", COMPACT.sub(r"\1-\2-\3", " ".join(cell_text(cell).split())))
	if found := ISO.fullmatch(written):
		year, month, day, *time, offset = found.groups()
		return _moment(year, month, day, time, offset, formats.zone)
	if found := DAY_FIRST_OR_MONTH_FIRST.fullmatch(written):
		first, second, year, *time = found.groups()
		month_first = (int(second) > 12) or (formats.month_first and int(first) <= 12)
		month, day = (first, second) if month_first else (second, first)
		return _moment(year, month, day, time)
	is_in_words = IN_WORDS.fullmatch(written)
	return _in_words(written, formats.month_first, formats.languages) if is_in_words else None


def is_two_days(cell: object) -> bool:
	"""Return whether a date in digits is ambiguous: day first or month first."""
	found = DAY_FIRST_OR_MONTH_FIRST.fullmatch(" ".join(cell_text(cell).split()))
	return bool(found) and int(found[1]) != int(found[2]) and max(int(found[1]), int(found[2])) <= 12


def _moment(
	year: str, month: str, day: str, time: list[str | None], offset: str | None = None, zone: str = "UTC"
) -> datetime | None:
	*clock, half = time
	hour, minute, second = (int(part or 0) for part in clock)
	if half and not 1 <= hour <= 12:
		return None
	if half:
		hour = hour % 12 + 12 * (half[0] in "pP")
	try:
		found = datetime(int(year), int(month), int(day), hour, minute, second)
		if offset and clock[0]:
			there = datetime.fromisoformat(f"{found.isoformat()}{'+00:00' if offset == 'Z' else offset}")
			found = there.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
	except (ValueError, OverflowError):
		return None
	return found if found.year >= 1900 else None


# Lists name the same days again and again, and to read one takes milliseconds.
@lru_cache(maxsize=4096)
def _in_words(written: str, month_first: bool, languages: tuple[str, ...]) -> datetime | None:
	settings = {
		"DATE_ORDER": "MDY" if month_first else "DMY",
		"PARSERS": ["absolute-time"],
		"REQUIRE_PARTS": ["day", "month", "year"],
	}
	known = [language for language in languages if language in language_order]
	found = dateparser.parse(written, languages=known or ["en"], settings=settings)
	return found.replace(tzinfo=None) if found and found.year >= 1900 else None


def tick(cell: object, formats: Formats) -> bool | None:
	written = cell_text(cell).casefold()
	if written in YES or written in formats.yes:
		return True
	if written in NO or written in formats.no:
		return False
	return None


def cell_items(cell: object) -> list[str]:
	"""Return the entries of a cell that holds several, each once.

	They are separated by commas, semicolons or line breaks.
	"""
	parts = (part.strip() for part in re.split(r"[,;\n]", cell_text(cell)))
	return list(dict.fromkeys(part for part in parts if part))

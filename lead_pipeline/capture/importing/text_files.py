"""Read files with leads in CSV, of any program, delimiter and charset."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import chain, islice

import frappe
from frappe import _
from frappe.utils import escape_html

from lead_pipeline.capture.importing.file_limits import (
	HEADING_ROWS,
	MAX_COLUMNS,
	MAX_LINES,
	MAX_ROW_LENGTH,
	MAX_ROWS,
	Rows,
	is_filled,
	refuse_columns,
	refuse_many,
	throw_invalid_file,
)
from lead_pipeline.capture.importing.written_files import FORMULA
from lead_pipeline.domain import charsets

# What Excel writes above the headings to say which sign parts the columns.
SEPARATOR = re.compile(r'"?sep=(.)"?\s*')

# Signs that part columns; and characters of the beginning of a file that show which one does.
DELIMITERS = (",", ";", "\t", "|", "^")
SAMPLE = 64 * 1024

# How programs keep a number in a CSV file from being calculated with: ="0171".
TEXT_AS_FORMULA = re.compile(r'="([^"]*)"')


def read_csv(content: bytes, encoding: str | None = None) -> Rows:
	lines = io.TextIOWrapper(io.BytesIO(content), encoding_of(content, encoding), newline="")
	said = SEPARATOR.fullmatch(lines.readline(MAX_ROW_LENGTH))
	lines.seek(0)
	delimiter = said.group(1) if said else delimiter_of(lines.read(SAMPLE))
	lines.seek(0)
	# The line that names the separator counts for nothing, but keeps its number.
	rows, filled, nothing = [], -1 if said else 0, []
	for row in closed_rows(bounded(lines), delimiter):
		read = [without_guard(cell) for cell in row[:MAX_COLUMNS]]
		rows.append(read if is_filled(read) else nothing)
		filled += rows[-1] is read
		if any(row[MAX_COLUMNS:]):
			refuse_columns()
		if filled > MAX_ROWS + 1 or len(rows) > MAX_LINES:
			refuse_many()
	return [nothing, *rows[1:]] if said else rows


def delimiter_of(sample: str) -> str:
	"""Return the delimiter of the columns.

	The one by which most of the first rows have the same number of columns.
	"""
	return max(DELIMITERS, key=lambda delimiter: evenness(sample, delimiter))


def evenness(sample: str, delimiter: str) -> tuple[int, int]:
	"""Return how many rows have the same number of cells, and that number.

	Only rows with more than one cell count.
	"""
	reader = csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter, skipinitialspace=True)
	widths = Counter(len(row) for row in islice(reader, HEADING_ROWS) if len(row) > 1)
	return max(((count, width) for width, count in widths.items()), default=(0, 0))


def closed_rows(lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
	"""Yield the rows of a CSV file.

	Refuses one with a quotation mark that is never closed: it would take all rows below for one cell.
	"""
	end = "\x00end"
	begun, row = 0, []
	reader = csv.reader(chain(lines, [end]), delimiter=delimiter, skipinitialspace=True)
	for row in reader:
		if row == [end]:
			return
		if row and row[-1].endswith(end):
			break
		begun = reader.line_num
		yield row
	throw_invalid_file(
		_(
			"A quotation mark in row {0} is opened and never closed, so that nobody can tell where the row ends. Mend the "
			"row, or save the file as .xlsx."
		).format(begun + 1)
	)


def bounded(lines: Iterable[str]) -> Iterable[str]:
	for line in lines:
		if len(line) > MAX_ROW_LENGTH:
			refuse_columns()
		yield line


def encoding_of(content: bytes, chosen: str | None = None) -> str:
	"""Return the charset of a text file: the chosen one, else the certain one.

	Raises InvalidFileError when people have to say it.
	"""
	if chosen:
		try:
			content.decode(charsets.codec(chosen))
		except UnicodeDecodeError:
			throw_invalid_file(
				_("This file is not written in {0}. Choose other “Characters of the File”, or none.").format(
					chosen
				)
			)
		return charsets.codec(chosen)
	if known := charsets.certain(content):
		return known
	proposed = [f"{frappe.bold(name)}: {escape_html(words)}" for name, words in charsets.likely(content)]
	return throw_invalid_file(
		"<br>".join(
			[
				_(
					"In which characters is this file written? Choose “Characters of the File” below, save, and rehearse it "
					"again. Or save the file as .xlsx, or as CSV in UTF-8. It may be one of these:"
				),
				*proposed,
			]
		)
	)


def without_guard(cell: str) -> str | None:
	"""Return a cell of a CSV file without its protection against formulas.

	Such as the apostrophe of `guarded`.
	"""
	cell = cell.strip()
	if cell.startswith('="') and (found := TEXT_AS_FORMULA.fullmatch(cell)):
		cell = found[1].strip()
	if cell.startswith("'") and cell[1:].startswith(FORMULA):
		cell = cell[1:]
	return cell or None

"""Limits of a file with leads, and what is said of one that is not accepted."""

from typing import NoReturn

import frappe
from frappe import _

from lead_pipeline.exceptions import InvalidFileError

# More rows are better imported in several files: each has its own result, and memory stays bounded.
MAX_ROWS = 50_000

# More columns than any list of leads has, and more bytes than so many rows of them; a file of a few kilobytes can
# say that it has sixteen thousand columns, or hold more than the machine's memory when it is unpacked.
MAX_COLUMNS = 200
# The headings stand in one of these.
HEADING_ROWS = 20
MAX_UNPACKED = 200 * 1024 * 1024

# Rows of a sheet, filled or not; different texts of a workbook; bytes of one row. Nobody has more, and the readers keep
# all of these in memory at once.
MAX_LINES = 1_048_576
MAX_TEXTS = 1_000_000
MAX_ROW_LENGTH = 4 * 1024 * 1024
MAX_CELLS = MAX_ROWS * MAX_COLUMNS

Rows = list[list[object]]


def is_filled(row: list[object]) -> bool:
	return any(cell is not None for cell in row)


def refuse_columns() -> NoReturn:
	throw_invalid_file(
		_("A file can have at most {0} columns. Leave out what is no field of a lead.").format(MAX_COLUMNS)
	)


def refuse_many() -> NoReturn:
	throw_invalid_file(_("A file can have at most {0} rows. Divide it into several files.").format(MAX_ROWS))


def throw_invalid_file(message: str, error: type[Exception] = InvalidFileError) -> NoReturn:
	frappe.throw(message, error, title=_("File"))

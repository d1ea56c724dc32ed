"""Read workbooks with leads (.xlsx, .ods) within bounds of memory and time."""

import io
import re
import zipfile
from collections.abc import Iterable

from frappe import _
from openpyxl import load_workbook

from lead_pipeline.capture.importing import open_document
from lead_pipeline.capture.importing.file_limits import (
	HEADING_ROWS,
	MAX_CELLS,
	MAX_COLUMNS,
	MAX_LINES,
	MAX_ROW_LENGTH,
	MAX_ROWS,
	MAX_TEXTS,
	MAX_UNPACKED,
	Rows,
	is_filled,
	refuse_columns,
	refuse_many,
	throw_invalid_file,
)
from lead_pipeline.domain import cells

# A workbook is looked through in pieces of so many bytes; the names of its tags are shorter than TAG.
PIECE = 1024 * 1024
TAG = 64
TEXT_ELEMENT = re.compile(rb"<(?:\w+:)?si[\s/>]")
ROW_BOUNDARY = re.compile(rb"<(?:\w+:)?row[\s/>]|</(?:\w+:)?sheetData")


def read_xlsx(content: bytes) -> Rows:
	refuse_unpacked(content)
	refuse_boundless(content)
	sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True).worksheets[0]
	refuse_wide(sheet)
	# Not every program says how wide its sheet is; then each row is as wide as its last cell.
	width = sheet.max_column and min(sheet.max_column, MAX_COLUMNS)
	rows, filled, nothing = [], 0, []
	# Programs format whole columns: rows without a word count for nothing, but keep their number.
	for row in sheet.iter_rows(values_only=True, max_col=width):
		read = [cell if cell is not None and cells.cell_text(cell) else None for cell in row[:MAX_COLUMNS]]
		rows.append(read if is_filled(read) else nothing)
		filled += rows[-1] is read
		if filled > MAX_ROWS + 1:
			refuse_many()
	return rows


def read_ods(content: bytes) -> Rows:
	refuse_unpacked(content)
	size = open_document.Size(content)
	if size.width > MAX_COLUMNS:
		refuse_columns()
	if size.height > MAX_LINES or size.cells > MAX_CELLS:
		refuse_many()
	rows, nothing = [], []
	for row in open_document.sheet_rows(content):
		read = [cell if cells.cell_text(cell) else None for cell in row]
		rows.append(read if is_filled(read) else nothing)
	return rows


def refuse_wide(sheet) -> None:
	"""Refuse a sheet with headings beyond the columns that are read.

	Columns that are only formatted are passed over.
	"""
	if sheet.max_column and sheet.max_column <= MAX_COLUMNS:
		return
	further = sheet.iter_rows(max_row=HEADING_ROWS, min_col=MAX_COLUMNS + 1, values_only=True)
	if any(cells.cell_text(cell) for row in further for cell in row):
		refuse_columns()


def refuse_unpacked(content: bytes) -> None:
	"""Refuse a workbook that is too large to be unpacked.

	The reader of archives keeps to the sizes that they name.
	"""
	if unpacked_size(content) > MAX_UNPACKED:
		throw_invalid_file(
			_("Unpacked, this file has more than {0} MB. Divide it into several files.").format(
				MAX_UNPACKED // 1024 // 1024
			)
		)


def unpacked_size(content: bytes) -> int:
	with zipfile.ZipFile(io.BytesIO(content)) as archive:
		return sum(part.file_size for part in archive.infolist())


def refuse_boundless(content: bytes) -> None:
	"""Refuse a workbook that would take more memory than any list of leads.

	The reader keeps all texts, and each row while it reads it. The workbook is looked through piece by piece,
	without parsing it.
	"""
	with zipfile.ZipFile(io.BytesIO(content)) as archive:
		texts, longest = 0, 0
		for part in archive.infolist():
			with archive.open(part) as unpacked:
				counted, row = measured(iter(lambda source=unpacked: source.read(PIECE), b""))
			texts, longest = texts + counted, max(longest, row)
	if texts > MAX_TEXTS:
		throw_invalid_file(
			_("This file has more than {0} different texts. Divide it into several files.").format(MAX_TEXTS)
		)
	if longest > MAX_ROW_LENGTH:
		throw_invalid_file(
			_(
				"A row of this file is longer than that of any list of leads. Leave out what is no field of a lead."
			)
		)


def measured(pieces: Iterable[bytes]) -> tuple[int, int]:
	"""Return how many texts a part of a workbook has, and its longest row in bytes.

	0 for a part without rows.
	"""
	texts, longest, row, tail = 0, 0, 0, b""
	reads_rows = False
	for piece in pieces:
		# With the beginning of a tag that stands at the end of the piece before.
		piece = tail + piece
		begun = piece.rfind(b"<", -TAG)
		tail = piece[begun:] if begun >= 0 and b">" not in piece[begun:] else b""
		piece = piece.removesuffix(tail)
		texts += len(TEXT_ELEMENT.findall(piece))
		place = 0
		for found in ROW_BOUNDARY.finditer(piece):
			longest = max(longest, row + found.start() - place) if reads_rows else longest
			row, place, reads_rows = 0, found.start(), not found.group().startswith(b"</")
		row += len(piece) - place
		longest = max(longest, row) if reads_rows else longest
	return texts, longest

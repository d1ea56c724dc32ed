"""Read files with leads from any program, and write them safely.

No program runs what is in a written file.
"""

import csv
import io
import os
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from typing import NoReturn, TypeVar

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html
from frappe.utils.xlsxutils import read_xls_file_from_attached_file
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from lead_pipeline.capture.importing import open_document
from lead_pipeline.domain import cells, charsets
from lead_pipeline.exceptions import InvalidFileError
from lead_pipeline.framework.file_content import read_bytes

EXTENSIONS = (".xlsx", ".xls", ".ods", ".csv", ".tsv", ".txt")

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

# A file of more bytes, as unpacked, is no work for a request.
LARGE = 4 * 1024 * 1024

# What Excel writes above the headings to say which sign parts the columns.
SEPARATOR = re.compile(r'"?sep=(.)"?\s*')

# Signs that part columns; and characters of the beginning of a file that show which one does.
DELIMITERS = (",", ";", "\t", "|", "^")
SAMPLE = 64 * 1024

# How programs keep a number in a CSV file from being calculated with: ="0171".
TEXT_AS_FORMULA = re.compile(r'="([^"]*)"')

# What a spreadsheet takes for a formula when a CSV cell begins with it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Rows = list[list[object]]
Result = TypeVar("Result")

# A workbook is looked through in pieces of so many bytes; the names of its tags are shorter than TAG.
PIECE = 1024 * 1024
TAG = 64
TEXT_ELEMENT = re.compile(rb"<(?:\w+:)?si[\s/>]")
ROW_BOUNDARY = re.compile(rb"<(?:\w+:)?row[\s/>]|</(?:\w+:)?sheetData")


def read_file(file_url: str, encoding: str | None = None) -> Rows:
	"""Return the rows of the file's first sheet; empty cells are None.

	`encoding`: of a text file, when a person has said it.

	Raises InvalidFileError for what is no table, and PermissionError when the user may not see the file.
	"""
	extension, content = opened(file_url)
	readers = {".xlsx": read_xlsx, ".xls": read_xls_file_from_attached_file, ".ods": read_ods}
	reader = readers.get(extension, lambda content: read_csv(content, encoding))
	rows = or_invalid_file(lambda: reader(content))
	if sum(map(is_filled, rows)) > MAX_ROWS + 1:
		refuse_many()
	while rows and not is_filled(rows[-1]):
		rows.pop()
	return rows


def first_rows(file_url: str, encoding: str | None = None) -> Rows:
	"""Return the first rows of the file, among which its headings are.

	Raises as `read_file`. Nothing of a large file is read.
	"""
	return [] if is_large(file_url) else read_file(file_url, encoding)[:HEADING_ROWS]


def is_large(file_url: str) -> bool:
	"""Return whether to read the file takes longer than somebody waits for a request.

	Raises as `read_file`, as far as that is seen.
	"""
	extension, content = opened(file_url)
	if extension in (".xlsx", ".ods"):
		or_invalid_file(lambda: refuse_unpacked(content))
		return or_invalid_file(lambda: unpacked_size(content)) > LARGE
	return len(content) > LARGE


def opened(file_url: str) -> tuple[str, bytes]:
	"""Return the kind of the file, by the end of its name, and what is in it."""
	file = file_at(file_url)
	extension = os.path.splitext(file.file_name or file_url)[1].lower()
	if extension not in EXTENSIONS:
		throw_invalid_file(_("Only files of these kinds can be imported: {0}.").format(", ".join(EXTENSIONS)))
	return extension, read_bytes(file)


def or_invalid_file(work: Callable[[], Result]) -> Result:
	"""Do `work`; raises InvalidFileError for whatever is wrong with the file."""
	try:
		return work()
	except frappe.ValidationError:
		raise
	except Exception:
		# What the readers of spreadsheets raise for a broken file has no common class; the log of errors has it.
		frappe.log_error(_("A file with leads could not be read"))
		throw_invalid_file(
			_(
				"This file cannot be read. Open it in your spreadsheet program, save it as .xlsx, and choose it again."
			)
		)


def file_at(file_url: str) -> Document:
	"""Return the File with this address that the user may see.

	Raises PermissionError when there is none.

	Users who upload the same content get the same address: several people can have a File there.
	"""
	# The right to each of them is asked below.
	for name in frappe.get_all("File", {"file_url": file_url}, pluck="name", order_by="creation asc"):
		file = frappe.get_doc("File", name)
		if file.has_permission("read"):
			return file
	return throw_invalid_file(
		_("The file {0} is not there, or you may not see it. Choose it again.").format(
			frappe.bold(frappe.utils.escape_html(file_url))
		),
		frappe.PermissionError,
	)


def is_filled(row: list[object]) -> bool:
	return any(cell is not None for cell in row)


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


def refuse_columns() -> NoReturn:
	throw_invalid_file(
		_("A file can have at most {0} columns. Leave out what is no field of a lead.").format(MAX_COLUMNS)
	)


def refuse_many() -> NoReturn:
	throw_invalid_file(_("A file can have at most {0} rows. Divide it into several files.").format(MAX_ROWS))


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


def guarded(cell: object) -> str:
	"""Return a cell as text that a spreadsheet program shows and does not calculate."""
	text = cells.cell_text(cell)
	return f"'{text}" if text.startswith(FORMULA) else text


def write_csv(rows: Iterable[list[object]]) -> bytes:
	"""Write a CSV file, with the mark by which spreadsheet programs know UTF-8."""
	out = io.StringIO(newline="")
	csv.writer(out).writerows([guarded(cell) for cell in row] for row in rows)
	return out.getvalue().encode("utf-8-sig")


def write_xlsx(
	sheets: dict[str, Iterable[list[object]]], widths: dict[str, list[int]] | None = None
) -> bytes:
	"""Return a workbook in which every cell is text.

	So nothing in it is a formula and no leading zero is lost.
	"""
	book = Workbook(write_only=True)
	for title, rows in sheets.items():
		sheet = book.create_sheet(title[:31])
		sheet.freeze_panes = "A2"
		for number, width in enumerate((widths or {}).get(title, []), start=1):
			sheet.column_dimensions[
				chr(64 + number) if number <= 26 else f"A{chr(38 + number)}"
			].width = width
		for number, row in enumerate(rows):
			sheet.append([text_cell(sheet, cell, heading=number == 0) for cell in row])
	out = io.BytesIO()
	book.save(out)
	return out.getvalue()


def text_cell(sheet, cell: object, heading: bool) -> WriteOnlyCell:
	written = WriteOnlyCell(sheet, value=cells.cell_text(cell)[:32_767] or None)
	if written.value:
		# Else a text that begins with "=" would be a formula.
		written.data_type = "s"
	written.number_format = "@"
	if heading:
		written.font = Font(bold=True)
	elif len(written.value or "") > 60:
		written.alignment = Alignment(wrap_text=True, vertical="top")
	return written


def throw_invalid_file(message: str, error: type[Exception] = InvalidFileError) -> NoReturn:
	frappe.throw(message, error, title=_("File"))

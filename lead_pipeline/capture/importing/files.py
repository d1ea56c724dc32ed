"""Files with leads: read as they come from any program, written so that no program runs what stands in them."""

import csv
import io
import os
from collections.abc import Iterable
from typing import NoReturn

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils.xlsxutils import read_xls_file_from_attached_file
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from lead_pipeline.domain import cells
from lead_pipeline.exceptions import InvalidFileError

EXTENSIONS = (".xlsx", ".csv", ".xls")

# More rows are better imported in several files: each has its own result, and memory stays bounded.
MOST_ROWS = 50_000

# Encodings of spreadsheet programs, in the order in which a wrong one is noticed.
ENCODINGS = ("utf-8-sig", "utf-16", "windows-1252")

# What a spreadsheet takes for a formula when a CSV cell begins with it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")

Rows = list[list[object]]


def read(file_url: str) -> Rows:
	"""The rows of the file's first sheet, the header first; empty cells are None.

	Raises InvalidFileError for what is no table, and PermissionError when the user may not see the file.
	"""
	file = frappe.get_doc("File", {"file_url": file_url})
	file.check_permission()
	extension = os.path.splitext(file.file_name or file_url)[1].lower()
	if extension not in EXTENSIONS:
		refuse(_("Only files of these kinds can be imported: {0}.").format(", ".join(EXTENSIONS)))
	content = content_of(file)
	try:
		rows = {".csv": read_csv, ".xlsx": read_xlsx, ".xls": read_xls_file_from_attached_file}[extension](
			content
		)
	except frappe.ValidationError:
		raise
	except Exception:
		# What the readers of spreadsheets raise for a broken file has no common class.
		# Whatever a damaged file makes the libraries raise; the cause is in the log of errors.
		frappe.log_error(_("A file with leads could not be read"))
		refuse(
			_(
				"This file cannot be read. Open it in your spreadsheet program, save it as .xlsx, and choose it again."
			)
		)
	if len(rows) > MOST_ROWS + 1:
		refuse(_("A file can have at most {0} rows. Divide it into several files.").format(MOST_ROWS))
	return rows


def content_of(file: Document) -> bytes:
	content = file.get_content()
	return content.encode() if isinstance(content, str) else content


def read_xlsx(content: bytes) -> Rows:
	book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
	rows = []
	for row in book.worksheets[0].iter_rows(values_only=True):
		rows.append([cell if cells.text(cell) else None for cell in row])
		if len(rows) > MOST_ROWS + 1:
			break
	return rows


def read_csv(content: bytes) -> Rows:
	text = decoded(content)
	header = text.partition("\n")[0]
	# Spreadsheet programs of countries with a decimal comma separate by semicolons.
	delimiter = max(",;\t", key=header.count)
	rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
	return [[plain(cell) for cell in row] for row in rows]


def decoded(content: bytes) -> str:
	for encoding in ENCODINGS:
		if encoding == "utf-16" and content[:2] not in (b"\xff\xfe", b"\xfe\xff"):
			continue
		try:
			return content.decode(encoding)
		except UnicodeDecodeError:
			continue
	return refuse(_("The characters of this file cannot be read. Save it as .xlsx, or as CSV in UTF-8."))


def plain(cell: str) -> str | None:
	"""A cell of a CSV file without the apostrophe by which `guarded` has kept it from being a formula."""
	cell = cell.strip()
	if cell.startswith("'") and cell[1:].startswith(FORMULA):
		cell = cell[1:]
	return cell or None


def guarded(cell: object) -> str:
	"""A cell as text that a spreadsheet program shows and does not calculate."""
	text = cells.text(cell)
	return f"'{text}" if text.startswith(FORMULA) else text


def write_csv(rows: Iterable[list[object]]) -> bytes:
	"""With the mark by which spreadsheet programs know UTF-8."""
	out = io.StringIO(newline="")
	csv.writer(out).writerows([guarded(cell) for cell in row] for row in rows)
	return out.getvalue().encode("utf-8-sig")


def write_xlsx(
	sheets: dict[str, Iterable[list[object]]], widths: dict[str, list[int]] | None = None
) -> bytes:
	"""A workbook; every cell is text, so that nothing in it is a formula and no leading zero is lost."""
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
	written = WriteOnlyCell(sheet, value=cells.text(cell)[:32_767] or None)
	if written.value:
		# Else a text that begins with "=" would be a formula.
		written.data_type = "s"
	written.number_format = "@"
	if heading:
		written.font = Font(bold=True)
	elif len(written.value or "") > 60:
		written.alignment = Alignment(wrap_text=True, vertical="top")
	return written


def refuse(message: str) -> NoReturn:
	frappe.throw(message, InvalidFileError, title=_("File"))

"""Write files with leads of which no program runs what is in them."""

import csv
import io
from collections.abc import Iterable

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font

from lead_pipeline.domain import cells

# What a spreadsheet takes for a formula when a CSV cell begins with it.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def guarded(cell: object) -> str:
	"""Return a cell as text that a spreadsheet program shows and does not calculate."""
	text = cells.cell_text(cell)
	return f"'{text}" if text.startswith(FORMULA) else text


def write_csv(rows: Iterable[list[object]]) -> bytes:
	"""Write a CSV file, with the mark by which spreadsheet programs know UTF-8."""
	out = io.StringIO(newline="")
	csv.writer(out).writerows([guarded(cell) for cell in row] for row in rows)
	return out.getvalue().encode("utf-8-sig")


def write_handover(rows: Iterable[list[object]]) -> bytes:
	"""Write a CSV file for the framework's Data Import.

	What a spreadsheet program would calculate begins with a space there, which the framework takes off again.
	"""
	out = io.StringIO(newline="")
	texts = (map(cells.cell_text, row) for row in rows)
	csv.writer(out).writerows(
		[f" {text}" if text.startswith(FORMULA) else text for text in row] for row in texts
	)
	return out.getvalue().encode()


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

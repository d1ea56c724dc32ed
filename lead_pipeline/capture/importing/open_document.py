"""Spreadsheets of LibreOffice and others (.ods), read by `python-calamine`.

It keeps a sheet as one rectangle in memory, however few of its cells are filled, and a file of a kilobyte can say that a
cell stands at the far end of it. So the size of the rectangle is measured first, without taking the sheet apart.
"""

import io
import zipfile
from collections.abc import Iterator
from xml.parsers import expat

from python_calamine import CalamineWorkbook

TABLE_SPACE = "urn:oasis:names:tc:opendocument:xmlns:table:1.0"
TABLE, ROW, CELL, COVERED, COLUMNS_REPEATED, ROWS_REPEATED = (
	f"{TABLE_SPACE} {name}"
	for name in (
		*("table", "table-row", "table-cell", "covered-table-cell"),
		*("number-columns-repeated", "number-rows-repeated"),
	)
)


def sheet_rows(content: bytes) -> Iterator[list[object]]:
	"""The rows of the first sheet; an empty cell is an empty text."""
	sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
	# It leaves out empty columns before the first filled one, by whose letters people know the others.
	before = [""] * (sheet.start[1] if sheet.start else 0)
	for row in sheet.iter_rows():
		yield [*before, *row]


class Size:
	"""How far the filled cells of a workbook reach.

	`width` and `height` of its largest sheet, `cells` of all of them.
	"""

	def __init__(self, content: bytes):
		self.width = self.height = self.cells = 0
		self.right = self.bottom = 0
		self.rows = self.repeated = self.columns = 0
		self.is_filled = False
		parser = expat.ParserCreate(namespace_separator=" ")
		parser.StartDoctypeDeclHandler = refuse_declarations
		parser.StartElementHandler = self.begin
		parser.EndElementHandler = self.end
		with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open("content.xml") as part:
			parser.ParseFile(part)

	def begin(self, name: str, attributes: dict[str, str]) -> None:
		if name == TABLE:
			self.right = self.bottom = self.rows = 0
		elif name == ROW:
			self.repeated = int(attributes.get(ROWS_REPEATED, 1))
			self.columns, self.is_filled = 0, False
		elif name in (CELL, COVERED):
			self.columns += int(attributes.get(COLUMNS_REPEATED, 1))
			if any(attribute.endswith((" value-type", " formula")) for attribute in attributes):
				self.fill()
		elif self.columns:
			# Whatever stands in a cell: a text, a remark.
			self.fill()

	def fill(self) -> None:
		self.right, self.is_filled = max(self.right, self.columns), True

	def end(self, name: str) -> None:
		if name == ROW:
			self.rows += self.repeated
			self.bottom = self.rows if self.is_filled else self.bottom
			self.columns = 0
		elif name == TABLE:
			self.width, self.height = max(self.width, self.right), max(self.height, self.bottom)
			self.cells += self.right * self.bottom


def refuse_declarations(*_declared: object) -> None:
	raise ValueError("A spreadsheet declares no types of documents.")

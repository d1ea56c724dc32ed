"""Files that would fill the memory or keep a worker busy are refused.

Cells that are only formatted do not count.
"""

import io
import zipfile
from collections.abc import Callable
from unittest.mock import patch

import frappe
import pytest
from openpyxl import Workbook

from lead_pipeline.capture.importing import api, files, jobs, text_files, workbooks
from lead_pipeline.exceptions import InvalidFileError
from lead_pipeline.tests import open_documents as ods
from lead_pipeline.tests.imports import found


@pytest.mark.parametrize(
	("rows", "said"),
	[
		((ods.row(ods.cell("Email", columns=300)),), "at most 200 columns"),
		((ods.row(ods.cell("Email")), ods.row(ods.cell("a"), rows=2_000_000)), "at most 50000 rows"),
		(
			(
				ods.row(ods.cell("Email"), ods.cell(None, columns=198), ods.cell("x")),
				ods.row(ods.cell("a"), rows=60_000),
			),
			"at most 50000 rows",
		),
	],
	ids=["wide", "tall", "large"],
)
def test_a_small_spreadsheet_of_libreoffice_that_would_fill_the_memory_is_refused(rows, said):
	with pytest.raises(InvalidFileError, match=said):
		workbooks.read_ods(ods.spreadsheet(*rows))


def repacked(rows: list[list], sheet: Callable[[bytes], bytes]) -> bytes:
	"""A workbook with these rows, whose sheet was changed by `sheet`."""
	book, packed, changed = Workbook(), io.BytesIO(), io.BytesIO()
	for row in rows:
		book.active.append(row)
	book.save(packed)
	with zipfile.ZipFile(packed) as old, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new:
		for name in old.namelist():
			content = old.read(name)
			new.writestr(name, sheet(content) if name == "xl/worksheets/sheet1.xml" else content)
	return changed.getvalue()


def test_a_small_file_that_would_fill_the_memory_is_refused(manager, imports):
	spaces = b" " * (201 * 1024 * 1024)
	bomb = repacked(
		[["Lead Name"], ["Jane"]], lambda sheet: sheet.replace(b"<sheetData>", b"<sheetData>" + spaces)
	)
	doc = imports.new([], content=bomb, kind="xlsx")
	with pytest.raises(InvalidFileError, match="more than 200 MB"):
		api.rehearse(doc.name)
	wide = repacked(
		[["Lead Name", "Email"], ["Jane"]],
		lambda sheet: sheet.replace(b'"B1"', b'"XFD1"').replace(b"A1:B2", b"A1:XFD2"),
	)
	doc = imports.new([], content=wide, kind="xlsx")
	with pytest.raises(InvalidFileError, match="at most 200 columns"):
		api.rehearse(doc.name)


@pytest.mark.parametrize(
	("content", "said"),
	[
		(b"\n" * 1_048_577, "at most 50000 rows"),
		(b"Email\n" + b"a\n" * 50_001, "at most 50000 rows"),
		(b"Email\n" + b"," * 4_300_000, "at most 200 columns"),
		(b"Email\n" + b'"\n",' * 200 + b"x", "at most 200 columns"),
	],
	ids=["nothing but ends of lines", "too many rows", "a row of commas", "a row of many lines"],
)
def test_a_text_that_would_fill_the_memory_is_refused_while_it_is_read(content, said):
	with pytest.raises(InvalidFileError, match=said):
		text_files.read_csv(content)


def shared_texts(number: int) -> bytes:
	"""A workbook with so many texts that no cell shows."""
	kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
	part = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s"/></Types>' % kind
	space = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
	changed, content = io.BytesIO(), repacked([["Lead Name"], ["Jane"]], lambda sheet: sheet)
	with (
		zipfile.ZipFile(io.BytesIO(content)) as old,
		zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as new,
	):
		for name in set(old.namelist()) - {"xl/sharedStrings.xml"}:
			packed = old.read(name)
			if name == "[Content_Types].xml" and b"sharedStrings" not in packed:
				packed = packed.replace(b"</Types>", part)
			new.writestr(name, packed)
		texts = b"<si><t>x</t></si>" * number
		new.writestr(
			"xl/sharedStrings.xml", b'<?xml version="1.0"?><sst xmlns="%s">%s</sst>' % (space, texts)
		)
	return changed.getvalue()


def test_a_workbook_that_would_keep_a_worker_busy_is_refused_before_it_is_taken_apart():
	with pytest.raises(InvalidFileError, match="more than 1000000 different texts"):
		workbooks.read_xlsx(shared_texts(1_000_001))
	cells = b'<row r="2">' + b"<c/>" * 1_100_000 + b"</row></sheetData>"
	with pytest.raises(InvalidFileError, match="A row of this file is longer"):
		workbooks.read_xlsx(repacked([["Lead Name"]], lambda sheet: sheet.replace(b"</sheetData>", cells)))


def test_tags_are_counted_wherever_a_piece_ends():
	text = b"<sst>" + b"<si><t>a</t></si>" * 50 + b"</sst>"
	for size in range(1, 40):
		pieces = [text[place : place + size] for place in range(0, len(text), size)]
		assert workbooks.measured(pieces) == (50, 0)
	sheet = b"<cols/>" * 50 + b"<sheetData>" + b'<row r="1"><c/></row>' * 9 + b"</sheetData>" + b"<x/>" * 99
	for size in (5, 7, 50, 10_000):
		pieces = [sheet[place : place + size] for place in range(0, len(sheet), size)]
		texts, longest = workbooks.measured(pieces)
		assert (texts, longest in range(15, 40)) == (0, True), (size, longest)


def test_a_large_file_is_read_by_the_job_alone_and_its_refusal_stands_on_the_import(manager, imports):
	"""No web request reads it."""
	doc = imports.new([], content=b"Email\n" + b"\n" * (5 * 1024 * 1024))
	with (
		patch.object(files, "read_file", side_effect=AssertionError("read in the request")),
		patch("frappe.enqueue") as asked,
	):
		assert api.rehearse(doc.name)["status"] == jobs.REHEARSAL
	(call,) = asked.call_args_list
	frappe.db.commit()
	user = frappe.session.user
	jobs.in_background(doc.doctype, doc.name, call.kwargs["work"], user)
	frappe.set_user(user)
	doc.reload()
	assert doc.status == "Draft"
	assert "at most 50000 rows. Divide it into several files." in doc.error


def test_rows_and_columns_that_are_only_formatted_count_for_nothing(manager, imports):
	rows = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (number, number) for number in range(3, 60_000))
	content = repacked(
		[["Lead Name", "Email"], ["Jane", imports.email("jane")]],
		lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>"),
	)
	doc = imports.rehearsed([], content=content, kind="xlsx")
	assert found(doc) == [(2, "New", "")]

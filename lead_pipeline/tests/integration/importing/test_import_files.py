"""The template, and what files people upload: languages, programs, damage, headings, and their rows to correct."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date
from unittest.mock import patch

import frappe
import pytest
from openpyxl import Workbook, load_workbook

from lead_pipeline.capture.importing import api, files, jobs
from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import InvalidFileError
from lead_pipeline.tests import open_documents as ods
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.imports import ROW, RUN, counted, found


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_the_template_explains_itself_and_its_examples_stay_out(manager, imports, kind):
	api.download_template(kind)
	content = frappe.response.filecontent
	doc = imports.new([], content=content, kind=kind)
	api.rehearse(doc.name)
	assert counted(api.state(doc.name)["verdicts"]) == {"Example": 2}
	doc.reload()
	assert not doc.notes, "every column of the template is known"
	text = content.decode("utf-8-sig") if kind == "csv" else sheet_text(content)
	for said in ("Interested", "Web Form", "Price too high", "Urgent", "open lead with the same address"):
		assert said in text


def sheet_text(content: bytes) -> str:
	book = load_workbook(io.BytesIO(content))
	assert book.sheetnames == ["Leads", "Columns"]
	return " ".join(str(cell.value) for row in book["Columns"].iter_rows() for cell in row)


def test_the_examples_of_the_template_would_be_valid_leads(manager, imports):
	api.download_template("xlsx")
	rows = files.read_xlsx(frappe.response.filecontent)
	for row in rows[1:]:
		row[:] = [
			str(cell or "").replace("@template.example", f"-{imports.mark}@example.com") for cell in row
		]
	doc = imports.done(rows)
	assert counted(api.state(doc.name)["outcomes"]) == {"Created": 2}


def test_headings_and_values_are_understood_in_the_users_language(manager, imports):
	frappe.db.set_value("User", manager, "language", "de")
	for source, target in (("Company Name", "Firmenname"), ("Interested", "Interessiert")):
		frappe.get_doc(
			{"doctype": "Translation", "language": "de", "source_text": source, "translated_text": target}
		).insert(ignore_permissions=True)
	frappe.db.commit()
	frappe.clear_cache()
	frappe.set_user_lang(manager)
	try:
		api.download_template("csv")
		assert "Firmenname" in frappe.response.filecontent.decode("utf-8-sig")
		doc = imports.rehearsed([["Firmenname", "Status"], [f"Eins {imports.mark}", "interessiert"]])
		assert [kind for _number, kind, _remark in found(doc)] == ["New"]
	finally:
		frappe.set_user("Administrator")
		frappe.db.delete(
			"Translation", {"language": "de", "translated_text": ("in", ["Firmenname", "Interessiert"])}
		)
		frappe.db.set_value("User", manager, "language", "en")
		frappe.db.commit()
		frappe.local.lang = "en"
		frappe.clear_cache()


def test_rejected_rows_are_downloaded_corrected_and_uploaded_again(manager, imports):
	doc = imports.done(
		[
			["Lead Name", "Email", "Status"],
			["Right", imports.email("right"), ""],
			["=cmd|' /C calc'!A1", "wrong", "Intersted"],
		]
	)
	api.download(doc.name, "rejected")
	rows = files.read_xlsx(frappe.response.filecontent)
	assert rows[0] == ["Lead Name", "Email", "Status", "# What is wrong"]
	assert len(rows) == 2 and "Did you mean “Interested”?" in rows[1][3]
	assert rows[1][0] == "=cmd|' /C calc'!A1", "shown, not calculated"
	rows[1][1:3] = [imports.email("wrong"), "Interested"]
	book = Workbook()
	for row in rows:
		book.active.append([f"{cell}" if cell is not None else None for cell in row])
	book.active["A2"].data_type = "s"
	out = io.BytesIO()
	book.save(out)
	again = imports.new([], content=out.getvalue(), kind="xlsx")
	api.rehearse(again.name)
	again = imports.finish(again)
	assert counted(api.state(again.name)["outcomes"]) == {"Created": 1}


def test_nothing_in_a_downloaded_file_is_a_formula(manager, imports):
	evil = ["=1+1", "+1+1", "-1+1", "@SUM(1)", '=HYPERLINK("http://example.com")']
	doc = imports.rehearsed([["Lead Name", "Email"], *[[name, "bad"] for name in evil]])
	for which in ("rejected", "result"):
		api.download(doc.name, which)
		sheet = load_workbook(io.BytesIO(frappe.response.filecontent)).worksheets[0]
		cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
		assert {cell.data_type for cell in cells} == {"s"}
		assert set(evil) <= {cell.value for cell in cells}
	assert files.write_csv([[name] for name in evil]).decode("utf-8-sig").splitlines()[0] == "'=1+1"
	assert [row[0] for row in files.read_csv(files.write_csv([[name] for name in evil]))] == evil


def test_files_of_other_countries_and_programs_are_read(manager, imports):
	rows = 'Lead Name;Email;Description\r\nJörg;{};"two\nlines"\r\n'.format(imports.email("joerg"))
	for encoding in ("utf-8-sig", "windows-1252", "utf-16"):
		doc = imports.new([], content=rows.encode(encoding))
		api.rehearse(doc.name)
		assert [row["title"] for row in api.rows(doc.name)] == ["Jörg"]


def test_cells_are_read_as_other_programs_write_them(manager, imports):
	"""Rehearsal and import agree: what the one calls new, the other makes a lead of."""
	doc = imports.done(
		[
			["Last Name", "Email", "Expected Closing", "Expected Revenue", "Phone", "Company"],
			["A", imports.email("a"), "1/15/2027 9:15 AM", "USD 1,234.50", "+49 30/1234567", "#N/A"],
			["B", imports.email("b"), "1/15/2027, 9:15 PM", "1234.50", "+1 (650) 253-0000 ext. 89", ""],
			["C", imports.email("c\u200b"), "10/15/2027 10:55:00 PM", "", "\u202a+49 30 1234567\u202c", ""],
			["D", imports.email("d"), "", "", "", "#REF!"],
		]
	)
	assert [(number, kind) for number, kind, _remark in found(doc)] == [
		(2, "Created"),
		(3, "Created"),
		(4, "Created"),
		(5, "Rejected"),
	]
	fields = [
		"last_name",
		"expected_closing",
		"expected_revenue",
		"phone",
		"phone_key",
		"company_name",
		"email",
	]
	leads = frappe.get_all(
		LEAD, {"email_key": ("like", f"%{imports.mark}%")}, fields, order_by="last_name asc", as_list=True
	)
	january, october = frappe.utils.getdate("2027-01-15"), frappe.utils.getdate("2027-10-15")
	assert list(leads) == [
		("A", january, 1234.5, "+49 30-1234567", "+49301234567", None, imports.email("a")),
		("B", january, 1234.5, "+16502530000#89", "+16502530000", None, imports.email("b")),
		("C", october, 0, "+49 30 1234567", "+49301234567", None, imports.email("c")),
	]
	assert frappe.db.get_value(LEAD, {"email_key": imports.email("a")}, "currency") == "USD"


def test_headings_of_another_program_are_known(manager, imports):
	doc = imports.rehearsed(
		[
			[
				"First Name",
				"Last Name",
				"Title",
				"Company",
				"Email",
				"Phone",
				"Mobile",
				"Lead Source",
				"Lead Owner",
				"Street",
			],
			[
				"Jane",
				"Doe",
				"Buyer",
				"Muster GmbH",
				imports.email("jane"),
				"030 1",
				"",
				"Referral",
				"",
				"Main Street 1",
			],
		]
	)
	assert [kind for _number, kind, _remark in found(doc)] == ["New"]
	(row,) = api.rows(doc.name)
	values = frappe.parse_json(frappe.db.get_value(ROW, {"run": doc.name}, "data"))
	assert values == {
		"first_name": "Jane",
		"last_name": "Doe",
		"job_title": "Buyer",
		"company_name": "Muster GmbH",
		"email": imports.email("jane"),
		"phone": "030 1",
		"channel": "Referral",
	}
	assert "Street" in doc.notes, row


def columns_of(doc) -> list[tuple]:
	return [(row.heading, row.example, row.field or None) for row in doc.columns]


def test_columns_are_assigned_by_hand_and_the_next_file_with_their_headings_knows_it(manager, imports):
	mark = imports.mark
	head = [f"Who {mark}", f"Where to {mark}", "Notes", f"Shade {mark}"]
	doc = imports.new([head, ["Jane", imports.email("jane"), "wants chairs", "red"]])
	assert columns_of(doc) == [
		(f"Who {mark}", "Jane", None),
		(f"Where to {mark}", imports.email("jane"), None),
		("Notes", "wants chairs", "Description"),
		(f"Shade {mark}", "red", None),
	]
	with pytest.raises(InvalidFileError, match="Choose below which column is the name"):
		api.rehearse(doc.name)
	frappe.db.rollback()
	doc.reload()
	doc.columns[0].field, doc.columns[1].field, doc.columns[2].field = "Lead Name", "Email", None
	# What the file says is not for people to change.
	doc.columns[0].heading = doc.columns[0].example = "else"
	doc.save()
	frappe.db.commit()
	assert columns_of(doc)[0] == (f"Who {mark}", "Jane", "Lead Name")
	api.rehearse(doc.name)
	assert [(row["title"], row["kind"]) for row in api.rows(doc.name)] == [("Jane", "New")]
	values = frappe.parse_json(frappe.db.get_value(ROW, {"run": doc.name}, "data"))
	assert values == {"lead_name": "Jane", "email": imports.email("jane")}
	again = imports.new([head, ["Max", imports.email("max"), "wants tables", "blue"]])
	assert [field for _heading, _example, field in columns_of(again)] == ["Lead Name", "Email", None, None]


@pytest.mark.parametrize(
	("fields", "said"),
	[
		(("Email", "Email"), "are to fill the same field"),
		(("Status Changed On", None), "a lead has no field"),
	],
)
def test_columns_that_cannot_be_assigned_so_are_refused(manager, imports, fields, said):
	doc = imports.new([["A", "B", "Email"], ["1", "2", imports.email("x")]])
	doc.columns[0].field, doc.columns[1].field, doc.columns[2].field = *fields, None
	with pytest.raises(InvalidFileError, match=said):
		doc.save()


def test_another_choice_of_columns_or_reading_forgets_what_was_found(manager, imports):
	doc = imports.rehearsed([["Last Name", "Company"], ["Doe", f"{imports.mark} Ltd"]])
	assert doc.status == "Rehearsed"
	doc.columns[1].field = None
	doc.save()
	assert (doc.status, found(doc)) == ("Draft", [])
	api.rehearse(doc.name)
	doc.reload()
	doc.keep_rest = 1
	doc.save()
	assert (doc.status, found(doc)) == ("Draft", [])


@pytest.mark.parametrize(
	("kind", "content"),
	[
		("csv", "sep=;\r\nLast Name;Email\r\nDoe;{0}\r\n"),
		("csv", '"sep=|"\nLast Name|Email\nDoe|{0}\n'),
		("tsv", "Last Name\tEmail\nDoe\t{0}\n"),
		("csv", "Leads of 1 May, 2026, by Jane, for all\n\nLast Name;First Name;Email\nDoe;;{0}\n"),
		("csv", '"Last Name";"First, or\nother name";"Email"\n"Doe";"";"{0}"\n'),
		("csv", 'Last Name, "Email"\nDoe, "{0}"\n'),
		("csv", 'Last Name,Email\n="Doe",{0}\n'),
		("csv", "Last Name^Email\nDoe^{0}\n"),
		("txt", "Last Name;Email\nDoe;{0}\n"),
		(
			"csv",
			"Leads of 2026\n\nLast Name,Email\nDoe,{0}\n\nGenerated By: Jane 1/2/2026\nCopyright (c) 2026 Example\n",
		),
	],
	ids=[
		*(
			"sep=;",
			"quoted sep=|",
			"tabs",
			"commas above semicolons",
			"commas in a heading",
			"spaces before quotes",
		),
		*("texts kept from being numbers", "carets", "text", "a report"),
	],
)
def test_what_stands_around_a_list_is_passed_over(manager, imports, kind, content):
	doc = imports.new([], content=content.format(imports.email("doe")).encode(), kind=kind)
	api.rehearse(doc.name)
	assert [(row["title"], row["kind"]) for row in api.rows(doc.name)] == [("Doe", "New")]


@pytest.mark.parametrize(
	("encoding", "first", "last"), [("windows-1251", "Иван", "Петров"), ("shift_jis", "太郎", "山田")]
)
def test_characters_that_nobody_can_tell_are_asked_for(manager, imports, encoding, first, last):
	content = f"First Name,Last Name,Email\n{first},{last},{imports.email('x')}\n".encode(encoding)
	doc = imports.new([], content=content)
	with pytest.raises(InvalidFileError) as refusal:
		api.rehearse(doc.name)
	assert "In which characters is this file written?" in str(refusal.value)
	assert f"{frappe.bold(encoding)}: {first} {last}" in str(refusal.value)
	frappe.db.rollback()
	doc.reload()
	doc.encoding = encoding
	doc.save()
	api.rehearse(doc.name)
	assert [row["title"] for row in api.rows(doc.name)] == [f"{first} {last}"]


def test_the_order_of_days_is_what_the_file_shows_else_what_a_person_says(manager, imports):
	head = ["Last Name", "Email", "Expected Closing"]

	def closing(*days: str, **choices) -> list[str]:
		doc = imports.new(
			[head, *[["Doe", imports.email(f"{frappe.generate_hash(length=6)}"), day] for day in days]]
		)
		doc.update(choices)
		doc.save()
		api.rehearse(doc.name)
		doc.reload()
		rows = frappe.get_all(ROW, {"run": doc.name}, pluck="data", order_by="file_row asc")
		return [frappe.parse_json(row)["expected_closing"] for row in rows], doc.notes or ""

	assert closing("3/4/2027", "10/15/2027") == (["2027-03-04", "2027-10-15"], "")
	assert closing("3/4/2027", "15/10/2027") == (["2027-04-03", "2027-10-15"], "")
	days, notes = closing("3/4/2027")
	assert "Days like 3/4/2027 can be read in two ways" in notes
	assert closing("3/4/2027", date_order="Month First") == (["2027-03-04"], "")
	assert closing("3/4/2027", date_order="Day First") == (["2027-04-03"], "")
	assert days in (["2027-03-04"], ["2027-04-03"])


def test_what_has_no_field_or_is_not_on_this_site_can_be_kept(manager, imports):
	rows = [
		["Last Name", "Email", "Lead Status", "Street", "Notes"],
		["Doe", imports.email("doe"), "Open - Not Contacted", "Main Street 1", "wants chairs"],
	]
	doc = imports.rehearsed(rows)
	assert [(kind, remark) for _row, kind, remark in found(doc)] == [
		("Bad", "Status: there is no “Open - Not Contacted”. Did you mean “Open”?")
	]
	doc.keep_rest = 1
	doc.save()
	api.rehearse(doc.name)
	doc.reload()
	assert [kind for _row, kind, _remark in found(doc)] == ["New"]
	lead = frappe.get_all(LEAD, {"email_key": imports.email("doe")}) or (
		imports.finish(doc)
		and frappe.get_all(LEAD, {"email_key": imports.email("doe")}, ["status", "description"])
	)
	assert lead[0].status == "Lead"
	for part in ("wants chairs", "Street: Main Street 1", "Status: Open - Not Contacted"):
		assert part in lead[0].description


@pytest.mark.parametrize(
	"rows, said",
	[
		([["Shade", "Size"], ["red", 1]], "names no field of a lead: <strong>Shade, Size</strong>"),
		([["Lead Name", "Email"]], "has no rows below its headings"),
		([["Phone"], ["030 1234567"]], "names no field of a lead"),
	],
)
def test_a_file_that_is_no_list_of_leads_is_refused(manager, imports, rows, said):
	doc = imports.new(rows)
	with pytest.raises(InvalidFileError, match=said.replace("(", "\\(")):
		api.rehearse(doc.name)


def test_a_damaged_or_foreign_file_is_refused(manager, imports):
	for content, kind, said in (
		(b"no zip", "xlsx", "cannot be read"),
		(b"{}", "json", "Only files of these kinds"),
	):
		doc = imports.new([], content=content, kind=kind)
		with pytest.raises(InvalidFileError, match=said):
			api.rehearse(doc.name)


def test_a_spreadsheet_of_libreoffice_is_imported(manager, imports):
	email = imports.email("doe")
	content = ods.spreadsheet(
		ods.row(
			ods.cell("Last Name"),
			ods.cell("Email"),
			ods.cell("Phone"),
			ods.cell("Expected Revenue"),
			ods.cell("Next Contact Date"),
		),
		ods.row(
			ods.cell("Doe"),
			ods.cell(email),
			ods.cell("0171 1234567"),
			ods.cell(1234.5),
			ods.cell(date(2027, 10, 15)),
		),
		ods.FORMATTED,
	)
	doc = imports.done([], content=content, kind="ods")
	(row,) = api.rows(doc.name)
	assert row["kind"] == "Created", row
	lead = frappe.get_doc(LEAD, row["lead"])
	assert (lead.last_name, lead.email, lead.phone) == ("Doe", email, "0171 1234567")
	assert lead.expected_revenue == 1234.5


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
		files.read_ods(ods.spreadsheet(*rows))


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
		files.read_csv(content)


def test_a_quotation_mark_that_takes_all_rows_below_for_a_cell_is_refused():
	with pytest.raises(InvalidFileError, match="quotation mark in row 3 is opened and never closed"):
		files.read_csv(b'Last Name,Email\nDoe,a@example.com\n"Roe,b@example.com\nPoe,c@example.com\n')


def test_a_number_that_begins_with_a_hash_is_no_remark(manager, imports):
	doc = imports.rehearsed([["# Deal", "Last Name", "Email"], ["#17", "Doe", imports.email("doe")]])
	assert [row["title"] for row in api.rows(doc.name)] == ["Doe"]
	assert [row.heading for row in doc.columns if not row.field] == ["# Deal"]


def test_what_stands_below_no_heading_is_shown_and_can_be_kept(manager, imports):
	doc = imports.new(
		[["Last Name", "", "Email"], ["Doe", "likes oak", imports.email("doe"), "calls at noon"]]
	)
	assert [(row.heading, row.example) for row in doc.columns if not row.field] == [
		("Column B", "likes oak"),
		("Column D", "calls at noon"),
	]
	doc.keep_rest = 1
	doc.save()
	api.rehearse(doc.name)
	described = json.loads(frappe.db.get_value(ROW, {"run": doc.name}, "data"))["description"]
	assert described == "Column B: likes oak\nColumn D: calls at noon"


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
		files.read_xlsx(shared_texts(1_000_001))
	cells = b'<row r="2">' + b"<c/>" * 1_100_000 + b"</row></sheetData>"
	with pytest.raises(InvalidFileError, match="A row of this file is longer"):
		files.read_xlsx(repacked([["Lead Name"]], lambda sheet: sheet.replace(b"</sheetData>", cells)))


def test_tags_are_counted_wherever_a_piece_ends():
	text = b"<sst>" + b"<si><t>a</t></si>" * 50 + b"</sst>"
	for size in range(1, 40):
		pieces = [text[place : place + size] for place in range(0, len(text), size)]
		assert files.measured(pieces) == (50, 0)
	sheet = b"<cols/>" * 50 + b"<sheetData>" + b'<row r="1"><c/></row>' * 9 + b"</sheetData>" + b"<x/>" * 99
	for size in (5, 7, 50, 10_000):
		pieces = [sheet[place : place + size] for place in range(0, len(sheet), size)]
		texts, longest = files.measured(pieces)
		assert (texts, longest in range(15, 40)) == (0, True), (size, longest)


def test_a_large_file_is_read_by_the_job_alone_and_its_refusal_stands_on_the_import(manager, imports):
	"""No web request reads it."""
	doc = imports.new([], content=b"Email\n" + b"\n" * (5 * 1024 * 1024))
	with (
		patch.object(files, "read", side_effect=AssertionError("read in the request")),
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


def test_what_a_stranger_wrote_into_a_file_is_no_markup_on_the_lead(manager, imports):
	"""Promise P15."""
	rows = [
		["Last Name", "Email", "Company Name", "Description"],
		["<img src=//canary.example/1>", imports.email("x"), "Acme <b>Ltd</b>", "<form><input>Hello</form>"],
	]
	imports.done(rows)
	lead = frappe.get_last_doc(LEAD, {"email": imports.email("x")})
	assert "<" not in lead.lead_name and lead.lead_name
	assert lead.company_name == "Acme Ltd"
	assert "Hello" in lead.description and "<form" not in lead.description


def test_rows_and_columns_that_are_only_formatted_count_for_nothing(manager, imports):
	rows = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (number, number) for number in range(3, 60_000))
	content = repacked(
		[["Lead Name", "Email"], ["Jane", imports.email("jane")]],
		lambda sheet: sheet.replace(b"</sheetData>", rows + b"</sheetData>"),
	)
	doc = imports.rehearsed([], content=content, kind="xlsx")
	assert found(doc) == [(2, "New", "")]


def test_two_people_import_the_same_file(manager, imports):
	"""The framework gives both files one address."""
	content = f"Lead Name,Email\nJane,{imports.email('jane')}\n".encode()
	first = imports.new([], content=content)
	frappe.set_user(make_user("Sales Manager", "Sales User", email="import-colleague@example.com"))
	second = imports.new([], content=content)
	assert second.file == first.file
	for user, doc in ((frappe.session.user, second), (manager, first)):
		frappe.set_user(user)
		assert api.rehearse(doc.name)["status"] == "Rehearsed"


def test_a_file_that_the_user_may_not_see_is_refused(manager, imports):
	theirs = imports.new([["Lead Name"], ["Jane"]])
	frappe.set_user(make_user("Sales Manager", "Sales User", email="import-colleague@example.com"))
	with pytest.raises(frappe.PermissionError, match="Choose it again"):
		frappe.get_doc({"doctype": RUN, "file": theirs.file}).insert()
	own = imports.new([["Lead Name"], ["Mine"]])
	own.file = theirs.file
	with pytest.raises(frappe.PermissionError, match="Choose it again"):
		own.save()
	frappe.set_user("Administrator")
	assert frappe.get_all("File", {"file_url": theirs.file}, pluck="attached_to_name") == [theirs.name]


def test_columns_that_no_field_has_are_named_and_left_out(manager, imports):
	doc = imports.done(
		[
			["Lead Name", "Shoe Size", "Key of the Origin", "Owner", "Status Category"],
			["Jane", "38", "Import/1", "Administrator", "Won"],
		]
	)
	assert "Shoe Size, Key of the Origin, Status Category" in doc.notes
	lead = frappe.get_doc(LEAD, api.rows(doc.name)[0]["lead"])
	# The owner of other programs' lists is the sales person.
	assert (lead.status_category, lead.owner, lead.lead_owner) == ("New", manager, "Administrator")
	assert lead.origin_key != "Import/1"


def test_a_file_of_the_frameworks_own_import_cannot_name_an_origin(imports):
	lead = make_lead()
	frappe.flags.in_import = True
	try:
		other = frappe.new_doc(LEAD)
		other.update({"lead_name": "Other", "origin_key": "Import/other"})
		other.flags.updater_reference = {"doctype": "Data Import", "docname": "no import of ours"}
		other.insert()
	finally:
		frappe.flags.in_import = False
	assert not other.origin_key and not lead.origin_key

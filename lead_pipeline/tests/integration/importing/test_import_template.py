"""What is downloaded: the template, and the rows to correct."""

import io

import frappe
import pytest
from openpyxl import Workbook, load_workbook

from lead_pipeline.capture.importing import api, text_files, workbooks, written_files
from lead_pipeline.tests.imports import counted, found


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
	rows = workbooks.read_xlsx(frappe.response.filecontent)
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
	rows = workbooks.read_xlsx(frappe.response.filecontent)
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
	assert written_files.write_csv([[name] for name in evil]).decode("utf-8-sig").splitlines()[0] == "'=1+1"
	assert [row[0] for row in text_files.read_csv(written_files.write_csv([[name] for name in evil]))] == evil

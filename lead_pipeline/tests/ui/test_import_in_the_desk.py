"""A manager imports leads in the desk.

From a file: template, dry run, import, result. From another app: its leads are migrated.
"""

import io
from pathlib import Path

import frappe
import pytest
from openpyxl import load_workbook
from playwright.sync_api import Locator, expect

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead
from lead_pipeline.tests.imports import ROW, erase
from lead_pipeline.tests.ui.desk import Desk
from lead_pipeline.tests.ui.looks import pictures

EVIL = '<img src=x onerror="window.pwned=1">'


@pytest.fixture(autouse=True)
def nothing_left(free_worker):
	yield
	frappe.db.rollback()
	erase(frappe.get_all(ROW, {"outcome": "Created"}, pluck="result_lead"))
	for doctype in ("Pipeline Lead Import", "Pipeline Migration"):
		for name in frappe.get_all(doctype, pluck="name"):
			frappe.db.set_value(doctype, name, "status", "Done")
			site.delete(doctype, name)
	frappe.db.commit()


def attach(desk: Desk, name: str, content: bytes) -> None:
	"""Attach a file to the form's field, in the dialog of the framework.

	The file is chosen as a user does it.
	"""
	desk.field("file").get_by_role("button", name="Attach").click()
	dialog = desk.page.locator(".modal.show")
	dialog.locator("input[type=file]").first.set_input_files(
		{"name": name, "mimeType": "text/csv", "buffer": content}
	)
	dialog.get_by_role("button", name="Upload").click()
	expect(dialog).to_have_count(0)
	desk.wait()


def choose_in(desk: Desk, group: str, entry: str) -> None:
	desk.front.locator(f'.inner-group-button[data-label="{group}"] button:visible').click()
	desk.front.locator(".inner-group-button .dropdown-menu.show").get_by_text(entry, exact=True).click()


def on_a_phone(desk: Desk) -> None:
	"""The same form in a small window: nothing is wider than the screen."""
	phone = desk.tab()
	phone.page.set_viewport_size({"width": 390, "height": 1100})
	phone.page.goto(desk.page.url)
	phone.wait()
	expect(phone.front.locator(".lead-finding-rows tbody tr")).to_have_count(4)
	width = phone.page.evaluate("document.querySelector('.lead-findings').scrollWidth")
	assert width <= 390, "the findings fit the screen"
	phone.picture("import-390")
	phone.page.close()


def check_that_rows_are_given(table: Locator) -> None:
	"""No row can be added; none can be taken away, not even a chosen one."""
	row = table.locator(".grid-body .grid-row-check").first
	row.check()
	expect(table.locator(".grid-add-row, .grid-remove-rows").locator("visible=true")).to_have_count(0)
	row.uncheck()


def kinds(desk: Desk) -> list[str]:
	return desk.front.locator(".lead-finding-kinds button").all_text_contents()


def test_a_file_is_rehearsed_imported_and_accounted_for(manager):
	mark = frappe.generate_hash(length=6)
	known = make_lead(email=f"known-{mark}@example.com", lead_name=f"Known {mark}")
	frappe.db.commit()

	# The list's own menu begins one.
	manager.open("pipeline-lead")
	manager.front.locator(".menu-btn-group:visible button").first.click()
	manager.front.locator(".menu-btn-group .dropdown-menu.show").get_by_text("Import", exact=True).click()
	manager.page.wait_for_function("window.cur_frm?.doctype === 'Pipeline Lead Import'")
	manager.wait()
	expect(manager.field("findings_html")).to_contain_text("nothing is written before you have seen")

	with manager.page.expect_download() as download:
		choose_in(manager, "Template", "Excel")
	book = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes()))
	assert book.sheetnames == ["Leads", "Columns"]

	rows = [
		"Lead Name,Email,Status,Expected Revenue,Shoe Size",
		f"New {mark},new-{mark}@example.com,,1200,38",
		f"Known {mark},known-{mark}@example.com,,,",
		f"Again {mark},NEW-{mark}@example.com,,,",
		f'"{EVIL.replace(chr(34), chr(34) * 2)}",nobody,Intrested,a lot,',
	]
	attach(manager, f"leads-{mark}.csv", "\n".join(rows).encode())
	manager.save()
	expect(manager.front.locator(".btn-primary:visible")).to_have_text(["Rehearse"])
	manager.button("Rehearse").click()
	expect(manager.front.locator(".lead-finding-kinds")).to_contain_text("With errors 1", timeout=60_000)
	manager.wait()
	assert kinds(manager) == ["New 1", "Known 1", "Repeated in this file 1", "With errors 1"]
	found = manager.front.locator(".lead-finding-rows tbody tr")
	expect(found).to_have_count(4)
	expect(found.nth(1)).to_contain_text(f"Belongs to the open lead {known.name}.")
	expect(found.nth(2)).to_contain_text("The same as row 2 of this file.")
	expect(found.nth(3)).to_contain_text("Did you mean “Interested”?")
	# A bracket that opens no element.
	expect(found.nth(3)).to_contain_text(EVIL.replace("<", "\u2039"))
	expect(manager.front.locator(".lead-findings")).to_contain_text("Shoe Size")
	assert not frappe.db.exists(LEAD, {"email": f"new-{mark}@example.com"})
	pictures(manager, "import")
	on_a_phone(manager)

	manager.front.locator('.lead-finding-kinds [data-kind="Bad"]').click()
	expect(found).to_have_count(1)
	manager.front.locator('.lead-finding-kinds [data-kind="Bad"]').click()
	expect(found).to_have_count(4)

	manager.button("Import").click()
	expect(manager.page.locator(".modal.show .modal-body")).to_contain_text("1 rows become new leads.")
	manager.confirm()
	expect(manager.front.locator(".lead-finding-kinds")).to_contain_text("Created 1", timeout=60_000)
	manager.wait()
	assert kinds(manager) == ["Created 1", "Left out 2", "Rejected 1"]
	pictures(manager, "import-done")
	with manager.page.expect_download() as download:
		choose_in(manager, "Download", "Rows to Correct")
	sheet = load_workbook(io.BytesIO(Path(download.value.path()).read_bytes())).worksheets[0]
	assert sheet["A2"].value == EVIL and "Did you mean" in sheet["F2"].value
	frappe.db.rollback()
	lead = frappe.db.get_value(
		LEAD, {"email": f"new-{mark}@example.com"}, ["name", "lead_owner"], as_dict=True
	)
	assert lead.lead_owner == manager.user
	manager.front.locator(".lead-finding-rows").get_by_text(lead.name).click()
	manager.page.wait_for_url(f"**/pipeline-lead/{lead.name}")
	assert manager.page.evaluate("window.pwned") is None
	manager.wait()
	erase([known.name])
	frappe.db.commit()


def test_columns_and_characters_of_a_foreign_file_are_chosen(manager):
	mark = frappe.generate_hash(length=6)
	rows = ["Deal ID,Person,Where to write,Shade", f"17,Анна {mark},anna-{mark}@example.com,синий"]
	manager.open("pipeline-lead-import", "new")
	attach(manager, f"deals-{mark}.csv", "\n".join(rows).encode("windows-1251"))
	manager.save()

	# Nobody can tell in which characters it is written; the message says what to do.
	manager.button("Rehearse").click()
	question = manager.page.locator(".modal.show .modal-body")
	expect(question).to_contain_text("In which characters is this file written?")
	expect(question).to_contain_text("windows-1251: Анна")
	assert "*" not in question.text_content()
	pictures(manager, "import-characters")
	manager.page.keyboard.press("Escape")
	expect(manager.page.locator(".modal.show")).to_have_count(0)
	manager.select("encoding", "windows-1251")
	manager.save()

	# The columns are those of the file: which field each of them fills is all that can be changed.
	columns = manager.field("columns")
	rows = columns.locator(".grid-body .grid-row")
	expect(rows).to_have_count(4)
	expect(rows.nth(1)).to_contain_text(f"Анна {mark}")
	check_that_rows_are_given(columns)
	pictures(manager, "import-columns")
	for number, field in ((1, "Lead Name"), (2, "Email")):
		cell = rows.nth(number).locator('[data-fieldname="field"]')
		cell.click()
		cell.locator("select").select_option(field)
	manager.save()
	pictures(manager, "import-assigned")
	manager.button("Rehearse").click()
	expect(manager.front.locator(".lead-finding-kinds")).to_contain_text("New 1", timeout=60_000)
	manager.wait()
	pictures(manager, "import-rehearsed")
	# On a phone, too, a field can be chosen; the rows have to be rehearsed again then.
	phone = manager.tab()
	phone.page.set_viewport_size({"width": 390, "height": 1400})
	phone.page.goto(manager.page.url)
	phone.wait()
	field = phone.field("columns").locator('.grid-body .grid-row [data-fieldname="field"]').nth(3)
	field.click()
	field.locator("select").select_option("Job Title")
	phone.save()
	phone.picture("import-columns-390")
	phone.page.close()
	manager.page.reload()
	manager.wait()
	manager.button("Rehearse").click()
	expect(manager.front.locator(".lead-finding-kinds")).to_contain_text("New 1", timeout=60_000)
	manager.wait()
	manager.button("Import").click()
	manager.confirm()
	expect(manager.front.locator(".lead-finding-kinds")).to_contain_text("Created 1", timeout=60_000)
	manager.wait()
	frappe.db.rollback()
	found = {"lead_name": f"Анна {mark}", "email": f"anna-{mark}@example.com", "job_title": "синий"}
	assert frappe.db.exists(LEAD, found)
	# What was imported cannot be assigned anew.
	rows.nth(0).locator('[data-fieldname="field"]').click()
	expect(columns.locator("select:visible")).to_have_count(0)


def test_leads_of_another_app_are_migrated(manager):
	if not frappe.db.exists("DocType", "Lead"):
		pytest.skip("This site has no leads of ERPNext")
	mark = frappe.generate_hash(length=6)
	old = frappe.get_doc(
		{"doctype": "Lead", "first_name": f"Old {mark}", "email_id": f"{mark}@example.com"}
	).insert()
	frappe.db.commit()
	manager.open("pipeline-migration", "new")
	manager.select("source", "Lead")
	grid = manager.field("statuses")
	# Leads that others left on this site stand in rows of their own.
	expect(grid.locator(".grid-body .grid-row", has_text="Lead")).to_have_count(1)
	check_that_rows_are_given(grid)
	manager.save()
	manager.button("Rehearse").click()
	expect(manager.front.locator(".lead-finding-kinds")).to_contain_text("New", timeout=60_000)
	manager.wait()
	pictures(manager, "migration")
	manager.button("Migrate").click()
	expect(manager.page.locator(".modal.show .modal-body")).to_contain_text("Nobody is notified or assigned")
	manager.confirm()
	expect(manager.front.locator(".lead-finding-kinds")).to_contain_text("Created", timeout=60_000)
	manager.wait()
	frappe.db.rollback()
	assert frappe.db.exists(LEAD, {"origin_key": f"Lead/{old.name}"})
	site.delete("Lead", old.name)
	frappe.db.commit()


def test_a_sales_user_has_no_import(desk):
	desk.open("pipeline-lead")
	desk.front.locator(".menu-btn-group:visible button").first.click()
	menu = desk.front.locator(".menu-btn-group .dropdown-menu.show")
	expect(menu).to_be_visible()
	expect(menu.get_by_text("Import", exact=True)).to_have_count(0)
	desk.page.keyboard.press("Escape")

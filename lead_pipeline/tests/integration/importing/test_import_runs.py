"""The run of an import: its owner, stop, refusals, background job and queries.

The last are about how often a run asks the database.
"""

import os
import time

import frappe
import pytest
from frappe.utils import add_days, nowdate

from lead_pipeline.capture.importing import api, jobs, run
from lead_pipeline.constants import ACTIVITY, LEAD, STATUS_LOG
from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.imports import ROW, counted

TABLE = run.table_of_rows


# How many rows the large file has. The measured runs of the project's machines used 10000.
MANY = int(os.environ.get("LEAD_PIPELINE_IMPORT_ROWS", "400"))


def test_a_running_or_finished_import_is_not_begun_again(manager, imports):
	doc = imports.done([["Lead Name", "Email"], ["Jane", imports.email("jane")]])
	for action in (api.rehearse, api.start):
		with pytest.raises(ActionRefusedError, match="This file was imported"):
			action(doc.name)
	doc.duplicates = "Create Anyway"
	with pytest.raises(ActionRefusedError, match="This file was imported already"):
		doc.save()
	fresh = imports.new([["Lead Name"], ["Jane"]])
	with pytest.raises(ActionRefusedError, match="Rehearse the file first"):
		api.start(fresh.name)


def test_nobody_says_by_rest_where_an_import_stands(manager, imports):
	doc = imports.new([["Lead Name"], ["Jane"]])
	doc.update({"status": "Done", "data_import": "X", "notes": "made up"})
	doc.save()
	assert (doc.status, doc.data_import, doc.notes) == ("Draft", None, None)


def test_an_import_belongs_to_who_made_it(manager, imports):
	doc = imports.rehearsed([["Lead Name"], ["Jane"]])
	frappe.set_user(make_user("Sales Manager"))
	for call in (api.rehearse, api.start, api.state, api.rows):
		with pytest.raises(frappe.PermissionError, match="somebody else's"):
			call(doc.name)
	frappe.set_user(make_user("Sales User"))
	for call in (api.state, lambda name: api.download_template("xlsx")):
		with pytest.raises(frappe.PermissionError, match="You may not import leads"):
			call(doc.name)
	assert not frappe.has_permission(ROW, "read")


def test_a_row_leaves_nothing_that_each_later_row_has_to_read(manager, imports):
	frappe.flags.currently_saving = []
	days = add_days(nowdate(), 3)
	imports.done(
		[
			["Lead Name", "Email", "Next Contact Date"],
			*[[f"Jane {n}", imports.email(f"jane{n}"), days] for n in range(3)],
		]
	)
	assert frappe.db.count(LEAD, {"email": ("like", f"%{imports.mark}%")}) == 3
	left = {doctype for doctype, _name in frappe.flags.currently_saving}
	assert not left & {LEAD, STATUS_LOG, ACTIVITY}


def test_an_import_whose_worker_died_goes_on_where_it_was(manager, imports, monkeypatch):
	doc = imports.rehearsed(
		[["Lead Name", "Email"], *[[f"Jane {n}", imports.email(f"jane{n}")] for n in range(6)]]
	)
	inserted = []
	commit = frappe.db.commit

	def die():
		commit()
		inserted.append(1)
		if (
			frappe.flags.in_import
			and frappe.db.count(LEAD, {"email_key": ("like", f"jane%{imports.mark}%")}) == 3
		):
			raise SystemExit

	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "commit", die)
		with pytest.raises(SystemExit):
			imports.finish(doc)
	frappe.flags.in_import = False
	frappe.set_user(manager)
	frappe.db.rollback()
	doc.reload()
	jobs.set_progress(doc, worked_on=frappe.utils.add_to_date(None, minutes=-5))
	commit()
	assert api.state(doc.name)["status"] == "Stopped"
	with pytest.raises(ActionRefusedError, match="A part of this file was imported"):
		api.rehearse(doc.name)
	doc = imports.finish(doc)
	assert counted(api.state(doc.name)["outcomes"]) == {"Created": 6}
	assert frappe.db.count(LEAD, {"email_key": ("like", f"jane%{imports.mark}%")}) == 6


def test_a_file_that_the_data_import_refuses_is_rehearsed_again(manager, imports, monkeypatch):
	"""A status that is deleted between the rehearsal and the first row, for example."""
	doc = imports.rehearsed([["Lead Name", "Email", "Status"], ["Jane", imports.email("jane"), "Interested"]])
	with monkeypatch.context() as patch:
		patch.setattr(run, "table_of_rows", lambda rows: broken(rows))
		doc = imports.finish(doc)
	assert (doc.status, doc.data_import) == ("Draft", None)
	assert "The Data Import has refused the file, and nothing was imported" in doc.error
	api.rehearse(doc.name)
	doc = imports.finish(doc)
	assert counted(api.state(doc.name)["outcomes"]) == {"Created": 1}


def broken(rows):
	heads, lines, places = TABLE(rows)
	lines[0][heads.index("status")] = "Gone"
	return heads, lines, places


def test_an_import_that_ends_while_somebody_asks_for_its_state_has_not_stopped(manager, imports):
	doc = imports.done([["Lead Name", "Email"], ["Jane", imports.email("jane")]])
	jobs.set_progress(doc, status=jobs.IMPORT, worked_on=frappe.utils.add_to_date(None, minutes=-5))
	frappe.db.commit()
	assert api.state(doc.name)["status"] == "Stopped"

	def end() -> None:
		jobs.set_progress(frappe.get_doc(doc.doctype, doc.name), status="Done")
		frappe.db.commit()

	with site.somebody_else(end):
		assert api.state(doc.name)["status"] == "Done"


def test_many_rows_in_the_background_by_a_real_worker(manager, imports, free_worker):
	rows = [[f"Row {n}", imports.email(f"row{n}"), n] for n in range(MANY)]
	rows[MANY // 2][1] = "bad"
	rows[-1][1] = rows[0][1]
	doc = imports.new([["Lead Name", "Email", "Expected Revenue"], *rows])
	began = time.monotonic()
	api.rehearse(doc.name)
	frappe.db.commit()
	state = wait(doc)
	rehearsed = time.monotonic() - began
	assert not state["error"]
	assert counted(state["verdicts"]) == {"New": MANY - 2, "Bad": 1, "Repeated": 1}
	began = time.monotonic()
	api.start(doc.name)
	frappe.db.commit()
	state = wait(doc)
	assert (state["status"], counted(state["outcomes"])) == (
		"Done",
		{"Created": MANY - 2, "Rejected": 1, "Left Out": 1},
	)
	print(f"{MANY} rows: rehearsed in {rehearsed:.1f} s, imported in {time.monotonic() - began:.1f} s")


def wait(doc) -> dict:
	"""The state of the import when the worker has nothing more to do with it."""

	def is_done() -> bool:
		return api.state(doc.name)["status"] not in ("Rehearsing", "Importing")

	site.wait_until(is_done, "the import has been handled", seconds=120 + MANY)
	return api.state(doc.name)


def test_a_rehearsal_asks_the_database_as_often_for_many_rows_as_for_few(manager, imports, count_sql):
	def statements(size: int) -> int:
		rows = [
			["Lead Name", "Email", "Sales Person"],
			*[[f"R {n}", imports.email(f"r{n}"), manager] for n in range(size)],
		]
		doc = imports.new(rows)
		with count_sql() as counted:
			api.rehearse(doc.name)
		return len(counted)

	statements(10)
	assert statements(190) <= statements(10) + 3

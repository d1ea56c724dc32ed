"""Methods for the form of an import.

Template, dry run, import, findings, files to download.
"""

import json

import frappe
from frappe import _
from frappe.desk.utils import provide_binary_file
from frappe.model.document import Document

from lead_pipeline.capture.importing import columns, jobs, results, row_store, template, written_files
from lead_pipeline.constants import LEAD
from lead_pipeline.domain.import_rows import BAD, REJECTED
from lead_pipeline.exceptions import ActionRefusedError, InvalidActionError

RUN = "Pipeline Lead Import"


@frappe.whitelist()
def download_template(file_type: str) -> None:
	"""Send the template as a file.

	`file_type`: xlsx or csv. Raises PermissionError for users who may not import leads.
	"""
	check_may_import()
	if file_type not in ("xlsx", "csv"):
		frappe.throw(_("The template is there as xlsx and as csv."), InvalidActionError)
	provide_binary_file(_("Leads to import"), file_type, getattr(template, file_type)())


@frappe.whitelist(methods=["POST"])
def rehearse(lead_import: str) -> dict:
	"""Check all rows of the file, a long file in the background.

	Returns what `state` returns.

	Raises PermissionError, ActionRefusedError when the import is running or done, InvalidFileError.
	"""
	doc = own_import(lead_import, "write")
	refuse_when(doc, ("Importing", "Done"), _("This file was imported. Make a new import for another file."))
	refuse_when(doc, ("Stopped",), _("A part of this file was imported. Continue the import."))
	if not doc.file:
		frappe.throw(_("Choose a file first."), ActionRefusedError, title=_("File"))
	jobs.start_work(doc, jobs.REHEARSAL)
	return state(doc.name)


@frappe.whitelist(methods=["POST"])
def start(lead_import: str) -> dict:
	"""Import the checked rows in the background, or continue an interrupted import.

	Returns what `state` returns.
	"""
	doc = own_import(lead_import, "write")
	refuse_when(
		doc,
		("Draft", "Rehearsing"),
		_("Rehearse the file first: you will see what would become of each row."),
	)
	refuse_when(doc, ("Done",), _("This file was imported. Make a new import for another file."))
	jobs.start_work(doc, jobs.IMPORT)
	return state(doc.name)


@frappe.whitelist()
def state(lead_import: str) -> dict:
	"""Return the state of the import.

	What `results.state_of_run` returns, `data_import` for users who may see one, and the `fields` that a column can
	fill.
	"""
	doc = own_import(lead_import)
	shown = doc.data_import and frappe.has_permission("Data Import", "read")
	return results.state_of_run(doc) | {
		"data_import": doc.data_import if shown else None,
		"fields": sorted(columns.by_label()),
	}


@frappe.whitelist()
def rows(lead_import: str, kind: str | None = None, start: int = 0) -> list[dict]:
	"""Return a page of the rows, with what each of them is or has become.

	`kind`: only rows of this verdict or outcome.
	"""
	return results.page_of_results(own_import(lead_import), kind, start)


@frappe.whitelist()
def download(lead_import: str, which: str) -> None:
	"""Send the result or the rejected rows as a file.

	`which` is "result" (what has become of each row) or "rejected" (the rows to correct).
	"""
	doc = own_import(lead_import)
	if which not in ("result", "rejected"):
		frappe.throw(_("There is no such file."), InvalidActionError)
	sheet = results.result_table(doc) if which == "result" else rejected_rows(doc)
	name = _("Result of {0}") if which == "result" else _("To correct, {0}")
	provide_binary_file(name.format(doc.name), "xlsx", written_files.write_xlsx({_("Leads"): sheet}))


def rejected_rows(doc: Document) -> list[list]:
	"""Return the rows with errors as they are in the file, each with its error.

	The error is in a last column, which need not be removed for the next import.
	"""
	yet = {"outcome": REJECTED} if doc.status == "Done" else {"verdict": BAD}
	found = row_store.rows_of_run(doc, ["cells", "message"], **yet)
	header = json.loads(doc.header or "[]")
	lines = []
	for row in found:
		cells = json.loads(row.cells or "[]")[: len(header)]
		lines.append([*cells, *[None] * (len(header) - len(cells)), row.message])
	return [[*header, columns.wrong()], *lines]


def own_import(lead_import: str, ptype: str = "read") -> Document:
	"""Return the import, when the user may import leads and this one is theirs.

	Raises PermissionError otherwise.
	"""
	check_may_import()
	if not frappe.db.exists(RUN, lead_import) or not frappe.has_permission(RUN, ptype, doc=lead_import):
		frappe.throw(_("There is no such import, or it is somebody else's."), frappe.PermissionError)
	return frappe.get_doc(RUN, lead_import)


def check_may_import() -> None:
	if not (frappe.has_permission(LEAD, "import") and frappe.has_permission(LEAD, "create")):
		frappe.throw(
			_("You may not import leads. Ask your administrator for the role Sales Manager."),
			frappe.PermissionError,
		)


def refuse_when(doc: Document, statuses: tuple[str, ...], message: str) -> None:
	if jobs.state_of_work(doc)[0] in statuses:
		frappe.throw(message, ActionRefusedError, title=_("Import"))

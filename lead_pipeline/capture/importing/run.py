"""Run an import: new leads through the framework's Data Import, others row by row.

It does what the dry run has announced. Safe to start again at any moment: the Data Import skips what it has
imported, and every other row is written together with the note of what has become of it.
"""

import json

import frappe
from frappe import _
from frappe.core.doctype.data_import.data_import import start_import
from frappe.model.document import Document
from frappe.utils import create_batch

from lead_pipeline.activities import handing_over
from lead_pipeline.capture.enquiries import Enquiry, add_to_timeline
from lead_pipeline.capture.importing import columns, dry_run, row_messages, row_store, written_files
from lead_pipeline.capture.importing.jobs import Progress
from lead_pipeline.constants import IMPORT_ROW, LEAD
from lead_pipeline.domain.import_rows import (
	ADD,
	ADDED,
	BAD,
	CREATED,
	FILL,
	KNOWN,
	LEFT_OUT,
	REJECTED,
	REPEATED,
	UPDATED,
	VERDICTS,
	creates,
)
from lead_pipeline.exceptions import LeadPipelineError

CHANNEL = "Import"

# What belongs to the history of the lead itself, and is not filled in because a file says otherwise.
NOT_FILLED = {"status", "lead_type", "lost_reason", "lost_note", "lead_owner", "is_organization", "channel"}


def run(doc: Document, progress: Progress) -> None:
	"""Import the rows of `doc`.

	Commits; raises what keeps the file as a whole from being imported.
	"""
	if not doc.data_import:
		# What was rehearsed an hour ago may be different now.
		dry_run.rehearse(doc, lambda done, total: None)
		make_data_import(doc)
	if unsettled(doc):
		start_import(doc.data_import)
		take_results(doc)
	handle_others(doc, progress)
	tell_of_import(doc)


def tell_of_import(doc: Document) -> None:
	"""Notify everybody concerned once, however many rows there were.

	The sales people of the leads, and the managers about leads that nobody has.
	"""
	made = row_store.rows_of_run(doc, ["result_lead"], outcome=CREATED)
	handing_over.tell_of_many(row.result_lead for row in made if row.result_lead)


def unsettled(doc: Document) -> int:
	"""Return how many rows wait for the Data Import."""
	return frappe.db.count(
		IMPORT_ROW,
		{"run_type": doc.doctype, "run": doc.name, "line": (">", 0), "outcome": ("is", "not set")},
	)


def make_data_import(doc: Document) -> None:
	"""Make the Data Import of the rows that become leads, if there are any."""
	rows = [
		row
		for row in row_store.rows_of_run(doc, ["name", "file_row", "verdict", "origin_key", "data"])
		if creates(row.verdict, doc.duplicates)
	]
	if rows:
		fieldnames, lines, places = table_of_rows(rows)
		row_store.set_each("line", places)
		doc.data_import = data_import(doc, [fieldnames, *lines], len(rows))
		frappe.db.set_value(doc.doctype, doc.name, "data_import", doc.data_import)
	# The Data Import commits after each of its rows, and is to find all of this.
	frappe.db.commit()


def table_of_rows(rows: list[frappe._dict]) -> tuple[list[str], list[list], dict[str, int]]:
	"""Return the rows as the Data Import reads them.

	Headings, lines, and on which line each row begins.

	The entries of a cell with several of them become rows of a table: they are on lines of their own below.
	"""
	read = [row_store.row_values(row) for row in rows]
	used = dict.fromkeys(name for values in read for name in values)
	plain = [name for name in used if name not in columns.LISTS]
	lists = [name for name in used if name in columns.LISTS]
	heads = ["origin_key", *plain, *(f"{name}.{columns.LISTS[name][0]}" for name in lists)]
	lines, places = [], {}
	for row, values in zip(rows, read, strict=True):
		# The header is line 1.
		places[row.name] = len(lines) + 2
		height = max([1, *(len(values.get(name, [])) for name in lists)])
		for number in range(height):
			first = [row.origin_key, *(values.get(name) for name in plain)]
			entries = [(values.get(name) or [])[number : number + 1] for name in lists]
			lines.append(
				[
					*(first if number == 0 else [None] * len(first)),
					*(entry[0] if entry else None for entry in entries),
				]
			)
	return heads, lines, places


def data_import(doc: Document, lines: list[list], leads: int) -> str:
	"""Create the Data Import with the file to import; return its name.

	Users who may import leads may do it through this; the Data Import itself is for System Managers in the
	framework. `leads`: how many the lines make.
	"""
	file = frappe.new_doc("File")
	file.update(
		{
			"file_name": f"{doc.name}.csv",
			"is_private": 1,
			"attached_to_doctype": doc.doctype,
			"attached_to_name": doc.name,
			"content": written_files.write_handover(lines),
		}
	)
	# The right to import leads has been checked; the framework gives Data Imports to System Managers only.
	file.insert(ignore_permissions=True)
	made = frappe.new_doc("Data Import")
	made.update(
		{
			"reference_doctype": LEAD,
			"import_type": "Insert New Records",
			"import_file": file.file_url,
			"mute_emails": 1,
			"payload_count": leads,
		}
	)
	# It would read the whole file twice to see that it can, and how many leads it makes.
	made.flags.ignore_validate = True
	# As for the file.
	return made.insert(ignore_permissions=True).name


def take_results(doc: Document) -> None:
	"""Note for each row that the Data Import has handled what its log says."""
	warnings = frappe.db.get_value("Data Import", doc.data_import, "template_warnings")
	logs = log_of(doc.data_import)
	if warnings and not logs:
		# It would refuse this file again: the next try begins with a new rehearsal.
		doc.data_import = None
		frappe.db.set_value(doc.doctype, doc.name, "data_import", None)
		# The job ends with the error, which would undo this.
		frappe.db.commit()
		raise_stopped(warnings)
	waiting = row_store.rows_of_run(doc, ["name", "line"], line=(">", 0), outcome=("is", "not set"))
	for rows in create_batch(waiting, 1000):
		take_outcomes(rows, logs)
		# A job that is stopped here goes on with what is left.
		frappe.db.commit()
	if left := unsettled(doc):
		raise_interrupted(doc, left)


def take_outcomes(rows: list[frappe._dict], logs: dict[int, frappe._dict]) -> None:
	found = [(row.name, logs[row.line]) for row in rows if row.line in logs]
	made = {name: log.docname for name, log in found if log.success}
	row_store.set_each("result_lead", made, outcome=CREATED)
	for name, log in found:
		if name not in made:
			row_store.set_outcome(name, REJECTED, message=reason(log))


def log_of(data_import: str) -> dict[int, frappe._dict]:
	"""Return the first line of each row → the last entry about it in the import's log.

	An entry of success is not replaced by a later one.
	"""
	logs = frappe.get_all(
		"Data Import Log",
		filters={"data_import": data_import},
		fields=["row_indexes", "success", "docname", "messages", "exception"],
		order_by="log_index asc, creation asc",
	)
	found: dict[int, frappe._dict] = {}
	for log in logs:
		line = min(json.loads(log.row_indexes))
		if not (line in found and found[line].success):
			found[line] = log
	return found


def reason(log: frappe._dict) -> str:
	"""Return why the framework has refused a row.

	Its messages, else the last line of the error.
	"""
	messages = frappe.parse_json(log.messages or "[]")
	said = []
	for message in messages:
		message = frappe.parse_json(message) if isinstance(message, str) else message
		said.append(
			row_messages.plain_message(message.get("message") if isinstance(message, dict) else message)
		)
	if not any(said):
		said = [(log.exception or "").strip().rpartition("\n")[2]]
	return " ".join(filter(None, said)) or _(
		"The framework gives no reason; the Data Import {0} has the details."
	).format(log.data_import)


def raise_interrupted(doc: Document, left: int) -> None:
	frappe.throw(
		_(
			"The Data Import {0} has stopped with {1} rows to go; the Error Log says why. Continue the import."
		).format(doc.data_import, left),
		LeadPipelineError,
		title=_("Import"),
	)


def raise_stopped(warnings: str) -> None:
	said = "; ".join(
		row_messages.plain_message(warning.get("message")) for warning in frappe.parse_json(warnings)
	)
	frappe.throw(
		_(
			"The Data Import has refused the file, and nothing was imported: {0}. Rehearse the file again."
		).format(said[:500]),
		LeadPipelineError,
		title=_("Import"),
	)


def handle_others(doc: Document, progress: Progress) -> None:
	"""Handle all rows that become no lead of their own.

	Those left out, rejected, added to a lead, or used to fill it.
	"""
	joining = (KNOWN, REPEATED) if doc.duplicates in (ADD, FILL) else ()
	row_store.set_outcome_of_all(doc, REJECTED, (BAD,))
	row_store.set_outcome_of_all(
		doc, LEFT_OUT, tuple(verdict for verdict in VERDICTS if verdict not in joining)
	)
	# From here on every row commits by itself.
	frappe.db.commit()
	fields = ["name", "title", "verdict", "message", "lead", "same_as", "data"]
	rows = row_store.rows_of_run(doc, fields, outcome=("is", "not set"))
	for number, row in enumerate(rows, start=1):
		try:
			join(doc, row)
		except Exception as error:
			# What one lead refuses is no reason against the next row.
			row_store.reject(row.name, error)
		# With each row: a job that is stopped must not do it again.
		frappe.db.commit()
		progress(number, len(rows))


def join(doc: Document, row: frappe._dict) -> None:
	"""Bring a row to the lead that is there already."""
	lead = row.lead if row.verdict != REPEATED else lead_of_row(doc, row.same_as)
	if not lead or not frappe.has_permission(LEAD, "write", doc=lead):
		row_store.set_outcome(row.name, LEFT_OUT, message=row.message)
		return
	if doc.duplicates == ADD:
		add_to_timeline(
			lead,
			Enquiry(CHANNEL, row_store.row_values(row), subject=_("Imported again: {0}").format(row.title)),
		)
		row_store.set_outcome(row.name, ADDED, lead)
	else:
		filled = fill_empty_fields(lead, row_store.row_values(row))
		said = _("Filled: {0}.").format(", ".join(filled)) if filled else _("Nothing in it was empty.")
		row_store.set_outcome(
			row.name,
			UPDATED if filled else LEFT_OUT,
			lead,
			message=" ".join(filter(None, [row.message, said])),
		)


def lead_of_row(doc: Document, file_row: int) -> str | None:
	rows = row_store.rows_of_run(doc, ["result_lead", "lead"], file_row=file_row)
	return next((row.result_lead or row.lead for row in rows), None)


def fill_empty_fields(lead: str, values: dict) -> list[str]:
	"""Fill the empty fields of `lead` with the values of a row; return their labels.

	The user's own permission to do so is checked.
	"""
	document = frappe.get_doc(LEAD, lead, for_update=True)
	filled = [
		name
		for name, value in values.items()
		if document.meta.has_field(name) and name not in NOT_FILLED and name not in columns.LISTS
		if value and not document.get(name)
	]
	if filled:
		document.update({name: values[name] for name in filled})
		document.save()
	return [columns.label_of_column(name) for name in filled]

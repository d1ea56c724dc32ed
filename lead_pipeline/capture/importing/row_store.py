"""Rows of an import or a migration, kept until it is deleted.

What each row was, and what has become of it.

They belong to their run: nobody has permissions on the records themselves, and what a user is shown of them is
requested through the run (`api.py`).
"""

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count
from frappe.utils import create_batch, now
from pypika import Case
from rq.timeouts import BaseTimeoutException

from lead_pipeline.capture.importing import row_messages
from lead_pipeline.constants import IMPORT_ROW
from lead_pipeline.domain.import_rows import REJECTED
from lead_pipeline.framework.locks import somebody_was_first

FIELDS = (
	"file_row",
	"title",
	"verdict",
	"message",
	"lead",
	"same_as",
	"line",
	"origin_key",
	"data",
	"cells",
	"outcome",
	"result_lead",
)
# Fields that are never empty in the database.
NUMBERS = ("same_as", "line")
# Rows that are changed by one statement.
ROWS_PER_STATEMENT = 100

STANDARD = ("name", "creation", "modified", "owner", "modified_by", "run_type", "run")


def replace(run: Document, rows: list[dict]) -> None:
	"""Forget what is known of the rows of `run`, and keep these."""
	forget_rows(run.doctype, run.name)
	add_rows(run, rows)


def forget_rows(run_type: str, run: str) -> None:
	frappe.db.delete(IMPORT_ROW, {"run_type": run_type, "run": run})


def add_rows(run: Document, rows: list[dict]) -> None:
	"""Add rows, each with some of FIELDS."""
	moment, user = now(), frappe.session.user
	# What no row says stays as the database begins it.
	told = [field for field in FIELDS if any(field in row for row in rows)]
	values = [
		[
			frappe.generate_hash(length=16),
			*(moment, moment, user, user, run.doctype, run.name),
			*(row.get(field, 0 if field in NUMBERS else None) for field in told),
		]
		for row in rows
	]
	frappe.db.bulk_insert(IMPORT_ROW, [*STANDARD, *told], values, chunk_size=1000)


def rows_of_run(run: Document, fields: list[str], limit: int = 0, **filters) -> list[frappe._dict]:
	"""Return rows of `run` in the order of the file.

	Ignores permissions: the caller has checked the run.
	"""
	return frappe.get_all(
		IMPORT_ROW,
		filters={"run_type": run.doctype, "run": run.name, **filters},
		fields=fields,
		order_by="file_row asc",
		limit=limit,
	)


def page_of_rows(
	run: Document, fields: list[str], start: int, length: int, **values: str
) -> list[frappe._dict]:
	"""Return rows of `run` from row number `start` on, those with these `values`.

	Frappe 15 and 17 have no common word for the beginning of a page.
	"""
	row = frappe.qb.DocType(IMPORT_ROW)
	query = frappe.qb.from_(row).select(*(row[field] for field in fields))
	for field, value in {"run_type": run.doctype, "run": run.name, **values}.items():
		query = query.where(row[field] == value)
	return query.orderby(row.file_row).limit(length).offset(start).run(as_dict=True)


def count_by(run: Document, field: str) -> dict[str, int]:
	"""Return how many rows of `run` have which `field` (verdict or outcome)."""
	row = frappe.qb.DocType(IMPORT_ROW)
	query = (
		frappe.qb.from_(row)
		.select(row[field], Count("*"))
		.where((row.run_type == run.doctype) & (row.run == run.name))
		.groupby(row[field])
	)
	return {value or "": number for value, number in query.run()}


def set_outcome(row: str, outcome: str, lead: str | None = None, message: str | None = None) -> None:
	"""Note what has become of a row."""
	values = {"outcome": outcome, "result_lead": lead}
	if message is not None:
		values["message"] = message[:2000]
	frappe.db.set_value(IMPORT_ROW, row, values, update_modified=False)


def reject(row: str, error: Exception) -> None:
	"""Undo what was done for a row and note `error` as the reason.

	An error that does not concern this row is raised again.
	"""
	frappe.db.rollback()
	if isinstance(error, BaseTimeoutException) or somebody_was_first(error):
		raise error
	frappe.clear_messages()
	message = row_messages.plain_message(error) or _("The Error Log says why.")
	if not isinstance(error, frappe.ValidationError):
		# Nothing that people are told by; whoever looks after the site has to see where it comes from.
		log = frappe.log_error(
			_("A row could not be imported"), reference_doctype=IMPORT_ROW, reference_name=row
		)
		message = _("{0} (Error Log {1})").format(f"{type(error).__name__}: {message}", log.name)
	set_outcome(row, REJECTED, message=message)


def set_each(field: str, wanted: dict[str, object], **same: object) -> None:
	"""Give each row its own value of `field`, and all of them the `same` values.

	`wanted`: name → value. One statement for many rows.
	"""
	row = frappe.qb.DocType(IMPORT_ROW)
	for names in create_batch(list(wanted), ROWS_PER_STATEMENT):
		own = Case()
		for name in names:
			own = own.when(row.name == name, wanted[name])
		query = frappe.qb.update(row).set(row[field], own).where(row.name.isin(names))
		for other, value in same.items():
			query = query.set(row[other], value)
		query.run()


def row_values(row: frappe._dict) -> dict:
	return json.loads(row.data or "{}")


def set_outcome_of_all(run: Document, outcome: str, verdicts: tuple[str, ...]) -> None:
	"""Note what has become of all rows of these verdicts that wait for nothing else."""
	row = frappe.qb.DocType(IMPORT_ROW)
	(
		frappe.qb.update(row)
		.set(row.outcome, outcome)
		.set(row.result_lead, row.lead)
		.where((row.run_type == run.doctype) & (row.run == run.name))
		.where(row.verdict.isin(verdicts) & (row.outcome.isnull() | (row.outcome == "")))
		.run()
	)

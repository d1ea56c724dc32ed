"""Dry run of an import: what every row of the file would become.

It runs before anything is written about leads.
"""

import json
from collections.abc import Callable, Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import create_batch, get_system_timezone

from lead_pipeline.capture import strangers
from lead_pipeline.capture.importing import (
	assigning,
	columns,
	existing_leads,
	file_limits,
	files,
	lookups,
	row_messages,
	row_store,
)
from lead_pipeline.capture.importing.jobs import Progress
from lead_pipeline.constants import LOST
from lead_pipeline.domain import import_cells, import_rows
from lead_pipeline.domain.cells import Formats, cell_text
from lead_pipeline.domain.import_cells import Problem
from lead_pipeline.domain.import_rows import EXAMPLE, Judge, Keys, Terms, Verdict
from lead_pipeline.domain.strangers import one_line
from lead_pipeline.exceptions import InvalidFileError
from lead_pipeline.framework import number_format
from lead_pipeline.reference_data import lead_statuses

# What people choose about the file (Pipeline Lead Import).
MONTH_FIRST = "Month First"
DECIMAL_SIGNS = {"1,234.50": ".", "1.234,50": ","}

# Rows that are judged, and looked up, together.
BATCH_SIZE = 500


class Row:
	"""A row during the dry run.

	Its number in the file, its cells, what they say, what is kept of that, what is wrong.
	"""

	def __init__(self, number: int, cells: list[object]):
		self.number, self.cells = number, cells
		self.values: dict[str, object] = {}
		self.kept: dict[str, object] = {}
		self.problems: list[Problem] = []
		self.keys: Keys | None = None
		self.origin = ""


def rehearse(run: Document, progress: Progress) -> None:
	"""Check every row of the file of `run` and store the findings.

	They replace older findings; nothing else is written.

	Raises InvalidFileError when the file as a whole is no list of leads.
	"""
	header, body = divide(files.read_file(run.file, run.encoding))
	if not run.columns:
		# In the database, past the form's own rules: the run is being worked on.
		assigning.fill_assignments(run, header, [cells for _number, cells in body])
		for row in run.columns:
			row.db_insert()
	found = columns.assigned(run.columns)
	if not {column.fieldname for column in found.values()} & {*import_rows.IDENTITY, "email_ids"}:
		raise_unknown_header(header)
	lookups.load_choices(found, [cells for _number, cells in body])
	row_store.forget_rows(run.doctype, run.name)
	formats, doubts = formats_of_file(run, found, body)
	done = 0
	for findings in judged(found, body, formats, rest_of(run, header, found)):
		row_store.add_rows(run, findings)
		done += len(findings)
		progress(done, len(body))
	left_out = [row.heading for row in run.columns if not row.field]
	notes = [*row_messages.notes_on_columns(left_out, bool(run.keep_rest)), *doubts]
	frappe.db.set_value(
		run.doctype, run.name, {"notes": "\n".join(notes), "header": json.dumps(heading(header))}
	)


def divide(rows: file_limits.Rows) -> tuple[list[object], list[tuple[int, list[object]]]]:
	"""Return the header, and the rows that are not empty with their number.

	The number is the one in the file, as a spreadsheet program shows it.
	"""
	filled = [
		(number, row) for number, row in enumerate(rows, start=1) if any(cell_text(cell) for cell in row)
	]
	at = assigning.heading_row([row for _number, row in filled[: file_limits.HEADING_ROWS]])
	body = [(number, row) for number, row in filled[at + 1 :] if not import_rows.is_remark(row)]
	while body and import_rows.is_footer(body[-1][1]):
		body.pop()
	if not body:
		raise_empty()
	return filled[at][1], body


def formats_of_file(
	run: Document, found: dict[int, import_cells.Column], body: list[tuple[int, list[object]]]
) -> tuple[Formats, list[str]]:
	"""Return how the file writes dates and amounts, and what a user must decide.

	Neither is guessed.
	"""
	formats, doubts = formats_of_site(), []
	order = import_cells.order_of_days(
		texts_of(found, body, lambda column: column.kind in ("date", "moment"))
	)
	if run.date_order:
		formats = formats._replace(month_first=run.date_order == MONTH_FIRST)
	elif order.month_first is not None:
		formats = formats._replace(month_first=order.month_first)
	elif order.doubtful:
		formats = formats._replace(days_are_known=False)
		doubts.append(row_messages.doubtful_day(order.doubtful))
	signs = import_cells.signs_of_amounts(
		texts_of(found, body, lambda column: column.is_money), formats.decimal
	)
	if decimal := DECIMAL_SIGNS.get(run.amounts) or signs.decimal:
		formats = with_decimal_sign(formats, decimal)
	elif signs.doubtful:
		formats = formats._replace(amounts_are_known=False)
		doubts.append(row_messages.doubtful_amount(signs.doubtful))
	return formats, doubts


def texts_of(
	found: dict[int, import_cells.Column],
	body: list[tuple[int, list[object]]],
	is_meant: Callable[[import_cells.Column], bool],
) -> list[str]:
	"""Return the texts in the columns that `is_meant` accepts.

	Dates and numbers of a spreadsheet are certain and left out.
	"""
	places = [place for place, column in found.items() if is_meant(column)]
	return [
		cells[place]
		for _number, cells in body
		for place in places
		if place < len(cells) and isinstance(cells[place], str)
	]


def with_decimal_sign(formats: Formats, decimal: str) -> Formats:
	if decimal == formats.decimal:
		return formats
	return formats._replace(decimal=decimal, group="." if decimal == "," else ",")


def rest_of(
	run: Document, header: list[object], found: dict[int, import_cells.Column]
) -> dict[int, str] | None:
	"""Return the columns without a field, by position, to keep in the description.

	None when they are not to be kept.
	"""
	if not run.keep_rest:
		return None
	return {row.place: row.heading for row in run.columns if row.place not in found}


def judged(
	found: dict[int, import_cells.Column],
	body: list[tuple[int, list[object]]],
	formats: Formats,
	rest: dict[int, str] | None,
) -> Iterator[list[dict]]:
	"""The findings, in batches."""
	terms, region = terms_of_site(), lead_statuses.default_region()
	labels = {field.fieldname: _(field.label) for field in columns.importable_fields()}
	judge = Judge()
	for batch in create_batch(body, BATCH_SIZE):
		rows = [read_row(Row(number, cells), found, formats, terms, region, rest) for number, cells in batch]
		for row in rows:
			row.origin = judge.origin(row.keys)
		site = existing_leads.known_of_rows([row.keys for row in rows], [row.origin for row in rows])
		yield [finding_of_row(row, verdict_of(row, judge, site), site, labels) for row in rows]


def read_row(
	row: Row,
	found: dict[int, import_cells.Column],
	formats: Formats,
	terms: Terms,
	region: str | None,
	rest: dict[int, str] | None,
) -> Row:
	row.values, row.problems = import_cells.read_cells(found, row.cells, formats)
	if rest is not None:
		import_rows.keep_rest(row.values, row.problems, found, rest, row.cells)
	if not row.problems:
		row.problems = import_rows.misfits(row.values, terms)
	# Files are made of what others have written, too; the row is known again by what the file says.
	row.kept = strangers.harmless_values(row.values)
	row.problems += import_rows.too_long(row.kept)
	row.keys = import_rows.keys(row.values, region)
	return row


def verdict_of(row: Row, judge: Judge, site: import_rows.Site) -> Verdict:
	if import_rows.is_example(row.values):
		return Verdict(EXAMPLE)
	return judge.judge(row.number, row.keys, row.origin, row.problems, site)


def finding_of_row(row: Row, verdict: Verdict, site: import_rows.Site, labels: dict[str, str]) -> dict:
	"""Return what is kept of a row."""
	seen = verdict.lead if verdict.lead in site.visible else None
	problems = row.problems if verdict.verdict == import_rows.BAD else []
	said = "\n".join(
		row_messages.problem(problem, labels) for problem in problems
	) or row_messages.finding_text(verdict, seen)
	return {
		"file_row": row.number,
		"title": one_line(title(row))[:140],
		"verdict": verdict.verdict,
		"message": said,
		"lead": verdict.lead,
		"same_as": verdict.same_as or 0,
		"origin_key": row.origin,
		"data": json.dumps(row.kept, ensure_ascii=False, default=str),
		"cells": json.dumps([cell_text(cell) for cell in row.cells], ensure_ascii=False),
	}


def title(row: Row) -> str:
	"""Return by what people find the row again."""
	values = row.values
	person = " ".join(str(values[name]) for name in ("first_name", "last_name") if values.get(name))
	names = (values.get("lead_name"), person, values.get("company_name"), values.get("email"))
	return next((str(name) for name in names if name), next(filter(None, map(cell_text, row.cells)), ""))


def heading(header: list[object]) -> list[str]:
	return [cell_text(cell) for cell in header]


def formats_of_site() -> Formats:
	"""Return how the site writes numbers and dates, and yes and no.

	Numbers and dates as in System Settings, yes and no in the user's language.
	"""
	settings = frappe.get_cached_doc("System Settings")
	decimal, group = number_format.number_signs(settings.number_format or "#,###.##")
	return Formats(
		decimal=decimal or ".",
		group=group or "",
		month_first=(settings.date_format or "").startswith("mm"),
		yes=frozenset({_("Yes").casefold()}),
		no=frozenset({_("No").casefold()}),
		currencies=currencies_of_site(),
		languages=tuple(dict.fromkeys(("en", (frappe.local.lang or "en")[:2]))),
		zone=get_system_timezone(),
	)


def currencies_of_site() -> dict[str, str]:
	"""Return codes and signs of the enabled currencies, in lower case → code.

	A sign that several of them have is that of the site's own currency, else of the US dollar.
	"""
	own = frappe.db.get_default("currency")
	rows = frappe.get_all("Currency", filters={"enabled": 1}, fields=["name", "symbol"], order_by="name asc")
	found = {row.name.casefold(): row.name for row in rows}
	for row in sorted(rows, key=lambda row: (row.name != own, row.name != "USD")):
		if row.symbol:
			found.setdefault(row.symbol.strip().rstrip(".").casefold(), row.name)
	return found


def terms_of_site() -> Terms:
	types = lead_statuses.lead_types()
	mandatory = [field.fieldname for field in columns.importable_fields() if field.reqd and not field.default]
	return Terms(
		only_type=types[0] if len(types) == 1 else None,
		choosable=lead_statuses.choosable_statuses,
		lost=frozenset(name for name, status in lead_statuses.statuses().items() if status.category == LOST),
		mandatory=tuple(mandatory),
	)


def raise_unknown_header(header: list[object]) -> None:
	frappe.throw(
		_(
			"The first row of the file names no field of a lead: {0}. Choose below which column is the name, the company or "
			"the e-mail, save, and rehearse it again. Or download the template and use its headings."
		).format(frappe.bold(frappe.utils.escape_html(", ".join(filter(None, heading(header)))[:200]))),
		InvalidFileError,
		title=_("File"),
	)


def raise_empty() -> None:
	frappe.throw(
		_("The file has no rows below its headings. Enter the leads there and save it."),
		InvalidFileError,
		title=_("File"),
	)

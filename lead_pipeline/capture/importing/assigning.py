"""Assignment of the columns of a foreign file to fields.

Proposed by the heading of a column, chosen by users, remembered for the next file.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html
from openpyxl.utils import get_column_letter

from lead_pipeline.capture.importing import files
from lead_pipeline.capture.importing.columns import by_label, heading_as_kept, headings, is_heading
from lead_pipeline.constants import LEAD
from lead_pipeline.domain import import_rows
from lead_pipeline.domain.cells import cell_text
from lead_pipeline.domain.headings import spelled
from lead_pipeline.domain.strangers import one_line
from lead_pipeline.exceptions import InvalidFileError

COLUMN = "Pipeline Import Column"

# In a list with a column of first names, these head the last names.
LAST_NAME_BESIDE_FIRST = ("name", "nom", "nome", "nombre")
# And in one with a column of last names, this heads the first names.
FIRST_NAME_BESIDE_LAST = ("nome",)


def on_validate(run: Document, method: str | None = None) -> None:
	"""Hook (validate): Propose fields for a new file's columns, or check those chosen.

	For Pipeline Lead Import. Raises PermissionError for a file that the user may not see: once this record is saved,
	newer versions of the framework give the user a File with its address.
	"""
	if run.file and run.has_value_changed("file"):
		files.file_at(run.file)
	if run.file and not run.columns:
		try:
			rows = [row for row in files.first_rows(run.file, run.encoding) if any(map(cell_text, row))]
		except InvalidFileError:
			# The rehearsal says what is wrong with the file.
			frappe.clear_last_message()
			return
		if rows:
			at = heading_row(rows)
			fill_assignments(run, rows[at], rows[at + 1 :])
	check_assignment(run)


def fill_assignments(run: Document, header: list[object], body: list[list[object]]) -> None:
	"""Fill the table of columns of `run`.

	Each with an example from the rows of `body`.
	"""
	labels = {name: label for label, name in by_label().items()}
	header = [*header, *[None] * (max(map(len, body), default=0) - len(header))]
	for place, (heading, field) in enumerate(zip(header, propose_fields(header), strict=True)):
		examples = (
			cell_text(row[place]) for row in body if place < len(row) and not import_rows.is_remark(row)
		)
		example = one_line(next(filter(None, examples), ""))[:140]
		if not spelled(heading) and example:
			# What stands below no heading is shown by the letter that spreadsheet programs give it.
			heading = _("Column {0}").format(get_column_letter(place + 1))
		if not is_heading(heading):
			continue
		proposed = labels.get(field)
		row = {"heading": heading_as_kept(heading), "example": example, "place": place}
		run.append("columns", row | {"field": proposed, "proposed": proposed})


def check_assignment(run: Document) -> None:
	"""Raise InvalidFileError for an unknown field or one that two columns fill."""
	names, filled = by_label(), {}
	for row in run.columns:
		if row.field and row.field not in names:
			throw_invalid_assignment(
				_("{0}: a lead has no field {1} that a file can fill. Choose another one, or none."),
				row.heading,
				row.field,
			)
		if row.field in filled:
			throw_invalid_assignment(
				_(
					"{0} and {1} are to fill the same field, {2}. Choose another one, or none, for one of them."
				),
				filled[row.field],
				row.heading,
				_(row.field),
			)
		if row.field:
			filled[row.field] = row.heading


def throw_invalid_assignment(message: str, *values: str) -> None:
	bold = [frappe.bold(escape_html(value)) for value in values]
	frappe.throw(message.format(*bold), InvalidFileError, title=_("Columns"))


def heading_row(rows: list[list[object]]) -> int:
	"""Return the index of the row with the headings, among the first rows.

	Reports have lines above them. 0 when no row has any headings.
	"""
	known = headings()
	counts = [len({known[name].fieldname for name in map(spelled, row) if name in known}) for row in rows]
	most = max(counts, default=0)
	return counts.index(most) if most > 1 else 0


def propose_fields(header: list[object]) -> list[str | None]:
	"""Return the proposed field of each column of a file, None without one.

	It is what users chose for a column with this heading before, else the field that the heading names.

	A field that two columns could fill goes to the first one: nobody knows which of the two is meant.
	"""
	known = headings()
	known |= names_beside(header, known)
	chosen = chosen_before([heading_as_kept(heading) for heading in header])
	taken: set[str] = set()
	found: list[str | None] = []
	for heading in header:
		field = known.get(spelled(heading)) if is_heading(heading) else None
		name = chosen.get(heading_as_kept(heading), field and field.fieldname)
		found.append(name if name not in taken else None)
		taken.add(name)
	return found


def chosen_before(written: list[str]) -> dict[str, str | None]:
	"""Heading → the field that a person chose for it last; None: not to be imported."""
	# Whoever imports leads may know what others have made of a heading: it says nothing of a lead.
	rows = frappe.get_all(
		COLUMN,
		filters={"heading": ("in", written)},
		fields=["heading", "field", "proposed"],
		order_by="modified asc",
	)
	names = by_label()
	chosen = [row for row in rows if (row.field or None) != (row.proposed or None)]
	return {row.heading: names.get(row.field) for row in chosen if not row.field or row.field in names}


def names_beside(header: list[object], known: dict[str, object]) -> dict[str, object]:
	"""Return the field for a column "Name" beside a first or a last name.

	In a file that has first names in a column of their own and no last names, "Name" means the last name; in one
	with only last names, the first name.
	"""
	names = {known[heading].fieldname for heading in map(spelled, header) if heading in known}
	meta = frappe.get_meta(LEAD)
	if "first_name" in names and "last_name" not in names:
		return {heading: meta.get_field("last_name") for heading in LAST_NAME_BESIDE_FIRST}
	if "last_name" in names and "first_name" not in names:
		return {heading: meta.get_field("first_name") for heading in FIRST_NAME_BESIDE_LAST}
	return {}

"""Allowed values of a column on this site: records, options, people.

Looked up once for a whole file.
"""

from collections import Counter
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils import create_batch

from lead_pipeline.capture.importing.columns import LISTS
from lead_pipeline.constants import LEAD, PARTY_TYPES
from lead_pipeline.domain import cells
from lead_pipeline.domain.import_cells import Allowed, Column

# So many records are known by all their spellings, and so many are named in the template.
MAX_KNOWN_RECORDS = 500
MAX_NAMED_RECORDS = 60

# Names asked of the database at once.
BATCH_SIZE = 500


def load_choices(columns: dict[int, Column], rows: list[list[object]]) -> None:
	"""Give each column of choices its allowed values, as far as `rows` need them."""
	for place, column in columns.items():
		if column.kind == "choice":
			cells_of = (row[place] for row in rows if place < len(row))
			written = {
				part
				for cell in cells_of
				if cell is not None
				for part in (cells.cell_items(cell) if column.table else [cells.cell_text(cell)])
			}
			column.allowed = choices_of_column(column, written)


def choices_of_column(column: Column, written: Iterable[str] = ()) -> Allowed:
	"""Return the allowed values of `column`.

	All of them when they are few, and those of `written` that exist.
	"""
	field = frappe.get_meta(LEAD).get_field(column.fieldname)
	if field.fieldtype == "Select":
		return of_options(field.options)
	if column.fieldname == "party_type":
		return allowed_names(doctype for doctype in PARTY_TYPES if frappe.db.exists("DocType", doctype))
	if field.fieldtype == "Dynamic Link":
		return of_parties(written)
	return of_records(linked(column, field), written)


def linked(column: Column, field) -> str:
	"""Return the DocType to which a column links."""
	if column.fieldname in LISTS:
		return frappe.get_meta(field.options).get_field(LISTS[column.fieldname][0]).options
	return field.options


def of_options(options: str | None) -> Allowed:
	return allowed_names(option for option in (options or "").split("\n") if option)


def allowed_names(names: Iterable[str]) -> Allowed:
	allowed = Allowed()
	for name in names:
		spell(allowed, name, name, _(name))
	return allowed


def of_parties(written: Iterable[str]) -> Allowed:
	"""Return the names of Customers, Leads and Prospects.

	Whether a party is of the type that the row names is checked when the lead is saved.
	"""
	allowed = Allowed()
	for doctype in PARTY_TYPES:
		if frappe.db.exists("DocType", doctype):
			allowed.names |= of_records(doctype, written, suggest=False).names
	return allowed


def of_records(doctype: str, written: Iterable[str], suggest: bool = True) -> Allowed:
	"""Return records of `doctype` by name, title or translated name, in any case.

	That a record with exactly this name is there is no secret, as in the framework's own import. What is proposed
	instead of a wrong one, the user may see.
	"""
	allowed = Allowed()
	meta = frappe.get_meta(doctype)
	title = meta.title_field if meta.title_field and meta.title_field != "name" else None
	fields = ["name", *([title] if title else [])]
	switch = next((field for field in ("disabled", "enabled") if meta.has_field(field)), None)
	fields += [switch] if switch else []
	rows = []
	for names in create_batch(sorted(set(written)), BATCH_SIZE):
		rows += frappe.get_all(doctype, filters={"name": ("in", names)}, fields=fields, order_by=None)
	if doctype == "User" or (suggest and frappe.has_permission(doctype, "read")):
		rows += few_records(doctype, fields)
	rows = list({row.name: row for row in rows}.values())
	titles = Counter(row.get(title) for row in rows) if title else {}
	for row in rows:
		# A title that several records have says nothing; a full name that only one person has does.
		unique = title and titles[row.get(title)] == 1
		spell(allowed, row.name, row.name, _(row.name), row.get(title) if unique else None)
		if switch and bool(row.get(switch)) == (switch == "disabled"):
			allowed.disabled.add(row.name)
	return allowed


def few_records(doctype: str, fields: list[str]) -> list[frappe._dict]:
	if doctype == "User":
		# Whoever hands out leads knows the people who can get them, as in every field for a user.
		filters = {"user_type": "System User", "name": ("not in", frappe.STANDARD_USERS)}
		return frappe.get_all(
			doctype, filters=filters, fields=fields, limit=MAX_KNOWN_RECORDS, order_by="name asc"
		)
	if doctype in PARTY_TYPES:
		return []
	return frappe.get_list(doctype, fields=fields, limit=MAX_KNOWN_RECORDS, order_by="name asc")


def spell(allowed: Allowed, name: str, *spellings: str | None) -> None:
	for spelling in spellings:
		if spelling:
			allowed.names.setdefault(spelling.casefold(), name)


def values_to_name(column: Column) -> list[str]:
	"""Return the values to name in the template, as the user reads them.

	Empty when there are too many to name.
	"""
	allowed = choices_of_column(column)
	names = [name for name in dict.fromkeys(allowed.names.values()) if name not in allowed.disabled]
	return [] if len(names) > MAX_NAMED_RECORDS else names

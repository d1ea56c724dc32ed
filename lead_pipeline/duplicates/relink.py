"""Move the records that link to a lead, in any table, to another lead.

Moved records can be put back. Everything is done by SQL: a submitted document, or one that nobody could save today,
belongs to the survivor as well. The changes are kept in a `Moved`, record by record, so that they can be undone.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field

import frappe
from frappe.model.dynamic_links import get_dynamic_links
from frappe.model.rename_doc import get_link_fields
from frappe.utils import create_batch

from lead_pipeline.constants import DISTINCT_LEADS, LEAD, LEAD_KEY

# Names of leads in fields that are no Dynamic Links: DocType → (field with the type, field with the name).
BESIDE_LINKS = {
	"File": ("attached_to_doctype", "attached_to_name"),
	"Version": ("ref_doctype", "docname"),
	"View Log": ("reference_doctype", "reference_name"),
	"Activity Log": ("reference_doctype", "reference_name"),
	"Notification Log": ("document_type", "document_name"),
	"Email Queue": ("reference_doctype", "reference_name"),
	"Document Follow": ("ref_doctype", "ref_docname"),
	"Energy Point Log": ("reference_doctype", "reference_name"),
	"Email Unsubscribe": ("reference_doctype", "reference_name"),
	"Integration Request": ("reference_doctype", "reference_docname"),
}

# Of these a lead has one with the same values at most: what the survivor has already is taken away.
ONE_OF_EACH = {
	"Tag Link": ("tag",),
	"Dynamic Link": ("parenttype", "parent"),
	"Communication Link": ("parenttype", "parent"),
	"DocShare": ("user", "everyone"),
	"Document Follow": ("user",),
	"Pipeline Status Failure": (),
	"Pipeline Card Place": ("user",),
}

RIGHTS = ("read", "write", "share", "submit")

# Written with the lead itself.
OF_THE_LEAD = {LEAD, LEAD_KEY}

# So many records are moved by one statement.
BATCH_SIZE = 1000


@dataclass(frozen=True)
class Place:
	"""A field in which records of `doctype` link to a lead.

	`type_field`: the field that says that the link is to a lead.
	"""

	doctype: str
	field: str
	type_field: str | None = None

	def condition(self, table, lead: str):
		named = table[self.field] == lead
		return named & (table[self.type_field] == LEAD) if self.type_field else named


@dataclass
class Moved:
	"""Changes made to other records by a merge.

	- `moved`: (DocType, field, names)
	- `removed`: (DocType, the row)
	- `changed`: (DocType, name, field, before, after)
	- `singles`: (DocType, field)
	"""

	moved: list = field(default_factory=list)
	removed: list = field(default_factory=list)
	changed: list = field(default_factory=list)
	singles: list = field(default_factory=list)

	def as_dict(self) -> dict:
		return asdict(self)


def places() -> Iterator[Place]:
	"""All fields of this site in which something can name a lead; each once."""
	found = [
		Place(link["parent"], link["fieldname"]) for link in get_link_fields(LEAD) if not link["issingle"]
	]
	found += [Place(link.parent, link.fieldname, link.options) for link in get_dynamic_links()]
	found += [Place(doctype, name, kind) for doctype, (kind, name) in BESIDE_LINKS.items()]
	for place in dict.fromkeys(found):
		if place.doctype not in OF_THE_LEAD and is_place_on_site(place):
			yield place


def is_place_on_site(place: Place) -> bool:
	"""Return whether the site has this table and these columns.

	Fields remain when an app is uninstalled.
	"""
	if not frappe.db.exists("DocType", place.doctype, cache=True) or not frappe.db.table_exists(
		place.doctype
	):
		return False
	meta = frappe.get_meta(place.doctype)
	columns = frappe.db.get_table_columns(place.doctype)
	wanted = [name for name in (place.field, place.type_field) if name]
	return not meta.issingle and not meta.get("is_virtual") and all(name in columns for name in wanted)


def records_of(lead: str) -> dict[Place, list]:
	"""Return the names of the records that name `lead`, by place."""
	found = {place: names_in(place, lead) for place in places()}
	return {place: names for place, names in found.items() if names}


def number_of(records: dict[Place, list]) -> int:
	return sum(map(len, records.values()))


def relink_all(
	lead: str, survivor: str, records: dict[Place, list], show: Callable[[int, int], object] | None = None
) -> Moved:
	"""Give everything that names `lead` to `survivor`.

	`records`: what `records_of` has found in this transaction. `show` is told how many of how many are moved.
	"""
	done, number = Moved(), 0
	remove_pairs(lead, survivor, done)
	for place, found in records.items():
		if place.doctype in ONE_OF_EACH:
			remove_doubles(place, lead, survivor, done)
		removed = {row["name"] for doctype, row in done.removed if doctype == place.doctype}
		if names := [name for name in found if name not in removed]:
			done.moved.append((place.doctype, place.field, names))
		for some in create_batch(names, BATCH_SIZE):
			write_links(place.doctype, some, place.field, survivor)
			number += len(some)
			if show:
				show(number, number_of(records))
	close_double_assignments(survivor, done)
	move_singles(lead, survivor, done)
	return done


def names_in(place: Place, lead: str) -> list:
	table = frappe.qb.DocType(place.doctype)
	query = frappe.qb.from_(table).select(table.name).where(place.condition(table, lead))
	return query.run(pluck=True)


def write_links(doctype: str, names: list, fieldname: str, value: object) -> None:
	"""Write the field by SQL, without a new `modified`.

	Users who have the document open can thus still save it.
	"""
	table = frappe.qb.DocType(doctype)
	frappe.qb.update(table).set(table[fieldname], value).where(table.name.isin(names)).run()
	for name in names:
		frappe.clear_document_cache(doctype, name)


def remove_doubles(place: Place, lead: str, survivor: str, done: Moved) -> None:
	same = ONE_OF_EACH[place.doctype]

	def key(row: dict) -> tuple:
		return tuple(row[name] for name in same)

	kept = {key(row): row for row in rows_at(place, survivor)}
	for row in rows_at(place, lead):
		if key(row) in kept:
			if place.doctype == "DocShare":
				join_rights(kept[key(row)], row, done)
			remove_row(place.doctype, row, done)


def rows_at(place: Place, lead: str) -> list[dict]:
	table = frappe.qb.DocType(place.doctype)
	return frappe.qb.from_(table).select("*").where(place.condition(table, lead)).run(as_dict=True)


def remove_row(doctype: str, row: dict, done: Moved) -> None:
	frappe.db.delete(doctype, {"name": row["name"]})
	done.removed.append((doctype, row))


def join_rights(kept: dict, gone: dict, done: Moved) -> None:
	"""Give a user of both leads the higher of the rights on the one that is left.

	A user who could change one of the two can change the survivor.
	"""
	for right in RIGHTS:
		if gone[right] and not kept[right]:
			change("DocShare", kept["name"], right, kept[right], 1, done)


def change(doctype: str, name: str, fieldname: str, before: object, after: object, done: Moved) -> None:
	write_links(doctype, [name], fieldname, after)
	done.changed.append((doctype, name, fieldname, before, after))


def remove_pairs(lead: str, survivor: str, done: Moved) -> None:
	"""Delete the mark that the two leads are not the same.

	The merge says that they are.
	"""
	table = frappe.qb.DocType(DISTINCT_LEADS)
	pair = [lead, survivor]
	rows = frappe.qb.from_(table).select("*").where(table.lead.isin(pair) & table.other_lead.isin(pair))
	for row in rows.run(as_dict=True):
		remove_row(DISTINCT_LEADS, row, done)


def close_double_assignments(survivor: str, done: Moved) -> None:
	"""Close the younger assignment of who was assigned to both."""
	open_ones = frappe.get_all(
		"ToDo",
		filters={"reference_type": LEAD, "reference_name": survivor, "status": "Open"},
		fields=["name", "allocated_to"],
		order_by="creation asc",
	)
	seen = set()
	for todo in open_ones:
		if todo.allocated_to in seen:
			change("ToDo", todo.name, "status", "Open", "Cancelled", done)
		seen.add(todo.allocated_to)


def move_singles(lead: str, survivor: str, done: Moved) -> None:
	for link in get_link_fields(LEAD):
		if link["issingle"] and frappe.db.get_single_value(link["parent"], link["fieldname"]) == lead:
			frappe.db.set_single_value(link["parent"], link["fieldname"], survivor)
			done.singles.append((link["parent"], link["fieldname"]))


def put_back(done: dict, survivor: str, lead: str) -> dict[str, int]:
	"""Undo a `Moved` for the records that have not changed since.

	Returns for each DocType the number of records that could not be put back.
	"""
	for doctype, fieldname, names in noted_batches(done):
		move_back(doctype, fieldname, names, survivor, lead)
	return put_back_rest(done, survivor, lead)


def number_noted(done: dict) -> int:
	"""Return how many records a `Moved` has moved."""
	return sum(len(names) for _doctype, _field, names in done["moved"])


def noted_batches(done: dict) -> Iterator[tuple[str, str, list]]:
	"""Yield the records that a `Moved` has moved: so many as one statement writes."""
	for doctype, fieldname, names in possible(done)["moved"]:
		for some in create_batch(names, BATCH_SIZE):
			yield doctype, fieldname, some


def move_back(doctype: str, fieldname: str, names: list, survivor: str, lead: str) -> None:
	"""Give those of the records to `lead` that still belong to `survivor`."""
	if here := still(doctype, names, fieldname, survivor):
		write_links(doctype, here, fieldname, lead)


def put_back_rest(done: dict, survivor: str, lead: str) -> dict[str, int]:
	"""Put back what a `Moved` has changed beside the records it has moved.

	Those are back already, in one go or in several. Returns what `put_back` does.
	"""
	missing: Counter = Counter()
	for doctype, fieldname, names in noted_batches(done):
		missing[doctype] += len(names) - len(still(doctype, names, fieldname, lead))
	done = possible(done)
	for doctype, row in done["removed"]:
		missing[doctype] += not insert_row_again(doctype, row)
	for doctype, name, fieldname, before, after in done["changed"]:
		if still(doctype, [name], fieldname, after):
			write_links(doctype, [name], fieldname, before)
	put_back_singles(done["singles"], survivor, lead)
	return {doctype: int(number) for doctype, number in missing.items() if number}


def possible(done: dict) -> dict:
	"""Return the parts of a stored `Moved` that a merge can have written.

	It is put back without permissions, so everything else is left out.
	"""
	fields = {(place.doctype, place.field) for place in places()}
	singles = {(link["parent"], link["fieldname"]) for link in get_link_fields(LEAD) if link["issingle"]}
	changed = {("ToDo", "status"), *(("DocShare", right) for right in RIGHTS)}
	return {
		"moved": [each for each in done["moved"] if tuple(each[:2]) in fields],
		"removed": [each for each in done["removed"] if each[0] in (*ONE_OF_EACH, DISTINCT_LEADS)],
		"changed": [each for each in done["changed"] if (each[0], each[2]) in changed],
		"singles": [each for each in done["singles"] if tuple(each) in singles],
	}


def put_back_singles(singles: list, survivor: str, lead: str) -> None:
	for doctype, fieldname in singles:
		if frappe.db.get_single_value(doctype, fieldname) == survivor:
			frappe.db.set_single_value(doctype, fieldname, lead)


def still(doctype: str, names: list, fieldname: str, value: object) -> list:
	"""Return those of the records that are there and have this value."""
	if not frappe.db.exists("DocType", doctype, cache=True) or not frappe.db.has_column(doctype, fieldname):
		return []
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select(table.name).where(table.name.isin(names))
	return query.where(table[fieldname] == value).run(pluck=True)


def insert_row_again(doctype: str, row: dict) -> bool:
	"""Insert a deleted row again; return whether that was possible.

	Its parent may be gone, or have got another such row.
	"""
	if not frappe.db.exists("DocType", doctype, cache=True) or frappe.db.exists(doctype, row["name"]):
		return False
	if row.get("parenttype") and not frappe.db.exists(row["parenttype"], row["parent"]):
		return row.get("parenttype") == LEAD and write_row(doctype, row)
	return write_row(doctype, row)


def write_row(doctype: str, row: dict) -> bool:
	columns = frappe.db.get_table_columns(doctype)
	kept = {name: value for name, value in row.items() if name in columns}
	frappe.db.bulk_insert(doctype, list(kept), [list(kept.values())])
	return True

"""The only place that changes a lead's status automatically."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe import _
from frappe.core.doctype.docfield.docfield import DocField
from frappe.model.document import Document
from frappe.model.naming import is_autoincremented
from pypika.queries import QueryBuilder
from pypika.terms import LiteralValue, NullValue

from lead_pipeline.constants import CALL, ENQUIRY, FOLLOW_UP, INCOMING_MAIL, LEAD, OUTGOING_MAIL
from lead_pipeline.status import log
from lead_pipeline.status.log import Change

# PostgreSQL's code for a row that somebody else holds.
LOCK_NOT_AVAILABLE = "55P03"

VERSION = "Version"

# What is in a row of a locked lead beside the columns of its table.
BESIDE_COLUMNS = ("_last_change", "_version_number", "_tables")


def apply(lead: Document, status: str, change: Change) -> None:
	"""Put `status` into `lead`, which is being saved by somebody else."""
	lead.status = status
	lead.flags.status_change = change


def save(lead: Document, status: str, change: Change) -> None:
	"""Put `status` into `lead` and save it, as a real change that Notifications and Assignment Rules see.

	`lead` has to be locked by the caller. Raises whatever a save can raise.
	"""
	apply(lead, status, change)
	lead.flags.updater_reference = because(change)
	# The status follows from what the user was allowed to do (a document, a mail), who may have no right on
	# the lead itself; what is empty or dangling in the lead is not for the author of a sale to correct.
	lead.flags.ignore_permissions = True
	lead.flags.ignore_mandatory = True
	lead.flags.ignore_links = True
	with number_at_hand(lead.flags.version_number):
		lead.save()


@contextmanager
def number_at_hand(number: int | None) -> Iterator[None]:
	"""Let the first Version that is made in the block have `number`, which was read from its sequence already."""
	at_hand, ask = [number] if number else [], frappe.db.get_next_sequence_val

	def next_number(doctype: str, *args, **kwargs) -> int:
		return at_hand.pop() if at_hand and doctype == VERSION else ask(doctype, *args, **kwargs)

	frappe.db.get_next_sequence_val = next_number
	try:
		yield
	finally:
		del frappe.db.get_next_sequence_val


def because(change: Change) -> dict | None:
	"""What the framework's timeline adds to its line about the change: why, with a link if there is one."""
	labels = {
		INCOMING_MAIL: _("because of a mail from the lead"),
		ENQUIRY: _("because the lead has asked again"),
		OUTGOING_MAIL: _("because of a mail to the lead"),
		CALL: _("because of a call"),
		FOLLOW_UP: _("because the day of the next contact has come"),
	}
	label = labels.get(change.cause)
	if not label and change.reference_name:
		label = _("because of {0} {1}").format(_(change.reference_doctype), change.reference_name)
	if not label:
		return None
	return {"doctype": change.reference_doctype, "docname": change.reference_name, "label": label}


def lock(lead: str) -> Document | None:
	"""The lead as it is now, its row locked to the end of the transaction; None when there is no such lead.

	Never waits: raises the database's lock error at once when somebody else holds the row.
	"""
	row = lock_row(lead)
	return load_locked(row) if row else None


def lock_row(lead: str) -> frappe._dict | None:
	"""The same, as its row: with all that a change needs to know, in one statement.

	Beside its columns: `_last_change`, which `log.take_apart` reads, and `_tables`, the names of the fields that have rows.
	"""
	return next((with_tables(row) for row in locking(lead).run(as_dict=True)), None)


def lock_row_and_ask(
	lead: str, question: str, columns: tuple[str, ...]
) -> tuple[frappe._dict | None, list[tuple]]:
	"""`lock_row`, and behind its lock the answer to `question`, a select of `columns`: in one statement of MariaDB's.

	The parts of a union are done one after the other. The lock shows what is committed, and only the second part, which
	locks nothing, decides as of when the transaction sees everything else: so nothing can be committed between the two.
	PostgreSQL locks nothing in a union.
	"""
	locked, values = (
		locking(lead)
		.select(next_number().as_("_version_number"), *(NullValue().as_(column) for column in columns))
		.walk()
	)
	nothing = ", ".join(["null"] * len(("_last_change", *tables(), "_version_number")))
	rows = frappe.db.sql(
		# The columns of a lead that there is not are null, and of the same types.
		f"({locked}) union all (select nobody.*, {nothing}, answer.* from ({escaped(question)}) answer "
		f"left join `tab{LEAD}` nobody on 1 = 0)",
		values,
		as_dict=True,
	)
	found = [with_tables(row) for row in rows if row.name is not None]
	answers = [tuple(row[column] for column in columns) for row in rows if row.name is None]
	return without(columns, next(iter(found), None)), answers


def next_number() -> LiteralValue:
	"""For the Version that the change of a lead becomes in the timeline; a number is lost when nothing changes."""
	return (
		LiteralValue(f"nextval(`{VERSION.lower()}_id_seq`)") if is_autoincremented(VERSION) else NullValue()
	)


def escaped(sql: str) -> str:
	"""For a statement that has parameters, too."""
	return sql.replace("%", "%%")


def without(columns: tuple[str, ...], row: frappe._dict | None) -> frappe._dict | None:
	for column in columns if row else ():
		row.pop(column)
	return row


def locking(lead: str) -> QueryBuilder:
	table = frappe.qb.DocType(LEAD)
	return (
		frappe.qb.from_(table)
		.select(table.star, log.last_as_text(lead).as_("_last_change"))
		.select(*(first_row(lead, field).as_(has(field)) for field in tables()))
		.where(table.name == lead)
		.for_update(nowait=True)
	)


def has(field: DocField) -> str:
	return f"_has_{field.fieldname}"


def with_tables(row: frappe._dict) -> frappe._dict:
	row._tables = [field.fieldname for field in tables() if row.pop(has(field))]
	return row


def tables() -> list[DocField]:
	"""The fields of a lead that hold rows in the database, those of the site included."""
	fields = frappe.get_meta(LEAD).get_table_fields()
	return [field for field in fields if not frappe.get_meta(field.options).get("is_virtual")]


def first_row(lead: str, field: DocField) -> QueryBuilder:
	rows = frappe.qb.DocType(field.options)
	of_lead = (rows.parent == lead) & (rows.parenttype == LEAD) & (rows.parentfield == field.fieldname)
	return frappe.qb.from_(rows).select(rows.name).where(of_lead).limit(1)


def load_locked(row: frappe._dict) -> Document:
	"""The document of a lead that `lock_row` has read. Few leads have rows: what is empty is not read."""
	values = {field: value for field, value in row.items() if field not in BESIDE_COLUMNS}
	doc = frappe.get_doc({"doctype": LEAD} | values)
	doc.flags.version_number = row.get("_version_number")
	doc.flags.for_update = True
	for field in tables():
		if field.fieldname in row._tables:
			of_lead = {"parent": doc.name, "parenttype": LEAD, "parentfield": field.fieldname}
			doc.set(
				field.fieldname,
				frappe.db.get_values(
					field.options, of_lead, "*", as_dict=True, order_by="idx asc", for_update=True
				),
			)
	# Nobody can change the row any more: the save need not read it again.
	doc.flags.locked_copy = copy.deepcopy(doc)
	# No automatic change takes rows from a lead, so the save need not look for those that are gone.
	doc.flags.ignore_children_type = [field.options for field in doc.meta.get_table_fields()]
	return doc


def is_locked(error: Exception) -> bool:
	"""Whether `error` says that somebody else holds the row."""
	# Frappe 15.0 does not know what PostgreSQL says.
	return isinstance(error, frappe.QueryTimeoutError) or getattr(error, "pgcode", None) == LOCK_NOT_AVAILABLE

"""The only place that changes a lead's status automatically."""

import copy

import frappe
from frappe import _
from frappe.core.doctype.docfield.docfield import DocField
from frappe.model.document import Document
from pypika.queries import QueryBuilder

from lead_pipeline.constants import CALL, ENQUIRY, FOLLOW_UP, INCOMING_MAIL, LEAD, OUTGOING_MAIL
from lead_pipeline.status import log
from lead_pipeline.status.log import Change

# PostgreSQL's code for a row that somebody else holds.
LOCK_NOT_AVAILABLE = "55P03"


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
	lead.save()


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
	table = frappe.qb.DocType(LEAD)
	has_rows = {f"_has_{field.fieldname}": field.fieldname for field in tables()}
	query = (
		frappe.qb.from_(table)
		.select(table.star, log.last_as_text(lead).as_("_last_change"))
		.select(*(first_row(lead, field).as_(f"_has_{field.fieldname}") for field in tables()))
		.where(table.name == lead)
		.for_update(nowait=True)
	)
	row = next(iter(query.run(as_dict=True)), None)
	if row:
		row._tables = [fieldname for column, fieldname in has_rows.items() if row.pop(column)]
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
	values = {field: value for field, value in row.items() if field not in ("_last_change", "_tables")}
	doc = frappe.get_doc({"doctype": LEAD} | values)
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

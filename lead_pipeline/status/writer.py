"""The only place that changes a lead's status automatically."""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import CALL, ENQUIRY, FOLLOW_UP, INCOMING_MAIL, LEAD, OUTGOING_MAIL
from lead_pipeline.status.log import Change

# PostgreSQL's code for a row that somebody else holds.
LOCK_NOT_AVAILABLE = "55P03"


# Why a lead is lost: a Pipeline Lost Reason, and a note.
Loss = tuple[str | None, str | None]


def apply(lead: Document, status: str, change: Change, loss: Loss | None = None) -> None:
	"""Set `status` and the `loss` on `lead`, without saving it.

	The `loss` is what the status comes from. `lead` is already being saved by somebody else.
	"""
	lead.status = status
	if loss:
		lead.lost_reason, lead.lost_note = loss
	lead.flags.status_change = change


def save(lead: Document, status: str, change: Change, loss: Loss | None = None) -> None:
	"""Set `status` on `lead` and save it.

	It is a real change that Notifications and Assignment Rules see. `lead` has to be locked by the caller. Raises
	whatever a save can raise.
	"""
	apply(lead, status, change, loss)
	lead.flags.updater_reference = timeline_reason(change)
	# The status follows from what the user was allowed to do (a document, a mail), who may have no right on
	# the lead itself; what is empty or dangling in the lead is not for the author of a sale to correct.
	lead.flags.ignore_permissions = True
	lead.flags.ignore_mandatory = True
	lead.flags.ignore_links = True
	lead.save()


def timeline_reason(change: Change) -> dict | None:
	"""Return the reason that the timeline shows beside the change.

	The framework adds it to its own line, with a link if there is one.
	"""
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
	"""Lock the lead to the end of the transaction and return it as it is now.

	None when there is no such lead. Never waits: raises the database's lock error at once when another transaction
	holds the row. See `document_of`.
	"""
	row = lock_row(lead)
	return document_of(row) if row else None


def lock_row(lead: str) -> frappe._dict | None:
	"""Lock the lead without waiting and return the row of its table.

	None when there is no such lead.

	The statement reads nothing but the row that it locks. When it is the first one of a transaction, MariaDB
	therefore fixes what the transaction sees of everything else only with the next statement, when the lock is
	already held.
	"""
	table = frappe.qb.DocType(LEAD)
	rows = (
		frappe.qb.from_(table)
		.select(table.star)
		.where(table.name == lead)
		.for_update(nowait=True)
		.run(as_dict=True)
	)
	return next(iter(rows), None)


def document_of(row: frappe._dict) -> Document:
	"""Return the document of a lead whose row was locked, to be saved.

	Its tables are filled when its save reads them.
	"""
	doc = frappe.get_doc({"doctype": LEAD, **row})
	doc.flags.tables_not_read = True
	# No automatic change takes rows from a lead, so the save need not look for those that are gone.
	doc.flags.ignore_children_type = [field.options for field in doc.meta.get_table_fields()]
	return doc


def is_locked(error: Exception) -> bool:
	"""Return whether `error` says that somebody else holds the row."""
	# Frappe 15.0 does not know what PostgreSQL says.
	return isinstance(error, frappe.QueryTimeoutError) or getattr(error, "pgcode", None) == LOCK_NOT_AVAILABLE

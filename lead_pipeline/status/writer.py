"""The only place that changes a lead's status automatically."""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import CALL, FOLLOW_UP, INCOMING_MAIL, OUTGOING_MAIL
from lead_pipeline.status.log import Change


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


def lock(lead: str) -> Document:
	"""The lead as it is now, its row locked to the end of the transaction.

	Never waits: raises the database's lock error at once when somebody else holds the row, DoesNotExistError
	when there is no such lead.
	"""
	table = frappe.qb.DocType("Pipeline Lead")
	frappe.qb.from_(table).select(table.name).where(table.name == lead).for_update(nowait=True).run()
	return frappe.get_doc("Pipeline Lead", lead, for_update=True)

"""Keep the party of a lead up to date when parties are made or deleted.

It is set by a Customer that names the lead, and emptied when the party is deleted. A lead must not keep anybody
from deleting a party that nothing else needs.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import LEAD, LEAD_LINK, PARTY_TYPES
from lead_pipeline.documents.contact_links import Record
from lead_pipeline.framework import transactions
from lead_pipeline.status import after_commit

RETRY = "lead_pipeline.documents.party_sync.retry"


def link_party(party: Document) -> None:
	"""Link `party` back from the lead that it names, unless that lead has a party.

	Whatever goes wrong, the party is saved: in a request or a job, the lead is changed after the commit only, as a lead
	that somebody else has changed meanwhile can make the database undo the whole transaction.
	"""
	lead = party.get(LEAD_LINK)
	if party.doctype not in PARTY_TYPES or not lead or frappe.db.get_value(LEAD, lead, "party"):
		return
	behind = Record(party.doctype, party.name)
	if after_commit.is_one_action():
		transactions.after_other_callbacks(lambda: link_after_commit(lead, behind))
	else:
		transactions.run_in_savepoint(
			lambda: write_party(lead, behind), lambda error: report_unlinked_party(lead, behind)
		)


def link_after_commit(lead: str, party: Record) -> None:
	"""Link the party to the lead after a commit.

	Errors are recorded, and the link is tried again in the background.
	"""

	def report_and_retry(error: Exception) -> None:
		report_unlinked_party(lead, party)
		job = f"lead_pipeline_party_{lead}"
		transactions.enqueue_after_commit(RETRY, job, lead=lead, party_type=party.doctype, party=party.name)

	transactions.run_in_new_transaction(lambda: write_party(lead, party), report_and_retry)


def retry(lead: str, party_type: str, party: str) -> None:
	"""Background job: Link the party to the lead again.

	Raises RetryBackgroundJobError, upon which the framework runs the job again, five times.
	"""
	try:
		write_party(lead, Record(party_type, party))
	except Exception as error:
		# Whatever it is, it may be over in a moment; it is in the Error Log already.
		raise frappe.RetryBackgroundJobError from error


def write_party(lead: str, party: Record) -> None:
	"""Raises the database's lock error at once when somebody else holds the lead."""
	table = frappe.qb.DocType(LEAD)
	row = frappe.qb.from_(table).select(table.party).where(table.name == lead).for_update(nowait=True).run()
	# The party may be gone by now, or name another lead.
	if row and not row[0][0] and frappe.db.get_value(party.doctype, party.name, LEAD_LINK) == lead:
		# Whoever makes a Customer may have no right on its lead.
		frappe.db.set_value(LEAD, lead, {"party_type": party.doctype, "party": party.name})


def report_unlinked_party(lead: str, party: Record) -> None:
	frappe.log_error(
		title=_("The party of lead {0} could not be entered").format(lead),
		message="\n".join(
			[
				_(
					"{0} {1} was saved nevertheless. If the lead has no party in a few minutes, open it and choose "
					"this one."
				).format(_(party.doctype), party.name),
				"",
				frappe.get_traceback(),
			]
		),
		reference_doctype=LEAD,
		reference_name=lead,
	)


def unlink_deleted_party(party: Document) -> None:
	"""Take a party that is being deleted off its leads, and say so on them."""
	if party.doctype not in PARTY_TYPES:
		return
	# Without permissions: who may delete the party need not see its leads.
	for lead in frappe.get_all(
		LEAD, {"party_type": party.doctype, "party": party.name}, pluck="name", order_by="creation asc"
	):
		frappe.db.set_value(LEAD, lead, {"party_type": None, "party": None})
		said = _("{0} {1}, who was behind this lead, was deleted.").format(_(party.doctype), party.name)
		frappe.get_doc(LEAD, lead).add_comment("Info", said)

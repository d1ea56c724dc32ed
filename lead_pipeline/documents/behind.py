"""Keeps the party of a lead true while parties come and go: filled by a Customer that names the lead, emptied when
the party is deleted. A lead must not keep anybody from deleting a party that nothing else needs.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import LEAD, LEAD_LINK, PARTY_TYPES
from lead_pipeline.status import safely


def fill(party: Document) -> None:
	"""Link `party` back from the lead that it names, unless that lead has a party.

	Whatever goes wrong, the party is saved.
	"""
	lead = party.get(LEAD_LINK)
	if party.doctype in PARTY_TYPES and lead and frappe.db.get_value(LEAD, lead, "party") in (None, ""):
		safely.attempt(lambda: write(lead, party), lambda error: report(lead, party))


def write(lead: str, party: Document) -> None:
	"""Raises the database's lock error at once when somebody else holds the lead."""
	table = frappe.qb.DocType(LEAD)
	row = frappe.qb.from_(table).select(table.party).where(table.name == lead).for_update(nowait=True).run()
	if row and not row[0][0]:
		# Whoever makes a Customer may have no right on its lead.
		frappe.db.set_value(LEAD, lead, {"party_type": party.doctype, "party": party.name})


def report(lead: str, party: Document) -> None:
	frappe.log_error(
		title=_("The party of lead {0} could not be entered").format(lead),
		message="\n".join(
			[
				_("{0} {1} was saved nevertheless. Open the lead and choose it as its party.").format(
					_(party.doctype), party.name
				),
				"",
				frappe.get_traceback(),
			]
		),
		reference_doctype=LEAD,
		reference_name=lead,
	)


def let_go(party: Document) -> None:
	"""Take a party that is being deleted off its leads, and say so on them."""
	if party.doctype not in PARTY_TYPES:
		return
	# Without permissions: who may delete the party need not see its leads.
	for lead in frappe.get_all(LEAD, {"party_type": party.doctype, "party": party.name}, pluck="name"):
		frappe.db.set_value(LEAD, lead, {"party_type": None, "party": None})
		said = _("{0} {1}, who was behind this lead, was deleted.").format(_(party.doctype), party.name)
		frappe.get_doc(LEAD, lead).add_comment("Info", said)

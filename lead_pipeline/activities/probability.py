"""The probability of a lead follows its status until a person types one."""

import frappe
from frappe.model.document import Document
from frappe.utils import flt

from lead_pipeline.constants import LEAD
from lead_pipeline.reference_data import lead_statuses


def set_probability(lead: Document, method: str | None = None) -> None:
	"""Hook of the lead's save (before_save): note whether its probability was typed, else take that of its status."""
	before = lead.get_doc_before_save()
	typed = not before or flt(lead.probability) != flt(before.probability)
	if typed:
		# An emptied field is a zero for the database.
		lead.own_probability = int(flt(lead.probability) > 0)
	if not lead.own_probability and (typed or before.status != lead.status):
		lead.probability = of_status(lead.status)


def of_status(status: str) -> float:
	known = lead_statuses.statuses().get(status)
	return flt(known.probability) if known else 0


def forget_followed(lead: Document) -> Document:
	"""Empty the probability of a lead, read for a merge, that nobody has typed: what was typed for another one fills the gap."""
	if not lead.own_probability:
		lead.probability = 0
	return lead


def follow_own_status(lead: Document) -> None:
	"""Let a copy follow its own status when its source did."""
	if not frappe.db.get_value(LEAD, lead.copy_source, "own_probability"):
		lead.probability = 0

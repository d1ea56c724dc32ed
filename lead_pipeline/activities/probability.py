"""The probability of a lead follows its status until a person types one."""

import frappe
from frappe.model.document import Document
from frappe.utils import flt

from lead_pipeline.constants import LEAD
from lead_pipeline.reference_data import lead_statuses


def set_probability(lead: Document, method: str | None = None) -> None:
	"""Hook of Pipeline Lead (before_save): take the probability of the status.

	Unless a probability was typed, which is noted.
	"""
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
	"""Clear the probability of a lead read for a merge unless somebody typed it.

	A probability typed for another lead then fills the gap.
	"""
	if not lead.own_probability:
		lead.probability = 0
	return lead


def follow_own_status(lead: Document) -> None:
	"""Let a copy follow its own status when its source did."""
	if not frappe.db.get_value(LEAD, lead.copy_source, "own_probability"):
		lead.probability = 0

"""Finds leads whose status disagrees with their documents, and repairs them.

For everything that changes documents without an event: raw SQL (ERPNext expires quotations that way), changed rules,
events that were lost. Set-based: the number of queries depends on the number of rules, not of leads.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import frappe

from lead_pipeline.constants import LEAD, REPAIR
from lead_pipeline.status import facts, recompute
from lead_pipeline.status.rules import rules

BATCH = 1000


@dataclass(frozen=True)
class Disagreement:
	"""A lead whose `status` is not the one, `wanted`, that its documents and people justify."""

	lead: str
	status: str
	wanted: str


def reconcile() -> int:
	"""Repair every lead that disagrees; return how many were. Hourly scheduler job; safe to run at any time."""
	repaired = 0
	for disagreement in disagreements():
		recompute.recompute_safely(disagreement.lead, cause=REPAIR)
		# Each repair stands alone: a long run must not hold locks, nor lose what it has done when it is stopped.
		frappe.db.commit()
		repaired += 1
	return repaired


def disagreements() -> Iterator[Disagreement]:
	"""All leads whose status is not the justified one."""
	names = candidates()
	for start in range(0, len(names), BATCH):
		yield from disagreements_among(names[start : start + BATCH])


def disagreements_among(names: list[str]) -> list[Disagreement]:
	"""Those of the named leads that disagree, found with one query per rule."""
	rows = frappe.get_all(LEAD, filters={"name": ("in", names)}, fields=recompute.STATE_FIELDS, order_by=None)
	found = facts.of_leads({row.name: row.lead_type for row in rows})
	decided = [(row, recompute.decide_for(row, found=found[row.name])) for row in rows]
	return [
		Disagreement(row.name, row.status, decision.status)
		for row, decision in decided
		if decision.status != row.status
	]


def candidates() -> list[str]:
	"""Leads that can disagree at all: those with a document, and those whose status no person chose."""
	names = set()
	for document_type, link in {(rule.document_type, rule.link) for rule in rules()}:
		names.update(
			frappe.get_all(document_type, filters={link: ("is", "set")}, pluck=link, distinct=True, order_by=None)
		)
	lead = frappe.qb.DocType(LEAD)
	query = frappe.qb.from_(lead).select(lead.name).where(lead.status != lead.manual_status)
	names.update(row[0] for row in query.run())
	return sorted(names)

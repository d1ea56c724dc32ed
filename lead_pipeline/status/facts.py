"""Which rules hold? Facts of the documents of one lead or of many, one query per rule."""

from collections import defaultdict

import frappe

from lead_pipeline.domain.decision import Fact
from lead_pipeline.status.rules import Rule, rules


def of_lead(lead: str, lead_type: str | None) -> list[Fact]:
	"""The facts that speak for a status of this lead."""
	return of_leads({lead: lead_type})[lead]


def of_leads(lead_types: dict[str, str | None], among: list[Rule] | None = None) -> dict[str, list[Fact]]:
	"""The facts of many leads, given as name → lead type; every name is a key of the answer.

	`among`: the rules to ask, those of the site without it.
	"""
	found: dict[str, list[Fact]] = {lead: [] for lead in lead_types}
	for rule in rules() if among is None else among:
		concerned = [lead for lead, lead_type in lead_types.items() if rule.concerns(lead_type)]
		for lead, facts in _matches(rule, concerned).items():
			found[lead].extend(facts)
	return found


def _matches(rule: Rule, leads: list[str]) -> dict[str, list[Fact]]:
	"""Without permissions: a lead's status depends on all its documents, not on those that this user may see."""
	found = defaultdict(list)
	if not leads:
		return found
	rows = frappe.get_all(
		rule.document_type,
		filters=[*rule.filters, [rule.document_type, rule.link, "in", leads]],
		fields=["name", "creation", f"{rule.link} as lead"],
		order_by=None,
	)
	for row in rows:
		found[row.lead].append(
			Fact(
				rule=rule.name,
				status=rule.status,
				position=rule.position,
				document_type=rule.document_type,
				document_name=str(row.name),
				created=str(row.creation),
			)
		)
	return found

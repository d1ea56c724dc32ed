"""Why does this lead have this status? For the form, and for whoever has to find out."""

from collections.abc import Iterable

import frappe
from frappe.utils import get_fullname

from lead_pipeline import reference
from lead_pipeline.constants import LEAD, PEOPLES_CAUSES, RULE
from lead_pipeline.domain.decision import BY_DOCUMENT, Decision
from lead_pipeline.status import facts, failures, log, recompute, rules, words


@frappe.whitelist()
def explain(lead: str) -> dict:
	"""Say which rule and document, or which person's choice, the status of `lead` follows from.

	Returns `status`, `wanted` (what it would be were it not held), `origin` (document, person or default), `held_by`
	(hold, protection or None), `agrees` (whether the status is the one that it should have now), `fact` (the strongest
	rule that holds, with its document), `others` (further rules that hold), `skipped` (stronger ones that the type
	forbids), `change` (the last row of the status log, with the person's full name and whether it was `by_person`),
	`gone` (the document of that row, when it does not count any more and the lead is to be where people had put it),
	`failure` (that the lead could not follow, see `failures.of_lead`). Raises PermissionError when the user may not read
	the lead.
	"""
	doc = frappe.get_doc(LEAD, lead)
	doc.check_permission("read")
	decision = recompute.decide_for(doc)
	others = [fact for fact in decision.facts if fact != decision.fact and fact not in decision.skipped]
	current = reference.statuses().get(doc.status)
	change = last_change(doc.name)
	return {
		"status": doc.status,
		"wanted": decision.wanted,
		"origin": decision.origin,
		"held_by": decision.held_by,
		"agrees": decision.status == doc.status,
		"fact": describe(decision.fact) if decision.fact else None,
		"others": [describe(fact) for fact in others],
		"skipped": [describe(fact) for fact in decision.skipped],
		"protected": bool(current and current.protected),
		"change": change,
		"gone": document_that_went(decision, change),
		"failure": failures.of_lead(doc.name),
	}


def last_change(lead: str) -> dict | None:
	"""The newest row of the log, with the person's full name and whether it was a person's choice."""
	row = log.last(lead)
	return row and named([row])[0] | {"by_person": row.cause in PEOPLES_CAUSES}


def document_that_went(decision: Decision, change: dict | None) -> dict | None:
	"""The document of the last change, when that was an automatic one and only people speak for a status by now."""
	if decision.origin == BY_DOCUMENT or not change or change["by_person"]:
		return None
	document = {"document_type": change["reference_doctype"], "document_name": change["reference_name"]}
	speaks = any(fact.document_name == document["document_name"] for fact in decision.facts)
	return None if speaks or not document["document_name"] else document


def account(lead: str) -> dict:
	"""All that decides about a lead, for whoever may see everything (the command line).

	Returns `lead` (the document), `decision`, `rules` (each with the facts that it has found, in their order), `broken`
	(the names of those that cannot be evaluated), `failure` (that the lead could not follow) and `sentences` (why, in
	plain words). Raises DoesNotExistError when there is no such lead.
	"""
	doc = frappe.get_doc(LEAD, lead)
	decision = recompute.decide_for(doc)
	return {
		"lead": doc,
		"decision": decision,
		"broken": [rule.name for rule in rules.rules() if not facts.can_be_evaluated(rule)],
		"failure": failures.of_lead(doc.name),
		"rules": [
			(rule, [fact for fact in decision.facts if fact.rule == rule.name]) for rule in rules.rules()
		],
		"sentences": words.sentences(decision, doc.status),
	}


def describe(fact) -> dict:
	return {
		"rule": fact.rule,
		"rule_name": frappe.get_cached_value(RULE, fact.rule, "rule_name"),
		"status": fact.status,
		"document_type": fact.document_type,
		"document_name": fact.document_name,
	}


@frappe.whitelist()
def status_history(lead: str) -> list[dict]:
	"""The rows of the lead's status log, newest first, with the full names of the people.

	Raises PermissionError when the user may not read the lead.
	"""
	frappe.get_doc(LEAD, lead).check_permission("read")
	return named(log.history(lead))


def named(rows: Iterable[frappe._dict]) -> list[frappe._dict]:
	"""The rows with `changed_by_name`: the desk knows the names of few users."""
	rows = list(rows)
	names = {user: get_fullname(user) for user in {row.changed_by for row in rows}}
	return [row | {"changed_by_name": names[row.changed_by]} for row in rows]

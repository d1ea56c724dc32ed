"""Explain why a lead has its status, for the form and the command line."""

from collections import defaultdict
from collections.abc import Iterable, Iterator

import frappe
from frappe.model.document import Document
from frappe.utils import get_fullname

from lead_pipeline.constants import LEAD, PEOPLES_CAUSES, RULE
from lead_pipeline.domain.decision import BY_DOCUMENT, Decision, Fact
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import facts, failures, log, messages, recompute, rules
from lead_pipeline.visibility.readable_records import readable_names

COMMUNICATION = "Communication"

# How the answers name a document: its type and its name.
DOCUMENT_FIELDS = (("document_type", "document_name"), ("reference_doctype", "reference_name"))


@frappe.whitelist()
def explain(lead: str) -> dict:
	"""Return which rule, document or choice the status of `lead` follows from.

	Returns `status`, `wanted` (what it would be were it not held), `origin` (document, person or default), `held_by`
	(hold, protection or None), `agrees` (whether the status is the one that it should have now), `fact` (the strongest
	rule that holds, with its document), `others` (further rules that hold), `skipped` (stronger ones that the type
	forbids), `change` (the last row of the status log, with the person's full name and whether it was `by_person`),
	`gone` (the document of that row, when it does not count any more and the lead is to be where people had put it),
	`failure` (that the lead could not follow, see `failures.failure_of_lead`), `lost_reason` (why a lost lead is lost). A document
	that the user may not read is not named, but `unseen`. Raises PermissionError when the user may not read the lead.
	"""
	doc = lead_to_explain(lead)
	return without_unseen(why(doc, last_change(doc.name)))


def why_and_history(lead: Document) -> dict:
	"""Return `why` and `history`: the answers of `explain` and `status_history`.

	The caller has checked the permission.
	"""
	history = with_names(log.status_history_of(lead.name))
	newest = next((row for row in history if not row["merged_from"]), None)
	return without_unseen({"why": why(lead, newest and with_kind(newest)), "history": history})


def lead_to_explain(lead: str) -> Document:
	doc = frappe.get_doc(LEAD, lead)
	doc.check_permission("read")
	return doc


def why(doc: Document, change: dict | None) -> dict:
	decision = recompute.decide_for(doc)
	named_fact = as_logged(decision, change) if decision.fact else None
	others = [fact for fact in decision.facts if fact != named_fact and fact not in decision.skipped]
	current = lead_statuses.statuses().get(doc.status)
	return {
		"status": doc.status,
		"wanted": decision.wanted,
		"origin": decision.origin,
		"held_by": decision.held_by,
		"agrees": decision.status == doc.status,
		"fact": describe_fact(named_fact) if named_fact else None,
		"others": [describe_fact(fact) for fact in others],
		"skipped": [describe_fact(fact) for fact in decision.skipped],
		"protected": bool(current and current.protected),
		"change": change,
		"gone": document_that_went(decision, change),
		"failure": failures.failure_of_lead(doc.name),
		"lost_reason": log.lost_reason(doc),
	}


def as_logged(decision: Decision, change: dict | None) -> Fact:
	"""Return the fact to name for a decision.

	Of several documents that justify it equally, the one that the history names.
	"""
	strongest = decision.fact
	equal = (
		fact for fact in decision.facts if (fact.rule, fact.status) == (strongest.rule, strongest.status)
	)
	logged = (change["reference_doctype"], change["reference_name"]) if change else None
	return next(
		(fact for fact in equal if (fact.document_type, fact.document_name) == logged),
		strongest,
	)


def last_change(lead: str) -> dict | None:
	"""Return the newest row of the log, with the full name of the person.

	Also says whether it was a person's choice.
	"""
	row = log.last(lead)
	return row and with_kind(with_names([row])[0])


def with_kind(row: dict) -> dict:
	return row | {"by_person": row["cause"] in PEOPLES_CAUSES}


def document_that_went(decision: Decision, change: dict | None) -> dict | None:
	"""Return the document of the last change if that document no longer counts.

	Only when that change was an automatic one and only people's choices decide about the status by now.
	"""
	if decision.origin == BY_DOCUMENT or not change or change["by_person"]:
		return None
	document = {"document_type": change["reference_doctype"], "document_name": change["reference_name"]}
	speaks = any(fact.document_name == document["document_name"] for fact in decision.facts)
	return None if speaks or not document["document_name"] else document


def account(lead: str) -> dict:
	"""Return all that decides about a lead, without permissions.

	For callers that may see everything (the command line).

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
		"failure": failures.failure_of_lead(doc.name),
		"rules": [
			(rule, [fact for fact in decision.facts if fact.rule == rule.name]) for rule in rules.rules()
		],
		"sentences": messages.decision_sentences(decision, doc.status),
	}


def describe_fact(fact) -> dict:
	return {
		"rule": fact.rule,
		"rule_name": frappe.get_cached_value(RULE, fact.rule, "rule_name"),
		"status": fact.status,
		"document_type": fact.document_type,
		"document_name": fact.document_name,
	}


@frappe.whitelist()
def status_history(lead: str) -> list[dict]:
	"""Return the rows of the lead's status log, newest first.

	With the full names of the people. A document that the user may not read is not named, but `unseen`. Raises
	PermissionError when the user may not read the lead.
	"""
	return without_unseen(with_names(log.status_history_of(lead_to_explain(lead).name)))


def without_unseen(answer: dict | list) -> dict | list:
	"""Return the answer without the documents that the user may not read.

	Their types and names are replaced by `unseen`. A reason that names one of them is left out, too. Mails and
	calls stay: who may see the lead sees them in its timeline.
	"""
	told = list(parts_with_documents(answer))
	names = defaultdict(set)
	for part, type_field, name_field in told:
		names[part[type_field]].add(part[name_field])
	seen = {
		document_type: found if document_type == COMMUNICATION else readable_names(document_type, found)
		for document_type, found in names.items()
	}
	unseen = {name for document_type, found in names.items() for name in found - seen[document_type]}
	for part, type_field, name_field in told:
		if any(name in (part.get("reason") or "") for name in unseen):
			part["reason"] = None
		if part[name_field] not in seen[part[type_field]]:
			part.update({type_field: None, name_field: None, "unseen": True})
	return answer


def parts_with_documents(answer: object) -> Iterator[tuple[dict, str, str]]:
	"""Yield the dicts in `answer`, at any depth, that name a document.

	Each with the fields that hold its type and its name.
	"""
	if isinstance(answer, dict):
		yield from ((answer, *fields) for fields in DOCUMENT_FIELDS if answer.get(fields[1]))
		answer = answer.values()
	elif not isinstance(answer, list):
		return
	for part in answer:
		yield from parts_with_documents(part)


def with_names(rows: Iterable[frappe._dict]) -> list[dict]:
	"""Return the rows with `changed_by_name` and `reference_title`.

	`changed_by_name`: the desk knows the names of few users. `reference_title`: the subject of a mail or a call,
	whose own name is a random one.
	"""
	rows = list(rows)
	names = {user: get_fullname(user) for user in {row.changed_by for row in rows}}
	titles = subjects({row.reference_name for row in rows if row.reference_doctype == COMMUNICATION})
	return [
		row
		| {
			"changed_by_name": names[row.changed_by],
			"reference_title": titles.get(row.reference_name)
			if row.reference_doctype == COMMUNICATION
			else None,
		}
		for row in rows
	]


def subjects(communications: set[str]) -> dict[str, str]:
	"""Return the subjects of mails and calls. Ignores permissions.

	Users who may see the lead see them in its timeline.
	"""
	if not communications:
		return {}
	found = frappe.get_all(
		COMMUNICATION,
		filters={"name": ("in", sorted(communications))},
		fields=["name", "subject"],
		order_by=None,
	)
	return {row.name: row.subject for row in found}

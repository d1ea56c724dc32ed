"""Preview what a rule would change before it is saved.

Set-based, bounded, and nothing is written. The decision is made as always, but with the rules as they would be.
It is made for the leads that have a document of the rule's type, the newest first.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import LEAD, RULE
from lead_pipeline.domain.decision import BY_DOCUMENT, Decision, Fact
from lead_pipeline.domain.values import is_plain, of_json
from lead_pipeline.exceptions import InvalidRuleError
from lead_pipeline.status import filter_checks, messages, reconcile, rule_checks, rules

# So many leads are looked at: about two seconds.
EXAMINED = 10_000

# So many of those that would change are shown, and so many are looked through for some that the user may see.
MAX_LEADS_SHOWN = 20
MAX_LEADS_LOOKED_AT = 1000

FIELDS = ("rule_name", "document_type", "filters", "status", "position", "lead_type", "enabled")


@dataclass(frozen=True)
class Move:
	"""A lead that would go from `status` to the one of the `decision`."""

	lead: str
	status: str
	decision: Decision


@dataclass
class Preview:
	"""Result of a preview.

	How many leads were `examined`, whether there are `more`, which would move, and how many are `held` back.
	"""

	examined: int = 0
	more: bool = False
	moves: list[Move] = field(default_factory=list)
	held: int = 0


@frappe.whitelist(methods=["POST"])
def try_rule(rule: str | dict, without: bool = False) -> dict:
	"""Return which leads would change if `rule` were saved as it is; write nothing.

	`rule`: the form's document, or its JSON. `without`: preview its deletion instead.

	Returns `examined`, `more` (there are leads that were not examined), `total` (how many would change), `held`
	(how many would, but are held back), `moves` (old status, new status, how many), `leads`: the first that the
	user may see, with `lead`, `title`, `from_status`, `to_status`, `why`, and the document that decides.

	Raises InvalidRuleError as saving would, PermissionError when the user may not write rules, or may not read what
	the rule asks for.
	"""
	document = document_of(rule)
	if not without:
		check_document(document)
	return preview_answer(changes(document, without))


@frappe.whitelist(methods=["GET"])
def waiting(rule: str, document_type: str | None = None) -> dict:
	"""Return how many leads disagree with the rules now: `total` and `more`.

	Counts the leads with a document of the type of this saved rule. `document_type`: the one that the rule had
	before, whose leads are concerned as well. Raises PermissionError when the user may not write the rule.
	"""
	document = frappe.get_doc(RULE, rule)
	document.check_permission("write")
	found = preview_moves({document.document_type, document_type} - {None, ""}, rules.rules(), None)
	return {"total": len(found.moves), "more": found.more}


def document_of(rule: str | dict) -> Document:
	"""Return the rule as the form has it, not saved.

	Raises what keeps the user from saving one: InvalidRuleError or PermissionError.
	"""
	values = of_json(rule) if isinstance(rule, str) else rule
	if not isinstance(values, dict):
		frappe.throw(_("There is no rule to try. Open one first."), InvalidRuleError)
	if not frappe.has_permission(RULE, "create"):
		frappe.throw(
			_("You may not write status rules. Ask somebody with the role Sales Manager."),
			frappe.PermissionError,
		)
	name = values.get("name")
	if name and isinstance(name, str) and frappe.db.exists(RULE, name):
		document = frappe.get_doc(RULE, name)
		document.check_permission("write")
	else:
		document = frappe.new_doc(RULE)
		document.name = "new"
	document.update({key: value_of_filter(document, key, values[key]) for key in FIELDS if key in values})
	document.position, document.enabled = (
		frappe.utils.cint(document.position),
		frappe.utils.cint(document.enabled),
	)
	return document


def value_of_filter(document: Document, fieldname: str, value: object) -> object:
	"""Return the value as the field can have it. Raises InvalidRuleError."""
	if not is_plain(value) and not (fieldname == "filters" and isinstance(value, list | dict)):
		label = frappe.bold(_(document.meta.get_label(fieldname)))
		frappe.throw(
			_("{0} has a value that it cannot have. Enter it again.").format(label), InvalidRuleError
		)
	return value


def check_document(document: Document) -> None:
	for fieldname in ("document_type", "status"):
		if not document.get(fieldname):
			frappe.throw(
				_("Enter {0} first.").format(frappe.bold(_(document.meta.get_label(fieldname)))),
				InvalidRuleError,
			)
	rule_checks.check_links(document)
	filter_checks.check_filters(document)


def changes(document: Document, without: bool) -> Preview:
	before = rules.rules()
	after = rules.changed(document, removed=without)
	concerned = {rule.document_type for rule in (*before, *after) if rule.name == document.name}
	return preview_moves(concerned, after, before)


def preview_moves(concerned: set[str], after: list[rules.Rule], before: list[rules.Rule] | None) -> Preview:
	"""Return the leads that the rules `after` would move to another status.

	Without those that the rules `before` would move there anyway; all of them when `before` is None.
	"""
	found = Preview()
	for rows in reconcile.leads_in_pieces(concerned, newest_first=True):
		found.more = found.examined + len(rows) > EXAMINED
		rows = rows[: EXAMINED - found.examined]
		if not rows:
			return found
		# Leads that cannot be examined are the repair's business, which names them.
		anyway = dict_of(reconcile.with_decisions(rows, {}, before)) if before is not None else {}
		for row, decision in reconcile.with_decisions(rows, {}, after):
			note_move(found, row, decision, anyway.get(row.name))
		found.examined += len(rows)
	return found


def dict_of(decided: list[tuple[frappe._dict, Decision]]) -> dict[str, Decision]:
	return {row.name: decision for row, decision in decided}


def note_move(found: Preview, row: frappe._dict, decision: Decision, anyway: Decision | None) -> None:
	if decision.status != row.status and not (anyway and anyway.status == decision.status):
		found.moves.append(Move(row.name, row.status, decision))
	elif decision.held_by and not (anyway and anyway.wanted == decision.wanted):
		found.held += 1


def preview_answer(found: Preview) -> dict:
	moves = Counter((move.status, move.decision.status) for move in found.moves)
	return {
		"examined": found.examined,
		"more": found.more,
		"total": len(found.moves),
		"held": found.held,
		"moves": [
			{"from_status": start, "to_status": end, "count": count}
			for (start, end), count in moves.most_common()
		],
		"leads": list(visible_moves(found.moves)),
	}


def visible_moves(moves: list[Move]) -> Iterator[dict]:
	"""The first leads that the user may see, as the dialog shows them."""
	moves = moves[:MAX_LEADS_LOOKED_AT]
	if not moves or not frappe.has_permission(LEAD, "read"):
		return
	names = [move.lead for move in moves]
	titles = dict(
		frappe.get_list(
			LEAD,
			filters={"name": ("in", names)},
			fields=["name", "lead_name"],
			as_list=True,
			limit=len(names),
			order_by=None,
		)
	)
	shown = [move for move in moves if move.lead in titles][:MAX_LEADS_SHOWN]
	readable = readable_documents(shown)
	for move in shown:
		named = bool(move.decision.fact) and key_of(move.decision.fact) in readable
		fact = move.decision.fact if move.decision.origin == BY_DOCUMENT else None
		yield {
			"lead": move.lead,
			"title": titles[move.lead],
			"from_status": move.status,
			"to_status": move.decision.status,
			"why": messages.decision_reason_text(move.decision, with_name=named),
			"document_type": fact and fact.document_type,
			"document_name": fact.document_name if fact and named else None,
		}


def readable_documents(moves: list[Move]) -> set[tuple[str, str]]:
	"""Return those of the documents deciding these moves that the user may read."""
	names: dict[str, set[str]] = {}
	for move in moves:
		if fact := move.decision.fact:
			names.setdefault(fact.document_type, set()).add(fact.document_name)
	return {
		(doctype, str(name))
		for doctype, wanted in names.items()
		if frappe.has_permission(doctype, "read")
		for name in frappe.get_list(
			doctype,
			filters={"name": ("in", sorted(wanted))},
			pluck="name",
			limit=len(wanted),
			order_by="name asc",
		)
	}


def key_of(fact: Fact) -> tuple[str, str]:
	return fact.document_type, str(fact.document_name)

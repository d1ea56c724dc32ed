"""Brings a lead's status into agreement with its documents, and keeps what a person chose in mind.

`recompute` and `move` raise; `recompute_safely` is for the hooks of other people's documents: it never lets a
lead harm a sale.
"""

import json
from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline import reference
from lead_pipeline.constants import DOCUMENT, LEAD, TYPE_CHANGE
from lead_pipeline.domain.decision import BY_DOCUMENT, Decision, Fact, LeadState, decide
from lead_pipeline.status import facts, log, safely, writer
from lead_pipeline.status.log import Change

# A document by DocType and name.
Reference = tuple[str, str]

# Gets a lead, as a row with MOVE_FIELDS or as the document; answers with its new status, None for no change.
ChooseStatus = Callable[[frappe._dict | Document], str | None]

STATE_FIELDS = ("name", "status", "lead_type", "hold_status", "manual_status", "manual_basis")
MOVE_FIELDS = ("name", "status", "lead_type", "hold_status", "status_changed_on")

RETRY = "lead_pipeline.status.recompute.retry"


def recompute(lead: str, cause: str = DOCUMENT, trigger: Reference | None = None) -> Decision | None:
	"""Give `lead` the status that its documents and people justify; return the decision, None if it is gone.

	`trigger`: (DocType, name) of the document whose change is the reason to look. Writes nothing when the
	status is right already. Raises what the database or the lead's own save raises, a lock error when
	somebody else holds it.
	"""
	row = frappe.db.get_value(LEAD, lead, STATE_FIELDS, as_dict=True)
	if not row:
		return None
	decision = decide_for(row)
	if decision.status == row.status:
		return decision
	doc = writer.lock(lead)
	# What was read before the lock may be out of date by now.
	decision = decide_for(doc)
	if decision.status != doc.status:
		writer.save(doc, decision.status, change_of(lead, decision, cause, trigger))
	return decision


def recompute_safely(lead: str, trigger: Reference | None = None, cause: str = DOCUMENT) -> None:
	"""Recompute inside another document's save: what goes wrong is logged and tried again in the background.

	Raises only what `safely.attempt` raises.
	"""

	def report_and_retry(error: Exception) -> None:
		report_failure(lead, trigger)
		safely.enqueue_after_commit(RETRY, f"lead_pipeline_recompute_{lead}", lead=lead)

	safely.attempt(lambda: recompute(lead, cause=cause, trigger=trigger), report_and_retry)


def move(lead: str, choose_status: ChooseStatus, change: Change) -> str | None:
	"""Give `lead` the status that `choose_status` answers with, as a person's choice; return it if it is new.

	For what people do without touching the lead itself: a mail, a call, a day that they had set.
	`choose_status` is asked again under the lock. Raises what the database or the lead's own save raises,
	a lock error when somebody else holds it.
	"""
	row = frappe.db.get_value(LEAD, lead, MOVE_FIELDS, as_dict=True)
	if not row or not choose_status(row):
		return None
	doc = writer.lock(lead)
	status = choose_status(doc)
	if not status or status == doc.status:
		return None
	writer.save(doc, status, change)
	return status


def retry(lead: str) -> None:
	"""Background job: recompute; the framework runs it again when it fails, in the end the repair does."""
	try:
		recompute(lead)
	except Exception as error:
		raise frappe.RetryBackgroundJobError from error


def choose(lead: Document, method: str | None = None) -> None:
	"""Hook of the lead's own save (before_validate): note a person's choice, follow a new type or hold."""
	change: Change | None = lead.flags.status_change
	if change and not change.by_person:
		return
	before = lead.get_doc_before_save()
	if lead.is_new() or not before:
		note_choice(lead, None)
	elif lead.status != before.status:
		note_choice(lead, decide_for(lead).fact)
	elif lead.lead_type != before.lead_type or bool(lead.hold_status) != bool(before.hold_status):
		follow_new_terms(lead, type_changed=lead.lead_type != before.lead_type)


def note_choice(lead: Document, winner: Fact | None) -> None:
	"""Remember the status of `lead` as a person's choice, and which fact it was made against."""
	lead.manual_status = lead.status
	lead.manual_basis = json.dumps(winner.key) if winner else None


def follow_new_terms(lead: Document, type_changed: bool) -> None:
	"""The person changed the lead's type or its hold: give it the status that is justified now."""
	forbidden = type_changed and not reference.is_allowed(lead.status, lead.lead_type)
	# Neither hold nor protection can keep a status that the new type does not have.
	decision = decide_for(lead, may_be_held=not forbidden)
	if decision.status != lead.status:
		cause = TYPE_CHANGE if forbidden or (type_changed and not decision.fact) else DOCUMENT
		if cause == TYPE_CHANGE:
			# Who chose the type chose this, too: an older choice does not come back with the next type.
			lead.manual_status = decision.status
		writer.apply(lead, decision.status, change_of(lead.name, decision, cause))


def decide_for(
	lead: Document | frappe._dict, may_be_held: bool = True, found: list[Fact] | None = None
) -> Decision:
	"""The decision for a lead, as a document or a row with STATE_FIELDS; `found`: its facts, when known."""
	if found is None:
		found = facts.of_lead(lead.name, lead.lead_type)
	return decide(state_of(lead, may_be_held), found)


def state_of(lead: Document | frappe._dict, may_be_held: bool = True) -> LeadState:
	current = reference.statuses().get(lead.status)
	choosable = reference.choosable(lead.lead_type)
	if may_be_held and current and current.name not in choosable:
		# A lead keeps a status that was disabled or taken from its type meanwhile; it does not get it again.
		choosable = (*choosable, current.name)
	return LeadState(
		status=lead.status or "",
		choosable=choosable,
		chosen=lead.manual_status if lead.manual_status in choosable else "",
		chosen_against=tuple(json.loads(lead.manual_basis)) if lead.manual_basis else None,
		protected=may_be_held and bool(current and current.protected),
		hold=may_be_held and bool(lead.hold_status),
	)


def change_of(lead: str, decision: Decision, cause: str, trigger: Reference | None = None) -> Change:
	"""The log's words for a decision: the document that decided, else the one that counts no more."""
	decided = decision.fact if decision.origin == BY_DOCUMENT else None
	gone = no_longer_counts(lead, decision)
	document = (decided.document_type, decided.document_name) if decided else gone or trigger
	doctype, name = document or (None, None)
	return Change(
		cause=cause,
		rule=decided.rule if decided else None,
		reference_doctype=doctype,
		reference_name=name,
		reason=reason_of(decision, gone),
	)


def no_longer_counts(lead: str, decision: Decision) -> Reference | None:
	"""The document that gave the lead its present status, when it does not speak for it any more."""
	last = log.last(lead)
	if not last or not last.rule:
		return None
	counts = {(fact.document_type, fact.document_name) for fact in decision.facts if fact.rule == last.rule}
	document = (last.reference_doctype, last.reference_name)
	decided = decision.fact and (decision.fact.document_type, decision.fact.document_name)
	return None if document in counts or document == decided else document


def reason_of(decision: Decision, gone: Reference | None) -> str | None:
	"""One line for people: which document does not count any more, which statuses the type forbade."""
	parts = []
	if gone:
		parts.append(_("{0} {1} does not count any more").format(_(gone[0]), gone[1]))
	parts.extend(
		_("{0} of {1} {2} skipped: the lead's type does not allow it").format(
			_(fact.status), _(fact.document_type), fact.document_name
		)
		for fact in decision.skipped
	)
	return "; ".join(parts) or None


def report_failure(lead: str, trigger: Reference | None) -> None:
	"""One entry in the Error Log, with everything that is needed to act."""
	frappe.log_error(
		title=_("Status of lead {0} could not be updated").format(lead),
		message="\n".join(
			[
				_("Document: {0} {1}. It was saved nevertheless.").format(*(trigger or ("", ""))),
				_(
					"The status is computed again in the background and by the hourly repair. If this entry "
					"keeps coming back, open the lead and its status rules and correct what the error below "
					"names."
				),
				"",
				frappe.get_traceback(),
			]
		),
		reference_doctype=LEAD,
		reference_name=lead,
	)

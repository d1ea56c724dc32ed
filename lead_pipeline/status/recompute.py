"""Compute and save the status of a lead from its documents and people's choices.

`recompute` and `set_status_by_activity` raise; `recompute_safely` and `recompute_alone` are for the hooks of other people's
documents: they never let a lead harm a sale.
"""

import json
import time
from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import DOCUMENT, LEAD, REPAIR
from lead_pipeline.domain.decision import BY_DOCUMENT, Decision, Fact, LeadState, decide
from lead_pipeline.framework import job_records, transactions
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import facts, failures, log, lost_reason, writer
from lead_pipeline.status.log import Change

# A document by DocType and name.
Reference = tuple[str, str]

# Gets a lead, as a row with MOVE_FIELDS or as the document; answers with its new status, None for no change.
ChooseStatus = Callable[[frappe._dict | Document], str | None]

# What the decision about a lead depends on, besides its documents.
DECIDING_FIELDS = ("status", "lead_type", "hold_status", "manual_status", "manual_basis")
STATE_FIELDS = ("name", *DECIDING_FIELDS)
STATE_FIELDS += ("lost_reason", "lost_note")
MOVE_FIELDS = ("name", "status", "lead_type", "hold_status", "status_changed_on")

RETRY = "lead_pipeline.status.recompute.retry"

# Seconds before a lead that was locked is tried again, within the user's action.
PAUSE_SECONDS = (0.02, 0.1)


def recompute(lead: str, cause: str = DOCUMENT, trigger: Reference | None = None) -> Decision | None:
	"""Give `lead` the status that its documents and people's choices justify.

	Returns the decision, None if the lead is gone.

	`trigger`: (DocType, name) of the document whose change is the reason to look. Writes nothing when the
	status is right already. Raises what the database or the lead's own save raises, a lock error when
	somebody else holds it.
	"""
	row = frappe.db.get_value(LEAD, lead, STATE_FIELDS, as_dict=True)
	if not row:
		return None
	decision = decide_for(row)
	if decision.status == row.status and not lost_reason.to_note(row, decision):
		return decision
	# What was read before the lock may be out of date by now.
	return recompute_locked(lead, cause, trigger)


def recompute_locked(lead: str, cause: str = DOCUMENT, trigger: Reference | None = None) -> Decision | None:
	"""Lock the lead, then recompute it, so that all committed changes are seen.

	Only for the beginning of a transaction; later the database shows what there was at the transaction's beginning.
	When another transaction is about to recompute the lead for its own documents, these are seen either here or by
	that recompute, which has to wait for this lock.
	"""
	row = writer.lock_row(lead)
	if not row:
		return None
	decision = decide_for(row)
	loss = lost_reason.to_note(row, decision)
	if decision.status != row.status or loss:
		change = change_of(lead, decision, cause, trigger)
		writer.save(writer.document_of(row), decision.status, change, loss)
	return decision


def recompute_safely(lead: str, trigger: Reference | None = None) -> None:
	"""Recompute inside another document's save; log errors and retry later.

	The retry runs in the background. Raises only what `transactions.run_in_savepoint` raises.
	"""
	transactions.run_in_savepoint(
		lambda: recompute(lead, trigger=trigger), lambda error: note_and_retry(lead, trigger, error)
	)


def note_and_retry(lead: str, trigger: Reference | None, error: Exception) -> None:
	"""Record that a lead could not be updated and queue a retry.

	Inside the transaction of a sale or of a repair. If recording it fails, the sale must not fail either; the
	hourly repair finds the lead.
	"""
	transactions.run_in_savepoint(
		lambda: failures.note_failure(lead, trigger, error), transactions.write_to_file
	)
	transactions.enqueue_after_commit(RETRY, job_of(lead), lead=lead)


def repair_lead(lead: str) -> Decision | None:
	"""Recompute a lead as a repair and delete its recorded failure.

	Raises what `recompute` raises.
	"""
	attempts = failures.attempts(lead)
	decision = recompute(lead, cause=REPAIR)
	if attempts:
		failures.forget_failure(lead, attempts)
	return decision


def repair_safely(lead: str) -> bool:
	"""Repair one lead of many and return whether it succeeded.

	An error must not stop the other leads: it is recorded, and the lead is tried again in the background. Raises
	only what `transactions.run_in_savepoint` raises.
	"""
	return transactions.run_in_savepoint(
		lambda: repair_lead(lead), lambda error: note_and_retry(lead, None, error)
	)


def recompute_alone(lead: str, trigger: Reference | None = None, cause: str = DOCUMENT) -> bool:
	"""Recompute in a new transaction after a commit; return whether it succeeded.

	Errors are recorded and the lead is tried again in the background, see `transactions.run_in_new_transaction`.
	When two documents of a lead are saved at once, one of them finds the lead locked for some milliseconds; nothing
	is held here that others could wait for, so it tries again.
	"""

	def pause_or_note(error: Exception) -> None:
		if pause and writer.is_locked(error):
			locked.append(error)
			return
		failures.note_failure(lead, trigger, error)
		transactions.enqueue_after_commit(RETRY, job_of(lead), lead=lead)

	for pause in (*PAUSE_SECONDS, 0):
		locked: list[Exception] = []
		if transactions.run_in_new_transaction(lambda: recompute_locked(lead, cause, trigger), pause_or_note):
			return True
		if not locked:
			return False
		time.sleep(pause)
	return False


def job_of(lead: str) -> str:
	return f"lead_pipeline_recompute_{lead}"


def set_status_by_activity(lead: str, choose_status: ChooseStatus, change: Change) -> str | None:
	"""Set the status of `lead` to the answer of `choose_status`.

	The status counts as a person's choice. Returns it if it is new.

	For what people do without editing the lead itself: a mail, a call, a day that they had set. `choose_status` is
	asked again under the lock. Raises what the database or the lead's own save raises, a lock error when another
	transaction holds the lead.
	"""
	row = frappe.db.get_value(LEAD, lead, MOVE_FIELDS, as_dict=True)
	if not row or not choose_status(row):
		return None
	doc = writer.lock(lead)
	status = doc and choose_status(doc)
	if not status or status == doc.status:
		return None
	writer.save(doc, status, change)
	return status


def retry(lead: str) -> None:
	"""Background job: Recompute a lead that has failed.

	The framework runs the job again, five times, when it raises. It does so by itself for a few errors only, so
	every error is raised as one of those. A failure that was recorded while the job ran asks for one more run: its
	own job was dropped, as this one was running.
	"""
	attempts = failures.attempts(lead)
	# What others have committed since then is to be seen, too.
	frappe.db.commit()
	try:
		recompute_locked(lead)
		failures.forget_failure(lead, attempts)
		# The end of the job's work; only what is read after it shows what others have written meanwhile.
		frappe.db.commit()
	except Exception as error:
		raise frappe.RetryBackgroundJobError from error
	if failures.attempts(lead):
		raise frappe.RetryBackgroundJobError


@job_records.recorded(
	"Retry of Failed Leads", lambda count: _("{0} leads follow their documents again.").format(count)
)
def retry_failed() -> int:
	"""Scheduler (hourly): Recompute every lead that is still recorded as failed.

	Returns how many could be updated.
	"""
	return sum(retry_alone(lead) for lead in failures.leads())


def retry_alone(lead: str) -> bool:
	attempts = failures.attempts(lead)
	if not recompute_alone(lead, cause=REPAIR):
		return False
	failures.forget_failure(lead, attempts)
	# Each stands alone: the scheduler's job must not hold locks, nor lose what it has done when it is stopped.
	frappe.db.commit()
	return True


def decide_for(
	lead: Document | frappe._dict, may_be_held: bool = True, found: list[Fact] | None = None
) -> Decision:
	"""Return the decision for a lead, given as a document or a row.

	A row needs the STATE_FIELDS. `found`: the facts of the lead, when known.
	"""
	if found is None:
		found = facts.facts_of_lead(lead.name, lead.lead_type)
	return decide(lead_state(lead, may_be_held), found)


def lead_state(lead: Document | frappe._dict, may_be_held: bool = True) -> LeadState:
	current = lead_statuses.statuses().get(lead.status)
	choosable = lead_statuses.choosable_statuses(lead.lead_type)
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
	"""Return the log entry for a decision.

	It names the document that decided, else the one that no longer counts.
	"""
	decided = decision.fact if decision.origin == BY_DOCUMENT else None
	gone = no_longer_counts(decision, log.last(lead))
	document = (decided.document_type, decided.document_name) if decided else gone or trigger
	doctype, name = document or (None, None)
	return Change(
		cause=cause,
		rule=decided.rule if decided else None,
		reference_doctype=doctype,
		reference_name=name,
		reason=decision_reason(decision, gone),
	)


def no_longer_counts(decision: Decision, last: frappe._dict | None) -> Reference | None:
	"""Return the document of the `last` change if it no longer justifies the status.

	By that change it gave the lead its present status.
	"""
	if not last or not last.rule:
		return None
	counts = {(fact.document_type, fact.document_name) for fact in decision.facts if fact.rule == last.rule}
	document = (last.reference_doctype, last.reference_name)
	decided = decision.fact and (decision.fact.document_type, decision.fact.document_name)
	return None if document in counts or document == decided else document


def decision_reason(decision: Decision, gone: Reference | None) -> str | None:
	"""Return which document no longer counts and which statuses were skipped.

	One line for people, None when there is nothing to say. Statuses that the lead's type does not allow are
	skipped.
	"""
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

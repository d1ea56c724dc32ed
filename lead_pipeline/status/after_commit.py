"""Recompute leads once per request or job, after the documents are committed.

A request and a background job are one action each. A lost quotation, for example, changes the quotation, the
opportunity behind it and the quotation again; the lead is to have one change, one log row and one notification.
So the leads are noted while documents change, and follow right after the commit, in a transaction of their own.
That also means that nothing that goes wrong with a lead, not even a deadlock, can undo the sale.

A console or a script commits when it likes and may look at the lead before that: there the lead follows at once.
"""

import frappe
from rq import get_current_job

from lead_pipeline.framework.per_request import per_request
from lead_pipeline.framework.transactions import after_other_callbacks
from lead_pipeline.status import recompute
from lead_pipeline.status.recompute import Reference


def schedule_recompute(lead: str, trigger: Reference) -> None:
	"""Schedule a recompute of `lead` after a change of the document `trigger`.

	`trigger`: (DocType, name). Raises nothing within a request or a background job, else what `recompute_safely`
	raises.
	"""
	if not is_one_action():
		recompute.recompute_safely(lead, trigger)
		return
	waiting = pending_leads()
	# Registered again for every change: callbacks are lost when a transaction ends without commit or rollback.
	after_other_callbacks(run_pending)
	if not waiting:
		frappe.db.after_rollback.add(waiting.clear)
	waiting[lead] = trigger


def is_one_action() -> bool:
	"""Return whether the framework itself ends the transaction that we are in."""
	return bool(getattr(frappe.local, "request", None)) or get_current_job() is not None


def pending_leads() -> dict[str, Reference]:
	"""Return the leads to recompute at the end of this transaction.

	Each with the last document that changed.
	"""
	return per_request("lead_pipeline_waiting", dict)


def run_pending() -> None:
	"""Recompute the noted leads after the commit, each in a transaction of its own."""
	waiting = pending_leads()
	while waiting:
		lead = next(iter(waiting))
		recompute.recompute_alone(lead, waiting.pop(lead))

"""Record the status that a person chooses for a lead, and take such a choice back."""

import json
from dataclasses import replace

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from lead_pipeline.constants import DOCUMENT, LEAD, TYPE_CHANGE
from lead_pipeline.domain.decision import BY_DEFAULT, Fact
from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import lost_reason, recompute, writer
from lead_pipeline.status.log import Change
from lead_pipeline.visibility import lead_access


def record_manual_choice(lead: Document, method: str | None = None) -> None:
	"""Hook (before_validate): Record the status that a person chose for the lead.

	Also recomputes the status when the person changed the lead's type or its hold.
	"""
	change: Change | None = lead.flags.status_change
	if change and not change.by_person:
		return
	before = lead.get_doc_before_save()
	if lead.is_new() or not before:
		note_choice(lead, None)
	elif lead.flags.choice_taken_back:
		take_choice_back(lead)
	elif lead.status != before.status:
		note_choice(lead, recompute.decide_for(lead).fact)
	elif lead.lead_type != before.lead_type or bool(lead.hold_status) != bool(before.hold_status):
		follow_new_terms(lead, type_changed=lead.lead_type != before.lead_type)


def note_choice(lead: Document, winner: Fact | None) -> None:
	"""Store the status of `lead` as a person's choice.

	Also stores the fact `winner` against which it was chosen.
	"""
	lead.manual_status = lead.status
	lead.manual_basis = json.dumps(winner.key) if winner else None


def take_choice_back(lead: Document) -> None:
	"""Discard what people chose for `lead` and set the status from its documents.

	`lead` is being saved.
	"""
	lead.manual_status = lead.manual_basis = None
	# Only a person takes a lead out of a protected status, and a person does.
	decision = recompute.decide_for(lead, may_be_held=False)
	if decision.status != lead.status:
		change = recompute.change_of(lead.name, decision, DOCUMENT)
		taken_back = _("Follows its documents again, as asked for")
		reason = "; ".join(part for part in (taken_back, change.reason) if part)
		writer.apply(lead, decision.status, replace(change, reason=reason))


def rename_choice_document(lead: str, doctype: str, old: str, new: str) -> None:
	"""Update the stored choice of a lead when a document is renamed to `new`.

	A choice that was made against the document still stands against it under its new name.
	"""
	basis = frappe.db.get_value(LEAD, lead, "manual_basis")
	if not basis:
		return
	rule, document_type, name = json.loads(basis)
	if (document_type, name) == (doctype, old):
		renamed = json.dumps((rule, doctype, new))
		frappe.db.set_value(LEAD, lead, "manual_basis", renamed, update_modified=False)


def follow_new_terms(lead: Document, type_changed: bool) -> None:
	"""Set the justified status after a person changed the lead's type or hold."""
	forbidden = type_changed and not lead_statuses.is_allowed(lead.status, lead.lead_type)
	# Neither hold nor protection can keep a status that the new type does not have.
	decision = recompute.decide_for(lead, may_be_held=not forbidden)
	if decision.status != lead.status:
		cause = TYPE_CHANGE if forbidden or (type_changed and not decision.fact) else DOCUMENT
		if forbidden and decision.origin == BY_DEFAULT:
			# Who chose the type chose this, too: an older choice does not come back with the next type.
			lead.manual_status = decision.status
		loss = lost_reason.to_note(lead, decision)
		writer.apply(lead, decision.status, recompute.change_of(lead.name, decision, cause), loss)


@frappe.whitelist(methods=["POST"])
def follow_documents(lead: str) -> dict:
	"""Set the status of `lead` from its documents, whatever a person chose before.

	Returns `status` and `message`. The choice is forgotten: when the documents say nothing any more, the lead
	returns to its first status. Raises PermissionError when the user may not change the lead, ActionRefusedError
	when there is nothing to follow.
	"""
	doc = lead_access.writable_lead(lead)
	if doc.hold_status:
		throw_no_choice(
			_("Its status is held. Untick {0} first.").format(
				frappe.bold(_(doc.meta.get_label("hold_status")))
			)
		)
	if not recompute.decide_for(doc).fact:
		throw_no_choice(_("It has no document that says a status. Choose the status yourself."))
	doc.flags.choice_taken_back = True
	doc.save()
	message = _("{0} follows its documents again. Its status is {1}.").format(
		frappe.bold(escape_html(doc.lead_name)), frappe.bold(_(doc.status))
	)
	return {"status": doc.status, "message": message}


def throw_no_choice(message: str) -> None:
	frappe.throw(message, ActionRefusedError, title=_("Follow the Documents"))

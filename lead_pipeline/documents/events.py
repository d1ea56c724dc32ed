"""Hook targets: what happens to a document that may belong to a lead.

`on_change` is the one event that the framework fires for create, save, submit, update after submit, cancel and
`db_set` alike; deletion is told by `after_delete`, when the document is no longer in the database.
"""

import frappe
from frappe.model.document import Document

from lead_pipeline.documents import lead_link, party_sync, renaming, unseen_leads
from lead_pipeline.framework import transactions
from lead_pipeline.status import after_commit, hourly_repair


def before_insert(document: Document, method: str | None = None) -> None:
	"""Hook (before_insert): Set the lead of a new document.

	When its author left it empty, or may not see the lead that it names.
	"""
	unseen = unseen_leads.drop(document)
	lead_link.set_lead(document)
	unseen_leads.report_dropped_leads(document, unseen)


def before_validate(document: Document, method: str | None = None) -> None:
	"""Hook (before_validate): Set the leads of new rows and correct merged leads.

	Rows that are added to a draft get their lead. A document that names a lead by a name from before a merge gets
	the surviving lead.
	"""
	lead_link.forget_fetched(document)
	renaming.correct_old_names(document)
	if not document.is_new():
		unseen_leads.refuse_unseen_leads(document)
		lead_link.mark_new_rows(document)
		lead_link.follow_removed_rows(document)


def before_update_after_submit(document: Document, method: str | None = None) -> None:
	"""The framework now compares the document with the one in the database."""
	lead_link.forget_fetched(document)
	unseen_leads.refuse_unseen_leads(document)


def on_change(document: Document, method: str | None = None) -> None:
	"""Hook (on_change): Recompute the leads of the document.

	Those that it belongs to, and those that it belonged to before.
	"""
	if document.flags.in_delete:
		return
	party_sync.link_party(document)
	for lead in leads_concerned(document):
		after_commit.schedule_recompute(lead, trigger=(document.doctype, document.name))


def on_trash(document: Document, method: str | None = None) -> None:
	"""A party is being deleted: before the framework looks for what is linked with it."""
	party_sync.unlink_deleted_party(document)


def after_delete(document: Document, method: str | None = None) -> None:
	"""Let the leads that have just lost this document follow."""
	for lead in leads_concerned(document):
		after_commit.schedule_recompute(lead, trigger=(document.doctype, document.name))


def after_delete_of_row(row: Document, method: str | None = None) -> None:
	"""Hook (after_delete): Take off the lead of a row that was deleted by itself.

	If that fails, the row stays deleted.
	"""
	if row.parent and row.parenttype:
		transactions.run_in_savepoint(
			lambda: lead_link.let_deleted_row_go(row),
			lambda error: lead_link.report_unlinked(frappe.get_doc(row.parenttype, row.parent)),
		)


def before_rename(document: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""The document is to be the same for its leads under its new name."""
	renaming.keep_choices(document, old, new)


def after_rename(document: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""Hook (after_rename): Keep the leads of a document that was renamed or merged.

	The document, or the one that another was merged into, is the same for its leads.
	"""
	renaming.follow_document(document, old, new, merge)


def on_change_of_status_record(record: Document, method: str | None = None) -> None:
	"""Hook (on_change): Queue a reconcile when a deal status changes its type.

	The type of a CRM Deal Status says what it means. The leads of the documents with it are updated soon.
	"""
	before = record.get_doc_before_save()
	if before and before.get("type") != record.get("type"):
		hourly_repair.queue_round()


def leads_concerned(document: Document) -> list[str]:
	"""Return the leads that a change of the document concerns.

	Those in the document, those before this change, and those seen earlier in the life of this object.

	`get_doc_before_save` is loaded once per object: a `db_set` after a save would else miss the lead in between.
	"""
	before = document.get_doc_before_save()
	seen = document.flags.setdefault("pipeline_leads", [])
	for lead in (*lead_link.leads_of(document), *(lead_link.leads_of(before) if before else ())):
		if lead not in seen:
			seen.append(lead)
	return list(seen)

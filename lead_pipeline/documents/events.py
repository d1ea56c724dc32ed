"""Hook targets: what happens to a document that may belong to a lead.

`on_change` is the one event that the framework fires for create, save, submit, update after submit, cancel and
`db_set` alike; deletion is told by `after_delete`, when the document is no longer in the database.
"""

from frappe.model.document import Document

from lead_pipeline.documents import lead_link
from lead_pipeline.status import recompute, rules


def before_insert(document: Document, method: str | None = None) -> None:
	"""Find the lead of a new document whose author left it empty."""
	lead_link.fill(document)


def on_change(document: Document, method: str | None = None) -> None:
	"""Recompute the lead that the document belongs to and the ones that it belonged to before."""
	if document.flags.in_delete:
		return
	for lead in leads_concerned(document):
		recompute.recompute_safely(lead, trigger=(document.doctype, document.name))


def after_delete(document: Document, method: str | None = None) -> None:
	"""Recompute the lead that has just lost this document."""
	for lead in leads_concerned(document):
		recompute.recompute_safely(lead, trigger=(document.doctype, document.name))


def leads_concerned(document: Document) -> list[str]:
	"""The lead in the document, the one before this change, and those seen earlier in the life of this object.

	`get_doc_before_save` is loaded once per object: a `db_set` after a save would else miss the lead in between.
	"""
	link = rules.lead_link(document.doctype)
	if not link:
		return []
	before = document.get_doc_before_save()
	seen = document.flags.setdefault("pipeline_leads", [])
	for lead in (document.get(link), before.get(link) if before else None):
		if lead and lead not in seen:
			seen.append(lead)
	return list(seen)

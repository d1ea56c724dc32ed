"""Run a migration: one lead at a time, whole or not at all, and each once.

Safe to start again at any moment: every lead keeps in its origin which one it was.
"""

import json

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html

from lead_pipeline.capture.importing import row_store
from lead_pipeline.capture.importing.jobs import Progress
from lead_pipeline.capture.migration import documents, dry_run, related_records
from lead_pipeline.capture.migration.field_mapping import NAMED, TAG, Translated, find_or_make, translate
from lead_pipeline.capture.migration.sources import SOURCES, Source
from lead_pipeline.constants import IMPORT, IMPORT_ROW, LEAD
from lead_pipeline.domain.import_rows import BAD, CREATED, LEFT_OUT, NEW, REJECTED, VERDICTS
from lead_pipeline.status import recompute
from lead_pipeline.status.log import Change

BATCH_SIZE = 500


def run(doc: Document, progress: Progress) -> None:
	"""Migrate the leads of `doc`.

	Commits after each of them; an interrupted run continues where it was.
	"""
	if not frappe.db.exists(IMPORT_ROW, {"run_type": doc.doctype, "run": doc.name, "outcome": ("is", "set")}):
		# What was rehearsed an hour ago may be different now.
		dry_run.rehearse(doc, lambda done, total: None)
	row_store.set_outcome_of_all(doc, REJECTED, (BAD,))
	row_store.set_outcome_of_all(doc, LEFT_OUT, tuple(verdict for verdict in VERDICTS if verdict != NEW))
	# From here on every lead commits by itself.
	frappe.db.commit()
	total = frappe.db.count(IMPORT_ROW, {"run_type": doc.doctype, "run": doc.name})
	done = total - len(pending(doc, None))
	mapped = {row.source_status: row.status for row in doc.statuses}
	while rows := pending(doc, BATCH_SIZE):
		for row in rows:
			migrate_row(doc, row, mapped)
			done += 1
			if done % 20 == 0 or done == total:
				progress(done, total)


def pending(doc: Document, limit: int | None) -> list[frappe._dict]:
	return row_store.rows_of_run(doc, ["name", "data", "message"], limit=limit, outcome=("is", "not set"))


def migrate_row(doc: Document, row: frappe._dict, mapped: dict[str, str]) -> None:
	name, source = json.loads(row.data), SOURCES[doc.source]
	try:
		found = frappe.get_all(source.doctype, filters={"name": name}, fields=["*"], order_by=None)
		told = translate(found[0], source) if found else None
		if not found:
			row_store.set_outcome(row.name, LEFT_OUT, message=_("It was deleted meanwhile."))
		elif problem := dry_run.problem_of(doc, found[0], mapped, told):
			# It has changed since the rehearsal.
			row_store.set_outcome(row.name, REJECTED, message=problem)
		else:
			made = as_history(lambda: migrate(found[0], told, source, mapped, doc.lead_type))
			row_store.set_outcome(row.name, CREATED, made)
	except Exception as error:
		# What one lead's data or a site's own rule refuses is no reason against the next one.
		row_store.reject(row.name, error)
	# With each lead: a run that is stopped must not do it again.
	frappe.db.commit()


def as_history(work):
	"""Run `work` without notifications, webhooks and assignments.

	The leads are years old. This is the framework's own way to say so; author and date of a document stay as they
	are given, too.
	"""
	before = frappe.flags.in_patch, frappe.flags.in_import, frappe.flags.mute_emails
	frappe.flags.in_patch = frappe.flags.in_import = frappe.flags.mute_emails = True
	try:
		return work()
	finally:
		frappe.flags.in_patch, frappe.flags.in_import, frappe.flags.mute_emails = before


def migrate(
	row: frappe._dict, told: Translated, source: Source, mapped: dict[str, str], lead_type: str | None
) -> str:
	"""Create the lead with everything that belongs to it; return its name.

	Its status follows its documents.
	"""
	lead = insert_lead(row, source, told, mapped[row.status or ""], lead_type)
	related_records.bring(related_records.Source(source.doctype, row.name, lead.name, lead.lead_name))
	if told.further:
		related_records.add_comment(lead.name, further_as_html(source, row, told), row.owner, row.creation)
	kept = {"modified": row.modified, "modified_by": row.modified_by}
	frappe.db.set_value(LEAD, lead.name, kept, update_modified=False)
	if documents.link_documents(source.doctype, row.name, lead.name):
		recompute.recompute(lead.name)
	return lead.name


def insert_lead(
	row: frappe._dict, source: Source, told: Translated, status: str, lead_type: str | None
) -> Document:
	lead = frappe.new_doc(LEAD)
	lead.update(told.values)
	lead.update({"status": status, "lead_type": lead_type, "creation": row.creation, "owner": row.owner})
	lead.update({field: find_or_make(*NAMED[field], name) for field, name in told.made.items()})
	for tag in told.tags:
		lead.append("tags", {"tag": find_or_make(*TAG, tag)})
	if source.is_party:
		lead.update({"party_type": source.doctype, "party": row.name})
	lead.flags.noted = {"origin_key": f"{source.doctype}/{row.name}"}
	lead.flags.status_change = Change(cause=IMPORT, reference_doctype=source.doctype, reference_name=row.name)
	# It has the sales person that it had, or none: who migrates it is nobody's choice.
	lead.flags.is_history = True
	# The user may migrate leads, whosever they are.
	return lead.insert(ignore_permissions=True)


def further_as_html(source: Source, row: frappe._dict, told: Translated) -> str:
	"""Return what has no field here, as a comment; HTML."""
	lines = [f"{escape_html(label)}: {escape_html(value)}" for label, value in told.further]
	return "<br>".join([escape_html(f"{_(source.doctype)} {row.name}"), *lines])

"""Results of an import or a migration: its state, a page of rows, a sheet.

Whether the user may see the run at all is checked by its `api.py`.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.capture.importing import jobs, row_messages, row_store
from lead_pipeline.capture.importing.existing_leads import visible_leads
from lead_pipeline.domain.import_rows import OUTCOMES, VERDICTS
from lead_pipeline.duplicates import redirects

PAGE_SIZE = 50


def state_of_run(doc: Document) -> dict:
	"""Return the state of the run.

	`status` and `status_label`, `done` and `total` rows, `error`, `notes`, `verdicts` and `outcomes` (numbers of
	rows).
	"""
	status, done, total = jobs.state_of_work(doc)
	if doc.status in jobs.AFTER and status not in jobs.AFTER:
		# The work may have ended well after this request began to read.
		frappe.db.rollback()
		doc.reload()
		status, done, total = jobs.state_of_work(doc)
	return {
		"status": status,
		"status_label": _(status),
		"done": done,
		"total": total,
		"error": doc.error,
		"notes": doc.notes,
		"verdicts": numbered(VERDICTS, row_store.count_by(doc, "verdict"), row_messages.verdicts()),
		"outcomes": numbered(OUTCOMES, row_store.count_by(doc, "outcome"), row_messages.outcomes()),
	}


def numbered(kinds: tuple[str, ...], counts: dict[str, int], labels: dict[str, str]) -> list[dict]:
	return [
		{"kind": kind, "label": labels[kind], "count": counts[kind]} for kind in kinds if counts.get(kind)
	]


def page_of_results(doc: Document, kind: str | None, start: int) -> list[dict]:
	"""Return the rows from number `start` on, as they are shown to users.

	`kind`: only rows of this verdict or outcome.
	"""
	fields = ["file_row", "title", "verdict", "message", "lead", "outcome", "result_lead"]
	return shown_rows(row_store.page_of_rows(doc, fields, max(0, start), PAGE_SIZE, **kind_filter(kind)))


def kind_filter(kind: str | None) -> dict:
	if kind in OUTCOMES:
		return {"outcome": kind}
	return {"verdict": kind} if kind in VERDICTS else {}


def shown_rows(found: list[frappe._dict]) -> list[dict]:
	"""Return rows as they are shown to users.

	A lead that was merged since is shown by the name of the one that it has become.
	"""
	leads = {row.result_lead or row.lead for row in found} - {None, ""}
	seen = visible_leads(leads)
	became = {lead: redirects.surviving_name(lead) for lead in leads - seen}
	seen |= visible_leads(set(became.values()) - leads)
	for row in found:
		row.lead = became.get(row.result_lead or row.lead, row.result_lead or row.lead)
	return [row_as_shown(row, seen) for row in found]


def row_as_shown(row: frappe._dict, seen: set[str]) -> dict:
	"""Return a row for people; of a lead that the user may not see, not even the name."""
	kind = row.outcome or row.verdict
	return {
		"file_row": row.file_row,
		"title": row.title,
		"kind": kind,
		"label": (row_messages.verdicts() | row_messages.outcomes())[kind],
		"message": row.message,
		"lead": row.lead if row.lead in seen else None,
	}


def result_table(doc: Document) -> list[list]:
	"""Return what has become of each row, with a line of headings."""
	found = row_store.rows_of_run(
		doc, ["file_row", "title", "verdict", "message", "lead", "outcome", "result_lead"]
	)
	lines = shown_rows(found)
	return [
		[_("Row"), _("Lead Name"), _("Result"), _("Lead"), _("Remark")],
		*([line["file_row"], line["title"], line["label"], line["lead"], line["message"]] for line in lines),
	]

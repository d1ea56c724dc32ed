"""Leads whose status is not the one that their documents justify.

What the repair will do, or could not do. On a site with many leads: of those that the jobs have found.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

import frappe
from frappe import _
from frappe.utils import create_batch, format_datetime

from lead_pipeline.constants import LEAD
from lead_pipeline.domain.decision import BY_DOCUMENT, Decision
from lead_pipeline.status import disagreements, messages, reconcile

# More are not read by anybody, and the button repairs all of them.
MAX_ROWS = 500

# So many leads are looked at while the user waits, about a second; of more, those that the jobs have found.
LOOKED_AT = 3000

# How many names are looked up at a time.
BATCH_SIZE = 200


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict], str | None]:
	"""Return columns, rows and a message.

	`filters`: `include_held`, also leads that only a hold or a protection keeps. Only leads that the user may see;
	SHOWN at most.
	"""
	include_held = bool((filters or {}).get("include_held"))
	rows = list(islice(visible_rows(disagreeing(include_held)), MAX_ROWS + 1))
	message = found_text()
	if len(rows) > MAX_ROWS:
		message = joined(
			_("These are the first {0}. There are more; Repair without a tick repairs all of them.").format(
				MAX_ROWS
			),
			message,
		)
	elif not rows:
		message = joined(_("Every lead agrees with its documents. There is nothing to repair."), message)
	rows = rows[:MAX_ROWS]
	add_failures(rows)
	add_since(rows)
	return columns(include_held), rows, message


def columns(include_held: bool) -> list[dict]:
	found = [
		column("lead", _("Lead"), "Link", 170, LEAD),
		column("lead_name", _("Name"), "Data", 170),
		column("status", _("Status"), "Link", 120, "Pipeline Lead Status"),
		column("wanted", _("Should Be"), "Link", 120, "Pipeline Lead Status"),
		column("why", _("Why"), "Data", 380),
		# No link: the desk asks for the title of what a link names, and only administrators may read a DocType.
		column("document_type", _("Document Type"), "Data", 120),
		column("document_name", _("Document"), "Dynamic Link", 160, "document_type"),
		column("since", _("Since"), "Datetime", 160),
		column("failed_on", _("Repair Failed On"), "Datetime", 160),
		column(
			"error_log",
			_("Error"),
			"Link" if frappe.has_permission("Error Log") else "Data",
			120,
			"Error Log",
		),
	]
	if include_held:
		found.insert(4, column("held_by", _("Held By"), "Data", 110))
	return found


def column(fieldname: str, label: str, fieldtype: str, width: int, options: str | None = None) -> dict:
	return {
		"fieldname": fieldname,
		"label": label,
		"fieldtype": fieldtype,
		"width": width,
		"options": options,
	}


def disagreeing(include_held: bool) -> Iterator[dict]:
	"""Rows without what only the shown ones need."""
	for rows in pieces(include_held):
		unreadable: dict[str, Exception] = {}
		for row, decision in reconcile.with_decisions(rows, unreadable):
			if decision.status != row.status or (include_held and decision.held_by):
				yield row_of(row.name, row.status, decision)
		for row in rows:
			if row.name in unreadable:
				yield unreadable_row(row)


def pieces(include_held: bool) -> Iterable[list[frappe._dict]]:
	"""Return the leads to look at: all of a small site, else those that were found."""
	if has_few_leads():
		return reconcile.leads_in_pieces()
	names, _found_on = disagreements.kept(include_held)
	return (reconcile.rows_of(batch) for batch in create_batch(names, BATCH_SIZE))


def has_few_leads() -> bool:
	"""Return whether all leads can be looked at while the user waits."""
	some = frappe.get_all(LEAD, limit=LOOKED_AT + 1, order_by=None)
	return len(some) <= LOOKED_AT


def found_text() -> str | None:
	"""Return when the leads were found, and how to look again; None when just now."""
	if has_few_leads():
		return None
	_names, found_on = disagreements.kept(False)
	if not found_on:
		return _("All leads have not been looked at yet. Choose Look Now to do it in the background.")
	return _("Found on {0}. Choose Look Now to look at all leads again, in the background.").format(
		format_datetime(found_on)
	)


def joined(text: str, further: str | None) -> str:
	return f"{text} {further}" if further else text


def unreadable_row(row: frappe._dict) -> dict:
	why = _("It cannot be examined: the Error Log says why. Correct the lead, saving it anew may be enough.")
	return {"lead": row.name, "status": row.status, "why": why, "document_type": None, "document_name": None}


def row_of(lead: str, status: str, decision: Decision) -> dict:
	fact = decision.fact if decision.origin == BY_DOCUMENT else None
	return {
		"lead": lead,
		"status": status,
		"wanted": decision.wanted,
		"held_by": {"hold": _("Hold"), "protection": _("Protection")}.get(decision.held_by),
		"why": messages.decision_reason_text(decision),
		"document_type": fact and fact.document_type,
		"document_name": fact and fact.document_name,
	}


def visible_rows(rows: Iterator[dict]) -> Iterator[dict]:
	"""Those of the leads that a list shows to the user, with their names."""
	while page := list(islice(rows, BATCH_SIZE)):
		seen = {
			lead.name: lead
			for lead in frappe.get_list(
				LEAD,
				filters={"name": ("in", [row["lead"] for row in page])},
				fields=["name", "lead_name", "status_changed_on"],
				limit=BATCH_SIZE,
				order_by=None,
			)
		}
		for row in page:
			if lead := seen.get(row["lead"]):
				yield row | {"lead_name": lead.lead_name, "changed_on": lead.status_changed_on}


def add_failures(rows: list[dict]) -> None:
	"""Add the newest Error Log entry of each lead.

	Only when it came after the last change of the status.
	"""
	if not rows:
		return
	# Without permissions: the rows are leads that the user may see, and what failed is about them.
	logs = frappe.get_all(
		"Error Log",
		filters={"reference_doctype": LEAD, "reference_name": ("in", [row["lead"] for row in rows])},
		fields=["name", "creation", "reference_name"],
		order_by="creation asc",
	)
	newest = {log.reference_name: log for log in logs}
	for row in rows:
		log = newest.get(row["lead"])
		if log and not (row["changed_on"] and log.creation < row["changed_on"]):
			row |= {"failed_on": log.creation, "error_log": log.name}


def add_since(rows: list[dict]) -> None:
	"""Add since when each lead disagrees.

	The last change of the document that decides, else the failed repair, if any.
	"""
	documents = defaultdict(list)
	for row in rows:
		if row["document_name"]:
			documents[row["document_type"]].append(row["document_name"])
	changed = {}
	for document_type, names in documents.items():
		# Without permissions: only when the document changed that the lead itself names.
		found = frappe.get_all(
			document_type, filters={"name": ("in", names)}, fields=["name", "modified"], order_by=None
		)
		changed |= {(document_type, str(document.name)): document.modified for document in found}
	for row in rows:
		row["since"] = changed.get((row["document_type"], row["document_name"])) or row.get("failed_on")

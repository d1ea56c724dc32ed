"""The only place that writes a row of the status log: one row for every change, whichever way it came."""

from dataclasses import dataclass

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Coalesce
from frappe.utils import get_datetime, sanitize_html

from lead_pipeline.constants import CREATED, IMPORT, LOST, PEOPLES_CAUSES, PERSON, STATUS_LOG
from lead_pipeline.reference_data import lead_statuses


@dataclass(frozen=True)
class Change:
	"""Why a status changes; kept in `lead.flags.status_change` from the decision to the log row."""

	cause: str = PERSON
	rule: str | None = None
	reference_doctype: str | None = None
	reference_name: str | None = None
	reason: str | None = None

	@property
	def by_person(self) -> bool:
		"""Whether the new status is a person's choice, which stands until the documents say something new."""
		return self.cause in PEOPLES_CAUSES


def write_log_row(lead: Document) -> None:
	"""Add the row for the change that this save of `lead` made; nothing when the status is as before."""
	before = lead.get_doc_before_save()
	if before and before.status == lead.status:
		return
	change: Change = lead.flags.pop("status_change", None) or change_by_saving(lead, before)
	row = frappe.get_doc({"doctype": STATUS_LOG})
	row.flags.told = {
		"lead": lead.name,
		"from_status": before.status if before else None,
		"to_status": lead.status,
		"changed_on": lead.status_changed_on,
		"changed_by": frappe.session.user,
		"cause": change.cause,
		"rule": change.rule,
		"reference_doctype": change.reference_doctype,
		"reference_name": change.reference_name,
		"reason": sanitize_html(change.reason or lost_reason(lead)),
		"seconds_in_previous": seconds_since(before and before.status_changed_on, lead.status_changed_on),
	}
	# The lead and its statuses were checked by its own save, and a document may be gone that the history names.
	row.flags.ignore_links = True
	# Nobody has a right to write the history by hand.
	row.insert(ignore_permissions=True)


def change_by_saving(lead: Document, before: Document | None) -> Change:
	"""Return why the status of a lead changes that somebody saves, when no rule and no action says so."""
	if frappe.flags.in_import:
		# The Data Import tells the document what it is.
		source = lead.flags.updater_reference or {}
		return Change(IMPORT, reference_doctype=source.get("doctype"), reference_name=source.get("docname"))
	return Change(PERSON if before else CREATED)


def lost_reason(lead: Document) -> str | None:
	"""Return why the lead was lost, as people said it: the history keeps it when the lead starts anew."""
	if lead_statuses.category(lead.status) != LOST:
		return None
	return ": ".join(text for text in (lead.lost_reason, lead.lost_note) if text) or None


def seconds_since(start, end) -> int:
	"""Return whole seconds from `start` to `end` (datetimes or their text); 0 when `start` is unknown.

	Between the full seconds of both, so that the durations of a lead's history add up without a remainder.
	"""
	if not start:
		return 0
	start, end = (get_datetime(moment).replace(microsecond=0) for moment in (start, end))
	return max(0, int((end - start).total_seconds()))


def last(lead: str) -> frappe._dict | None:
	"""Return the newest row that tells of this lead itself, not of one that was merged into it."""
	return next(
		iter(log_rows(lead, [["merged_from", "is", "not set"], ["merged_from", "=", lead]], limit=1)), None
	)


def status_history_of(lead: str) -> list[frappe._dict]:
	"""Return the rows of a lead's log, newest first.

	Those with `merged_from` tell of leads that were merged into it; the others, of this lead, without a gap.
	"""
	found = log_rows(lead)
	for row in found:
		row.merged_from = row.merged_from if row.merged_from not in ("", lead) else None
	return found


def log_rows(lead: str, either: list | None = None, limit: int | None = None) -> list[frappe._dict]:
	"""Return rows of the log. Ignores permissions: a lead's readers may read its history."""
	return frappe.get_all(
		STATUS_LOG,
		filters={"lead": lead},
		or_filters=either,
		fields=[
			"from_status",
			"to_status",
			"changed_on",
			"changed_by",
			"cause",
			"rule",
			"reference_doctype",
			"reference_name",
			"reason",
			"seconds_in_previous",
			"merged_from",
		],
		order_by="changed_on desc, creation desc",
		limit=limit,
	)


def sign(lead: str) -> None:
	"""Note in the rows of `lead` whose they are, before the framework gives them to the lead that it is merged into.

	Changes nothing as long as it is not: the framework asks for this also when it only queues a merge, which may fail.
	"""
	table = frappe.qb.DocType(STATUS_LOG)
	unsigned = (table.lead == lead) & (Coalesce(table.merged_from, "") == "")
	frappe.qb.update(table).set(table.merged_from, lead).where(unsigned).run()


def unsign(lead: str) -> None:
	"""The rows that `lead` has got back, as its merge was undone, need not say whose they are."""
	table = frappe.qb.DocType(STATUS_LOG)
	signed = (table.lead == lead) & (table.merged_from == lead)
	frappe.qb.update(table).set(table.merged_from, None).where(signed).run()


def rename_signature(old: str, new: str) -> None:
	"""A lead is called `new` now, and so is its signature."""
	table = frappe.qb.DocType(STATUS_LOG)
	frappe.qb.update(table).set(table.merged_from, new).where(
		(table.lead == new) & (table.merged_from == old)
	).run()


def forget_history(lead: str) -> None:
	"""Delete the history of a lead that is being deleted: nothing else may remove a row."""
	frappe.db.delete(STATUS_LOG, {"lead": lead})

"""Write the status log: one row for every change of status, however it was made.

Only this module writes rows of the status log.
"""

from dataclasses import dataclass

import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Coalesce
from frappe.utils import get_datetime, sanitize_html

from lead_pipeline.constants import CREATED, IMPORT, LOST, PEOPLES_CAUSES, PERSON, STATUS_LOG
from lead_pipeline.framework.insert_notes import forget_insert
from lead_pipeline.reference_data import lead_statuses

HISTORY_FIELDS = (
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
)


@dataclass(frozen=True)
class Change:
	"""Reason for a change of status.

	Kept in `lead.flags.status_change` from the decision to the log row.
	"""

	cause: str = PERSON
	rule: str | None = None
	reference_doctype: str | None = None
	reference_name: str | None = None
	reason: str | None = None

	@property
	def by_person(self) -> bool:
		"""Return whether the new status is a person's choice.

		Such a choice stands until the documents say something new.
		"""
		return self.cause in PEOPLES_CAUSES


def write_log_row(lead: Document) -> None:
	"""Add the log row for the change of status that this save of `lead` made.

	Adds nothing when the status is as before.
	"""
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
	# Who looks at the lead hears of the lead.
	row.flags.notify_update = False
	# Nobody has a right to write the history by hand.
	row.insert(ignore_permissions=True)
	forget_insert(row)


def change_by_saving(lead: Document, before: Document | None) -> Change:
	"""Return the reason for a status change that a user made by saving the lead.

	For changes that no rule and no action has given a reason for.
	"""
	if frappe.flags.in_import:
		# The Data Import tells the document what it is.
		source = lead.flags.updater_reference or {}
		return Change(IMPORT, reference_doctype=source.get("doctype"), reference_name=source.get("docname"))
	return Change(PERSON if before else CREATED)


def lost_reason(lead: Document) -> str | None:
	"""Return why the lead was lost, as people put it.

	The history keeps the reason when the lead starts anew.
	"""
	if lead_statuses.category(lead.status) != LOST:
		return None
	return ": ".join(text for text in (lead.lost_reason, lead.lost_note) if text) or None


def seconds_since(start, end) -> int:
	"""Return the whole seconds from `start` to `end`; 0 if `start` is unknown.

	`start` and `end`: datetimes or their text. Between the full seconds of both, so that the durations of a lead's
	history add up without a remainder.
	"""
	if not start:
		return 0
	start, end = (get_datetime(moment).replace(microsecond=0) for moment in (start, end))
	return max(0, int((end - start).total_seconds()))


def last(lead: str) -> frappe._dict | None:
	"""Return the newest log row of this lead itself.

	Rows of leads that were merged into it do not count.
	"""
	table = frappe.qb.DocType(STATUS_LOG)
	rows = (
		frappe.qb.from_(table)
		.select(*HISTORY_FIELDS)
		.where((table.lead == lead) & Coalesce(table.merged_from, "").isin(["", lead]))
		.orderby(table.changed_on, table.creation, order=frappe.qb.desc)
		.limit(1)
		.run(as_dict=True)
	)
	return next(iter(rows), None)


def status_history_of(lead: str) -> list[frappe._dict]:
	"""Return the rows of a lead's log, newest first. Ignores permissions.

	Users who may read a lead may read its history. Rows with `merged_from` tell of leads that were merged into it;
	the others, of this lead, without a gap.
	"""
	found = frappe.get_all(
		STATUS_LOG,
		filters={"lead": lead},
		fields=list(HISTORY_FIELDS),
		order_by="changed_on desc, creation desc",
	)
	for row in found:
		row.merged_from = row.merged_from if row.merged_from not in ("", lead) else None
	return found


def sign(lead: str) -> None:
	"""Mark the log rows of `lead` as its own before it is merged.

	The framework then gives the rows to the lead that it is merged into. Changes nothing as long as it is not: the
	framework asks for this also when it only queues a merge, which may fail.
	"""
	table = frappe.qb.DocType(STATUS_LOG)
	unsigned = (table.lead == lead) & (Coalesce(table.merged_from, "") == "")
	frappe.qb.update(table).set(table.merged_from, lead).where(unsigned).run()


def unsign(lead: str) -> None:
	"""Remove the mark from the log rows of `lead` after its merge was undone.

	The rows belong to it again and need not say whose they are.
	"""
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
	"""Delete the history of a lead that is being deleted.

	Nothing else may remove a row.
	"""
	frappe.db.delete(STATUS_LOG, {"lead": lead})

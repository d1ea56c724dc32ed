"""Handle leads, and documents of leads, that are renamed or merged.

The framework has re-pointed all links by SQL when `after_rename` comes, the log's references to documents and the
documents' links to leads included; what is left is what no link holds. What was merged away is deleted afterwards.
"""

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_to_date, getdate, now_datetime

from lead_pipeline.constants import LEAD, LEAD_LINK, LEAD_MERGE
from lead_pipeline.documents import lead_link
from lead_pipeline.duplicates import redirects
from lead_pipeline.framework import job_records, transactions
from lead_pipeline.status import after_commit, choice, rules
from lead_pipeline.visibility import references

DANGLING = "Links to Deleted Leads"

# So long may a transaction take whose document is not missed.
OVERLAP_MINUTES = 15


def keep_choices(document: Document, old: str, new: str) -> None:
	"""Keep what people chose against the document under its new name.

	Before the rename: the document's own controller may save it right afterwards.
	"""
	for lead in lead_link.leads_of(document):
		transactions.run_in_savepoint(
			lambda: choice.rename_choice_document(lead, document.doctype, old, new),  # noqa: B023 - called at once
			lambda error: lead_link.report_unlinked(document),
		)


def follow_document(document: Document, old: str, new: str, merge: bool) -> None:
	"""Give a document the lead of the one that was merged into it, unless it has one."""
	link = rules.lead_link(document.doctype)
	if merge and link:
		merged_lead = frappe.db.get_value(document.doctype, old, link)
		if merged_lead and not document.get(link):
			document.db_set(link, merged_lead, update_modified=False)
	for lead in lead_link.leads_of(document):
		after_commit.schedule_recompute(lead, trigger=(document.doctype, new))


def follow_lead(lead: Document, method: str | None, old: str, new: str, merge: bool = False) -> None:
	"""Hook (after_rename): Remember a merge of leads and recompute the survivor.

	The merged lead brings its documents along, and its old name leads to the survivor.
	"""
	references.correct_titles(new)
	if merge:
		redirects.remember_merge(old, new)
		after_commit.schedule_recompute(new, trigger=(LEAD, new))


def correct_old_names(document: Document) -> None:
	"""Replace the names of merged leads in a document by the surviving leads.

	An integration, or a form that was open, may know a lead by its name from before the merge.

	What the document has in the database was corrected by the merge, so most saves have nothing to ask. That the
	framework lets such a link come so far is the work of `setup/custom_fields.py`.
	"""
	before = document.get_doc_before_save()
	present = {lead: lead for lead in (lead_link.leads_of(before) if before else ())}
	rows = [row for field in document.meta.get_table_fields() for row in document.get(field.fieldname) or []]
	for record in (document, *rows):
		if lead := record.get(LEAD_LINK):
			present[lead] = present.get(lead) or redirects.surviving_name(lead)
			record.set(LEAD_LINK, present[lead])


def release(lead: Document, method: str | None = None) -> None:
	"""Hook (after_delete): Clear the links to a deleted lead.

	A link to nothing would keep its document from being saved.

	A lead that has documents is not deleted by people; scripts can tell the framework not to ask.
	"""
	for doctype in linked_doctypes():
		frappe.db.set_value(doctype, {LEAD_LINK: lead.name}, LEAD_LINK, None, update_modified=False)


@job_records.recorded(
	DANGLING, lambda count: _("{0} links to deleted or merged leads corrected.").format(count)
)
def release_dangling() -> int:
	"""Hourly scheduler job: correct links to leads that are gone; return how many.

	A document that was saved while its lead was being merged gets the survivor, one of a lead that was deleted none.
	Each hour for the leads that have gone since the last run; once a day for all, as SQL leaves no trace.
	"""
	state, began = job_records.state_of(DANGLING), add_to_date(now_datetime(), minutes=-OVERLAP_MINUTES)
	today, since = str(getdate()), state.get("since")
	everything = not since or state.get("day") != today
	gone = None if everything else leads_gone_since(since)
	corrected = 0 if gone == [] else correct_links(gone)
	job_records.keep_state(DANGLING, {"since": str(began), "day": today})
	return corrected


def leads_gone_since(moment: str) -> list[str]:
	"""Return the names of the leads that were merged or deleted since `moment`."""
	deleted, merge = frappe.qb.DocType("Deleted Document"), frappe.qb.DocType(LEAD_MERGE)
	of_leads = (deleted.modified >= moment) & (deleted.deleted_doctype == LEAD)
	names = frappe.qb.from_(deleted).select(deleted.deleted_name).where(of_leads).run(pluck=True)
	names += frappe.qb.from_(merge).select(merge.merged_lead).where(merge.modified >= moment).run(pluck=True)
	return sorted({*names} - {None, ""})


def correct_links(leads: list[str] | None) -> int:
	"""Correct the links to leads that are gone; return how many.

	`leads`: only those; None for any.
	"""
	lead, corrected = frappe.qb.DocType(LEAD), 0
	for doctype in linked_doctypes():
		table = frappe.qb.DocType(doctype)
		which = table[LEAD_LINK] > "" if leads is None else table[LEAD_LINK].isin(leads)
		gone = (
			frappe.qb.from_(table)
			.left_join(lead)
			.on(lead.name == table[LEAD_LINK])
			.select(table.name, table[LEAD_LINK])
			.where(which & lead.name.isnull())
		)
		for name, old in gone.run():
			corrected += 1
			survivor = redirects.survivor_of(old)
			frappe.db.set_value(doctype, name, LEAD_LINK, survivor, update_modified=False)
			if survivor:
				after_commit.schedule_recompute(survivor, trigger=(doctype, name))
	return corrected


def linked_doctypes() -> list[str]:
	"""Return the DocTypes, those of rows included, that have our link."""
	fields = frappe.get_all(
		"Custom Field", filters={"fieldname": LEAD_LINK, "options": LEAD}, pluck="dt", order_by="dt asc"
	)
	return sorted(doctype for doctype in fields if frappe.db.exists("DocType", doctype, cache=True))

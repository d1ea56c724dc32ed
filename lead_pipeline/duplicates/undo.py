"""Undo a merge: restore the merged lead under its old name, with its records.

Changes made to the survivor since then are kept. Many records are put back by a job (`background.py`), in batches: from the
first one on the merge counts as undone (`undone_on`), and it keeps its snapshot until all of them are back.
"""

import json
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, cstr, get_datetime, get_fullname, now_datetime

from lead_pipeline.activities import next_step
from lead_pipeline.activities.assignees import sync_assignees
from lead_pipeline.constants import LEAD, LEAD_KEY, LEAD_MERGE
from lead_pipeline.domain.values import of_json
from lead_pipeline.duplicates import field_values, merging, relink, waiting
from lead_pipeline.duplicates.merging import MERGE_LOCK, refuse_who_may_not_merge
from lead_pipeline.exceptions import MergeRefusedError
from lead_pipeline.framework import job_records, locks
from lead_pipeline.status import after_commit, log
from lead_pipeline.visibility import lead_access, references

# What is noted of a merge, in parts by who notes it: `merging.take_over` and `field_values.blend`.
SNAPSHOT = {"row", "parts", "done", "fields", "columns", "added", "enquiries", "shared_with"}

# So many merges are shown on a form.
MAX_MERGES_SHOWN = 20

# An undo that has begun is finished within so many days, also after the time for undoing.
DAYS_TO_FINISH = 2


def merges_of(lead: str) -> list[dict]:
	"""Return what was merged into `lead`, the newest first, for its form.

	`can_undo`: whether this user can undo it now; `is_begun`: whether only a part of its records is back. The caller has
	checked the permission to see the lead.
	"""
	# The rights on the lead decide: these rows themselves are for managers.
	merge = frappe.qb.DocType(LEAD_MERGE)
	fields = ("name", "merged_lead", "merged_title", "merged_on", "merged_by", "undo_until", "undone_on")
	query = (
		frappe.qb.from_(merge)
		.select(*(merge[field] for field in fields))
		.where((merge.survivor == lead) & (merge.undone_on.isnull() | merge.snapshot.isnotnull()))
	)
	found = query.orderby(merge.merged_on, order=frappe.qb.desc).limit(MAX_MERGES_SHOWN).run(as_dict=True)
	may = bool(found) and may_merge() and frappe.has_permission(LEAD, "write", doc=lead)
	under_way = waiting.undone_by_job() if may else set()
	return [
		row
		| {
			"merged_by_name": get_fullname(row.merged_by),
			"is_begun": bool(row.undone_on),
			"can_undo": bool(may and is_in_time(row) and row.name not in under_way),
		}
		for row in found
	]


def is_in_time(merge: Document | dict) -> bool:
	"""Return whether the merge can still be undone, or its undo be finished."""
	return bool(merge.undone_on or (merge.undo_until and get_datetime(merge.undo_until) > now_datetime()))


def can_undo(merge: Document) -> bool:
	"""Return whether its record offers to undo the merge; who may, `undo` says."""
	return bool(merge.snapshot and is_in_time(merge) and merge.name not in waiting.undone_by_job())


def may_merge() -> bool:
	try:
		refuse_who_may_not_merge()
	except frappe.PermissionError:
		frappe.clear_last_message()
		return False
	return True


@frappe.whitelist(methods=["POST"])
def undo(merge: str) -> dict:
	"""Undo the `merge`, given by the name of a Pipeline Lead Merge.

	Returns the restored `lead`, the `survivor`, and under `missing` the records by DocType that could not be put
	back, because they are gone or belong to another lead by now; nothing is missing yet when there are many records,
	which are put back `in_background`. Raises PermissionError when the user may not change the survivor,
	MergeRefusedError when it is too late, or a job is at it.
	"""
	survivor = frappe.db.get_value(LEAD_MERGE, merge, "survivor")
	# The same answer for a merge that there is not: nobody learns which there are.
	lead_access.refuse_unseen_lead(survivor or "")
	refuse_who_may_not_merge()
	return locks.run_exclusively(MERGE_LOCK, lambda: undo_now(merge, survivor))


def undo_now(name: str, survivor: str) -> dict:
	lead_access.writable_lead(survivor)
	merge = frappe.get_doc(LEAD_MERGE, name, for_update=True)
	waiting.refuse_waiting_leads({survivor, merge.merged_lead})
	refuse_too_late(merge)
	snapshot = read_snapshot(merge)
	answer = {"lead": merge.merged_lead, "survivor": survivor, "missing": {}}
	if relink.number_noted(snapshot["done"]) > merging.MANY_RECORDS:
		waiting.queue_undo(name, merge.merged_lead, survivor)
		return answer | {"in_background": True}
	begin(merge, snapshot)
	for doctype, fieldname, names in relink.noted_batches(snapshot["done"]):
		relink.move_back(doctype, fieldname, names, survivor, merge.merged_lead)
	return answer | {"missing": finish(merge, snapshot)}


def begin(merge: Document, snapshot: dict) -> None:
	"""Restore the lead, without the records that the merge has moved; once."""
	if merge.undone_on:
		return
	restore_lead(snapshot, merge.merged_lead)
	merge.update({"undone_on": now_datetime(), "undone_by": frappe.session.user})
	# The rights on the survivor have decided.
	merge.save(ignore_permissions=True)


def finish(merge: Document, snapshot: dict) -> dict[str, int]:
	"""Put back all but the moved records, and forget the snapshot.

	Returns for each DocType the number of records that could not be put back.
	"""
	lead, survivor = merge.merged_lead, merge.survivor
	missing = relink.put_back_rest(snapshot["done"], survivor, lead)
	log.unsign(lead)
	take_out(survivor, snapshot)
	references.correct_titles(lead)
	for touched in (lead, survivor):
		next_step.sync_with_steps(touched)
		sync_assignees(touched)
		after_commit.schedule_recompute(touched, trigger=(LEAD, lead))
	merge.snapshot = None
	# As in `begin`.
	merge.save(ignore_permissions=True)
	text = _("{0} was taken out of this lead again.").format(frappe.bold(frappe.utils.escape_html(lead)))
	frappe.get_doc(LEAD, survivor).add_comment("Info", text)
	return missing


def begin_in_background(name: str) -> None:
	merge = merge_to_undo(name)
	lead_access.writable_lead(merge.survivor)
	refuse_too_late(merge)
	begin(merge, read_snapshot(merge))


def batches_of(name: str) -> Iterator[tuple[str, str, list]]:
	"""Yield the arguments for `move_back` of each batch of an undo that has begun."""
	return relink.noted_batches(read_snapshot(merge_to_undo(name))["done"])


def move_back(name: str, doctype: str, fieldname: str, names: list) -> None:
	"""Put a batch of records back, which locks the restored lead alone."""
	lead, survivor = frappe.db.get_value(LEAD_MERGE, name, ["merged_lead", "survivor"]) or (None, None)
	if not lead or not frappe.db.get_value(LEAD, lead, "name", for_update=True):
		refuse_what_is_gone(lead)
	relink.move_back(doctype, fieldname, names, survivor, lead)


def finish_in_background(name: str) -> dict[str, int]:
	merge = merge_to_undo(name)
	lead_access.writable_lead(merge.survivor)
	if not frappe.db.exists(LEAD, merge.merged_lead):
		refuse_what_is_gone(merge.merged_lead)
	return finish(merge, read_snapshot(merge))


def merge_to_undo(name: str) -> Document:
	if not frappe.db.exists(LEAD_MERGE, name):
		refuse_what_is_gone(None)
	return frappe.get_doc(LEAD_MERGE, name, for_update=True)


def refuse_what_is_gone(lead: str | None) -> None:
	"""Raise MergeRefusedError: one of the two leads was deleted meanwhile."""
	if lead:
		message = _(
			"{0} is not there any more. What was not put back belongs to the lead it was merged into."
		)
		message = message.format(frappe.bold(lead))
	else:
		message = _("The lead that it was merged into was deleted.")
	frappe.throw(message, MergeRefusedError, title=_("Undo Merge"))


def refuse_too_late(merge: Document) -> None:
	is_there = frappe.db.exists(LEAD, merge.merged_lead)
	if merge.undone_on and not merge.snapshot:
		message = _("This merge has been undone already.")
	elif not merge.snapshot or not is_in_time(merge):
		message = _("This merge cannot be undone any more: what the merged lead was is not kept longer.")
	elif merge.undone_on and not is_there:
		refuse_what_is_gone(merge.merged_lead)
	elif is_there and not merge.undone_on:
		message = _(
			"There is another lead named {0} now. Rename that one first, then undo the merge."
		).format(frappe.bold(merge.merged_lead))
	else:
		return
	frappe.throw(message, MergeRefusedError, title=_("Undo Merge"))


def read_snapshot(merge: Document) -> dict:
	"""Return the snapshot that the merge has stored.

	Raises MergeRefusedError when it cannot be read.
	"""
	snapshot = of_json(merge.snapshot)
	if not isinstance(snapshot, dict) or not set(snapshot) >= SNAPSHOT:
		frappe.throw(
			_("This merge cannot be undone: what was noted of the merged lead cannot be read any more."),
			MergeRefusedError,
			title=_("Undo Merge"),
		)
	return snapshot


def restore_lead(snapshot: dict, name: str) -> None:
	"""Restore the lead `name` and its rows as they were.

	Anything else in the snapshot is ignored.
	"""
	relink.write_row(LEAD, snapshot["row"] | {"name": name, "docstatus": 0})
	own = {
		field.options: {"parenttype": LEAD, "parent": name}
		for field in frappe.get_meta(LEAD).get_table_fields()
	}
	own[LEAD_KEY] = {"lead": name}
	for doctype, rows in snapshot["parts"].items():
		for row in rows if doctype in own else ():
			relink.write_row(doctype, row | own[doctype])
	lead = frappe.get_doc(LEAD, name)
	lead.clear_cache()
	# As after a save: the search bar finds it again.
	frappe.utils.global_search.update_global_search(lead)


def take_out(survivor: str, snapshot: dict) -> None:
	"""Remove from the survivor what the merge has added.

	Only as far as it has not been changed since.
	"""
	if snapshot["shared_with"]:
		share = {"name": snapshot["shared_with"], "share_doctype": LEAD, "share_name": survivor}
		frappe.db.delete("DocShare", share)
	kept = frappe.get_doc(LEAD, survivor)
	columns = {
		name: before
		for name, (before, after) in snapshot["columns"].items()
		if name in field_values.JOINED and cstr(kept.get(name)) == cstr(after)
	}
	columns["enquiries"] = max(0, cint(kept.enquiries) - snapshot["enquiries"])
	frappe.db.set_value(LEAD, survivor, columns, update_modified=False)
	for table, names in snapshot["added"].items():
		field = kept.meta.get_field(table)
		if field and names:
			# By SQL: for a save, a row that goes takes its main address along.
			frappe.db.delete(field.options, {"name": ("in", names), "parent": survivor, "parenttype": LEAD})
	kept = frappe.get_doc(LEAD, survivor, for_update=True)
	for field, (before, after) in snapshot["fields"].items():
		if kept.meta.has_field(field) and json.loads(frappe.as_json(kept.get(field))) == after:
			kept.set(field, before)
	# As when they were merged: the right on the survivor was asked, and its gaps are not for whoever undoes to fill.
	kept.flags.ignore_permissions = kept.flags.ignore_mandatory = kept.flags.ignore_links = True
	kept.flags.rows_have_gone = True
	kept.save()


@job_records.recorded("Snapshots of Merges")
def forget_snapshots() -> None:
	"""Hourly scheduler job: delete snapshots of merges past their time for undoing.

	Of these only the fact is kept that one lead became another one. One that is being undone keeps its own for some days
	more.
	"""
	merge, now = frappe.qb.DocType(LEAD_MERGE), now_datetime()
	is_over = merge.undone_on.isnull() | (merge.undone_on < add_days(now, -DAYS_TO_FINISH))
	(
		frappe.qb.update(merge)
		.set(merge.snapshot, None)
		.set(merge.merged_title, None)
		.where((merge.undo_until < now) & merge.snapshot.isnotnull() & is_over)
		.run()
	)

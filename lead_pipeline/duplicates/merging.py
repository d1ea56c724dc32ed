"""Merge leads in one transaction: check permissions, choose values, move records.

`relink.py` moves the records that belong to a lead, `field_values.py` handles the values in it, `undo.py` undoes a
merge. The old name leads to the survivor, see `redirects.py`. Leads with many records are left to `background.py`.
"""

import json
from collections.abc import Callable

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import add_days, cint, escape_html, get_fullname, now_datetime
from frappe.utils.global_search import delete_for_document

from lead_pipeline.activities import next_step, probability
from lead_pipeline.constants import LEAD, LEAD_KEY, LEAD_MERGE, SETTINGS
from lead_pipeline.domain import merging as domain
from lead_pipeline.duplicates import field_values, redirects, relink, waiting
from lead_pipeline.exceptions import MergeRefusedError
from lead_pipeline.framework import locks
from lead_pipeline.framework.notifications import tell
from lead_pipeline.status import after_commit, log
from lead_pipeline.visibility import field_levels, lead_access, own_leads, references, staff

# Nobody compares more than these side by side; as in Odoo.
MAX_MERGED = 5

# All merges of a site wait for each other: each of them changes several leads.
MERGE_LOCK = "merge of leads"

# So many records are moved in a request. More of them take longer than somebody waits.
MANY_RECORDS = 2000


@frappe.whitelist(methods=["GET"])
def compare(leads: list | str, survivor: str | None = None) -> dict:
	"""Return the comparison of leads that the dialog shows before a merge.

	It has the leads side by side, and the values that would be taken from each. `survivor`: the lead to keep, else
	one is suggested. Raises PermissionError, MergeRefusedError or LeadMergedError.
	"""
	names = names_to_merge(leads, survivor)
	refuse_who_may_not_merge()
	documents = [probability.forget_followed(lead_access.readable_lead(name)) for name in names]
	kept = survivor or domain.survivor(documents)
	documents.sort(key=lambda lead: lead.name != kept)
	return {
		"survivor": kept,
		"leads": [head_of_lead(lead) for lead in documents],
		"fields": field_values.side_by_side(documents),
		"undo_days": undo_days(),
	}


@frappe.whitelist(methods=["POST"])
def merge(survivor: str, leads: list | str, values: dict | str | None = None) -> dict:
	"""Merge `leads`, two to five including `survivor`, into that one.

	All of it or nothing is done. `values`: field → name of the lead whose value is taken; the others as in
	`domain.merging.sources`. Returns the `survivor` and the names of the `merges`, by which they are undone; there are
	none yet when leads with many records are merged `in_background`, one after the other. Raises
	PermissionError when the user may not change one of them, MergeRefusedError, LeadMergedError when another user
	has merged one of them before, or what the save raises.
	"""
	names = names_to_merge(leads, survivor)
	refuse_who_may_not_merge()
	choices = from_json(values) or {}
	return locks.run_exclusively(MERGE_LOCK, lambda: merge_now(survivor, names, choices))


def names_to_merge(leads: list | str, survivor: str | None) -> list[str]:
	"""Return the names of the leads, all of which the user may see."""
	names = from_json(leads)
	names = [name for name in names if isinstance(name, str)] if isinstance(names, list) else []
	names = list(dict.fromkeys([survivor, *names] if survivor else names))
	for name in names[: MAX_MERGED + 1]:
		if not frappe.db.exists(LEAD, name):
			redirects.say_where_it_went(name)
		lead_access.refuse_unseen_lead(name)
	if not 2 <= len(names) <= MAX_MERGED:
		frappe.throw(
			_("Choose two to {0} leads to merge.").format(MAX_MERGED),
			MergeRefusedError,
			title=_("Merge Leads"),
		)
	return names


def from_json(sent: object) -> object:
	"""Return a value, parsed if it was sent as JSON text; None for invalid JSON."""
	try:
		return json.loads(sent) if isinstance(sent, str) else sent
	except ValueError:
		return None


def refuse_who_may_not_merge() -> None:
	"""Refuse a Sales User, unless the setting lets Sales Users merge.

	By default it lets them, as in Odoo: nothing is lost, and a merge can be undone. Raises PermissionError.
	"""
	roles = set(frappe.get_roles())
	if frappe.get_cached_doc(SETTINGS).sales_users_merge or not own_leads.MANAGERS.isdisjoint(roles):
		return
	frappe.throw(
		_("Only Sales Managers merge leads on this site. Ask one of them to do it."), frappe.PermissionError
	)


def head_of_lead(lead: Document) -> dict:
	fields = ("name", "lead_name", "company_name", "status", "lead_owner", "creation")
	owner_name = get_fullname(lead.lead_owner) if lead.lead_owner else None
	hidden = field_levels.unreadable_fields(LEAD)
	shown = {field: None if field in hidden else lead.get(field) for field in fields}
	return shown | {"owner_name": owner_name}


def undo_days() -> int:
	return cint(frappe.get_cached_doc(SETTINGS).merge_undo_days)


def merge_now(survivor: str, names: list[str], choices: dict) -> dict:
	waiting.refuse_waiting_leads(set(names))
	locked = writable_leads(names)
	kept = locked.pop(survivor)
	others = [locked[name] for name in names if name in locked]
	sources = field_values.chosen_sources(kept, others, choices)
	records = {lead.name: relink.records_of(lead.name) for lead in others}
	if sum(map(relink.number_of, records.values())) > MANY_RECORDS:
		return merge_later(kept, others, sources)
	return merge_into(kept, others, sources, records)


def writable_leads(names: list[str]) -> dict[str, Document]:
	"""Lock the leads, if the user may change all of them, and return them by name."""
	# In the order of their names, so that two merges never wait for each other.
	return {name: probability.forget_followed(lead_access.writable_lead(name)) for name in sorted(names)}


def merge_later(kept: Document, others: list[Document], sources: dict[str, str]) -> dict:
	"""Leave the merge to the job; what the user may do and has chosen is checked."""
	waiting.queue_merge(kept.name, [lead.name for lead in others], sources)
	return {"survivor": kept.name, "merges": [], "in_background": True}


def merge_one_lead(
	survivor: str, name: str, sources: dict[str, str], show: Callable[[int, int], object]
) -> None:
	"""Merge one of several leads into `survivor`, as a part of their merge.

	`sources`: field → name of the lead whose value is taken, for the merge of all of them. `show` is told how many of
	how many records are moved.
	"""
	locked = writable_leads([survivor, name])
	kept, lead = locked[survivor], locked[name]
	choices = {field: source if source == name else survivor for field, source in sources.items()}
	of_merge = field_values.chosen_sources(kept, [lead], choices)
	merge_into(kept, [lead], of_merge, {name: relink.records_of(name)}, show)


def merge_into(
	kept: Document,
	others: list[Document],
	sources: dict[str, str],
	records: dict[str, dict],
	show: Callable[[int, int], object] | None = None,
) -> dict:
	"""Merge `others` into `kept`, all of which are locked.

	`records`: for each of the others, what `relink.records_of` has found.
	"""
	snapshots = [take_over(kept, lead, records[lead.name], show) for lead in others]
	blended = field_values.blend(kept, others, sources)
	merges = [
		note_down(kept, lead, snapshot | values).name
		for lead, snapshot, values in zip(others, snapshots, blended, strict=True)
	]
	next_step.sync_with_steps(kept.name)
	for lead in others:
		tell_owner(kept, lead)
	after_commit.schedule_recompute(kept.name, trigger=(LEAD, kept.name))
	return {"survivor": kept.name, "merges": merges}


def take_over(
	kept: Document, lead: Document, records: dict, show: Callable[[int, int], object] | None = None
) -> dict:
	"""Move what belongs to `lead` to `kept` and delete the lead.

	Returns the data needed to restore all of it.
	"""
	row = rows_as_stored(LEAD, {"name": lead.name})[0]
	tables = {
		field.options: {"parenttype": LEAD, "parent": lead.name} for field in lead.meta.get_table_fields()
	}
	tables[LEAD_KEY] = {"lead": lead.name}
	parts = {doctype: rows_as_stored(doctype, filters) for doctype, filters in tables.items()}
	log.sign(lead.name)
	done = relink.relink_all(lead.name, kept.name, records, show)
	references.correct_titles(kept.name)
	# Other apps learn of it as of any deletion; the framework's own would delete later what names the lead by then.
	lead.flags.merged = True
	lead.run_method("on_trash")
	for doctype, filters in (tables | {LEAD: {"name": lead.name}}).items():
		frappe.db.delete(doctype, filters)
	lead.run_method("after_delete")
	lead.clear_cache()
	delete_for_document(lead)
	lead.notify_update()
	return {"row": row, "parts": parts, "done": done.as_dict()}


def rows_as_stored(doctype: str, filters: dict) -> list[frappe._dict]:
	"""Return the rows as they are in the database."""
	table = frappe.qb.DocType(doctype)
	query = frappe.qb.from_(table).select("*")
	for field, value in filters.items():
		query = query.where(table[field] == value)
	return query.run(as_dict=True)


def note_down(kept: Document, lead: Document, snapshot: dict) -> Document:
	"""Record that `lead` was merged into `kept`.

	As long as the merge can be undone, the record has the data for that, too.
	"""
	merge = frappe.new_doc(LEAD_MERGE)
	days, now = undo_days(), now_datetime()
	merge.update(
		{
			"merged_lead": lead.name,
			"survivor": kept.name,
			"merged_on": now,
			"merged_by": frappe.session.user,
			"origin_key": lead.origin_key,
		}
	)
	if days:
		merge.update({"merged_title": lead.lead_name, "undo_until": add_days(now, days)})
		merge.snapshot = frappe.as_json(snapshot, indent=None)
	# The rights on both leads have decided.
	merge.insert(ignore_permissions=True)
	kept.add_comment("Info", merge_comment(lead, snapshot["lost"]))
	return merge


def merge_comment(lead: Document, lost: dict) -> str:
	"""HTML: that the lead was merged, and what it has said otherwise."""
	text = _("{0} ({1}) was merged into this lead.").format(
		frappe.bold(escape_html(lead.name)), escape_html(lead.lead_name)
	)
	if not lost:
		return text
	items = "".join(
		f"<li>{escape_html(_(lead.meta.get_label(field)))}: {escape_html(value)}</li>"
		for field, value in lost.items()
	)
	otherwise = _("It said otherwise:")
	return f"{text} {otherwise}<ul>{items}</ul>"


def tell_owner(kept: Document, lead: Document) -> None:
	"""Tell the sales person of the lead that is gone where it is now.

	When that one has left, who was assigned, or managers.
	"""
	if not lead.lead_owner or lead.lead_owner in (frappe.session.user, kept.lead_owner):
		return
	people = staff.first_present(lead.lead_owner, lead.get("_assign")) or staff.sales_managers()

	def say(language: str | None) -> str:
		titles = (frappe.bold(escape_html(title)) for title in (lead.lead_name, kept.lead_name))
		return _("{0} was merged into {1}.", lang=language).format(*titles)

	for user in people:
		if user not in (frappe.session.user, kept.lead_owner):
			tell(user, say, kept.name)

"""Dry run of a migration: what every lead of the other app would become.

It writes nothing about leads.
"""

import json
from collections import Counter
from collections.abc import Iterator

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.capture.importing import existing_leads, row_messages, row_store
from lead_pipeline.capture.importing.jobs import Progress
from lead_pipeline.capture.migration.field_mapping import NAMED, TAG, Translated, find_record, translate
from lead_pipeline.capture.migration.sources import SOURCES, Source
from lead_pipeline.constants import LEAD
from lead_pipeline.domain import import_rows
from lead_pipeline.domain.import_rows import BAD, BEFORE, HIDDEN, KNOWN, NEW, Keys
from lead_pipeline.reference_data import lead_statuses

# Leads that are read and judged together.
BATCH_SIZE = 500


def rehearse(run: Document, progress: Progress) -> None:
	"""Check every lead of the source that the user may see; store the findings.

	They replace older findings.
	"""
	source = SOURCES[run.source]
	row_store.forget_rows(run.doctype, run.name)
	made: dict[tuple[str, str], Counter] = {}
	done, total = 0, frappe.db.count(source.doctype)
	for rows in leads_in_batches(source):
		row_store.add_rows(run, findings(run, source, rows, done, made))
		done += len(rows)
		progress(done, total)
	notes = [said for (doctype, title), names in made.items() for said in to_be_made(doctype, title, names)]
	frappe.db.set_value(run.doctype, run.name, {"notes": "\n".join(notes), "total": done})


def leads_in_batches(source: Source) -> Iterator[list[frappe._dict]]:
	"""Yield all leads of the source that the user may see, in batches.

	The leads are whole, and in the order of their names.
	"""
	last = ""
	while True:
		names = frappe.get_list(
			source.doctype,
			filters={"name": (">", last)},
			pluck="name",
			order_by="name asc",
			limit=BATCH_SIZE,
		)
		if not names:
			return
		# All columns: those that are not the user's to read are not shown, and not lost either.
		yield frappe.get_all(
			source.doctype, filters={"name": ("in", names)}, fields=["*"], order_by="name asc"
		)
		last = names[-1]


def findings(run: Document, source: Source, rows: list[frappe._dict], done: int, made: dict) -> list[dict]:
	told = [translate(row, source) for row in rows]
	origins = [f"{source.doctype}/{row.name}" for row in rows]
	keys = [import_rows.keys(one.values, lead_statuses.default_region()) for one in told]
	site = existing_leads.known_of_rows(keys, origins)
	behind = leads_made_of_ours(source, [row.name for row in rows])
	mapped = {row.source_status: row.status for row in run.statuses}
	found = []
	for number, (row, one, origin, key) in enumerate(
		zip(rows, told, origins, keys, strict=True), start=done + 1
	):
		verdict, lead, message = judge_lead(run, row, one, mapped, site, key, origin, behind)
		if verdict == NEW:
			note_made(one, made)
		found.append(
			{
				"file_row": number,
				"title": (one.values.get("lead_name") or one.values.get("email") or row.name)[:140],
				"verdict": verdict,
				"message": message,
				"lead": lead,
				"origin_key": origin,
				"data": json.dumps(row.name),
			}
		)
	return found


def judge_lead(
	run: Document,
	row: frappe._dict,
	told: Translated,
	mapped: dict,
	site: import_rows.Site,
	key: Keys,
	origin: str,
	behind: dict[str, str],
) -> tuple[str, str | None, str]:
	"""Verdict, lead that is there already, and what to say about it."""
	if origin in site.before or row.name in behind:
		lead = site.before.get(origin) or behind[row.name]
		return BEFORE, lead, _("Is here already, as {0}.").format(lead)
	if problem := problem_of(run, row, mapped, told):
		return BAD, None, problem
	lead = key.identity and site.open.get(key.identity)
	if lead and run.known != import_rows.CREATE:
		seen = lead in site.visible
		verdict = KNOWN if seen else HIDDEN
		return (
			verdict,
			lead,
			row_messages.finding_text(import_rows.Verdict(verdict, lead), lead if seen else None),
		)
	kept = ", ".join(label for label, _value in told.further)
	return NEW, None, _("Told in a comment: {0}.").format(kept) if kept else ""


def problem_of(run: Document, row: frappe._dict, mapped: dict, told: Translated) -> str | None:
	status = mapped.get(row.status or "")
	if not status:
		return _("Choose what becomes of the status “{0}” in the table above.").format(_(row.status or ""))
	if status not in lead_statuses.choosable_statuses(run.lead_type):
		return _(
			"The status “{0}” is not allowed for leads of type “{1}”. Choose another one in the table above."
		).format(_(status), _(run.lead_type or ""))
	named = (*import_rows.IDENTITY, "email_ids")
	return (
		None
		if any(told.values.get(name) for name in named)
		else _("It has neither a name nor a company nor an e-mail.")
	)


def leads_made_of_ours(source: Source, names: list[str]) -> dict[str, str]:
	"""Return leads of the source that are the party of a Pipeline Lead.

	They were made from it, so they are no second lead.
	"""
	if not source.is_party:
		return {}
	# Whoever may see it: it is there.
	rows = frappe.get_all(
		LEAD, {"party_type": source.doctype, "party": ("in", names)}, ["party", "name"], order_by=None
	)
	return {row.party: row.name for row in rows}


def note_made(told: Translated, made: dict) -> None:
	for field, name in told.made.items():
		made.setdefault(NAMED[field], Counter())[name] += 1
	for tag in told.tags:
		made.setdefault(TAG, Counter())[tag] += 1


def to_be_made(doctype: str, title_field: str, names: Counter) -> list[str]:
	"""Return one line for each kind of record that is not there yet."""
	missing = [name for name in sorted(names) if not find_record(doctype, title_field, name)]
	return [_("{0} that will be added: {1}").format(_(doctype), ", ".join(missing))] if missing else []

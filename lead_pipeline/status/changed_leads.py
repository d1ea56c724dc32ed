"""Find the leads that may disagree with their documents since some moment.

By what has changed: documents by the index of their `modified`, deleted documents, the leads themselves, records and
dates that filters of rules ask for. What costs nothing when nothing has changed. Changes that leave no trace, such as raw
SQL that does not set `modified`, are left to the look at all leads (`hourly_repair.py`).
"""

import hashlib
import json
from collections.abc import Iterator
from datetime import date, datetime

import frappe
from frappe.query_builder import DocType
from frappe.query_builder.functions import Concat, Max
from frappe.utils import add_days, get_datetime, getdate
from frappe.utils.data import get_timespan_date_range
from pypika.terms import Criterion, Term

from lead_pipeline.constants import LEAD, STATUS_LOG
from lead_pipeline.domain import rule_filters
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import facts, rules
from lead_pipeline.status.rules import Rule

# Updates by raw SQL that are known: DocType → ends of the paths of the scheduled jobs, status that they give, and the date
# that has passed. ERPNext's, which sets no `modified`.
RAW_UPDATES = {"Quotation": (".quotation.quotation.set_expired_status", "Expired", "valid_till")}

# Documents whose day has passed at a weekend, when no job ran.
LATE_DAYS = 7


def fingerprint() -> str:
	"""Return what stands for the rules, statuses and types as they are now.

	When it differs, any lead may disagree.
	"""
	meaning = [vars(rule) for rule in rules.rules()], lead_statuses.types()
	statuses = [
		(status.name, status.category, status.position, status.protected, status.disabled)
		for status in lead_statuses.statuses().values()
	]
	text = json.dumps([meaning, statuses], default=str, sort_keys=True)
	return hashlib.sha256(text.encode()).hexdigest()[:20]


def changed_since(moment: datetime) -> set[str]:
	"""Return the leads that something may have changed for since `moment`."""
	found = set(leads_themselves(moment))
	for document_type, links in linked_tables().items():
		document = DocType(document_type)
		found.update(leads_of(document_type, links, document.modified >= moment))
		found.update(leads_of_deleted(document_type, links, moment))
	for rule in rules.rules():
		found.update(leads_by_linked_records(rule, moment))
	found.discard("")
	return found


def linked_tables() -> dict[str, list[tuple[str, str]]]:
	"""Return the document types with rules, each with the tables that name leads."""
	return {rule.document_type: rule.links for rule in rules.rules()}


def leads_themselves(moment: datetime) -> list[str]:
	lead = DocType(LEAD)
	return frappe.qb.from_(lead).select(lead.name).where(lead.modified >= moment).run(pluck=True)


def leads_of(document_type: str, links: list, which: Criterion) -> Iterator[str]:
	"""Yield the leads of the documents that match, and those whose history names one.

	These had the document before it was given to another lead.
	"""
	document = DocType(document_type)
	name = name_as_text(document_type)
	for table, link in links:
		query = frappe.qb.from_(document)
		row = document
		if table != document_type:
			row = DocType(table)
			query = query.join(row).on((row.parent == name) & (row.parenttype == document_type))
		yield from query.select(row[link]).distinct().where(which & (row[link] > "")).run(pluck=True)
	log = DocType(STATUS_LOG)
	yield from (
		frappe.qb.from_(document)
		.join(log)
		.on((log.reference_doctype == document_type) & (log.reference_name == name))
		.select(log.lead)
		.distinct()
		.where(which)
		.run(pluck=True)
	)


def name_as_text(document_type: str) -> Term:
	"""Return the name of a document as text.

	PostgreSQL does not compare text with numbers.
	"""
	name = DocType(document_type).name
	return Concat(name, "") if facts.is_numbered(document_type) else name


def leads_of_deleted(document_type: str, links: list, moment: datetime) -> Iterator[str]:
	"""Yield the leads of deleted documents: those that they or the history name."""
	deleted, log = DocType("Deleted Document"), DocType(STATUS_LOG)
	rows = (
		frappe.qb.from_(deleted)
		.select(deleted.deleted_name, deleted.data)
		.where((deleted.modified >= moment) & (deleted.deleted_doctype == document_type))
		.run()
	)
	fields = {link for _table, link in links}
	for _name, data in rows:
		yield from leads_in(json.loads(data or "{}"), fields)
	if names := [name for name, _data in rows]:
		query = frappe.qb.from_(log).select(log.lead).distinct()
		query = query.where((log.reference_doctype == document_type) & log.reference_name.isin(names))
		yield from query.run(pluck=True)


def leads_in(values: dict, fields: set[str]) -> Iterator[str]:
	"""Yield the leads that a deleted document named, itself or in its rows."""
	for field, value in values.items():
		if field in fields and isinstance(value, str):
			yield value
		for row in value if isinstance(value, list) else ():
			if isinstance(row, dict):
				yield from leads_in(row, fields)


def leads_by_linked_records(rule: Rule, moment: datetime) -> Iterator[str]:
	"""Yield the leads whose documents link to a changed record.

	A record that the rule asks for.
	"""
	meta = frappe.get_meta(rule.document_type)
	for doctype, fieldname, operator, _value in rule.filters:
		parts = rule_filters.linked_parts(fieldname)
		field = meta.get_field(parts[0] if parts else fieldname)
		asked = parts or operator in rule_filters.ON_TREES
		if doctype != rule.document_type or not asked or not field or field.fieldtype != "Link":
			continue
		document, linked = DocType(rule.document_type), DocType(field.options)
		changed = frappe.qb.from_(linked).select(linked.name).where(linked.modified >= moment).run(pluck=True)
		if changed and operator in rule_filters.ON_TREES:
			# A tree that has changed may give any record another place.
			yield from leads_of(rule.document_type, rule.links, document[field.fieldname] > "")
		elif changed:
			yield from leads_of(rule.document_type, rule.links, document[field.fieldname].isin(changed))


def timespans() -> dict[str, list[str]]:
	"""Return what each relative time in the rules is today: first and last day."""
	found = {}
	for rule in rules.rules():
		for _doctype, _field, operator, value in rule.filters:
			if operator == "Timespan" and (days := get_timespan_date_range(value)):
				found[value] = [str(getdate(day)) for day in days]
	return found


def leads_by_days(before: dict[str, list[str]], now: dict[str, list[str]]) -> Iterator[str]:
	"""Yield the leads of documents whose date has entered or left a relative time.

	`before` and `now`: what `timespans` has answered then, and answers now.
	"""
	for rule in rules.rules():
		for doctype, fieldname, operator, value in rule.filters:
			if operator != "Timespan" or value not in before or before[value] == now.get(value):
				continue
			table = DocType(doctype)
			moved = Criterion.any(
				between(table[fieldname], *sorted(map(getdate, edges)))
				for edges in zip(before[value], now[value], strict=True)
			)
			if doctype != rule.document_type:
				# The date is in a row of the document.
				parents = frappe.qb.from_(table).select(table.parent).where(moved)
				moved = DocType(rule.document_type).name.isin(parents)
			yield from leads_of(rule.document_type, rule.links, moved)


def between(column: Term, first: date, last: date) -> Criterion:
	"""Return the condition for a date, or a moment, on one of these days."""
	return (column >= first) & (column < add_days(last, 1))


def runs_of_raw_updates() -> dict[str, str]:
	"""Return when the jobs of RAW_UPDATES last ran, by DocType."""
	found = {}
	jobs = DocType("Scheduled Job Type")
	for document_type, (job, _status, _day) in RAW_UPDATES.items():
		if document_type not in linked_tables():
			continue
		# Without permissions: when a job ran is no secret.
		last_run = frappe.qb.from_(jobs).select(Max(jobs.last_execution)).where(jobs.method.like(f"%{job}"))
		((ran,),) = last_run.run()
		if ran:
			found[document_type] = str(ran)
	return found


def leads_by_raw_updates(before: dict[str, str], now: dict[str, str]) -> Iterator[str]:
	"""Yield the leads of documents that a job of another app has changed by raw SQL.

	`before` and `now`: what `runs_of_raw_updates` has answered then, and answers now. One that began since then.
	"""
	for document_type, ran in now.items():
		if before.get(document_type) == ran:
			continue
		_job, status, day = RAW_UPDATES[document_type]
		first = add_days(getdate(get_datetime(before.get(document_type) or ran)), -LATE_DAYS)
		document = DocType(document_type)
		passed = (document.status == status) & (document[day] >= first) & (document[day] <= getdate())
		yield from leads_of(document_type, linked_tables()[document_type], passed)

"""Find possible duplicates of a stored lead, or of one that is being typed.

Candidates come from indexes only, each question to an index with a limit: as fast among a million leads as among a
thousand. What counts as evidence is decided in `domain/duplicates.py`. Nothing of this runs when a lead is saved.
"""

from collections.abc import Iterable
from typing import NamedTuple

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_fullname
from pypika.terms import Parameter, ValueWrapper

from lead_pipeline.constants import CLOSED_CATEGORIES, DISTINCT_LEADS, LEAD, LEAD_KEY, SETTINGS
from lead_pipeline.domain import duplicates as domain
from lead_pipeline.domain.duplicates import Names, Probe, Suspicion
from lead_pipeline.domain.matching import company_key, domain_key, email_key, phone_key
from lead_pipeline.domain.names import company_sound, person_key, person_name
from lead_pipeline.duplicates import merging, undo
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.visibility import field_levels
from lead_pipeline.visibility.lead_access import (
	refuse_unseen_lead,
	refuse_who_reads_no_leads,
	writable_lead,
)
from lead_pipeline.visibility.readable_records import readable_names

# So many are shown; the others are counted.
MAX_DUPLICATES_SHOWN = 10

# A lead has as many addresses as it likes, a question is short.
ADDRESSES = 10

# Kind of evidence → the indexes that know it.
INDEXED = {
	domain.EMAIL: ((LEAD, "email_key"), (LEAD_KEY, "key")),
	domain.PHONE: ((LEAD, "phone_key"), (LEAD, "mobile_key"), (LEAD_KEY, "key")),
	domain.DOMAIN: ((LEAD, "domain_key"),),
	domain.COMPANY: ((LEAD, "company_key"),),
	domain.COMPANY_ALIKE: ((LEAD, "company_sound"),),
	domain.NAME_ALIKE: ((LEAD, "person_key"),),
}

NAME_FIELDS = ("lead_name", "first_name", "last_name", "company_name", "is_organization", "email")
KEY_FIELDS = (
	*("email_key", "phone_key", "mobile_key", "domain_key", "company_key", "company_sound", "person_key"),
)
SHOWN_FIELDS = ("name", "status", "status_category", "lead_owner", "creation", *NAME_FIELDS)


class Wanted(NamedTuple):
	"""A lead whose duplicates are searched, with the keys by which it is known.

	`name` is None for a lead that is not saved.
	"""

	name: str | None
	probes: tuple[Probe, ...]
	names: Names


@frappe.whitelist(methods=["GET"])
def of_lead(lead: str) -> dict:
	"""Return what the form of `lead` shows: see `duplicates_answer`.

	With `merges`, what was merged into it, and whether the user
	`may_merge` at all. Raises PermissionError when the user may not see the lead.
	"""
	refuse_unseen_lead(lead)
	return duplicates_of_form(stored_keys(lead))


def duplicates_of_form(lead: Document | frappe._dict, further_keys: list[str] | None = None) -> dict:
	"""Return the duplicates for the form of a lead.

	The caller has checked the permission to see the lead, and has read it. `further_keys`: those of its further e-mails and
	phones, where these were read as well.
	"""
	found = duplicates_answer(wanted_of_row(lead, further_keys)) if is_wanted() else nothing()
	return found | {"merges": undo.merges_of(lead.name), "may_merge": undo.may_merge()}


@frappe.whitelist(methods=["GET"])
def of_values(values: dict | str) -> dict:
	"""Return the duplicates of a lead that is being typed.

	Raises PermissionError when the user may not read leads.
	"""
	refuse_who_reads_no_leads()
	given = merging.from_json(values)
	return duplicates_answer(typed(given)) if is_wanted() and isinstance(given, dict) else nothing()


@frappe.whitelist(methods=["POST"])
def not_duplicates(lead: str, other: str) -> None:
	"""Remember that two leads are not duplicates of each other.

	Neither is shown on the other's form any more. Raises PermissionError when the user may not change the one and
	see the other.
	"""
	refuse_unseen_lead(other)
	writable_lead(lead)
	if lead != other and other not in distinct_from(lead):
		pair = frappe.new_doc(DISTINCT_LEADS)
		pair.update({"lead": lead, "other_lead": other})
		# The rights on both leads decide; nobody writes these rows by hand.
		pair.insert(ignore_permissions=True)


def is_wanted() -> bool:
	return bool(frappe.get_cached_doc(SETTINGS).show_duplicates)


def nothing() -> dict:
	return {"leads": [], "further": 0, "hidden": 0}


def duplicates_answer(wanted: Wanted) -> dict:
	"""Return the duplicates that the user may see, and the number of all others.

	`leads`: the most suspicious ones that the user may see, each with the reason; `further`: how many more of these
	there are; `hidden`: how many there are that the user may not see. Closed leads are included and marked as such.
	"""
	suspicions, rows = look_for_duplicates(wanted)
	seen = readable_names(LEAD, rows)
	hidden = dict.fromkeys({*SHOWN_FIELDS}.intersection(field_levels.unreadable_fields(LEAD)))
	visible = [suspicion for suspicion in suspicions if suspicion.lead in seen]
	return {
		"leads": [
			suspicion_as_shown(suspicion, rows[suspicion.lead].update(hidden))
			for suspicion in visible[:MAX_DUPLICATES_SHOWN]
		],
		"further": max(0, len(visible) - MAX_DUPLICATES_SHOWN),
		"hidden": len(suspicions) - len(visible),
	}


def suspicion_as_shown(suspicion: Suspicion, row: frappe._dict) -> dict:
	return {
		"name": row.name,
		"lead_name": row.lead_name,
		"company_name": row.company_name,
		"status": row.status,
		"closed": row.status_category in CLOSED_CATEGORIES,
		"lead_owner": row.lead_owner,
		"owner_name": get_fullname(row.lead_owner) if row.lead_owner else None,
		"creation": row.creation,
		"reasons": [word(reason) for reason in suspicion.reasons],
		"weight": suspicion.weight,
	}


def word(reason: str) -> str:
	return {
		domain.EMAIL: _("same e-mail"),
		domain.PHONE: _("same phone"),
		domain.COMPANY: _("same company"),
		domain.DOMAIN: _("same company domain"),
		domain.PERSON: _("same name"),
		domain.NAME_ALIKE: _("similar name"),
		domain.COMPANY_ALIKE: _("similar company"),
	}[reason]


def look_for_duplicates(wanted: Wanted) -> tuple[list[Suspicion], dict[str, frappe._dict]]:
	"""Return the possible duplicates, the most suspicious first, and their rows.

	Ignores permissions: leads that the user may not see are included.
	"""
	kinds = domain.evidence(hits(wanted))
	for lead in distinct_from(wanted.name) if kinds else ():
		kinds.pop(lead, None)
	if not kinds:
		return [], {}
	# Without permissions: what the user may not see is counted.
	found = frappe.get_all(LEAD, {"name": ("in", list(kinds))}, SHOWN_FIELDS, order_by=None)
	rows = {row.name: row for row in found}
	suspicions = domain.find_suspicions(
		wanted.names, kinds, {name: names_of_row(row) for name, row in rows.items()}
	)
	return suspicions, {suspicion.lead: rows[suspicion.lead] for suspicion in suspicions}


def hits(wanted: Wanted) -> list[tuple[Probe, str]]:
	"""Return the leads found by each key in the indexes.

	One query, in which every part reads few rows of one index.
	"""
	parts, keys = [], []
	for number, probe in enumerate(wanted.probes):
		for doctype, field in INDEXED[probe.kind]:
			parts.append(f"({candidates_sql(number, doctype, field, wanted.name)})")
			keys += [probe.key, wanted.name] if wanted.name else [probe.key]
	if not parts:
		return []
	# The framework's builder cannot unite queries that have limits of their own.
	found = frappe.db.sql(" union all ".join(parts), keys)
	return [(wanted.probes[int(number)], lead) for lead, number in found]


def candidates_sql(number: int, doctype: str, field: str, itself: str | None) -> str:
	table = frappe.qb.DocType(doctype)
	lead = table.name if doctype == LEAD else table.lead
	query = frappe.qb.from_(table).select(lead, ValueWrapper(number).as_("probe")).limit(domain.CROWD)
	query = query.where(table[field] == Parameter("%s"))
	return (query.where(lead != Parameter("%s")) if itself else query).get_sql()


def distinct_from(lead: str | None) -> set[str]:
	"""Return the leads that were marked as not being the same as `lead`.

	The mark holds for all users, regardless of who has set it.
	"""
	if not lead:
		return set()
	either = {"lead": lead, "other_lead": lead}
	fields = ["lead", "other_lead"]
	pairs = frappe.get_all(DISTINCT_LEADS, or_filters=either, fields=fields, as_list=True, order_by=None)
	return {name for pair in pairs for name in pair} - {lead}


def stored(lead: str) -> Wanted:
	"""Return a saved lead with the keys that it was saved with.

	The caller has checked the permission to see it.
	"""
	return wanted_of_row(stored_keys(lead))


def stored_keys(lead: str) -> frappe._dict:
	return frappe.db.get_value(LEAD, lead, ["name", *KEY_FIELDS, *NAME_FIELDS], as_dict=True)


def wanted_of_row(row: Document | frappe._dict, further: list[str] | None = None) -> Wanted:
	"""Return by what a lead is looked for that was read already."""
	if further is None:
		further = frappe.get_all(
			LEAD_KEY, {"lead": row.name}, pluck="key", order_by=None, limit=2 * ADDRESSES
		)
	emails = [row.email_key, *(key for key in further if "@" in key)]
	phones = [row.phone_key, row.mobile_key, *(key for key in further if "@" not in key)]
	return Wanted(row.name, probes(emails, phones, row), names_of_row(row))


def typed(values: dict) -> Wanted:
	"""Return a lead with the fields that have been typed so far.

	Values that are not text are ignored.
	"""
	said = {field: value.strip() for field, value in values.items() if isinstance(value, str)}
	said["is_organization"] = frappe.utils.cint(values.get("is_organization"))
	numbers = [said.get("phone"), said.get("mobile_no")]
	region = lead_statuses.default_region() if any(numbers) else None
	keys = {
		"domain_key": domain_key(said.get("website")) or domain_key(said.get("email")),
		"company_key": company_key(said.get("company_name")),
		"company_sound": company_sound(said.get("company_name")),
		"person_key": person_key(person_name(said)),
	}
	phones = [phone_key(number, region) for number in numbers]
	return Wanted(said.get("name"), probes([email_key(said.get("email"))], phones, keys), names_of_row(said))


def probes(emails: Iterable[str | None], phones: Iterable[str | None], keys: dict) -> tuple[Probe, ...]:
	found = [Probe(domain.EMAIL, key) for key in list(filter(None, emails))[:ADDRESSES]]
	found += [Probe(domain.PHONE, key) for key in list(filter(None, phones))[:ADDRESSES]]
	found += [
		Probe(kind, key)
		for kind in (domain.DOMAIN, domain.COMPANY, domain.COMPANY_ALIKE, domain.NAME_ALIKE)
		if (key := keys.get(INDEXED[kind][0][1]))
	]
	return tuple(dict.fromkeys(found))


def names_of_row(row: dict) -> Names:
	return Names(person_name(row), row.get("company_name"))

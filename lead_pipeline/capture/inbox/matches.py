"""Leads that the senders of mails and calls have.

Shown before a user attaches a mail or call, and only to users who may see them.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import frappe
from frappe.utils import get_fullname

from lead_pipeline.capture.inbox.contents import Item
from lead_pipeline.constants import LEAD, LEAD_KEY, OPEN_CATEGORIES
from lead_pipeline.domain.matching import email_key


class Match(NamedTuple):
	"""The lead of a sender, as the user may see it.

	`lead`: a row of the lead that the user may see, None without one; `hidden`: another user's is there, too.
	"""

	lead: frappe._dict | None
	hidden: bool


def matches_of(items: Iterable[Item]) -> list[Match]:
	"""Find for each item the sender's open lead, else the newest closed one.

	By e-mail address, else by phone number.
	"""
	items = list(items)
	keys = [frozenset(keys_of_item(item)) for item in items]
	found = leads_by_key({key for each in keys for key in each})
	names = {lead.name for leads in found.values() for lead in leads}
	# The user's own rights: what is missing in the answer is not shown.
	visible = (
		set(frappe.get_list(LEAD, filters={"name": ("in", names)}, pluck="name", limit=0, order_by=None))
		if names
		else set()
	)
	return [best([lead for key in each for lead in found.get(key, ())], visible) for each in keys]


def best(leads: list[frappe._dict], visible: set[str]) -> Match:
	leads.sort(key=lambda lead: (lead.status_category in OPEN_CATEGORIES, lead.creation), reverse=True)
	hidden = any(lead.name not in visible for lead in leads)
	return Match(next((lead for lead in leads if lead.name in visible), None), hidden)


def keys_of_item(item: Item) -> tuple[tuple[str, str], ...]:
	if key := email_key(item.email):
		return (("email", key),)
	return tuple(("phone", key) for key in item.phone_keys())


def leads_by_key(keys: set[tuple[str, str]]) -> dict[tuple[str, str], list[frappe._dict]]:
	"""Return all leads with these addresses or numbers, by kind and key.

	Regardless of who may see them.
	"""
	found = defaultdict(list)
	emails = [key for kind, key in keys if kind == "email"]
	phones = [key for kind, key in keys if kind == "phone"]
	for row in leads_with("email_key", emails):
		found["email", row.email_key].append(row)
	for field in ("phone_key", "mobile_key"):
		for row in leads_with(field, phones):
			found["phone", row[field]].append(row)
	for kind, wanted in (("email", emails), ("phone", phones)):
		for row, key in leads_with_further(wanted):
			found[kind, key].append(row)
	return found


FIELDS = [
	"name",
	"lead_name",
	"status",
	"status_category",
	"lead_owner",
	"creation",
	"email_key",
	"phone_key",
	"mobile_key",
	"company_name",
]


def leads_with(field: str, values: list[str]) -> list[frappe._dict]:
	return (
		frappe.get_all(LEAD, filters={field: ("in", values)}, fields=FIELDS, order_by="creation asc")
		if values
		else []
	)


def leads_with_further(keys: list[str]) -> list[tuple[frappe._dict, str]]:
	"""Return the leads that have one of these keys beside their main ones.

	The keys are addresses or numbers; each lead comes with its key.
	"""
	if not keys:
		return []
	rows = frappe.get_all(
		LEAD_KEY, filters={"key": ("in", keys)}, fields=["lead", "key"], order_by="lead asc, name asc"
	)
	leads = {row.name: row for row in leads_with("name", [row.lead for row in rows])}
	return [(leads[row.lead], row.key) for row in rows if row.lead in leads]


def lead_as_shown(lead: frappe._dict | None) -> dict | None:
	"""Return what the page shows of a lead."""
	return lead and {
		"name": lead.name,
		"title": lead.lead_name,
		"status": lead.status,
		"is_open": lead.status_category in OPEN_CATEGORIES,
		"owner": get_fullname(lead.lead_owner) if lead.lead_owner else None,
	}

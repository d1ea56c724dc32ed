"""E-mails, phones and website of a lead: kept in step, checked and keyed.

Field and table are kept in step, values are checked when they change, keys are made for search. What somebody typed
stays as typed, but for what nobody sees in an address and what the framework's phone fields cannot hold in a number
(`domain/matching.phone_as_kept`). Keys are computed at every save, so that a new default country reaches a lead the
next time it is saved. What was accepted once is not checked again: an old mistake must not keep a person, or a sales
document, from changing something else.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import cstr, escape_html, now_datetime

from lead_pipeline.constants import LEAD, LEAD_KEY
from lead_pipeline.domain.matching import (
	Phone,
	company_key,
	domain_key,
	email_key,
	is_phone,
	is_website,
	phone_as_kept,
	phone_key,
	read_phone,
)
from lead_pipeline.domain.names import company_sound, person_key, person_name
from lead_pipeline.domain.primary_contact import ContactSet, Policy, Row, resolve_main
from lead_pipeline.domain.search_words import words_of_lead
from lead_pipeline.domain.values import without_invisible
from lead_pipeline.exceptions import InvalidContactError
from lead_pipeline.reference_data import lead_statuses


@dataclass(frozen=True)
class Table:
	"""A table of the framework's rows of addresses, and how it belongs to the lead.

	Which of their fields has the address, which tick belongs to which main field of the lead, and which ticks pass to
	the next row when their row is gone.
	"""

	fieldname: str
	value: str
	mains: dict[str, str]
	moves_up: dict[str, bool]


EMAILS = Table("email_ids", "email_id", {"is_primary": "email"}, {"is_primary": True})
PHONES = Table(
	"phone_nos",
	"phone",
	{"is_primary_phone": "phone", "is_primary_mobile_no": "mobile_no"},
	{"is_primary_phone": True, "is_primary_mobile_no": False},
)
TABLES = (EMAILS, PHONES)
FIELDS = ("email", "phone", "mobile_no", "website")
PHONE_FIELDS = ("phone", "mobile_no")
NAMES = ("lead_name", "company_name", "first_name", "last_name")


def keep_in_step(lead: Document) -> None:
	"""Keep one main e-mail, phone and mobile at most, the same in field and table."""
	for field in FIELDS:
		keep = phone_as_kept if field in PHONE_FIELDS else address_as_kept
		lead.set(field, keep(cstr(lead.get(field))) or None)
	before = lead.get_doc_before_save()
	for table, key in ((EMAILS, same_email), (PHONES, same_phone)):
		# A lead with one e-mail and one phone, as most have, needs no rows and pays nothing for them.
		if lead.get(table.fieldname) or (before and before.get(table.fieldname)):
			old = book(before, table) if before else None
			write_table(lead, table, resolve_main(book(lead, table), old, Policy(key, table.moves_up)))


def address_as_kept(typed: str) -> str:
	return without_invisible(typed).strip()


def same_email(typed: str) -> str:
	return email_key(typed) or typed.strip().lower()


def same_phone(typed: str) -> str:
	return phone_key(typed, lead_statuses.default_region()) or typed.strip()


def book(lead: Document, table: Table) -> ContactSet:
	keep = phone_as_kept if table is PHONES else address_as_kept
	return ContactSet(
		mains={mark: lead.get(field) or "" for mark, field in table.mains.items()},
		rows=[
			Row(keep(cstr(row.get(table.value))), {mark for mark in table.mains if row.get(mark)}, row)
			for row in lead.get(table.fieldname)
		],
	)


def write_table(lead: Document, table: Table, settled: ContactSet) -> None:
	for mark, field in table.mains.items():
		lead.set(field, settled.mains[mark] or None)
	documents = [row.source or lead.append(table.fieldname, {}) for row in settled.rows]
	for index, (document, row) in enumerate(zip(documents, settled.rows, strict=True), start=1):
		document.update({table.value: row.value, "idx": index})
		document.update({mark: int(mark in row.marks) for mark in table.mains})
	lead.set(table.fieldname, documents)


def set_keys(lead: Document) -> None:
	"""Set the indexed keys of e-mail, phones, domain and company.

	And all keys of the lead as one text to search in.
	"""
	phone, mobile = numbers(lead.phone, lead.mobile_no)
	lead.phone_key = phone.key if phone else None
	lead.mobile_key = mobile.key if mobile else None
	lead.email_key = email_key(lead.email)
	lead.domain_key = domain_key(lead.website) or domain_key(lead.email)
	lead.company_key = company_key(lead.company_name)
	lead.company_sound = company_sound(lead.company_name)
	lead.person_key = person_key(person_name(lead))
	found = [phone, mobile, *numbers(*(row.phone for row in lead.phone_nos))]
	words = [lead.email_key, *(email_key(row.email_id) for row in lead.email_ids)]
	words += [word for number in found if number for word in number]
	lead.contact_keys = " ".join(dict.fromkeys(word for word in words if word)) or None


def set_search_words(lead: Document) -> None:
	"""Set the words by which the search finds the lead."""
	lead.search_words = search_words(
		lead, [row.email_id for row in lead.email_ids], [row.phone for row in lead.phone_nos]
	)


def search_words(lead: Mapping | Document, emails: list[str], phones: list[str]) -> str:
	"""Return the words of a lead with further `emails` and `phones`."""
	return words_of_lead(
		lead.get("name"),
		[lead.get(field) for field in NAMES],
		[lead.get("email"), *emails],
		numbers(lead.get("phone"), lead.get("mobile_no"), *phones),
	)


def follow_name(name: str) -> None:
	"""Let the search find a lead that was renamed."""
	lead = frappe.get_doc(LEAD, name)
	set_search_words(lead)
	frappe.db.set_value(LEAD, name, "search_words", lead.search_words, update_modified=False)


def write_further_keys(lead: Document) -> None:
	"""Keep the keys of further e-mails and phones in a table of their own.

	Further: beside the main ones. Leads are found by them. A lead without any, as most, pays nothing.
	"""
	before = lead.get_doc_before_save()
	keys = further_keys(lead)
	rows_have_gone = lead.flags.pop("rows_have_gone", False)
	if not rows_have_gone and keys == (further_keys(before) if before else []):
		return
	if before:
		frappe.db.delete(LEAD_KEY, {"lead": lead.name})
	insert_keys([(lead.name, key) for key in keys])


def further_keys(lead: Document) -> list[str]:
	mains = {lead.email_key, lead.phone_key, lead.mobile_key, None}
	keys = [email_key(row.email_id) for row in lead.email_ids]
	keys += [number.key for number in numbers(*(row.phone for row in lead.phone_nos)) if number]
	return [key for key in dict.fromkeys(keys) if key not in mains]


def insert_keys(keys: list[tuple[str, str]]) -> None:
	"""Rows (lead, key) of Pipeline Lead Key; one statement for all."""
	if not keys:
		return
	now, user = now_datetime(), frappe.session.user
	fields = ["name", "creation", "modified", "owner", "modified_by", "lead", "key"]
	rows = [(frappe.generate_hash(length=10), now, now, user, user, lead, key) for lead, key in keys]
	frappe.db.bulk_insert(LEAD_KEY, fields, rows)


def numbers(*typed: str | None) -> list[Phone | None]:
	region = lead_statuses.default_region() if any(typed) else None
	return [read_phone(number, region) for number in typed]


def validate(lead: Document) -> None:
	"""Raise InvalidContactError for a new e-mail, phone or website that is not valid.

	New in this save.
	"""
	for email in new_values(lead, EMAILS):
		if not email_key(email):
			throw_invalid_contact(
				_("{0} is not an e-mail address. Enter one like name@example.com in each field or row."),
				email,
				_("E-mail"),
			)
	for phone in new_values(lead, PHONES):
		if not is_phone(phone):
			throw_invalid_contact(
				_("{0} is not a phone number. Use at most 20 digits, spaces and + - . , ( ) # * / ext."),
				phone,
				_("Phone"),
			)
	if lead.website and lead.has_value_changed("website") and not is_website(lead.website):
		throw_invalid_contact(
			_("{0} is not the address of a website. It has to begin with http:// or https://."),
			lead.website,
			_("Website"),
		)


def new_values(lead: Document, table: Table) -> list[str]:
	"""Return what this save brings, in the order of the form."""
	before = lead.get_doc_before_save()
	old = table_values(before, table) if before else []
	return [value for value in table_values(lead, table) if value not in old]


def table_values(lead: Document, table: Table) -> list[str]:
	mains = [lead.get(field) for field in table.mains.values()]
	return [
		value for value in [*mains, *(row.get(table.value) for row in lead.get(table.fieldname))] if value
	]


def throw_invalid_contact(message: str, value: str, title: str) -> None:
	frappe.throw(message.format(frappe.bold(escape_html(value))), InvalidContactError, title=title)

"""Compare the field values of leads to merge, and copy the chosen ones.

They are written into the survivor.
"""

import json

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields
from frappe.model.document import Document
from frappe.utils import cint, cstr, get_fullname, strip_html

from lead_pipeline.activities.assignees import sync_assignees
from lead_pipeline.constants import LEAD
from lead_pipeline.domain import merging as domain
from lead_pipeline.domain.matching import email_key, phone_key
from lead_pipeline.domain.plain_text import plain_text
from lead_pipeline.exceptions import MergeRefusedError
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.visibility.own_leads import sees_all

# A lead's own status and notes follow from its story, which goes on; the rest is computed when it is saved.
NOT_BLENDED = {
	*("status", "status_category", "hold_status", "status_changed_on", "manual_status", "manual_basis"),
	*("enquiries", "last_enquiry_on", "web_form", "consent_given_on", "consent_text", "origin_key"),
	*("reminded_for", "copy_source", "contact_keys", "search_words"),
	# These follow from the activities of both, and from the status (`activities/`).
	*("next_contact_date", "next_contact_by", "next_step", "stuck_on", "stuck_told_for", "own_probability"),
	*("email_key", "phone_key", "mobile_key", "domain_key", "company_key", "company_sound", "person_key"),
}

# What the app noted together; the first one says whether there is anything.
NOTED_TOGETHER = (("web_form",), ("consent_given_on", "consent_text"))

# Lists that the framework keeps in columns of a document.
LISTS = ("_user_tags", "_liked_by", "_comments")

# Columns that a merge writes past the save of the survivor.
JOINED = ("enquiries", "last_enquiry_on", *sum(NOTED_TOGETHER, ()), *LISTS)

# A table of addresses → its field, the main fields, and what makes two of them the same.
ADDRESSES = {
	"email_ids": ("email_id", ("email",), lambda typed: email_key(typed) or typed.strip().lower()),
	"phone_nos": (
		"phone",
		("phone", "mobile_no"),
		lambda typed: phone_key(typed, lead_statuses.default_region()) or typed.strip(),
	),
}

FORMATTED = {"Currency", "Float", "Percent", "Int", "Date", "Datetime", "Duration"}

MAX_SHOWN_LENGTH = 300


def fields_with_values(meta) -> list:
	"""Return the fields of a lead that hold a value of their own.

	Custom fields of the site are included.
	"""
	return [
		field
		for field in meta.fields
		if field.fieldtype not in (*no_value_fields, *table_fields) and field.fieldname not in NOT_BLENDED
	]


def side_by_side(leads: list[Document]) -> list[dict]:
	"""Return the fields in which `leads` differ and that the user may read.

	The survivor is the first of `leads`. Each field comes with the suggested source.
	"""
	kept, *others = leads
	readable = kept.meta.get_permlevel_access("read")
	suggested = domain.sources_of_values(
		kept, others, [field.fieldname for field in fields_with_values(kept.meta)]
	)
	found = []
	for field in fields_with_values(kept.meta):
		texts = {lead.name: value_as_shown(lead, field) for lead in leads}
		if len(set(texts.values())) > 1 and field.permlevel in readable and not field.hidden:
			source = suggested[field.fieldname]
			label = _(field.label)
			found.append({"fieldname": field.fieldname, "label": label, "texts": texts, "source": source})
	return found


def value_as_shown(lead: Document, field) -> str:
	"""Return a value as text, as the user would read it.

	The caller has to escape it before showing it.
	"""
	value = lead.get(field.fieldname)
	if field.fieldtype == "Check":
		return _("Yes") if cint(value) else _("No")
	if not domain.says_something(value):
		return ""
	if field.fieldtype in FORMATTED:
		return strip_html(cstr(lead.get_formatted(field.fieldname)))
	if field.fieldtype == "Text Editor":
		return plain_text(value)[:MAX_SHOWN_LENGTH]
	return get_fullname(value) if field.options == "User" else cstr(value)[:MAX_SHOWN_LENGTH]


def chosen_sources(kept: Document, others: list[Document], choices: dict) -> dict[str, str]:
	"""Return for each field the lead whose value is taken.

	Raises MergeRefusedError for an invalid choice.
	"""
	names = [field.fieldname for field in fields_with_values(kept.meta)]
	leads = {kept.name, *(lead.name for lead in others)}
	possible = isinstance(choices, dict) and all(
		field in names and lead in leads for field, lead in choices.items()
	)
	if not possible:
		frappe.throw(
			_("For each field, choose one of the leads that are merged. Open the comparison again."),
			MergeRefusedError,
			title=_("Merge Leads"),
		)
	return domain.chosen(domain.sources_of_values(kept, others, names), choices)


def blend(kept: Document, others: list[Document], sources: dict[str, str]) -> list[dict]:
	"""Write the chosen values, all rows and what was counted into `kept`, and save it.

	Returns for each of the others what it has brought, in order: `fields_with_values` and `columns` with the values before and
	after, `added` rows, the number of `enquiries`, and as `lost` what it has said otherwise.
	"""
	brought = [lost_values(kept, lead) for lead in others]
	join_notes(kept, others, brought)
	appended = append_rows(kept, others)
	for field in fields_with_values(kept.meta):
		take_from_others(kept, others, field, sources[field.fieldname], brought)
	# What is empty or dangling in the lead is not for whoever merges to correct; which fields may be chosen was asked.
	kept.flags.ignore_permissions = kept.flags.ignore_mandatory = kept.flags.ignore_links = True
	kept.save()
	for lead, values in zip(others, brought, strict=True):
		values["added"] = {
			table: [row.name for row in rows if row in kept.get(table)]
			for table, rows in appended[lead.name].items()
		}
		values["shared_with"] = let_owner_see(kept, lead)
	sync_assignees(kept.name)
	return brought


def lost_values(kept: Document, lead: Document) -> dict:
	return {"fields": {}, "columns": {}, "lost": {}, "enquiries": cint(lead.enquiries)}


def take_from_others(kept: Document, others: list[Document], field, source: str, brought: list[dict]) -> None:
	name, before = field.fieldname, kept.get(field.fieldname)
	for lead, values in zip(others, brought, strict=True):
		if lead.name == source and before != lead.get(name):
			kept.set(name, lead.get(name))
			values["fields"][name] = [before, lead.get(name)]
	for lead, values in zip(others, brought, strict=True):
		said = domain.says_something(lead.get(name)) and field.fieldtype != "Check" and not field.hidden
		if said and value_as_shown(lead, field) != value_as_shown(kept, field):
			values["lost"][name] = value_as_shown(lead, field)
	replaced = domain.says_something(before) and cstr(before) != cstr(kept.get(name)) and not field.hidden
	if replaced and field.fieldtype != "Check":
		first = brought[0]["lost"]
		first[name] = ", ".join(filter(None, [first.get(name), cstr(before)[:MAX_SHOWN_LENGTH]]))


def join_notes(kept: Document, others: list[Document], brought: list[dict]) -> None:
	"""Join the values that the app and the framework have noted on the leads.

	By SQL, before the save, which reads them again.
	"""
	now = kept.as_dict(no_default_fields=False)
	columns = {name: kept.get(name) for name in JOINED}
	for lead, values in zip(others, brought, strict=True):
		joined = joined_notes(columns, lead)
		values["columns"] = {
			name: [columns[name], joined[name]]
			for name in joined
			if joined[name] != columns[name] and name != "enquiries"
		}
		columns = joined
	frappe.db.set_value(LEAD, now["name"], columns, update_modified=False)


def joined_notes(columns: dict, lead: Document) -> dict:
	joined = dict(columns)
	joined["enquiries"] = cint(columns["enquiries"]) + cint(lead.enquiries)
	moments = [moment for moment in (columns["last_enquiry_on"], lead.last_enquiry_on) if moment]
	joined["last_enquiry_on"] = max(moments, default=None, key=cstr)
	for names in NOTED_TOGETHER:
		if not columns[names[0]]:
			joined |= {name: lead.get(name) for name in names}
	tags = [
		tag
		for text in (columns["_user_tags"], lead.get("_user_tags"))
		for tag in cstr(text).split(",")
		if tag
	]
	joined["_user_tags"] = "," + ",".join(dict.fromkeys(tags)) if tags else columns["_user_tags"]
	for name in ("_liked_by", "_comments"):
		joined[name] = joined_list(columns[name], lead.get(name))
	return joined


def joined_list(one: str | None, other: str | None) -> str | None:
	if not other:
		return one
	entries = [*json.loads(one or "[]"), *json.loads(other)]
	return json.dumps([entry for number, entry in enumerate(entries) if entry not in entries[:number]])


def append_rows(kept: Document, others: list[Document]) -> dict[str, dict[str, list[Document]]]:
	"""Append to `kept` the child rows of the others that it lacks.

	Returns the new rows by lead and table. A row for the survivor's own address, which is only needed because there
	are several addresses now, counts as a row of the first of the others.
	"""
	appended: dict[str, dict[str, list]] = {lead.name: {} for lead in others}
	for field in kept.meta.get_table_fields():
		table = field.fieldname
		if table in ADDRESSES:
			rows = append_addresses(kept, others, table)
		else:
			rows = {lead.name: append_others(kept, lead, field) for lead in others}
		for lead, new in rows.items():
			appended[lead][table] = new
	return appended


def append_addresses(kept: Document, others: list[Document], table: str) -> dict[str, list[Document]]:
	value, mains, key = ADDRESSES[table]

	def addresses(lead: Document) -> list[str]:
		typed = [*(lead.get(main) for main in mains), *(row.get(value) for row in lead.get(table))]
		return [text for text in typed if text]

	there = {key(row.get(value)) for row in kept.get(table)}
	known = {key(text) for lead in (kept, *others) for text in addresses(lead)}
	found: dict[str, list[Document]] = {lead.name: [] for lead in others}
	if len(known) < 2:
		return found
	for lead in (kept, *others):
		for text in addresses(lead):
			if key(text) not in there:
				there.add(key(text))
				found[others[0].name if lead is kept else lead.name].append(kept.append(table, {value: text}))
	return found


def append_others(kept: Document, lead: Document, field) -> list[Document]:
	"""Return copies of the rows; one of each in a field where values are chosen."""
	chosen = field.fieldtype == "Table MultiSelect"
	links = [link.fieldname for link in frappe.get_meta(field.options).get("fields", {"fieldtype": "Link"})]
	new = []
	for row in lead.get(field.fieldname):
		values = {
			name: row.get(name)
			for name in row.meta.get_valid_columns()
			if name not in frappe.model.default_fields
		}
		same = [
			own for own in kept.get(field.fieldname) if all(own.get(link) == row.get(link) for link in links)
		]
		if not (chosen and same):
			for name in ("parent", "parenttype", "parentfield", "idx"):
				values.pop(name, None)
			new.append(kept.append(field.fieldname, values))
	return new


def let_owner_see(kept: Document, lead: Document) -> str | None:
	"""Share the survivor with the sales person of the other lead.

	Only when that user could not see and change it otherwise.
	"""
	owner = lead.lead_owner
	if not owner or not frappe.db.get_value("User", owner, "enabled") or sees_all(owner):
		return None
	if frappe.has_permission(LEAD, "write", doc=kept.name, user=owner):
		return None
	# Whoever merges need not have the right to share: nobody gets more than they had.
	share = frappe.share.add_docshare(
		LEAD, kept.name, owner, read=1, write=1, share=1, flags={"ignore_share_permission": True}
	)
	return share.name

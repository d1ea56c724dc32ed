"""Bring a site's custom fields and seeded records up to date.

Safe to run again and again.
"""

import json

import frappe
from frappe import _
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields
from frappe.utils import cint

from lead_pipeline.constants import (
	ACTIVITY_TYPE,
	CALL_LOG,
	LEAD,
	MODULE,
	RULE,
	SEARCH_INDEX,
	SETTING_CATEGORIES,
	SETTINGS,
	STATUS,
)
from lead_pipeline.framework import job_records
from lead_pipeline.framework.failure_log import log_failure
from lead_pipeline.framework.full_text import add_full_text_index, has_full_text_index
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.reference_data import seeds as seeded
from lead_pipeline.setup import defaults, web_forms
from lead_pipeline.setup.custom_fields import (
	CALL_LOG_FIELD,
	FURTHER_FIELDS,
	ITEM,
	ITEM_FIELD,
	LEAD_FOUND_FIELD,
	LINKED_DOCTYPES,
	LINKED_ROWS,
	lead_link_field,
	row_link_field,
)
from lead_pipeline.setup.indexes import CHANGED_COLUMNS, INDEXES, POSTGRES_COLUMNS, index_of_column
from lead_pipeline.status import rules
from lead_pipeline.visibility import health

GLOBAL_SEARCH = "Global Search Settings"


def apply_everything() -> None:
	"""What a site needs after an install, a migrate, or the install of another app."""
	add_lead_links()
	item_field()
	call_log_field()
	indexes()
	search_index()
	seeds()
	job_records.prepare()
	rules.clear()
	lead_statuses.clear()


def add_lead_links() -> None:
	"""Add the lead link to the sales documents that are on this site.

	To those that were added since the last time, too. Where the link is already, it stays as the site has it.
	"""
	wanted = {doctype: lead_link_field(insert_after) for doctype, insert_after in LINKED_DOCTYPES.items()}
	wanted |= {doctype: row_link_field(insert_after) for doctype, insert_after in LINKED_ROWS.items()}
	fields = {
		doctype: missing
		for doctype, link in wanted.items()
		if frappe.db.exists("DocType", doctype)
		and (
			missing := [
				field
				for field in (link, LEAD_FOUND_FIELD, *FURTHER_FIELDS.get(doctype, ()))
				if not is_field_on_site(doctype, field)
			]
		)
	}
	if fields:
		create_custom_fields(fields, ignore_validate=True)


def is_field_on_site(doctype: str, field: dict) -> bool:
	"""Return whether the DocType has the field, with this version's choices."""
	wanted = {"dt": doctype, "fieldname": field["fieldname"]}
	if field["fieldtype"] == "Select":
		wanted["options"] = field["options"]
	return bool(frappe.db.exists("Custom Field", wanted))


def item_field() -> None:
	"""Add the item field to leads if the site has items, else remove it.

	A link to nothing would keep a lead from being saved.
	"""
	present = frappe.db.exists("Custom Field", {"dt": LEAD, "fieldname": ITEM_FIELD["fieldname"]})
	has_items = frappe.db.exists("DocType", ITEM)
	if has_items and not present:
		create_custom_fields({LEAD: [ITEM_FIELD]}, ignore_validate=True)
	if present and not has_items:
		frappe.delete_doc("Custom Field", present, force=True)


def call_log_field() -> None:
	"""Add the field for the inbox's decision to calls, where a site has them."""
	if frappe.db.exists("DocType", CALL_LOG) and not is_field_on_site(CALL_LOG, CALL_LOG_FIELD):
		create_custom_fields({CALL_LOG: [CALL_LOG_FIELD]}, ignore_validate=True)


def indexes() -> None:
	for name, (doctype, columns) in (INDEXES | indexes_of_columns()).items():
		if frappe.db.has_index(f"tab{doctype}", name) or is_column_indexed(doctype, columns):
			continue
		# PostgreSQL cannot index the beginning of a text, and not all of a long one.
		if frappe.db.db_type == "mariadb" or not any("(" in column for column in columns):
			frappe.db.add_index(doctype, columns, name)


def search_index() -> None:
	"""Make the full-text index of leads; without the right to, tell of it and go on.

	The search then finds the same, but reads all leads (`visibility/health.py`).
	"""
	if has_full_text_index(LEAD, SEARCH_INDEX):
		return
	try:
		add_full_text_index(LEAD, "search_words", SEARCH_INDEX)
	except (frappe.db.OperationalError, frappe.db.InternalError, frappe.db.ProgrammingError):
		frappe.db.rollback()
		log_failure(
			_("The search for leads has no index"), health.search_warning(), hours=health.REMINDED_AFTER
		)


def is_column_indexed(doctype: str, columns: list[str]) -> bool:
	"""Return whether MariaDB has an index of this one column.

	Frappe makes one itself for the time of creation, or of the last change.
	"""
	if len(columns) > 1 or frappe.db.db_type != "mariadb":
		return False
	return bool(frappe.db.get_column_index(f"tab{doctype}", columns[0]))


def indexes_of_columns() -> dict[str, tuple[str, list[str]]]:
	"""Return an index with a name of its own for each column that needs one.

	In the form of `INDEXES`.
	"""
	columns = set(CHANGED_COLUMNS)
	if frappe.db.db_type == "postgres":
		columns |= POSTGRES_COLUMNS | declared_columns()
	# Not every site has each app, and the tables of one that is just being removed are gone before our fields on them.
	tables = frappe.db.get_tables(cached=False)
	columns = {(doctype, column) for doctype, column in columns if f"tab{doctype}" in tables}
	return {index_of_column(doctype, column): (doctype, [column]) for doctype, column in sorted(columns)}


def declared_columns() -> set[tuple[str, str]]:
	"""Return the DocTypes and columns of the app's fields that are to be indexed.

	The framework calls an index by its column alone. On PostgreSQL a name stands once in a database: only the first
	table with a column of this name gets its index, and loses it when the column of another table is indexed no more.
	"""
	ours = frappe.get_all("DocType", {"module": MODULE, "issingle": 0}, pluck="name", order_by="name")
	wanted = {"search_index": 1}
	found = [
		*frappe.get_all(
			"DocField", wanted | {"parent": ("in", ours)}, ["parent", "fieldname"], order_by=None
		),
		*frappe.get_all(
			"Custom Field", wanted | {"module": MODULE}, ["dt as parent", "fieldname"], order_by=None
		),
	]
	return {(field.parent, field.fieldname) for field in found}


def seeds() -> None:
	"""Insert the records of `defaults` that this site has never had.

	What was inserted is remembered in the settings: a record that a user renamed or deleted does not come back.
	"""
	known = seeded.load_seeds()
	before = dict(known)
	for record in records():
		insert_once(record, known)
	for record in [*rule_records(known), web_forms.ENQUIRY]:
		insert_once(record, known)
	seed_settings(known)
	seed_global_search(known)
	seed_log_clearing(known)
	if known != before:
		seeded.store(known)


def seed_settings(known: dict[str, str]) -> None:
	"""Give every setting its first value, once.

	A Single without a stored value reads as empty, not as its default.
	"""
	values = {
		# As text, a ticked box would be stored as "true" on PostgreSQL, which reads as not ticked.
		field.fieldname: cint(field.default) if field.fieldtype == "Check" else field.default
		for field in frappe.get_meta(SETTINGS).fields
		if field.default
	}
	values |= {
		field: seeded_status(name, known, SETTING_CATEGORIES[field])
		for field, name in defaults.STATUS_SETTINGS.items()
	}
	# No default of the field: the framework saves the settings before there is any type.
	first_type = seeded.present_seed_name(known, ACTIVITY_TYPE, defaults.DEFAULT_ACTIVITY_TYPE)
	values["default_activity_type"] = frappe.db.exists(ACTIVITY_TYPE, first_type)
	for field, value in values.items():
		key = seeded.key(SETTINGS, field)
		if key not in known:
			frappe.db.set_single_value(SETTINGS, field, value)
			known[key] = field


def seeded_status(name: str, known: dict[str, str], categories: tuple[str, ...] = ()) -> str | None:
	"""Return the present name of the seeded status `name`, or a similar status.

	Itself or its new name, else the first status that means the same. None when the site has no such status any
	more. `categories`: what the status may mean; without it, what the seed means.
	"""
	found = frappe.get_all(
		STATUS, fields=["name", "category"], filters={"disabled": 0}, order_by="position asc, name asc"
	)
	present = seeded.present_seed_name(known, STATUS, name)
	if not categories:
		categories = tuple(category for seed, category, *_rest in defaults.STATUSES if seed == name)
	fitting = [status.name for status in found if status.category in categories]
	return present if present in fitting else next(iter(fitting), None)


def seed_global_search(known: dict[str, str]) -> None:
	"""Add leads to the global search, after the DocTypes that the site has chosen.

	Once, as with all that users can edit.
	"""
	key = seeded.key(GLOBAL_SEARCH, LEAD)
	settings = frappe.get_single(GLOBAL_SEARCH)
	chosen = [row.document_type for row in settings.allowed_in_global_search]
	# A site that has not been through its set-up wizard has chosen nothing: the wizard will ask our hook.
	if key in known or not chosen:
		return
	if LEAD not in chosen:
		settings.append("allowed_in_global_search", {"document_type": LEAD})
		# Whoever installs the app need not have a right to the settings.
		settings.save(ignore_permissions=True)
	known[key] = LEAD


def seed_log_clearing(known: dict[str, str]) -> None:
	"""Let the framework delete old receipts of enquiries.

	Set once, as sites may want to keep them longer or for ever. The framework's hook for that
	(default_log_clearing_doctypes) is younger than Frappe 15.0.
	"""
	key = seeded.key("Log Settings", web_forms.RECEIPT)
	if key not in known:
		settings = frappe.get_single("Log Settings")
		settings.register_doctype(web_forms.RECEIPT, web_forms.RECEIPT_DAYS)
		# Whoever installs the app need not have a right to the settings.
		settings.save(ignore_permissions=True)
		known[key] = web_forms.RECEIPT


def records() -> list[dict]:
	"""Return the seeds as documents, but for the rules."""
	found = [
		{
			"doctype": STATUS,
			"status_name": name,
			"category": category,
			"protected": protected,
			"color": color,
			"position": (index + 1) * 10,
			"probability": probability,
			"stuck_after": stuck_after,
		}
		for index, (name, category, protected, color, probability, stuck_after) in enumerate(
			defaults.STATUSES
		)
	]
	found += [
		{"doctype": "Pipeline Lead Priority", "priority_name": name, "weight": weight, "color": color}
		for name, weight, color in defaults.PRIORITIES
	]
	found += [
		{"doctype": "Pipeline Lead Tag", "tag_name": name, "color": color} for name, color in defaults.TAGS
	]
	found += [{"doctype": "Pipeline Lost Reason", "reason": name} for name in defaults.LOST_REASONS]
	found += [{"doctype": "Pipeline Channel", "channel_name": name} for name in defaults.CHANNELS]
	found += [
		{
			"doctype": ACTIVITY_TYPE,
			"activity_type": name,
			"icon": icon,
			"color": color,
			"default_days": days,
			"is_contact": is_contact,
		}
		for name, icon, color, days, is_contact in defaults.ACTIVITY_TYPES
	]
	return found


def rule_records(known: dict[str, str]) -> list[dict]:
	"""Return the seeded rules that this site has never had and can have.

	Their documents and their statuses are on the site.
	"""
	found = []
	for position, name, document_type, filters, seed in defaults.RULES:
		if seeded.key(RULE, name) in known or not rules.lead_link(document_type):
			continue
		if status := seeded_status(seed, known):
			found.append(
				{
					"doctype": RULE,
					"rule_name": name,
					"document_type": document_type,
					"filters": json.dumps([[document_type, *condition] for condition in filters]),
					"status": status,
					"position": position,
				}
			)
	return found


def insert_once(record: dict, known: dict[str, str]) -> None:
	"""Insert a seed unless the site had it before; note it in `known`."""
	document = frappe.get_doc(record)
	title = document.get(document.meta.title_field)
	key = seeded.key(document.doctype, title)
	if key in known:
		return
	if not frappe.db.exists(document.doctype, {document.meta.title_field: title}):
		document.flags.is_seed = True
		# Whoever installs the app has no role in it yet.
		document.insert(ignore_permissions=True)
	known[key] = title

"""Brings a site's custom fields and seeded records up to date. Safe to run again and again."""

import json

import frappe
from frappe.custom.doctype.custom_field.custom_field import create_custom_fields

from lead_pipeline import reference
from lead_pipeline.constants import LEAD_LINK, MODULE, RULE, SETTINGS, STATUS
from lead_pipeline.setup import defaults
from lead_pipeline.setup.custom_fields import LINKED_DOCTYPES, lead_link_field
from lead_pipeline.status import rules


def everything() -> None:
	"""What a site needs after an install, a migrate, or the install of another app."""
	lead_links()
	seeds()
	rules.clear()
	reference.clear()


def lead_links() -> None:
	"""Add the link to a lead to the sales documents that are on this site, now or since the last time."""
	fields = {
		doctype: [lead_link_field(insert_after)]
		for doctype, insert_after in LINKED_DOCTYPES.items()
		if frappe.db.exists("DocType", doctype)
	}
	create_custom_fields(fields, ignore_validate=True)


def remove_lead_links() -> None:
	"""Take the link off again, also from DocTypes that are no longer on this site."""
	for name in frappe.get_all("Custom Field", filters={"module": MODULE, "fieldname": LEAD_LINK}, pluck="name"):
		frappe.delete_doc("Custom Field", name, ignore_missing=True, force=True)


def seeds() -> None:
	"""Insert the records of `defaults` that this site has never had.

	What was inserted is remembered in the settings: a record that a user renamed or deleted does not come back.
	"""
	seeded = set(json.loads(frappe.db.get_single_value(SETTINGS, "seeded_records") or "[]"))
	before = len(seeded)
	for record in records():
		insert_once(record, seeded)
	seed_settings(seeded)
	if len(seeded) > before:
		frappe.db.set_single_value(SETTINGS, "seeded_records", json.dumps(sorted(seeded)))


def seed_settings(seeded: set[str]) -> None:
	"""Give every setting its first value, once: a Single without a stored value reads as empty, not as its default."""
	values = {field.fieldname: field.default for field in frappe.get_meta(SETTINGS).fields if field.default}
	for field, value in (values | defaults.STATUS_SETTINGS).items():
		key = f"{SETTINGS}/{field}"
		if key not in seeded:
			frappe.db.set_single_value(SETTINGS, field, value)
		seeded.add(key)


def records() -> list[dict]:
	"""The seeds as documents; a rule only when its document type is on this site."""
	found = [
		{
			"doctype": STATUS,
			"status_name": name,
			"category": category,
			"protected": protected,
			"color": color,
			"position": (index + 1) * 10,
		}
		for index, (name, category, protected, color) in enumerate(defaults.STATUSES)
	]
	found += [
		{"doctype": "Pipeline Lead Priority", "priority_name": name, "weight": weight, "color": color}
		for name, weight, color in defaults.PRIORITIES
	]
	found += [{"doctype": "Pipeline Lead Tag", "tag_name": name, "color": color} for name, color in defaults.TAGS]
	found += [{"doctype": "Pipeline Lost Reason", "reason": name} for name in defaults.LOST_REASONS]
	found += [{"doctype": "Pipeline Channel", "channel_name": name} for name in defaults.CHANNELS]
	found += [
		{
			"doctype": RULE,
			"rule_name": name,
			"document_type": document_type,
			"filters": json.dumps([[document_type, *condition] for condition in filters]),
			"status": status,
			"position": position,
		}
		for position, name, document_type, filters, status in defaults.RULES
		if rules.lead_link(document_type)
	]
	return found


def insert_once(record: dict, seeded: set[str]) -> None:
	"""Insert a seed unless it was seeded before; note it in `seeded` as DocType/name."""
	document = frappe.get_doc(record)
	title = document.get(document.meta.title_field)
	key = f"{document.doctype}/{title}"
	if key in seeded:
		return
	if not frappe.db.exists(document.doctype, {document.meta.title_field: title}):
		# Whoever installs the app has no role in it yet.
		document.insert(ignore_permissions=True)
	seeded.add(key)

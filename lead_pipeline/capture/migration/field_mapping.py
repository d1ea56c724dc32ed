"""Translation of another app's lead into the fields of a Pipeline Lead.

The values that a lead can have here, and everything else that it says.
"""

from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model import no_value_fields, table_fields
from frappe.utils import cstr, getdate
from pypika.functions import Lower

from lead_pipeline.capture import strangers
from lead_pipeline.capture.migration.sources import Source
from lead_pipeline.constants import LEAD
from lead_pipeline.domain.matching import email_key, is_phone, is_website, phone_as_kept

# What only the other app needs, or what is kept elsewhere: in links, in the log, as the lead's name.
TECHNICAL = {
	"naming_series",
	"status",
	"title",
	"image",
	"organization_logo",
	"name",
	"amended_from",
	"lft",
	"rgt",
}
UNTOLD = {*no_value_fields, *table_fields, "Table MultiSelect", "Attach Image"}

# The name field of each kind of record that is found by name or made.
NAMED = {"channel": ("Pipeline Channel", "channel_name"), "lost_reason": ("Pipeline Lost Reason", "reason")}
TAG = ("Pipeline Lead Tag", "tag_name")

MAX_TEXT_LENGTH = 140

CHECKS = {"website": is_website, "email": email_key, "phone": is_phone, "mobile_no": is_phone}


@dataclass
class Translated:
	"""A lead of another app, translated.

	`values`: fields of a Pipeline Lead; `made`: field → the name of a record to be found or made; `tags`; `further`:
	label and value of what has no field here.
	"""

	values: dict = field(default_factory=dict)
	made: dict[str, str] = field(default_factory=dict)
	tags: list[str] = field(default_factory=list)
	further: list[tuple[str, str]] = field(default_factory=list)


def translate(row: frappe._dict, source: Source) -> Translated:
	"""Translate a row with all columns of the source's DocType.

	What no field here can hold goes into `further`.
	"""
	told = Translated()
	take_names(row, told)
	for df in frappe.get_meta(source.doctype).fields:
		value = row.get(df.fieldname)
		if df.fieldname in ("first_name", "middle_name") or value in (None, "", 0, 0.0):
			continue
		if df.fieldname in source.made:
			told.made.setdefault(source.made[df.fieldname], cstr(value)[:MAX_TEXT_LENGTH])
		elif df.fieldname not in source.fields or not take_value(told, df.fieldname, source, value):
			keep_as_text(told, df, value)
	told.values = strangers.harmless_values(told.values)
	told.tags = [tag.strip() for tag in (row.get("_user_tags") or "").split(",") if tag.strip()]
	company = told.values.get("company_name")
	person = told.values.get("first_name") or told.values.get("last_name")
	told.values["is_organization"] = int(
		bool(company) and not person and told.values.get("lead_name") in (None, company)
	)
	return told


def take_names(row: frappe._dict, told: Translated) -> None:
	"""A middle name stands with the first one: a lead has no field of its own for it."""
	first = " ".join(part for part in (row.get("first_name"), row.get("middle_name")) if part)
	if first:
		told.values["first_name"] = first[:MAX_TEXT_LENGTH]


def take_value(told: Translated, fieldname: str, source: Source, value: object) -> bool:
	"""Set the field of ours when it can hold the value; say whether it can."""
	target = source.fields[fieldname] or fieldname
	df = frappe.get_meta(LEAD).get_field(target)
	value = getdate(value) if df.fieldtype == "Date" else cstr(value).strip()
	if target in ("phone", "mobile_no"):
		value = phone_as_kept(value)
	if target == "website" and "." in value and "://" not in value:
		value = f"https://{value}"
	if not value or not fits(df, value):
		return False
	told.values[target] = value
	return True


def fits(df, value: object) -> bool:
	if check := CHECKS.get(df.fieldname):
		return check(value)
	if df.fieldtype == "Link":
		return bool(frappe.db.exists(df.options, value, cache=True))
	return df.fieldtype != "Data" or len(value) <= MAX_TEXT_LENGTH


def keep_as_text(told: Translated, df, value: object) -> None:
	if df.fieldname not in TECHNICAL and df.fieldtype not in UNTOLD and not (df.hidden and df.read_only):
		told.further.append((_(df.label), _("Yes") if df.fieldtype == "Check" else cstr(value)))


def find_or_make(doctype: str, title_field: str, name: str) -> str:
	"""Return the record of this name; create it if missing.

	Upper and lower case of the name do not matter.
	"""
	if found := find_record(doctype, title_field, name):
		return found
	record = frappe.new_doc(doctype)
	record.set(title_field, name)
	# Whoever may migrate leads brings what they refer to along.
	return record.insert(ignore_permissions=True).name


def find_record(doctype: str, title_field: str, name: str) -> str | None:
	table = frappe.qb.DocType(doctype)
	found = (
		frappe.qb.from_(table)
		.select(table.name)
		.where(Lower(table[title_field]) == name.lower())
		.limit(1)
		.run()
	)
	return found[0][0] if found else None

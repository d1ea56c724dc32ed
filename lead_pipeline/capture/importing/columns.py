"""Fields for the columns of a file, and the values that they may have.

Taken from the site's own form of leads.
"""

import frappe
from frappe import _
from frappe.model import no_value_fields
from frappe.model.document import Document

from lead_pipeline.constants import LEAD
from lead_pipeline.domain.headings import SYNONYMS, spelled
from lead_pipeline.domain.import_cells import Column
from lead_pipeline.domain.import_rows import REMARK

# What the app, the framework or the form of a visitor notes down: not for a file to say.
KEPT_BY_THE_APP = (
	"hold_status",
	"landing_page",
	"referrer",
)

# A table of the lead → the field of its rows that a cell with several entries fills, and of which kind these are.
LISTS = {
	"email_ids": ("email_id", "email"),
	"phone_nos": ("phone", "phone"),
	"tags": ("tag", "choice"),
}

# The columns of the template, in its order: what people know of a lead. All other fields can be added by their label.
TEMPLATE = (
	"lead_name",
	"is_organization",
	"company_name",
	"salutation",
	"first_name",
	"last_name",
	"job_title",
	"email",
	"phone",
	"mobile_no",
	"website",
	"status",
	"lost_reason",
	"lost_note",
	"lead_type",
	"priority",
	"tags",
	"channel",
	"campaign",
	"lead_owner",
	"expected_revenue",
	"currency",
	"probability",
	"expected_closing",
	"next_contact_date",
	"next_contact_by",
	"market_segment",
	"industry",
	"email_ids",
	"phone_nos",
	"description",
)

KINDS = {
	"Int": "whole",
	"Float": "number",
	"Currency": "number",
	"Percent": "percent",
	"Rating": "number",
	"Date": "date",
	"Datetime": "moment",
	"Check": "tick",
	"Link": "choice",
	"Dynamic Link": "choice",
	"Select": "choice",
}
DATA_KINDS = {"Email": "email", "Phone": "phone", "URL": "url"}

# What the framework allows in a field of this type when the field itself says nothing.
LENGTHS = {"Data": 140, "Small Text": 65_535, "Text": 65_535, "Phone": 140}

# Types that no cell can say.
NOT_IN_A_CELL = {
	"Table",
	"Table MultiSelect",
	"Attach",
	"Attach Image",
	"Password",
	"Geolocation",
	"Signature",
}


def importable_fields() -> list:
	"""Return the fields of a lead that a file may fill, in the order of the form."""
	found = []
	for field in frappe.get_meta(LEAD).fields:
		if field.fieldname in LISTS:
			found.append(field)
		elif field.fieldtype in no_value_fields or field.fieldtype in NOT_IN_A_CELL:
			continue
		elif not (field.read_only or field.hidden or field.is_virtual or field.fieldname in KEPT_BY_THE_APP):
			found.append(field)
	return found


def label_of_column(fieldname: str) -> str:
	return _(frappe.get_meta(LEAD).get_label(fieldname))


def column_of_field(field) -> Column:
	return Column(
		fieldname=field.fieldname,
		label=_(field.label),
		kind=kind(field),
		length=(field.length or LENGTHS.get(field.fieldtype, 0)) if kind(field) == "text" else 0,
		positive=bool(field.non_negative),
		table=field.fieldname if field.fieldname in LISTS else "",
		is_money=field.fieldtype == "Currency",
	)


def kind(field) -> str:
	if field.fieldname in LISTS:
		return LISTS[field.fieldname][1]
	if field.fieldtype == "Phone":
		return "phone"
	if field.fieldtype == "Data":
		return DATA_KINDS.get(field.options, "text")
	return KINDS.get(field.fieldtype, "text")


def headings() -> dict[str, object]:
	"""Return every spelling of a column's heading → its field.

	The label in the user's language or English, the name, and what other programs call it.
	"""
	known = {}
	named = {field.fieldname: field for field in importable_fields()}
	for field in named.values():
		for spelling in (field.fieldname, _(field.label), field.label):
			known.setdefault(spelled(spelling), field)
			known.setdefault(spelled(f"{spelling} ({field.fieldname})"), field)
	for spelling, fieldname in SYNONYMS.items():
		if fieldname in named:
			known.setdefault(spelling, named[fieldname])
	return known


def assigned(rows: list[Document]) -> dict[int, Column]:
	"""Return the columns of a file by position, as assigned in the import's table."""
	meta, names = frappe.get_meta(LEAD), by_label()
	return {
		row.place: column_of_field(meta.get_field(names[row.field])) for row in rows if row.field in names
	}


def by_label() -> dict[str, str]:
	"""Return label in the table of columns → field name.

	The labels are the same for all languages.
	"""
	names: dict[str, str] = {}
	for field in importable_fields():
		label = field.label or field.fieldname
		names[label if label not in names else f"{label} ({field.fieldname})"] = field.fieldname
	return names


def is_heading(heading: object) -> bool:
	"""Return whether a column is one of the file's own.

	Not one that the app has written beside rows to correct.
	"""
	return spelled(heading) not in ("", spelled(wrong()))


def wrong() -> str:
	"""Return the heading of the column that says what is wrong with a row."""
	return REMARK + " " + _("What is wrong")


def heading_as_kept(heading: object) -> str:
	"""Return a heading as the table of columns keeps it."""
	return " ".join(str(heading or "").split())[:140]

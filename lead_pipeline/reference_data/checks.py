"""Validate reference data: colours, deletion while in use, disabled values.

Disabled values are checked on leads.
"""

import re
from collections import defaultdict

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.model.rename_doc import get_link_fields
from frappe.query_builder.functions import Count
from pypika.terms import Criterion

from lead_pipeline.exceptions import DisabledValueError, InUseError, InvalidReferenceDataError

COLOR = re.compile(r"#([0-9a-fA-F]{3}|[0-9a-fA-F]{6})")

# Links of a lead to records that can be disabled. A status is looked after by the lead's own controller.
DISABLED_LINKS = ("lost_reason", "channel")


def validate_color(document: Document) -> None:
	"""Refuse a colour that is not valid.

	It goes into the style of cards and rows, so nothing but a colour may stand there. Raises
	InvalidReferenceDataError.
	"""
	document.color = (document.color or "").strip() or None
	if document.color and not COLOR.fullmatch(document.color):
		frappe.throw(
			_(
				"{0} is not a color. Choose one from the palette, or write it as # and six digits from 0 to F."
			).format(frappe.bold(frappe.utils.escape_html(document.color))),
			InvalidReferenceDataError,
			title=_("Color"),
		)


def refuse_when_in_use(document: Document) -> None:
	"""Refuse to delete a record that is in use.

	The message says how many records of which kind hold it, and what to do instead. Raises InUseError.
	"""
	users = uses(document)
	if not users:
		return
	numbers = ", ".join(f"{number} {_(doctype)}" for doctype, number in users.items())
	ways = [
		_("Rename it to the name of another one and tick Merge: everything that has it gets the other one.")
	]
	if document.meta.has_field("disabled"):
		ways.insert(0, _("Disable it: what has it keeps it, and nothing new gets it."))
	message = _("{0} {1} cannot be deleted, because it is in use: {2}.").format(
		_(document.doctype), frappe.bold(_(document.name)), numbers
	)
	frappe.throw("<br>".join([message, *ways]), InUseError, title=_("In Use"))


def uses(document: Document) -> dict[str, int]:
	"""Return how many documents of which DocType link to `document`.

	Rows of a table count as the document they are in.
	"""
	columns = defaultdict(set)
	for field in get_link_fields(document.doctype):
		# A field that a removed app has left behind holds nothing.
		there = frappe.db.exists("DocType", field["parent"], cache=True)
		if there and not field["issingle"] and not frappe.get_meta(field["parent"]).get("is_virtual"):
			columns[field["parent"]].add(field["fieldname"])
	found = defaultdict(int)
	for doctype, fields in columns.items():
		for holder, number in count_uses(doctype, fields, document.name).items():
			if holder not in frappe.get_hooks("ignore_links_on_delete") and number:
				found[holder] += number
	return dict(sorted(found.items()))


def count_uses(doctype: str, fields: set[str], name: str) -> dict[str, int]:
	table = frappe.qb.DocType(doctype)
	concerned = Criterion.any([table[field] == name for field in sorted(fields)])
	if not frappe.get_meta(doctype).istable:
		return {doctype: frappe.qb.from_(table).select(Count("*")).where(concerned).run()[0][0]}
	rows = (
		frappe.qb.from_(table)
		.select(table.parenttype, Count(table.parent).distinct())
		.where(concerned)
		.groupby(table.parenttype)
		.run()
	)
	return dict(rows)


def refuse_disabled_records(lead: Document, method: str | None = None) -> None:
	"""Hook (validate): Refuse a disabled reason or channel on a lead.

	A disabled one stays where it is, but is not given to any lead any more. Raises DisabledValueError.
	"""
	for fieldname in DISABLED_LINKS:
		value = lead.get(fieldname)
		if not value or not lead.has_value_changed(fieldname):
			continue
		field = lead.meta.get_field(fieldname)
		if frappe.get_cached_value(field.options, value, "disabled"):
			frappe.throw(
				_("{0} {1} is disabled. Choose another one, or enable it again.").format(
					_(field.label), frappe.bold(_(value))
				),
				DisabledValueError,
				title=_("Disabled"),
			)

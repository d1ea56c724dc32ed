"""Validate the filters of a rule: fields, operators and values."""

from datetime import datetime

import frappe
from frappe import _
from frappe.boot import get_additional_filters_from_hooks
from frappe.model import optional_fields
from frappe.model.document import Document
from frappe.model.meta import Meta
from frappe.utils import escape_html

from lead_pipeline.domain import rule_filters
from lead_pipeline.domain.rule_filters import (
	ON_DATES,
	ON_LISTS,
	ON_TREES,
	OPERATORS,
	TIMESPANS,
	linked_parts,
)
from lead_pipeline.exceptions import InvalidRuleError
from lead_pipeline.framework.messages import throw_with_links
from lead_pipeline.status import linked_records

NUMBERS = ("Int", "Long Int", "Float", "Currency", "Percent", "Duration", "Rating", "Check")
POSITIVE = ("=", "in")


def check_filters(rule: Document, values: bool = True) -> list[list]:
	"""Validate the rule's filters and return them in their normal form.

	`values` False: the values that they are compared with are not checked.
	"""
	try:
		filters = rule_filters.parse(rule.filters, rule.document_type)
	except ValueError:
		throw_invalid_filters(
			_(
				"The filters are not a list of document type, field, operator and value. Set them with the buttons of the form."
			)
		)
	if is_asked_anew(rule):
		refuse_unreadable(rule.document_type, filters)
	for each in filters:
		check_filter(rule.document_type, *each, values=values)
	ask_database(rule.document_type, filters)
	return filters


def is_asked_anew(rule: Document) -> bool:
	"""Return whether the rule asks something that was not asked before.

	A rule that only moves or ends may be anybody's.
	"""
	if rule.flags.ignore_permissions or frappe.session.user == "Administrator":
		return False
	return any(rule.has_value_changed(field) for field in ("document_type", "filters"))


def refuse_unreadable(document_type: str, filters: list[list]) -> None:
	"""Raise PermissionError for documents or fields that the user may not read.

	A rule answers questions about them.
	"""
	if not frappe.has_permission(document_type, "read"):
		refuse_question(
			_(
				"You may not read documents of type {0}, so you cannot write or try a rule about them. Ask your administrator for the right to read them, or ask somebody who has it to write the rule."
			),
			_(document_type),
		)
	for doctype, fieldname, *_condition in filters:
		meta = meta_of(document_type, doctype)
		if parts := linked_parts(fieldname):
			refuse_unreadable_field(meta, parts[0], document_type)
			if linked := meta_behind(meta, fieldname, parts[0]):
				refuse_unreadable(linked.name, [[linked.name, parts[1]]])
		else:
			refuse_unreadable_field(meta, fieldname, document_type)


def refuse_unreadable_field(meta: Meta, fieldname: str, document_type: str) -> None:
	field = meta.get_field(fieldname)
	if field and field.permlevel not in meta.get_permlevel_access("read", document_type):
		refuse_question(
			_(
				"You may not read the field {0}, so you cannot ask for it in a rule. Remove the filter, or ask somebody who may read it to write the rule."
			),
			_(field.label or fieldname),
		)


def refuse_question(message: str, what: str) -> None:
	text = message.format(frappe.bold(escape_html(what)))
	frappe.throw(text, frappe.PermissionError, title=_("Not Permitted"))


def check_filter(
	document_type: str, doctype: str, field: str, operator: str, value, values: bool = True
) -> None:
	meta = meta_of(document_type, doctype)
	if parts := linked_parts(field):
		meta, field = meta_behind(meta, field, parts[0]), parts[1]
	if field not in [*meta.get_valid_columns(), *optional_fields]:
		throw_invalid_filters(
			_("{0} has no field {1}. Choose another field, or remove the filter."), _(doctype), field
		)
	label = _(meta.get_label(field) or field)
	if operator.lower() in get_additional_filters_from_hooks():
		return
	if operator not in OPERATORS:
		throw_invalid_filters(
			_("The filter on {0} cannot compare by {1}. Use one of: {2}."),
			label,
			operator,
			", ".join(OPERATORS),
		)
	check_shape(label, operator, value)
	if values and operator not in ("is", "like", "not like", "Timespan"):
		for part in value if isinstance(value, list) else [value]:
			check_value(meta, field, label, operator, part)


def meta_of(document_type: str, doctype: str) -> Meta:
	"""Return the fields of the document or of one of its tables."""
	meta = frappe.get_meta(document_type)
	if doctype == document_type:
		return meta
	if doctype not in [table.options for table in meta.get_table_fields()]:
		throw_invalid_filters(
			_("{0} is neither {1} nor a table in it. Remove the filter, or choose a field of {1}."),
			_(doctype),
			_(document_type),
		)
	return frappe.get_meta(doctype)


def meta_behind(meta: Meta, field: str, link: str) -> Meta:
	"""Return the fields of the record that `link` leads to."""
	found = meta.get_field(link)
	if not found or found.fieldtype != "Link":
		throw_invalid_filters(
			_("{0} has no link {1}, so there is no field {2}. Choose another field, or remove the filter."),
			_(meta.name),
			link,
			field,
		)
	return frappe.get_meta(found.options)


def check_shape(label: str, operator: str, value) -> None:
	"""Demand as many values, and of the kind, as the operator asks for."""
	for operators, fits, complaint in shapes():
		if operator in operators and not fits(value):
			throw_invalid_filters(complaint, label)


def shapes() -> tuple:
	"""Operators, what their value has to be, what is said when it is not."""
	one_value = tuple(set(OPERATORS) - {"is", *ON_DATES, *ON_LISTS})
	return (
		(
			("is",),
			lambda value: value in ("set", "not set"),
			_("The filter on {0} asks whether it “is” something. Choose “Set” or “Not Set”."),
		),
		(
			("Timespan",),
			lambda value: value in TIMESPANS,
			_(
				"The filter on {0} names no period that there is. Choose one from the list, “last month” for example."
			),
		),
		(
			("Between",),
			lambda value: isinstance(value, list) and len(value) == 2 and all(value),
			_("The filter on {0} needs two values, the first and the last. Enter both."),
		),
		(
			ON_LISTS,
			bool,
			_("The filter on {0} has no values. Enter at least one, or remove the filter."),
		),
		(
			one_value,
			lambda value: value not in (None, ""),
			_(
				"The filter on {0} has no value. Enter one, or remove the filter. For an empty field there is “is not set”."
			),
		),
		(
			one_value,
			lambda value: not isinstance(value, list | dict),
			_("The filter on {0} takes one value. Enter one, or use the operator “in”."),
		),
	)


def check_value(meta: Meta, field: str, label: str, operator: str, value) -> None:
	"""One value, of the kind that the field holds."""
	docfield = meta.get_field(field)
	fieldtype = docfield.fieldtype if docfield else None
	if field == "docstatus":
		check_option(label, value, ["0", "1", "2"])
	elif fieldtype in NUMBERS:
		check_number(label, value)
	elif fieldtype in ("Date", "Datetime") or field in ("creation", "modified"):
		check_date(label, value)
	elif fieldtype == "Select" and operator in POSITIVE:
		# What a field never holds is never found; excluding it does no harm.
		check_option(label, value, [option.strip() for option in (docfield.options or "").split("\n")])
	elif fieldtype == "Link" and operator in (*POSITIVE, *ON_TREES):
		check_record(label, docfield.options, value)


def check_option(label: str, value, options: list[str]) -> None:
	if str(value) not in options:
		throw_invalid_filters(
			_("{0} can never be {1}. It is one of: {2}."),
			label,
			str(value),
			", ".join(option for option in options if option),
		)


def check_number(label: str, value) -> None:
	try:
		float(value)
	except (TypeError, ValueError):
		throw_invalid_filters(_("{0} is a number, {1} is none. Enter digits."), label, str(value))


def check_date(label: str, value) -> None:
	try:
		datetime.fromisoformat(str(value))
	except ValueError:
		throw_invalid_filters(
			_("{0} is a date, {1} is none. Choose one from the calendar."), label, str(value)
		)


def check_record(label: str, doctype: str, value) -> None:
	if not frappe.db.exists(doctype, str(value)):
		throw_invalid_filters(
			_("{0} can never be {1}: there is no such {2}. Choose one that exists, or remove the filter."),
			label,
			str(value),
			_(doctype),
		)


def ask_database(document_type: str, filters: list[list]) -> None:
	"""What the database cannot evaluate now would fail at every save of a document."""
	try:
		frappe.db.sql(linked_records.select_linked(document_type, filters, limit=1))
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
		raise
	except Exception as error:
		# Whatever else a filter can break: its author has to know now.
		throw_invalid_filters(
			_("The filters cannot be evaluated: {0}. Correct or remove the filter that is named."), str(error)
		)


def throw_invalid_filters(
	message: str, *values: str, further: list[str] | None = None, title: str | None = None
) -> None:
	"""Raise InvalidRuleError: `message` filled with the values, in bold.

	Then with those of `further` as they are (HTML).
	"""
	places = [frappe.bold(escape_html(value)) for value in values] + (further or [])
	throw_with_links(message.format(*places), InvalidRuleError, title=title or _("Filters"))

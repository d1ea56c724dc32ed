"""Filters of a rule, and when one set of them is part of another.

Pure.
"""

from __future__ import annotations

import json

from lead_pipeline.domain.values import is_plain, of_json

# One filter, as the desk's filter widget gives it: DocType, field, operator, value.
Filter = list

ON_DATES = "Between", "Timespan"
ON_LISTS = "in", "not in"
ON_TREES = (
	"descendants of",
	"descendants of (inclusive)",
	"ancestors of",
	"not descendants of",
	"not ancestors of",
)
OPERATORS = ("=", "!=", ">", "<", ">=", "<=", "like", "not like", *ON_LISTS, "is", *ON_DATES, *ON_TREES)
_SPELLINGS = {operator.lower(): operator for operator in OPERATORS}

# Relative periods: they move on with the days.
TIMESPANS = (
	*("last week", "last month", "last quarter", "last 6 months", "last year"),
	*("yesterday", "today", "tomorrow"),
	*("this week", "this month", "this quarter", "this year"),
	*("next week", "next month", "next quarter", "next 6 months", "next year"),
)


def parse(stored: str | list | None, document_type: str) -> list[Filter]:
	"""Return the filters in one normal form, from JSON or a list.

	Raises ValueError when they are not a list of filters. A filter of three parts is about `document_type`; what the
	widget adds after the fourth is dropped. A field may be one of a linked record: `status.type`.
	"""
	filters = of_json(stored or "[]") if isinstance(stored, str | None) else stored
	if isinstance(filters, dict):
		filters = [[field, *_condition(value)] for field, value in filters.items()]
	if not isinstance(filters, list):
		raise ValueError(filters)
	return [_normal(each, document_type) for each in filters]


def _condition(value) -> tuple:
	return tuple(value) if isinstance(value, list) and len(value) == 2 else ("=", value)


def _normal(each: list, document_type: str) -> Filter:
	if not isinstance(each, list) or not 3 <= len(each) <= 5:
		raise ValueError(each)
	doctype, field, operator, value = each[:4] if len(each) > 3 else (document_type, *each)
	if not all(isinstance(part, str) and part.strip() for part in (doctype, field, operator)):
		raise ValueError(each)
	if not all(map(is_plain, value if isinstance(value, list) else [value])):
		raise ValueError(each)
	operator = _SPELLINGS.get(operator.strip().lower(), operator.strip())
	return [doctype.strip(), field.strip(), operator, _value(operator, value)]


def _value(operator: str, value):
	if operator in ON_LISTS:
		values = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
		texts = [("" if part is None else str(part)).strip() for part in values]
		return [text for text in texts if text]
	if operator == "Timespan":
		return str(value or "").strip().lower()
	return value.strip() if isinstance(value, str) else value


def linked_parts(field: str) -> tuple[str, str] | None:
	"""Return the link and the field of the linked record, or None.

	None when `field` is not one of a linked record (`status.type`).
	"""
	link, dot, target = field.partition(".")
	return (link, target) if dot else None


def moves_on(filters: list[Filter]) -> bool:
	"""Return whether the filters can match other records without being changed.

	With the days (a time span), or with a tree of records.
	"""
	return any(operator in (*ON_TREES, "Timespan") for _doctype, _field, operator, _value in filters)


def includes(larger: list[Filter], smaller: list[Filter]) -> bool:
	"""Return whether every filter of `smaller` is one of `larger`.

	What matches `larger` then matches `smaller`, too.
	"""
	return _keys(smaller) <= _keys(larger)


def _keys(filters: list[Filter]) -> set[tuple]:
	return {_key(*each) for each in filters}


def _key(doctype: str, field: str, operator: str, value) -> tuple:
	if operator in ON_LISTS:
		value = sorted(value)
	return (doctype, field, operator, json.dumps(_text(value)))


def _text(value):
	"""1 and "1" are the same to the database."""
	return [str(part) for part in value] if isinstance(value, list) else str(value)

"""What `frappe.get_all(run=False)` gives, as SQL text that has its values in it.

Frappe 15 gives such a text. Frappe 16 gives a query object, whose own text (`str(query)`) doubles quotes but escapes no
backslash: a value that ends with one would reach beyond its quotes. So its parameters are put in as the database's driver
escapes them. Can go when no version gives a text any more and all queries are put together with `frappe.qb`.

For PostgreSQL the framework rewrites a statement, when it gives its text and again when it runs it (`modify_query`):
numbers behind a sign of comparison, `locate(…)`, names of tables, backticks; also inside of a text. So a value that would
be changed is put in afterwards, written with the numbers of its characters.
"""

import re
from collections.abc import Callable

import frappe
from pypika.queries import QueryBuilder

# What the rewriting changes; and a text that needs no other spelling.
REWRITTEN = re.compile(r"[=><]\s*[+-]?\d|`|from tab|locate\(|ifnull\(", re.IGNORECASE)
PLAIN = re.compile(r"[\w@.:/-]*", re.ASCII)

# Of a list: each with an optional DocType, field, operator and value.
Filters = list | dict | None


def select_as_text(doctype: str, filters: list | dict, select: Callable | None = None, **options) -> str:
	"""Return `frappe.get_all` or `select` as a statement without parameters.

	`select`: as `frappe.get_list`.
	"""

	def build(spelled: list | dict) -> str:
		select_rows = select or frappe.get_all
		return with_values(select_rows(doctype, filters=spelled, run=False, **options))

	return built_with(filters, build)


def built_with(filters: Filters, build: Callable[[Filters], str]) -> str:
	"""Return the statement that `build` makes of the filters.

	With the values that the framework would change for PostgreSQL put in afterwards.
	"""
	apart: dict[str, str] = {}

	def set_apart(value: object) -> object:
		if isinstance(value, dict):
			return {field: set_apart(each) for field, each in value.items()}
		if isinstance(value, list | tuple):
			return [set_apart(each) for each in value]
		if not isinstance(value, str) or not REWRITTEN.search(value):
			return value
		token = f"lead_pipeline:value-{len(apart)}"
		apart[token] = value
		return token

	sql = build(set_apart(filters) if frappe.db.db_type == "postgres" else filters)
	for token, value in apart.items():
		sql = sql.replace(f"'{token}'", for_postgres(value))
	return sql


def with_values(query: str | QueryBuilder) -> str:
	"""Return `query` as a statement without parameters.

	A percent sign in it stands for itself.
	"""
	if isinstance(query, str):
		return query
	sql, values = query.walk()
	return sql % {name: frappe.db.escape(value, percent=False) for name, value in values.items()}


def text_literal(value: str) -> str:
	"""Return `value` as a literal of SQL, in which a percent sign stands for itself."""
	return for_postgres(value) if frappe.db.db_type == "postgres" else frappe.db.escape(value, percent=False)


def for_postgres(value: str) -> str:
	if PLAIN.fullmatch(value):
		return f"'{value}'"
	spelled = (sign if sign.isascii() and sign.isalnum() else f"\\+{ord(sign):06x}" for sign in value)
	return f"U&'{''.join(spelled)}'"

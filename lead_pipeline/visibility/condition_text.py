"""Write conditions as SQL text, and put such a text into a query.

The framework's hooks and lists give and take conditions as text without parameters; a query of `frappe.qb` has parameters.
"""

import re

import frappe
from pypika.terms import Criterion, LiteralValue, Term

from lead_pipeline.constants import LEAD
from lead_pipeline.framework.query_text import text_literal

NOTHING = "1=0"

# A text in SQL, as the framework writes it; for PostgreSQL with an E before one that has a backslash.
TEXT = re.compile(r"(?:\bE)?'(?:[^'\\]|''|\\.)*'", re.DOTALL)
# Quotes in it, and what MariaDB reads behind a backslash as something else than the character itself.
ESCAPED = re.compile(r"''|\\([^%_])", re.DOTALL)
SPECIAL = {"0": "\0", "b": "\b", "n": "\n", "r": "\r", "t": "\t", "Z": "\x1a"}


def literal(value: str) -> LiteralValue:
	"""Return a value as SQL text, because query fragments have no parameters.

	Frappe 16 puts the fragments into a query with parameters, in which a percent sign begins one; Frappe 15 does
	not. So a value with a percent sign is written with the numbers of its characters. As one literal it is compared
	in the column's own collation; one that is put together of parts has none, where the connection's differs from
	the server's.
	"""
	if frappe.db.db_type == "mariadb" and "%" in value:
		return LiteralValue(f"_utf8mb4 x'{value.encode().hex()}'")
	return LiteralValue(text_literal(value))


def without_percent_signs(conditions: str) -> str:
	"""Return conditions of the framework with such texts as `literal` writes them.

	Those of a User Permission or a share on a record whose name has a percent sign.
	"""

	def respell(text: re.Match) -> str:
		if "%" not in text[0]:
			return text[0]
		value = ESCAPED.sub(
			lambda found: SPECIAL.get(found[1], found[1]) if found[1] else "'",
			text[0].removeprefix("E")[1:-1],
		)
		return literal(value).get_sql()

	return TEXT.sub(respell, conditions) if "%" in conditions else conditions


def fragment(condition: Criterion) -> str:
	"""Return a condition as text with full names, as the framework's queries need it."""
	return condition.get_sql(quote_char="`", with_namespace=True)


def among(field: Term, leads: str) -> Term:
	"""Return the condition that `field` is one of `leads`.

	`leads` is a subquery as text. In a query with parameters, as here, a percent sign is doubled.
	"""
	return field.isin(LiteralValue(leads.replace("%", "%%")))


def as_criterion(conditions: str) -> Criterion:
	"""Return `list_conditions` of leads for a query of these with parameters.

	A percent sign in it is doubled. The name, which each lead has, makes a criterion of the text.
	"""
	return frappe.qb.DocType(LEAD).name.isnotnull() & LiteralValue(f"({conditions.replace('%', '%%')})")

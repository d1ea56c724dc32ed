"""A full-text index of one column with words, on MariaDB and on PostgreSQL.

Frappe makes full-text indexes for its own search only, and its `Match` looks for one word. The words of such a column are
letters a to z and digits, each behind a space; a question has the beginnings of words. MariaDB has an index FULLTEXT,
which knows of a row from the commit on; its shortest word (three letters) and its stop words are the site's. PostgreSQL has
an index GIN of the words as they stand there. Without the index the same question reads every row.

Frappe 15.0 drops the index of MariaDB when it changes the table, as it takes it for one of its own; `setup/apply.py` makes
it again after every migrate.
"""

import re
from collections.abc import Sequence

import frappe
from pypika.functions import Cast
from pypika.terms import LiteralValue, Term

WORD = re.compile(r"[a-z0-9]+")


def has_full_text_index(doctype: str, name: str) -> bool:
	return bool(frappe.db.has_index(f"tab{doctype}", name))


def add_full_text_index(doctype: str, column: str, name: str) -> None:
	"""Make the index. Raises the database's own error when this is not allowed."""
	if frappe.db.db_type == "mariadb":
		statement = f"alter table `tab{doctype}` add fulltext index if not exists `{name}` (`{column}`)"
	else:
		statement = f'create index if not exists "{name}" on "tab{doctype}" using gin ({words_in(column)})'
	# The framework has no way to make one.
	frappe.db.sql_ddl(statement)


def has_all_words(doctype: str, column: str, typed: Sequence[Sequence[str]]) -> Term:
	"""Return the condition that the column has all words typed.

	The index answers it, the soonest when the rarest word comes first. `typed`: for each word the beginnings of which one is
	enough.
	"""
	if wrong := [way for ways in typed for way in ways if not WORD.fullmatch(way)]:
		raise ValueError(wrong)
	if frappe.db.db_type == "mariadb":
		# In brackets a word takes twice the time.
		words = " ".join(
			f"+{ways[0]}*" if len(ways) == 1 else "+(" + " ".join(f"{way}*" for way in ways) + ")"
			for ways in typed
		)
		return LiteralValue(f"match(`tab{doctype}`.`{column}`) against ('{words}' in boolean mode)")
	words = " & ".join("(" + " | ".join(f"{way}:*" for way in ways) + ")" for ways in typed)
	qualified = f'"tab{doctype}"."{column}"'
	return LiteralValue(f"{words_in(qualified)} @@ '{words}'::tsquery")


def by_letters(column: Term) -> Term:
	"""Return the column of words for a comparison with LIKE, letter by letter.

	MariaDB would look up each letter in the column's collation, four times as long. The words have no letters that this
	takes for others.
	"""
	return Cast(column, "binary") if frappe.db.db_type == "mariadb" else column


def words_in(column: str) -> str:
	"""Return PostgreSQL's expression for the words of a column."""
	return f"array_to_tsvector(string_to_array(ltrim({column}), ' '))"

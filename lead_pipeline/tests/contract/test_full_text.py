"""framework/full_text.py: what it takes from the framework and writes itself."""

import frappe
import pytest
from frappe.database.mariadb.database import MariaDBDatabase
from frappe.database.postgres.database import PostgresDatabase

from lead_pipeline.framework.full_text import has_all_words


def test_the_framework_looks_for_an_index_by_its_name():
	for database in (MariaDBDatabase, PostgresDatabase):
		assert callable(database.has_index)
		assert callable(database.sql_ddl)


def test_nothing_but_letters_and_digits_gets_into_a_question():
	for word in ("", "a b", "a'", "a*", "ä", "A", "+a", "%"):
		with pytest.raises(ValueError):
			has_all_words("Pipeline Lead", "search_words", [(word,)])


def test_the_question_in_the_words_of_each_database(monkeypatch):
	typed = [("wwan",), ("ww30", "rr03")]
	for database, wanted in (
		("mariadb", "match(`tabX`.`words`) against ('+wwan* +(ww30* rr03*)' in boolean mode)"),
		(
			"postgres",
			"""array_to_tsvector(string_to_array(ltrim("tabX"."words"), ' '))"""
			""" @@ '(wwan:*) & (ww30:* | rr03:*)'::tsquery""",
		),
	):
		monkeypatch.setattr(frappe.local, "db", frappe._dict(db_type=database), raising=False)
		assert has_all_words("X", "words", typed).get_sql() == wanted

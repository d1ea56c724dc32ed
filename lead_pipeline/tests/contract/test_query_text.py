"""framework/query_text.py: the result of `frappe.get_all(run=False)`.

It is text, or has parameters that the database escapes.
"""

import inspect

from frappe.database.database import Database
from frappe.database.mariadb.database import MariaDBDatabase
from frappe.query_builder.utils import patch_query_execute

from lead_pipeline.framework.query_text import with_values
from lead_pipeline.tests.contract.source import code


def test_text_stays_as_it_is():
	assert with_values("select 1") == "select 1"


def test_values_are_escaped_by_the_database():
	assert "percent" in inspect.signature(MariaDBDatabase.escape).parameters
	assert callable(Database.sql)


def test_a_query_gives_its_text_and_its_values():
	"""A query of the query builder has `walk`, which gives its text and values.

	`walk` is added to the query builder by the framework, when it connects to a site.
	"""
	assert "QueryBuilder.walk" in code(patch_query_execute) or "builder_class.walk" in code(
		patch_query_execute
	)

"""framework/list_conditions.py: the framework's condition for a list.

It says which records a list shows to a user.
"""

import importlib.util
import inspect

from frappe.desk import reportview


def test_the_framework_has_a_class_for_it_or_a_function():
	if importlib.util.find_spec("frappe.model.db_query"):
		from frappe.model.db_query import DatabaseQuery

		assert "user" in inspect.signature(DatabaseQuery.__init__).parameters
		assert callable(DatabaseQuery.build_match_conditions)
	assert list(inspect.signature(reportview.build_match_conditions).parameters)[:2] == ["doctype", "user"]

"""framework/old_paths.py: the framework imports what a path names.

It does so with an ordinary import.
"""

import frappe

from lead_pipeline.tests.contract.source import code


def test_a_path_is_imported():
	assert "get_module" in code(frappe.get_attr)
	assert "import_module" in code(frappe.get_module)


def test_an_old_path_is_found_by_the_framework():
	module = frappe.get_module("lead_pipeline.people.actions")
	assert module.take is frappe.get_module("lead_pipeline.activities.actions").take

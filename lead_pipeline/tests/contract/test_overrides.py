"""framework/overrides.py: which override is in force.

Which app's function is in force, and that a class can build on another.
"""

import frappe
from frappe import handler
from frappe.model import base_document

from lead_pipeline.tests.contract.source import code


def test_the_function_in_force_is_told_or_the_first_one():
	if hasattr(frappe, "override_whitelisted_method"):
		assert "override_whitelisted_method(" in code(handler.execute_cmd)
	else:
		assert "# override using the first hook" in code(handler.execute_cmd)


def test_a_class_is_found_by_its_hook():
	assert callable(base_document.get_controller)
	assert "override_doctype_class" in code(base_document.import_controller)

"""framework/checked_insert.py: an insert checks everything before it writes.

The checks come before the controller is asked to write.
"""

import inspect

from frappe.model.document import Document

from lead_pipeline.tests.contract.source import code, in_order


def test_a_document_is_written_when_everything_was_checked():
	assert in_order(
		code(Document.insert),
		"_validate_links()",
		"set_new_name(",
		"run_before_save_methods()",
		"_validate()",
		"self.db_insert(",
	)


def test_an_insert_takes_a_name():
	assert {"ignore_permissions", "set_name"} <= set(inspect.signature(Document.insert).parameters)


def test_what_hooks_of_the_insert_do_comes_after_the_writing():
	assert in_order(code(Document.insert), "self.db_insert(", '"after_insert"')

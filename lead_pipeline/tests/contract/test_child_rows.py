"""framework/child_rows.py: new and existing child rows are told apart.

A row is new when it says so by `__islocal`, and is written by its name otherwise.
"""

from frappe.model.base_document import BaseDocument
from frappe.model.document import Document

from lead_pipeline.tests.contract.source import code


def test_a_row_says_itself_that_it_is_new():
	assert "__islocal" in code(BaseDocument.is_new)


def test_rows_are_written_one_by_one_as_they_say():
	assert "db_update()" in code(Document.update_child_table)
	assert "__islocal" in code(BaseDocument.db_update) or "is_new" in code(BaseDocument.db_update)

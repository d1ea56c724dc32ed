"""framework/own_checks.py: the framework checks e-mails and phones.

Those of a document and of each of its rows, by a method of theirs.
"""

from frappe.model.base_document import BaseDocument
from frappe.model.document import Document

from lead_pipeline.tests.contract.source import code


def test_documents_and_rows_are_checked_by_their_own_method():
	assert "self._validate_data_fields()" in code(Document._validate)
	assert "d._validate_data_fields()" in code(Document._validate)


def test_that_method_looks_at_emails_phones_and_addresses():
	checked = code(BaseDocument._validate_data_fields)
	assert all(kind in checked for kind in ("Email", "Phone", "URL"))


def test_a_save_checks_all_of_it():
	assert "self._validate()" in code(Document.insert)
	assert "self._validate()" in code(Document._save)

"""framework/link_checks.py: links are checked first.

They are checked by a method of the document.
"""

from frappe.model.document import Document

from lead_pipeline.tests.contract.source import code, in_order


def test_links_are_looked_at_before_any_hook_of_a_save():
	for save in (Document.insert, Document._save):
		assert in_order(code(save), "self._validate_links()", "self.run_before_save_methods()")

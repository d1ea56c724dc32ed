"""framework/insert_notes.py: each insert leaves a note behind.

A document is noted before it has a name, and the note is looked for by the name.
"""

from frappe.model.document import Document

from lead_pipeline.tests.contract.source import code, in_order

NOTE = "(self.doctype, self.name)"


def test_a_document_is_noted_before_it_has_a_name():
	assert f"currently_saving.append({NOTE})" in code(Document.set_user_and_timestamp)
	assert in_order(code(Document.insert), "set_user_and_timestamp()", "set_new_name(")


def test_the_note_is_looked_for_by_the_name():
	assert f"currently_saving.remove({NOTE})" in code(Document.run_post_save_methods)

"""framework/dangling_links.py: `get_invalid_links` collects dangling links.

These are the links of a document that lead nowhere.
"""

import inspect

import frappe
from frappe.model import base_document
from frappe.model.base_document import BaseDocument
from frappe.model.document import Document

from lead_pipeline.tests.contract.source import code


def test_links_that_lead_nowhere_are_collected_before_they_are_refused():
	assert list(inspect.signature(BaseDocument.get_invalid_links).parameters) == ["self", "is_submittable"]
	assert "get_invalid_links" in code(Document._validate_links)


def test_a_class_is_extended_by_a_hook_from_frappe_16_on():
	knows_the_hook = "extend_doctype_class" in inspect.getsource(base_document)
	assert knows_the_hook == (int(frappe.__version__.split(".")[0]) >= 16)

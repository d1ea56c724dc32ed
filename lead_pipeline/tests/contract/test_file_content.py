"""framework/file_content.py: the content of a File.

With or without guessing its encoding.
"""

import inspect

import frappe
from frappe.core.doctype.file.file import File


def test_encodings_are_guessed_from_frappe_16_on():
	guesses = "encodings" in inspect.signature(File.get_content).parameters
	assert guesses == (int(frappe.__version__.split(".")[0]) >= 16)

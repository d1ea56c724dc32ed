"""Tests on a real site: every test runs as Administrator in a transaction that is rolled back."""

import frappe
import pytest

from lead_pipeline.tests import site


@pytest.fixture(scope="session", autouse=True)
def connected_site():
	site.connect()
	yield
	frappe.destroy()


@pytest.fixture(autouse=True)
def clean_transaction(connected_site):
	site.start_over()
	yield
	site.start_over()


@pytest.fixture
def committed(clean_transaction):
	"""For what commits or rolls back itself: a list of documents to be deleted afterwards, in this order."""
	documents = []
	yield documents
	site.start_over()
	for document in documents:
		frappe.delete_doc(document.doctype, document.name, force=True, ignore_missing=True)
	frappe.db.commit()

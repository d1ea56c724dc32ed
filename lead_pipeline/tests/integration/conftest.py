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

"""Who makes documents, and what a test changes for all."""

import frappe
import pytest

from lead_pipeline.tests.deals import DEAL, use_one_currency
from lead_pipeline.tests.factories import make_deal_status, make_user, needs
from lead_pipeline.tests.from_a_lead import CHANGED, CHANGES, ROLES


@pytest.fixture(autouse=True)
def no_gravatar(monkeypatch):
	"""Who saves a person asks the Internet for a picture; that is no matter of ours."""
	modules = ["frappe.contacts.doctype.contact.contact"]
	if "erpnext" in frappe.get_installed_apps():
		modules.append("erpnext.crm.doctype.lead.lead")
	for module in modules:
		monkeypatch.setattr(f"{module}.has_gravatar", lambda email: "")


@pytest.fixture(scope="module")
def user(connected_site) -> str:
	"""One for all: making a user takes longer than most tests here."""
	user = make_user(*ROLES)
	frappe.db.commit()
	return user


@pytest.fixture(autouse=True)
def changed_doctypes(clean_transaction):
	"""Provide the DocTypes that a test changes.

	What this process has cached of them is read again afterwards.
	"""
	yield CHANGED
	frappe.db.rollback()
	while CHANGES:
		doctype, filters = CHANGES.pop()
		# ERPNext commits while a Contact is inserted, and with it what the test has changed.
		if frappe.db.exists(doctype, filters):
			frappe.db.delete(doctype, filters)
			frappe.db.commit()
	while CHANGED:
		frappe.clear_cache(doctype=CHANGED.pop())


@pytest.fixture
def seller(user) -> str:
	frappe.set_user(user)
	return user


@pytest.fixture
def deal_statuses(clean_transaction):
	"""Skips a test on a site without deals."""
	needs(DEAL)
	use_one_currency()
	for name, meaning in (
		("Won", "Won"),
		("Lost", "Lost"),
		("Demo/Making", "Ongoing"),
		("Parked", "On Hold"),
	):
		make_deal_status(name, meaning)

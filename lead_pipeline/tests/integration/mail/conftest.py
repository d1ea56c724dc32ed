"""The account that fetches mails and makes leads of them."""

import frappe
import pytest

from lead_pipeline.capture.mail import waiting_mails
from lead_pipeline.tests import site
from lead_pipeline.tests.mails import make_account


@pytest.fixture
def account(clean_transaction):
	return make_account()


@pytest.fixture(autouse=True)
def leaves_no_account(connected_site):
	"""Delete the accounts that a test has committed: to fetch mails commits."""
	yield
	site.undo()
	left = {"email_id": ("like", "leads-%@our-company.example")}
	for name in frappe.get_all("Email Account", left, pluck="name", order_by=None):
		frappe.db.delete(waiting_mails.STORE, {"email_account": name})
		site.delete("Email Account", name)
	frappe.db.commit()

"""Who sees which messages in the inbox.

Hidden leads, accounts of others, and people who do not work with leads.
"""

import frappe
import pytest

from lead_pipeline.capture.inbox import api as inbox
from lead_pipeline.constants import LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.inbox_entries import entry, lead_on, number, reason, row_of
from lead_pipeline.tests.mails import make_account, make_call, make_mail, new_address
from lead_pipeline.tests.messages import refused


@pytest.fixture
def own_leads_only(seller):
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	return seller


def hidden_lead(user: str):
	"""A colleague's lead."""
	frappe.set_user("Administrator")
	lead = make_lead(company_name="Hidden Ltd", email=new_address(), lead_owner=make_user("Sales User"))
	frappe.set_user(user)
	return lead


def test_a_lead_that_one_may_not_see_is_not_named(own_leads_only):
	lead = hidden_lead(own_leads_only)
	row = row_of(make_mail(lead.email))
	assert (row["lead"], row["hidden"]) == (None, True)


@pytest.mark.parametrize("action", [inbox.create, inbox.attach])
def test_nothing_comes_on_a_lead_that_one_may_not_see(own_leads_only, action):
	lead = hidden_lead(own_leads_only)
	mail = make_mail(lead.email)
	said = reason(action(entry(mail)))
	assert said == "It belongs to a lead that you may not see. Ask a Sales Manager to attach it."
	assert lead_on(mail) is None
	assert frappe.db.count(LEAD, {"email": lead.email}) == 1


def test_attaching_to_a_named_lead_asks_for_the_right_to_write_it(own_leads_only):
	lead = hidden_lead(own_leads_only)
	said = reason(inbox.attach(entry(make_mail()), lead=lead.name))
	assert "Hidden Ltd" not in said


def test_what_is_on_a_hidden_lead_is_not_among_what_is_done(own_leads_only):
	lead = hidden_lead(own_leads_only)
	mail = make_mail(reference_doctype=LEAD, reference_name=lead.name)
	call = make_call(number(), links=[{"link_doctype": LEAD, "link_name": lead.name}])
	assert row_of(mail, state="done") is None
	assert row_of(call, state="done") is None


def mail_of(account) -> object:
	return make_mail(email_account=account.name)


def give(account, user: str) -> None:
	row = frappe.new_doc("User Email")
	row.update({"parent": user, "parenttype": "User", "parentfield": "user_emails"})
	row.update({"email_account": account.name, "email_id": account.email_id})
	row.db_insert()


def test_mails_of_an_account_for_leads_are_seen_by_all_who_sell(seller):
	frappe.set_user("Administrator")
	mails = [mail_of(make_account()), mail_of(make_account(imap=True))]
	frappe.set_user(seller)
	assert all(row_of(mail) for mail in mails)


def test_mails_of_other_accounts_are_private(seller):
	frappe.set_user("Administrator")
	mail = mail_of(make_account(append_to=None))
	assert row_of(mail)
	frappe.set_user(seller)
	assert row_of(mail) is None
	assert "not in your inbox" in reason(inbox.create(entry(mail)))
	assert "not in your inbox" in reason(inbox.ignore(entry(mail)))


def test_mails_of_an_account_of_ones_own_are_seen_and_a_colleagues_are_not(seller):
	frappe.set_user("Administrator")
	own, colleagues = make_account(append_to=None), make_account()
	give(own, seller)
	give(colleagues, make_user("Sales User"))
	mine, theirs = mail_of(own), mail_of(colleagues)
	frappe.set_user(seller)
	assert row_of(mine)
	assert row_of(theirs) is None


def test_who_does_not_work_with_leads_has_no_inbox():
	frappe.set_user(make_user())
	with refused(frappe.PermissionError) as refusal:
		inbox.items()
	assert "role Sales User" in refusal
	with refused(frappe.PermissionError) as refusal:
		inbox.ready()
	assert "role Sales User" in refusal

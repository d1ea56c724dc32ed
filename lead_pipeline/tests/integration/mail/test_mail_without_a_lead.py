"""Which mails make no lead, and where they wait with the reason."""

import frappe
import pytest

from lead_pipeline.constants import INBOX_FIELD, LEAD, SETTINGS
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.mails import (
	lead_of,
	leads_of,
	make_account,
	new_address,
	receive,
	write,
)


def assert_no_lead(mail, address: str, reason: str | None):
	assert leads_of(address) == []
	assert (mail.reference_doctype, mail.reference_name) == (None, None)
	assert (mail.get(INBOX_FIELD) or None) == reason


AUTOMATIC = [
	({"Auto_Submitted": "auto-replied"}, "Automatic Reply"),
	({"Auto_Submitted": "auto-generated; type=x"}, "Automatic Reply"),
	({"X_Autoreply": "yes"}, "Automatic Reply"),
	({"Precedence": "auto_reply"}, "Automatic Reply"),
	({"Precedence": "bulk"}, "Mass Mail"),
	({"Precedence": "junk"}, "Mass Mail"),
	({"Precedence": "list", "List_Id": "<news.shop.example>"}, "Mass Mail"),
	({"List_Unsubscribe": "<https://shop.example/bye>"}, "Mass Mail"),
	({"Return_Path": "<>"}, "Bounce"),
	({"X_Failed_Recipients": "nobody@example.com"}, "Bounce"),
]


@pytest.mark.parametrize(("headers", "reason"), AUTOMATIC)
def test_what_no_person_wrote_makes_no_lead_and_is_kept_with_the_reason(account, headers, reason):
	address = new_address()
	assert_no_lead(receive(write(address, **headers), account), address, reason)


@pytest.mark.parametrize("name", ["MAILER-DAEMON", "postmaster"])
def test_a_bounce_makes_no_lead(account, name):
	address = f"{name}@{frappe.generate_hash(length=8)}.example"
	assert_no_lead(receive(write(address), account), address, "Bounce")


def test_a_delivery_report_makes_no_lead(account):
	address = new_address()
	raw = write(address, files={"report.txt": b"x"}).replace(b"multipart/mixed", b"multipart/report")
	assert_no_lead(receive(raw, account), address, "Bounce")


@pytest.mark.parametrize(
	"headers", [{"Auto_Submitted": "no"}, {"X_Auto_Response_Suppress": "DR, RN, NRN, OOF, AutoReply"}]
)
def test_a_person_whose_program_asks_for_no_automatic_answer_makes_a_lead(account, headers):
	assert lead_of(receive(write(new_address(), **headers), account))


def test_newsletters_make_leads_where_the_site_wants_it(account):
	frappe.db.set_single_value(SETTINGS, "lists_make_leads", 1)
	assert lead_of(receive(write(new_address(), List_Id="<news.shop.example>"), account))


def test_a_list_of_our_own_is_how_several_people_read_one_mailbox(account):
	frappe.db.set_single_value(SETTINGS, "own_domains", "@our-company.example\nother.example")
	raw = write(new_address(), List_Id="Sales <sales.our-company.example>", Precedence="list")
	assert lead_of(receive(raw, account))


def test_mails_of_our_own_make_no_lead(account):
	frappe.db.set_single_value(SETTINGS, "own_domains", "Our-Company.example, second.example")
	local = frappe.generate_hash(length=8)
	for address in (f"{local}@our-company.example", f"{local}@mail.second.example", make_account().email_id):
		assert_no_lead(receive(write(address), account), address, "Colleague")


def test_a_colleagues_mail_gets_into_no_lead_by_the_subject(account):
	"""A colleague's mail is linked to no lead by its subject.

	The framework would link the mail of a system user to any lead that its subject fits.
	"""
	user = make_user("Sales User")
	make_lead(lead_name="Enquiry about large ones", email=new_address())
	mail = receive(write(user, subject="Enquiry about large ones"), account)
	assert_no_lead(mail, user, "Colleague")


def test_a_mail_without_a_sender_makes_no_lead(account):
	for sender in ("nobody", "two..dots@example.com"):
		mail = receive(write(sender), account)
		assert (mail.reference_name, mail.get(INBOX_FIELD)) == (None, "No Sender")


@pytest.fixture
def mandatory_industry(clean_transaction):
	"""A site that wants to know more of every lead than a mail says."""
	setter = frappe.new_doc("Property Setter")
	setter.update({"doctype_or_field": "DocField", "doc_type": LEAD, "field_name": "industry"})
	setter.update({"property": "reqd", "property_type": "Check", "value": "1"})
	setter.insert()
	frappe.clear_cache(doctype=LEAD)
	yield
	frappe.db.rollback()
	frappe.clear_cache(doctype=LEAD)


def test_a_lead_that_cannot_be_made_leaves_the_mail_in_the_inbox_and_says_what_to_do(
	account, mandatory_industry
):
	address = new_address()
	assert_no_lead(receive(write(address), account), address, "Failed")
	log = frappe.get_last_doc("Error Log", {"method": "An e-mail could not become a lead"})
	assert address in log.error
	assert "press Create there" in log.error
	assert "industry" in log.error


def test_an_account_for_something_else_is_left_alone():
	address = new_address()
	mail = receive(write(address), make_account(append_to=None))
	assert_no_lead(mail, address, None)

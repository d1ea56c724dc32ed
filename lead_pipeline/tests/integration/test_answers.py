"""Mails and calls on a lead decide whose turn it is to answer.

No mail is ever harmed by its lead.
"""

import frappe
import pytest
from frappe.utils import add_days, now_datetime

from lead_pipeline.activities import actions
from lead_pipeline.tests.answers import LEADS_ADDRESS, communication, mail_from, mail_to, rows, switch
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_opportunity, make_user
from lead_pipeline.tests.leads import status

# Who writes


def test_a_mail_from_a_lead_that_waits_for_an_answer_opens_it_with_one_row_that_names_the_mail():
	lead = make_lead(status="Replied")
	mail = mail_from(lead)
	assert status(lead) == "Open"
	assert len(rows(lead)) == 2
	row = rows(lead)[-1]
	assert (row.to_status, row.cause) == ("Open", "Incoming Mail")
	assert (row.reference_doctype, row.reference_name) == ("Communication", mail.name)


def test_a_mail_by_a_user_makes_the_lead_wait_for_the_answer_with_one_row_that_names_it(seller):
	lead = make_lead()
	mail = mail_to(lead)
	assert status(lead) == "Replied"
	assert len(rows(lead)) == 2
	row = rows(lead)[-1]
	assert (row.cause, row.changed_by) == ("Outgoing Mail", seller)
	assert (row.reference_doctype, row.reference_name) == ("Communication", mail)


def test_a_call_by_a_user_makes_the_lead_wait_for_the_answer_with_one_row_that_names_it(seller):
	lead = make_lead()
	actions.log_call(lead.name)
	assert status(lead) == "Replied"
	row = rows(lead)[-1]
	call = frappe.db.get_value(
		"Communication", {"reference_name": lead.name, "communication_medium": "Phone"}
	)
	assert (row.cause, row.reference_name) == ("Call", call)


def test_a_mail_written_from_the_card_with_a_template_is_on_the_timeline(seller):
	from frappe.email.doctype.email_template.email_template import get_email_template

	template = {"subject": "For {{ company_name }}", "response": "Dear {{ first_name }}", "use_html": 0}
	frappe.set_user("Administrator")
	frappe.get_doc({"doctype": "Email Template", "name": "Offer to Leads"} | template).insert()
	frappe.set_user(seller)
	lead = make_lead(first_name="Ada")
	filled = get_email_template("Offer to Leads", lead.as_json())
	mail_to(lead, subject=filled["subject"], content=filled["message"])
	(mail,) = frappe.get_all(
		"Communication", {"reference_name": lead.name}, ["subject", "content", "sent_or_received"]
	)
	assert (mail.subject, mail.content) == (f"For {lead.company_name}", "Dear Ada")
	assert mail.sent_or_received == "Sent"


def test_mails_go_back_and_forth_with_one_row_each(seller):
	lead = make_lead()
	for _number in range(2):
		frappe.set_user(seller)
		mail_to(lead)
		mail_to(lead, content="One more thing")
		mail_from(lead)
		mail_from(lead, content="Are you there?")
	assert [row.to_status for row in rows(lead)] == ["Lead", "Replied", "Open", "Replied", "Open"]


def test_a_user_without_any_right_to_change_the_lead_makes_it_wait_by_a_mail():
	lead, assistant = make_lead(), make_user("Inbox User")
	frappe.share.add("Pipeline Lead", lead.name, assistant, read=1)
	frappe.set_user(assistant)
	communication(lead, sent_or_received="Sent", sender=assistant, recipients=LEADS_ADDRESS)
	assert status(lead) == "Replied"
	assert rows(lead)[-1].changed_by == assistant


def test_a_mail_by_a_user_from_the_address_of_the_company_counts(seller):
	lead = make_lead()
	mail_to(lead, sender="sales@our-company.example.com")
	assert status(lead) == "Replied"


def test_a_mail_that_a_user_sent_elsewhere_and_a_mail_account_fetched_counts(seller):
	lead = make_lead()
	frappe.set_user("Administrator")
	communication(lead, sent_or_received="Sent", sender=f"Seller <{seller}>", recipients=LEADS_ADDRESS)
	assert status(lead) == "Replied"


@pytest.mark.parametrize(
	"values",
	[
		{"communication_type": "Automated Message"},
		{"communication_type": "Notification"},
		{"communication_medium": "Chat"},
		{"communication_medium": "SMS"},
	],
)
def test_an_automatic_message_or_one_by_another_medium_is_no_mail_by_a_user(seller, values):
	kinds = frappe.get_meta("Communication").get_field("communication_type").options.splitlines()
	if values.get("communication_type", "Communication") not in kinds:
		pytest.skip("this version of the framework has no such kind")
	lead = make_lead()
	communication(lead, sent_or_received="Sent", sender=seller, recipients=LEADS_ADDRESS, **values)
	assert status(lead) == "Lead"


def test_a_notification_of_the_framework_is_no_mail_by_a_user(seller):
	frappe.set_user("Administrator")
	account = frappe.new_doc("Email Account")
	account.update({"email_account_name": "Test", "email_id": "sales@our-company.example.com"})
	account.update({"enable_outgoing": 1, "default_outgoing": 1, "smtp_server": "localhost"})
	account.name = "Test"
	# Its validation would talk to the mail server.
	account.db_insert()
	notification = frappe.new_doc("Notification")
	notification.update(
		{
			"name": f"Welcome {frappe.generate_hash(length=6)}",
			"enabled": 1,
			"channel": "Email",
			"subject": "Welcome",
			"message": "We will call you.",
			"document_type": "Pipeline Lead",
			"event": "Value Change",
			"value_changed": "website",
		}
	)
	notification.append("recipients", {"receiver_by_document_field": "email"})
	notification.insert()
	frappe.set_user(seller)
	lead = make_lead(email=LEADS_ADDRESS)
	lead.website = "https://customer.example.com"
	lead.save()
	sent = frappe.get_all("Communication", {"reference_name": lead.name}, pluck="communication_type")
	assert sent == ["Automated Message"]
	assert status(lead) == "Lead"


def test_the_system_itself_is_no_user():
	lead = make_lead()
	communication(lead, sent_or_received="Sent", sender="noreply@our-company.example.com")
	assert status(lead) == "Lead"


def test_a_visitor_is_no_user(seller):
	lead = make_lead()
	frappe.set_user("Guest")
	communication(lead, sent_or_received="Sent", sender=LEADS_ADDRESS)
	assert status(lead) == "Lead"


def test_a_disabled_user_is_nobody_who_answers():
	lead, gone = make_lead(), make_user("Sales User")
	frappe.db.set_value("User", gone, "enabled", 0)
	communication(lead, sent_or_received="Sent", sender=gone)
	assert status(lead) == "Lead"


@pytest.mark.parametrize(
	"values",
	[
		{"sender": "MAILER-DAEMON@customer.example.com"},
		{"sender": "postmaster@customer.example.com"},
		{"email_status": "Spam"},
		{"communication_type": "Automated Message"},
	],
)
def test_bounces_spam_and_automatic_messages_are_no_answers(values):
	lead = make_lead(status="Replied")
	mail_from(lead, **values)
	assert status(lead) == "Replied"


def test_a_colleague_who_writes_to_the_mail_account_is_not_the_lead(seller):
	lead = make_lead(status="Replied")
	mail_from(lead, sender=f"Seller <{seller}>")
	assert status(lead) == "Replied"


def test_a_comment_moves_nothing(seller):
	lead = make_lead()
	lead.add_comment("Comment", "Nice people")
	assert status(lead) == "Lead"


# Which leads


@pytest.mark.parametrize("at", ["Opportunity", "Quotation", "Converted", "Disqualified", "Do Not Contact"])
def test_no_mail_or_call_moves_a_lead_past_working_or_a_protected_one(seller, at):
	lead = make_lead(status=at)
	mail_to(lead)
	actions.log_call(lead.name)
	mail_from(lead)
	assert [row.to_status for row in rows(lead)] == [at]


def test_no_mail_moves_a_protected_status_of_category_working(seller):
	frappe.db.set_value("Pipeline Lead Status", "Interested", "protected", 1)
	from lead_pipeline.reference_data import lead_statuses

	lead_statuses.clear()
	lead = make_lead(status="Interested")
	mail_to(lead)
	assert status(lead) == "Interested"


def test_no_mail_or_call_moves_a_held_lead(seller):
	lead = make_lead(status="Replied", hold_status=1)
	mail_from(lead)
	assert status(lead) == "Replied"


def test_no_mail_gives_a_status_that_the_type_does_not_allow(seller):
	frappe.set_user("Administrator")
	lead_type = make_lead_type("Lead", "Interested")
	frappe.set_user(seller)
	lead = make_lead(lead_type=lead_type.name)
	mail_to(lead)
	assert status(lead) == "Lead"


@pytest.mark.parametrize(
	"setting, begin, act",
	[
		("reply_opens", "Replied", mail_from),
		("mail_replies", "Lead", mail_to),
		("call_replies", "Lead", lambda lead: actions.log_call(lead.name)),
	],
)
def test_each_behaviour_can_be_switched_off(seller, setting, begin, act):
	switch(setting)
	lead = make_lead(status=begin)
	act(lead)
	assert status(lead) == begin


@pytest.mark.parametrize("setting", ["open_status", "replied_status"])
def test_without_a_status_in_the_settings_nothing_happens_and_the_mails_are_there(seller, setting):
	switch(setting, None)
	lead = make_lead(status="Open")
	mail_to(lead)
	mail_from(lead)
	assert frappe.db.count("Communication", {"reference_name": lead.name}) == 2
	assert status(lead) == ("Open" if setting == "replied_status" else "Replied")


def test_other_statuses_can_be_chosen_in_the_settings(seller):
	switch("replied_status", "Interested")
	switch("open_status", "Lead")
	lead = make_lead(status="Open")
	mail_to(lead)
	assert status(lead) == "Interested"
	mail_from(lead)
	assert status(lead) == "Lead"


def test_what_a_mail_changed_is_a_persons_choice_that_stands_until_the_documents_say_something_new(seller):
	frappe.set_user("Administrator")
	lead = make_lead()
	opportunity = make_opportunity(lead)
	lead.reload()
	lead.status = "Open"
	lead.save()
	mail_from(lead)
	frappe.set_user(seller)
	mail_to(lead)
	assert frappe.db.get_value("Pipeline Lead", lead.name, "manual_status") == "Replied"

	frappe.set_user("Administrator")
	opportunity.reload()
	opportunity.save()
	assert status(lead) == "Replied"
	second = make_opportunity(lead)
	assert status(lead) == "Opportunity"
	second.delete()
	opportunity.delete()
	assert status(lead) == "Replied"


# When


def test_a_mail_that_is_attached_to_a_lead_later_speaks_to_it_then():
	lead = make_lead(status="Replied")
	mail = mail_from(None)
	assert status(lead) == "Replied"
	mail.update({"reference_doctype": "Pipeline Lead", "reference_name": lead.name})
	mail.save()
	assert status(lead) == "Open"
	mail.status = "Closed"
	mail.save()
	assert len(rows(lead)) == 2


def test_a_mail_that_is_older_than_the_status_of_the_lead_changes_nothing():
	mail = mail_from(None)
	lead = make_lead(status="Lead")
	lead.status = "Replied"
	lead.save()
	mail.reload()
	mail.update({"reference_doctype": "Pipeline Lead", "reference_name": lead.name})
	mail.save()
	assert status(lead) == "Replied"


def test_a_mail_that_is_saved_again_says_nothing_new(seller):
	lead = make_lead()
	mail = frappe.get_doc("Communication", mail_to(lead))
	lead.reload()
	lead.status = "Interested"
	lead.save()
	mail.status = "Closed"
	mail.save(ignore_permissions=True)
	mail.db_set("delivery_status", "Sent")
	assert status(lead) == "Interested"


def test_a_mail_that_is_to_be_sent_later_counts_when_it_is_sent(seller):
	lead = make_lead()
	mail = communication(
		lead,
		sent_or_received="Sent",
		sender=seller,
		recipients=LEADS_ADDRESS,
		send_after=add_days(now_datetime(), 1),
	)
	assert status(lead) == "Lead"
	if not mail.meta.has_field("send_after"):
		pytest.skip("this version of the framework has no mails that are sent later")
	for delivery_status, expected in (("Sending", "Lead"), ("Sent", "Replied")):
		# As the mail queue does it.
		frappe.get_doc("Communication", mail.name).db_set("delivery_status", delivery_status)
		assert status(lead) == expected


def test_mails_that_are_imported_are_history(seller):
	frappe.flags.in_import = True
	try:
		lead = make_lead()
		communication(lead, sent_or_received="Sent", sender=seller)
	finally:
		frappe.flags.in_import = False
	assert status(lead) == "Lead"

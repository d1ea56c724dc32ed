"""An enquiry becomes a lead, or lands on the open lead of its sender."""

import frappe
import pytest

from lead_pipeline.capture import enquiries
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.tests.bell import in_the_bell
from lead_pipeline.tests.factories import make_lead, make_user


def address() -> str:
	return f"visitor-{frappe.generate_hash(length=8)}@example.com"


def enquiry(**values) -> Enquiry:
	noted = values.pop("noted", {})
	return Enquiry("Web Form", {"first_name": "Visitor"} | values, text="<p>How much is it?</p>", noted=noted)


def messages(lead: str) -> list[frappe._dict]:
	return frappe.get_all(
		"Communication",
		filters={"reference_doctype": "Pipeline Lead", "reference_name": lead},
		fields=["content", "sender", "subject", "sent_or_received"],
	)


def test_a_stranger_becomes_a_lead():
	arrival = enquiries.receive(enquiry(email=address()))
	lead = frappe.get_doc("Pipeline Lead", arrival.lead)
	assert arrival.is_new
	assert (lead.status, lead.channel, lead.enquiries) == ("Lead", "Web Form", 0)
	assert "How much is it?" in lead.description


@pytest.mark.parametrize("spelling", [str.upper, lambda typed: f" {typed} "])
def test_a_known_sender_lands_on_the_open_lead(spelling):
	typed = address()
	lead = make_lead(email=typed)
	arrival = enquiries.receive(enquiry(email=spelling(typed)))
	assert arrival == (lead.name, False)
	(message,) = messages(lead.name)
	assert "How much is it?" in message.content
	assert message.sent_or_received == "Received"
	assert frappe.db.get_value("Pipeline Lead", lead.name, "enquiries") == 1


def test_what_the_sender_says_otherwise_is_told_and_overwrites_nothing():
	lead = make_lead(email=address(), first_name="Known", phone="+49 30 901820")
	enquiries.receive(enquiry(email=lead.email, first_name="Other", phone="+49 30 901820"))
	(message,) = messages(lead.name)
	assert "Other" in message.content
	assert "901820" not in message.content
	assert frappe.db.get_value("Pipeline Lead", lead.name, "first_name") == "Known"


@pytest.mark.parametrize(
	("field", "known", "said", "is_news"),
	[
		("expected_revenue", 777, "777", False),
		("expected_revenue", 777, 777.0, False),
		("expected_revenue", 777, "778", True),
		("probability", 30, "30.0", False),
		("expected_closing", "2030-01-31", "2030-01-31 00:00:00", False),
		("expected_closing", "2030-01-31", "2030-02-01", True),
		("website", "https://a.example", "https://b.example", True),
	],
)
def test_the_same_value_written_otherwise_is_no_news(field, known, said, is_news):
	lead = make_lead(email=address(), first_name="Visitor", **{field: known})
	enquiries.receive(enquiry(email=lead.email, **{field: said}))
	(message,) = messages(lead.name)
	assert (frappe.get_meta("Pipeline Lead").get_label(field) in message.content) == is_news


def test_markup_in_what_is_sent_is_text():
	lead = make_lead(email=address())
	enquiries.receive(enquiry(email=lead.email, company_name="<img src=x onerror=alert(1)>"))
	(message,) = messages(lead.name)
	assert "<img" not in message.content


def test_a_further_address_of_a_lead_is_known():
	further = address()
	lead = make_lead(email=address(), email_ids=[{"email_id": further}])
	assert enquiries.receive(enquiry(email=further)).lead == lead.name


def test_who_gives_no_address_is_known_by_the_phone():
	lead = make_lead(mobile_no="+49 171 1234567")
	assert enquiries.receive(enquiry(phone="+49 (171) 123 45 67")).lead == lead.name


def test_an_unknown_address_makes_a_lead_though_the_phone_is_known():
	lead = make_lead(phone="+49 30 901821", email=address())
	arrival = enquiries.receive(enquiry(email=address(), phone="+49 30 901821"))
	assert arrival.is_new and arrival.lead != lead.name


def test_the_sender_of_a_closed_lead_becomes_a_new_lead():
	lead = make_lead(email=address(), status="Disqualified")
	assert enquiries.receive(enquiry(email=lead.email)).is_new


def test_the_newest_open_lead_of_a_sender_is_asked_for():
	typed = address()
	make_lead(email=typed)
	newest = make_lead(email=typed)
	frappe.db.set_value("Pipeline Lead", newest.name, "creation", "2999-01-01 00:00:00")
	assert enquiries.receive(enquiry(email=typed)).lead == newest.name


def test_the_same_origin_arrives_once():
	noted = {"origin_key": frappe.generate_hash(length=20)}
	first = enquiries.receive(enquiry(email=address(), noted=noted))
	again = enquiries.receive(enquiry(email=address(), noted=noted))
	assert again == (first.lead, False)
	assert not messages(first.lead)


def test_an_origin_cannot_be_sent_by_a_client():
	lead = make_lead(origin_key="made up", enquiries=7, flags={"noted": {"enquiries": 7}})
	lead.reload()
	assert (lead.origin_key, lead.enquiries) == (None, 0)


def test_the_sales_person_is_told_who_has_asked_again():
	owner = make_user("Sales User")
	lead = make_lead(email=address(), lead_owner=owner)
	enquiries.receive(enquiry(email=lead.email))
	assert in_the_bell(owner) == [f"<strong>{lead.lead_name}</strong> has asked again"]


def test_nobody_is_told_when_the_setting_is_off():
	frappe.db.set_single_value("Lead Pipeline Settings", "enquiry_notifies", 0)
	owner = make_user("Sales User")
	lead = make_lead(email=address(), lead_owner=owner)
	enquiries.receive(enquiry(email=lead.email))
	assert in_the_bell(owner) == []


def test_a_lead_that_waits_for_an_answer_is_opened():
	lead = make_lead(email=address(), status="Replied")
	enquiries.receive(enquiry(email=lead.email))
	log = frappe.get_last_doc("Pipeline Status Log", {"lead": lead.name, "to_status": "Open"})
	assert log.cause == "Enquiry"
	assert frappe.db.get_value("Pipeline Lead", lead.name, "status") == "Open"


def test_a_deleted_channel_is_no_reason_against_a_lead():
	frappe.db.set_value("Pipeline Channel", "Web Form", "disabled", 1)
	arrival = enquiries.receive(enquiry(email=address()))
	assert frappe.db.get_value("Pipeline Lead", arrival.lead, "channel") is None


def test_a_form_that_was_opened_before_the_enquiry_can_be_saved():
	lead = make_lead(email=address())
	enquiries.receive(enquiry(email=lead.email))
	lead.job_title = "Buyer"
	lead.save()
	assert frappe.db.get_value("Pipeline Lead", lead.name, "enquiries") == 1

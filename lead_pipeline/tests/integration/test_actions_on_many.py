"""Actions on many leads at once: one message, in a request or in the background."""

import json
from unittest.mock import patch

import frappe
import pytest
from redis.exceptions import RedisError

from lead_pipeline.activities import actions, bulk
from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import ActionRefusedError, InvalidActionError
from lead_pipeline.tests import site
from lead_pipeline.tests.actions import CLOSED, REASON, field, lead_at
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.steps import activities


@pytest.mark.parametrize("how", [list, json.dumps])
def test_many_leads_get_one_message_that_says_what_was_done_and_what_was_refused_and_why(seller, how):
	good = [make_lead(), make_lead()]
	won, lost = lead_at("Converted"), lead_at("Lost")
	answer = actions.qualify(
		how([*(lead.name for lead in good), won.name, lost.name, good[0].name, "LEAD-0"])
	)
	assert answer["done"] == [lead.name for lead in good]
	assert [row["lead"] for row in answer["refused"]] == [won.name, lost.name, "LEAD-0"]
	assert answer["message"] == (
		"2 leads are qualified. "
		f"<strong>{won.lead_name}</strong> was left as it is: It is closed already, at "
		"<strong>Converted</strong>. Reactivate it first. "
		f"<strong>{lost.lead_name}</strong> was left as it is: It is closed already, at "
		"<strong>Lost</strong>. Reactivate it first. "
		"<strong>LEAD-0</strong> was left as it is: There is no such lead, or you may not see it."
	)
	assert not frappe.local.message_log, "what a refused lead had to say is in the answer"


def test_refusals_for_the_same_reason_are_counted_and_many_reasons_are_cut_short(seller):
	leads = [lead_at(status) for status in (*CLOSED, "Converted")]
	message = actions.qualify([lead.name for lead in leads])["message"]
	assert "2 leads were left as they are: It is closed already, at <strong>Converted</strong>." in message
	assert message.endswith("2 more were left as they are for other reasons.")


def test_a_lead_that_cannot_be_saved_does_not_keep_the_others_from_it(seller):
	first, second = make_lead(), make_lead()
	frappe.db.set_value("Pipeline Lead", first.name, "currency", "no such currency")
	answer = actions.lose([first.name, second.name], REASON)
	assert answer["done"] == [second.name]
	assert "no such currency" in answer["refused"][0]["reason"]
	assert (field(first, "status"), field(first, "lost_reason")) == ("Lead", None)
	assert field(second, "status") == "Lost"


@pytest.mark.parametrize("leads", ["", " ", "[]", [], "[1, 2]", "[not json", [None]])
def test_an_action_without_a_lead_says_what_to_do(seller, leads):
	with pytest.raises(InvalidActionError, match=r"No lead was chosen. Choose at least one first."):
		actions.take(leads)


def test_the_title_of_a_lead_cannot_carry_a_script_into_the_message(seller):
	lead = make_lead()
	frappe.db.set_value("Pipeline Lead", lead.name, "lead_name", "Jane<script>alert(1)</script>")
	for answer in (actions.lose(lead.name, REASON), actions.lose(lead.name, REASON)):
		assert "<script" not in answer["message"]
		assert "Jane" in answer["message"]
	assert "<b>" not in actions.take("<b>no lead</b>")["message"]


def test_more_leads_than_a_request_can_carry_go_to_the_background_and_a_notification_says_the_end(
	free_worker,
):
	user = make_user("Sales User")
	leads = [make_lead().name for _ in range(3)]
	frappe.db.commit()
	frappe.set_user(user)
	names = [*leads, *(f"no lead {number}" for number in range(bulk.IN_REQUEST - 2))]
	answer = actions.take(names)
	assert answer == {
		"done": [],
		"refused": [],
		"message": "501 leads are being handled in the background. You will be told when it is done.",
	}
	site.wait_until(lambda: notified(user), "the notification has come")
	assert notified(user) == (
		"3 leads are yours now. "
		"498 leads were left as they are: There is no such lead, or you may not see it."
	)
	owners = frappe.get_all("Pipeline Lead", {"name": ("in", leads)}, ["lead_owner", "modified_by"])
	assert {(row.lead_owner, row.modified_by) for row in owners} == {(user, user)}


def test_without_background_jobs_too_many_leads_are_refused_in_words():
	names = [f"no lead {number}" for number in range(bulk.IN_REQUEST + 1)]
	no_redis = patch("frappe.enqueue", side_effect=RedisError("Connection refused"))
	with no_redis, pytest.raises(ActionRefusedError, match="Choose at most 500, or try again later"):
		actions.take(names)


def notified(user: str) -> str | None:
	return frappe.db.get_value("Notification Log", {"for_user": user}, "subject")


def test_a_tag_is_given_to_many_leads_beside_those_that_they_have(seller):
	tag = (
		frappe.get_doc({"doctype": "Pipeline Lead Tag", "tag_name": "Fair"})
		.insert(ignore_permissions=True)
		.name
	)
	new, tagged = make_lead(), make_lead(tags=[{"tag": tag}])
	answer = actions.add_tag([new.name, tagged.name], tag)
	assert answer["done"] == [new.name]
	assert "has the tag <strong>Fair</strong> now" in answer["message"]
	assert "It has this tag already." in answer["message"]
	assert [row.tag for row in frappe.get_doc("Pipeline Lead", new.name).tags] == [tag]
	with pytest.raises(InvalidActionError, match="is no tag"):
		actions.add_tag(new.name, "No Such Tag")


def test_a_step_is_planned_for_many_leads_each_with_its_sales_person(seller):
	owner = make_user("Sales User")
	mine, theirs, closed = make_lead(), make_lead(lead_owner=owner), lead_at("Lost")
	answer = actions.plan_step(
		[mine.name, theirs.name, closed.name], "tomorrow", "Visit", "Show the machine", "14:30"
	)
	assert answer["done"] == [mine.name, theirs.name]
	assert answer["message"] == (
		"A step is planned for 2 leads. "
		f"<strong>{closed.lead_name}</strong> was left as it is: <strong>{closed.lead_name}</strong> is closed, at "
		"<strong>Lost</strong>. Reactivate it before you plan a step."
	)
	steps = [activities(lead)[0] for lead in (mine, theirs)]
	assert [(step.subject, step.activity_type, step.assigned_to) for step in steps] == [
		("Show the machine", "Visit", seller),
		("Show the machine", "Visit", owner),
	]
	with pytest.raises(InvalidActionError, match=r"A step needs a day. Choose one."):
		actions.plan_step(mine.name, " ")


def test_a_template_is_sent_to_those_leads_that_may_be_written_to(seller):
	frappe.set_user("Administrator")
	template = {"subject": "For {{ company_name }}", "response": "Dear {{ first_name }}", "use_html": 0}
	frappe.get_doc({"doctype": "Email Template", "name": "Spring Offer"} | template).insert()
	account = frappe.new_doc("Email Account")
	account.update({"email_account_name": "Ours", "email_id": "sales@our-company.example.com"})
	account.update({"enable_outgoing": 1, "default_outgoing": 1, "smtp_server": "localhost", "name": "Ours"})
	# Its validation would talk to the mail server.
	account.db_insert()
	frappe.set_user(seller)
	told = make_lead(first_name="Ada", email="ada@told.example")
	mute = make_lead()
	left = make_lead(email="left@told.example")
	of_all = make_lead(email="all@told.example")
	never = make_lead(email="never@told.example", status="Do Not Contact")
	frappe.set_user("Administrator")
	unsubscribe = {"doctype": "Email Unsubscribe", "email": left.email}
	frappe.get_doc(unsubscribe | {"reference_doctype": LEAD, "reference_name": left.name}).insert()
	frappe.get_doc(unsubscribe | {"email": of_all.email, "global_unsubscribe": 1}).insert()
	frappe.set_user(seller)
	leads = [lead.name for lead in (told, mute, left, of_all, never)]
	answer = actions.send_template(leads, "Spring Offer")
	assert answer["done"] == [told.name]
	unsubscribed = "It has unsubscribed from e-mails. Call it instead."
	assert [refused["reason"] for refused in answer["refused"]] == [
		"It has no e-mail address. Enter one first.",
		unsubscribed,
		unsubscribed,
		"It is at <strong>Do Not Contact</strong>: nobody writes to it. Reactivate it first.",
	]
	assert answer["message"].startswith(f"<strong>{told.lead_name}</strong> is written to. ")
	(mail,) = frappe.get_all(
		"Communication",
		{"reference_doctype": LEAD, "reference_name": ("in", leads)},
		["reference_name", "recipients", "subject", "content", "sent_or_received"],
	)
	assert (mail.reference_name, mail.recipients) == (told.name, "ada@told.example")
	assert (mail.subject, mail.sent_or_received) == (f"For {told.company_name}", "Sent")
	assert "Dear Ada" in mail.content
	assert field(told, "status") == "Replied"
	with pytest.raises(InvalidActionError, match=r"No Such .* is no e-mail template that you can use"):
		actions.send_template(told.name, "No Such Template")

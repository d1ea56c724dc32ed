"""Actions on many leads at once: one message, in a request or in the background."""

import json
from unittest.mock import patch

import frappe
import pytest
from redis.exceptions import RedisError

from lead_pipeline.activities import actions, bulk
from lead_pipeline.exceptions import ActionRefusedError, InvalidActionError
from lead_pipeline.tests import site
from lead_pipeline.tests.actions import CLOSED, REASON, field, lead_at
from lead_pipeline.tests.factories import make_lead, make_user


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

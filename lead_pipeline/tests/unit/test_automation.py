"""May a mail, a call or a day move a lead? Who is reminded? Without any site."""

from dataclasses import replace
from datetime import date

import pytest

from lead_pipeline.domain.automation import (
	ActivityState,
	AutomationSettings,
	Message,
	after_message,
	on_due_day,
)
from lead_pipeline.domain.decision import Status
from lead_pipeline.domain.follow_up import Reminder, is_reminder_due, whom

LEAD, OPEN, REPLIED = Status("Lead", "New"), Status("Open", "Working"), Status("Replied", "Working")
QUALIFIED, WON, LOST = Status("Opportunity", "Qualified"), Status("Converted", "Won"), Status("Lost", "Lost")
DISQUALIFIED = Status("Disqualified", "Disqualified", protected=True)
PROTECTED_OPEN = Status("Do not disturb", "Working", protected=True)
ALL = (LEAD, OPEN, REPLIED, QUALIFIED, WON, LOST, DISQUALIFIED, PROTECTED_OPEN)

WISHES = AutomationSettings(open_status="Open", replied_status="Replied")

MAIL_IN = Message(incoming=True)
MAIL_OUT = Message(incoming=False, by_user=True)
CALL_OUT = Message(incoming=False, is_call=True, by_user=True)
CALL_IN = Message(incoming=True, is_call=True, by_user=True)


def lead(status: Status | None = LEAD, **values) -> ActivityState:
	return ActivityState(**({"status": status, "choosable": ALL} | values))


def test_a_mail_from_a_lead_that_waits_for_an_answer_makes_it_our_turn():
	assert after_message(MAIL_IN, lead(REPLIED), WISHES) == "Open"


@pytest.mark.parametrize("status", [LEAD, OPEN, QUALIFIED])
def test_a_mail_from_a_lead_that_does_not_wait_changes_nothing(status):
	assert after_message(MAIL_IN, lead(status), WISHES) is None


@pytest.mark.parametrize("message", [MAIL_OUT, CALL_OUT])
@pytest.mark.parametrize("status", [LEAD, OPEN])
def test_a_mail_or_call_by_a_user_makes_it_their_turn(message, status):
	assert after_message(message, lead(status), WISHES) == "Replied"


@pytest.mark.parametrize("message", [MAIL_OUT, CALL_OUT])
def test_a_second_mail_or_call_changes_nothing(message):
	assert after_message(message, lead(REPLIED), WISHES) is None


def test_a_call_from_the_lead_changes_nothing():
	assert after_message(CALL_IN, lead(OPEN), WISHES) is None
	assert after_message(CALL_IN, lead(REPLIED), WISHES) is None


@pytest.mark.parametrize(
	"message, status",
	[
		(replace(MAIL_OUT, automatic=True), OPEN),
		(replace(MAIL_OUT, by_user=False), OPEN),
		(replace(MAIL_OUT, unsent=True), OPEN),
		(replace(MAIL_IN, automatic=True), REPLIED),
		(replace(MAIL_IN, by_user=True), REPLIED),
	],
)
def test_what_no_human_being_wrote_sent_or_meant_for_us_changes_nothing(message, status):
	assert after_message(message, lead(status), WISHES) is None


@pytest.mark.parametrize(
	"switch, message, status",
	[("reply_opens", MAIL_IN, REPLIED), ("mail_replies", MAIL_OUT, OPEN), ("call_replies", CALL_OUT, OPEN)],
)
def test_each_behaviour_has_its_own_switch(switch, message, status):
	assert after_message(message, lead(status), replace(WISHES, **{switch: False})) is None
	others = {"reply_opens", "mail_replies", "call_replies"} - {switch}
	assert after_message(message, lead(status), replace(WISHES, **dict.fromkeys(others, False)))


@pytest.mark.parametrize("status", [QUALIFIED, WON, LOST, DISQUALIFIED, PROTECTED_OPEN, None])
def test_nothing_moves_a_lead_past_working_a_protected_one_or_one_without_status(status):
	for message in (MAIL_OUT, CALL_OUT):
		assert after_message(message, lead(status), WISHES) is None
	waiting = replace(WISHES, replied_status=status.name if status else "")
	assert after_message(MAIL_IN, lead(status), waiting) is None
	assert on_due_day(lead(status), WISHES) is None


def test_nothing_moves_a_lead_whose_status_is_held():
	assert after_message(MAIL_IN, lead(REPLIED, held=True), WISHES) is None
	assert after_message(CALL_OUT, lead(OPEN, held=True), WISHES) is None
	assert on_due_day(lead(REPLIED, held=True), WISHES) is None


def test_a_status_that_the_type_does_not_allow_is_not_given():
	assert after_message(MAIL_OUT, lead(OPEN, choosable=(LEAD, OPEN)), WISHES) is None
	assert on_due_day(lead(LEAD, choosable=(LEAD, REPLIED)), WISHES) is None


def test_settings_that_name_no_status_or_one_past_working_change_nothing():
	for target in ("", "Opportunity", "Lost", "no such status"):
		wishes = AutomationSettings(open_status=target, replied_status=target)
		assert after_message(MAIL_OUT, lead(OPEN), wishes) is None
		assert on_due_day(lead(REPLIED), wishes) is None


@pytest.mark.parametrize("status", [LEAD, REPLIED])
def test_the_day_of_the_next_contact_makes_it_our_turn(status):
	assert on_due_day(lead(status), WISHES) == "Open"


def test_the_day_changes_nothing_when_it_is_our_turn_already_or_switched_off():
	assert on_due_day(lead(OPEN), WISHES) is None
	assert on_due_day(lead(REPLIED), replace(WISHES, follow_up_opens=False)) is None


@pytest.mark.parametrize(
	"by, owner, enabled, reminder",
	[
		("ann", "bob", {"ann", "bob"}, Reminder("ann")),
		(None, "bob", {"ann", "bob"}, Reminder("bob")),
		("ann", "bob", {"bob"}, Reminder("bob", ("ann",))),
		("ann", "bob", set(), Reminder(None, ("ann", "bob"))),
		("ann", "ann", set(), Reminder(None, ("ann",))),
		("ann", None, {"ann"}, Reminder("ann")),
		(None, None, {"ann"}, Reminder(None)),
	],
)
def test_who_is_reminded(by, owner, enabled, reminder):
	assert whom(by, owner, enabled) == reminder


TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
	"day, reminded_for, due",
	[
		(TODAY, None, True),
		(date(2026, 3, 1), None, True),
		(date(2026, 3, 11), None, False),
		(TODAY, TODAY, False),
		(TODAY, date(2026, 3, 1), True),
		(None, None, False),
	],
)
def test_a_day_calls_for_one_reminder_when_it_has_come(day, reminded_for, due):
	assert is_reminder_due(day, reminded_for, TODAY) is due

"""The buttons on form and list: actions, refusals and messages."""

import json
import threading

import frappe
import pytest
from frappe.utils import add_days, getdate, nowdate

from lead_pipeline.activities import actions
from lead_pipeline.exceptions import InvalidActionError, LostReasonRequiredError
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.tests import site
from lead_pipeline.tests.actions import CLOSED, REASON, field, last_row, lead_at, refusal
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_opportunity, make_user


def take_in_another_connection(lead: str) -> None:
	site.connect()
	frappe.db.set_value("Pipeline Lead", lead, "lead_owner", "Administrator")
	frappe.db.commit()
	frappe.destroy()


# Lost


def test_lose_closes_the_lead_with_reason_and_note_and_says_so(seller):
	lead = make_lead()
	answer = actions.lose(lead.name, REASON, "Next year perhaps")
	assert answer == {
		"done": [lead.name],
		"refused": [],
		"message": f"<strong>{lead.lead_name}</strong> is lost.",
	}
	assert (field(lead, "status"), field(lead, "lost_reason")) == ("Lost", REASON)
	row = last_row(lead)
	assert (row.cause, row.changed_by) == ("Person", seller)
	assert row.reason == f"{REASON}: Next year perhaps"


@pytest.mark.parametrize("status", CLOSED)
def test_lose_refuses_a_lead_that_is_closed_already(seller, status):
	lead = lead_at(status)
	reason = refusal(actions.lose(lead.name, REASON))
	assert reason == f"It is closed already, at <strong>{status}</strong>. Reactivate it first."
	assert field(lead, "status") == status


def test_lose_refuses_a_lead_whose_type_does_not_allow_the_status_and_names_the_type(seller):
	frappe.set_user("Administrator")
	lead_type = make_lead_type("Open", "Converted")
	frappe.set_user(seller)
	lead = make_lead(lead_type=lead_type.name)
	reason = refusal(actions.lose(lead.name, REASON))
	assert f"Status <strong>Lost</strong> is not allowed for leads of type <strong>{lead_type.name}" in reason
	assert field(lead, "status") == "Open"
	assert not field(lead, "lost_reason")


@pytest.mark.parametrize("reason", ["", "no such reason", "<img src=x onerror=alert(1)>"])
def test_lose_asks_for_a_reason_that_there_is(seller, reason):
	lead = make_lead()
	with pytest.raises(
		LostReasonRequiredError, match=r"is no lost reason that can be chosen. Choose another"
	) as error:
		actions.lose(lead.name, reason)
	assert "<img" not in str(error.value)
	assert field(lead, "status") == "Lead"


def test_lose_refuses_a_disabled_reason(seller):
	frappe.db.set_value("Pipeline Lost Reason", REASON, "disabled", 1)
	with pytest.raises(
		LostReasonRequiredError, match=f"{REASON}</strong> is no lost reason that can be chosen"
	):
		actions.lose(make_lead().name, REASON)


@pytest.mark.parametrize(
	"setting, label, act",
	[
		("lost_status", "Lost Status", lambda lead: actions.lose(lead, REASON)),
		("disqualified_status", "Disqualified Status", lambda lead: actions.disqualify(lead)),
		("qualified_status", "Qualified Status", lambda lead: actions.qualify(lead)),
	],
)
def test_an_action_without_a_status_in_the_settings_says_who_can_help(seller, setting, label, act):
	frappe.db.set_single_value("Lead Pipeline Settings", setting, None)
	with pytest.raises(InvalidActionError, match=f"{label}</strong> is empty in the .* Ask a Sales Manager"):
		act(make_lead().name)


# Disqualify, Qualify


@pytest.mark.parametrize("status", ["Lead", "Open", "Opportunity", "Quotation", "Lost", "Converted"])
def test_disqualify_takes_any_lead_that_is_not_disqualified_also_a_qualified_one(seller, status):
	lead = lead_at(status)
	answer = actions.disqualify(lead.name, "A student's project")
	assert answer["message"] == f"<strong>{lead.lead_name}</strong> is disqualified."
	assert field(lead, "status") == "Disqualified"
	assert (last_row(lead).cause, last_row(lead).reason) == ("Person", "A student's project")


@pytest.mark.parametrize("status", ["Disqualified", "Do Not Contact"])
def test_disqualify_refuses_a_disqualified_lead(seller, status):
	reason = refusal(actions.disqualify(lead_at(status).name))
	assert reason == (
		f"It is disqualified already, at <strong>{status}</strong>. Reactivate it to work on it again."
	)


def test_a_disqualified_lead_stays_so_when_a_document_comes(seller):
	lead = make_lead()
	actions.disqualify(lead.name)
	frappe.set_user("Administrator")
	make_opportunity(lead)
	assert field(lead, "status") == "Disqualified"


@pytest.mark.parametrize("status", ["Lead", "Open", "Interested"])
def test_qualify_gives_the_status_of_the_settings(seller, status):
	lead = lead_at(status)
	assert actions.qualify(lead.name)["message"] == f"<strong>{lead.lead_name}</strong> is qualified."
	assert field(lead, "status") == "Opportunity"


@pytest.mark.parametrize("status", CLOSED)
def test_qualify_refuses_a_closed_lead(seller, status):
	reason = refusal(actions.qualify(lead_at(status).name))
	assert reason == f"It is closed already, at <strong>{status}</strong>. Reactivate it first."


def test_qualify_refuses_a_qualified_lead(seller):
	reason = refusal(actions.qualify(lead_at("Quotation").name))
	assert reason == (
		"It is qualified already, at <strong>Quotation</strong>. Go on with an opportunity or a quotation."
	)


# Reactivate


@pytest.mark.parametrize("status", CLOSED)
def test_reactivate_opens_a_lead_from_any_closed_status(seller, status):
	lead = lead_at(status)
	assert actions.reactivate(lead.name)["message"] == f"<strong>{lead.lead_name}</strong> is open again."
	assert field(lead, "status") == "Lead"


def test_reactivate_takes_the_first_open_status_of_the_type(seller):
	frappe.set_user("Administrator")
	lead_type = make_lead_type("Lost", "Interested", "Replied")
	frappe.set_user(seller)
	lead = lead_at("Lost", lead_type=lead_type.name)
	actions.reactivate(lead.name)
	assert field(lead, "status") == "Replied"


def test_reactivate_clears_the_reason_on_the_lead_and_the_log_keeps_it(seller):
	lead = make_lead()
	actions.lose(lead.name, REASON, "Next year perhaps")
	actions.reactivate(lead.name)
	assert (field(lead, "lost_reason"), field(lead, "lost_note")) == (None, None)
	rows = frappe.get_all(
		"Pipeline Status Log", {"lead": lead.name}, ["to_status", "reason"], order_by="changed_on"
	)
	assert [(row.to_status, row.reason) for row in rows] == [
		("Lead", None),
		("Lost", f"{REASON}: Next year perhaps"),
		("Lead", None),
	]


def test_a_lead_that_leaves_lost_in_any_other_way_is_asked_for_a_reason_of_its_own_the_next_time(seller):
	lead = lead_at("Lost")
	lead.status = "Open"
	lead.save()
	assert not lead.lost_reason
	lead.status = "Lost"
	with pytest.raises(LostReasonRequiredError):
		lead.save()


@pytest.mark.parametrize("status", ["Lead", "Quotation"])
def test_reactivate_refuses_an_open_lead(seller, status):
	reason = refusal(actions.reactivate(lead_at(status).name))
	assert reason == f"It is open, at <strong>{status}</strong>. There is nothing to reactivate."


def test_reactivate_refuses_a_lead_whose_type_has_no_open_status(seller):
	frappe.set_user("Administrator")
	lead_type = make_lead_type("Open", "Lost", "Converted")
	# Such a type cannot be saved; an older version of the app may have left one behind.
	frappe.db.delete("Pipeline Lead Type Status", {"parent": lead_type.name, "status": "Open"})
	lead_statuses.clear()
	frappe.set_user(seller)
	reason = refusal(actions.reactivate(lead_at("Lost", lead_type=lead_type.name).name))
	named = f"<strong>{lead_type.name}</strong>"
	assert reason == f"Its type {named} allows no open status. Change the type of the lead first."


def test_what_was_reactivated_stays_open_until_its_documents_say_something_new(seller):
	frappe.set_user("Administrator")
	lead = make_lead()
	opportunity = make_opportunity(lead)
	opportunity.db_set("status", "Lost")
	frappe.set_user(seller)
	actions.reactivate(lead.name)
	frappe.set_user("Administrator")
	opportunity.reload()
	opportunity.save()
	assert field(lead, "status") == "Lead"


# Take


def test_take_makes_the_user_the_owner_and_leaves_status_and_assignments(seller):
	other = make_user("Sales User")
	lead = make_lead(lead_owner=other)
	answer = actions.take(lead.name)
	assert answer["message"] == f"<strong>{lead.lead_name}</strong> is yours now."
	assert (field(lead, "lead_owner"), field(lead, "status")) == (seller, "Lead")
	assert not frappe.db.exists("ToDo", {"reference_name": lead.name})


def test_of_two_who_take_a_lead_at_once_the_second_is_told_that_it_is_gone(seller, committed):
	frappe.set_user("Administrator")
	frappe.db.set_single_value("Lead Pipeline Settings", "lead_visibility", "Own Leads")
	lead = make_lead()
	lead.lead_owner = None
	lead.save()
	committed.append(lead)
	frappe.db.commit()
	try:
		# This transaction begins here, so that its reads see nobody's lead from now on.
		assert not frappe.db.get_value("Pipeline Lead", lead.name, "lead_owner")
		somebody = threading.Thread(target=take_in_another_connection, args=(lead.name,))
		somebody.start()
		somebody.join()
		frappe.set_user(seller)
		answer = actions.take(lead.name)
		assert answer["done"] == []
		assert len(answer["refused"]) == 1
	finally:
		frappe.set_user("Administrator")
		frappe.db.rollback()
		frappe.db.set_single_value("Lead Pipeline Settings", "lead_visibility", "All Leads")
		frappe.db.commit()


def test_take_refuses_what_is_the_users_already(seller):
	assert refusal(actions.take(make_lead(lead_owner=seller).name)) == "It is yours already."


# Follow up


def test_follow_up_sets_the_day_and_the_person(seller):
	other, day = make_user("Sales User"), add_days(nowdate(), 7)
	lead = make_lead()
	answer = actions.follow_up(lead.name, day, other)
	assert answer["message"].startswith(f"The next contact with <strong>{lead.lead_name}</strong> is on ")
	assert (field(lead, "next_contact_date"), field(lead, "next_contact_by")) == (getdate(day), other)
	assert not frappe.db.exists("ToDo", {"reference_name": lead.name}), "it is made on that day, not before"

	actions.follow_up(lead.name, day)
	assert field(lead, "next_contact_by") is None


def test_follow_up_refuses_a_day_that_is_past_where_the_user_is(seller):
	frappe.db.set_value("User", seller, "time_zone", "Pacific/Kiritimati")
	from lead_pipeline.activities.timezones import today_in

	lead, there = make_lead(), today_in("Pacific/Kiritimati")
	with pytest.raises(InvalidActionError, match=r"is past. Choose today or a later day."):
		actions.follow_up(lead.name, str(add_days(there, -1)))
	assert actions.follow_up(lead.name, str(there))["done"] == [lead.name]


@pytest.mark.parametrize("day", ["", "tomorrow", "2026-02-30", "31.12.2030"])
def test_follow_up_refuses_what_is_no_day(seller, day):
	with pytest.raises(InvalidActionError, match=r"is not a day. Enter it as YYYY-MM-DD."):
		actions.follow_up(make_lead().name, day)


def test_follow_up_refuses_a_user_who_is_disabled_unknown_or_no_user_of_the_desk(seller):
	disabled, visitor = make_user("Sales User"), make_user()
	frappe.db.set_value("User", disabled, "enabled", 0)
	frappe.db.set_value("User", visitor, "user_type", "Website User")
	for user in (disabled, visitor, "nobody@example.com"):
		with pytest.raises(
			InvalidActionError, match=f"{user}</strong> is disabled or no user of the desk. Choose"
		):
			actions.follow_up(make_lead().name, nowdate(), user)


@pytest.mark.parametrize("status", CLOSED)
def test_follow_up_refuses_a_closed_lead(seller, status):
	lead = lead_at(status)
	reason = refusal(actions.follow_up(lead.name, nowdate()))
	assert reason == f"It is closed already, at <strong>{status}</strong>. Reactivate it first."


# Log call


def test_log_call_writes_the_call_into_the_timeline_and_makes_it_their_turn(seller):
	lead = make_lead(mobile_no="+49 30 1234567")
	answer = actions.log_call(lead.name, "Wants a price\nfor <10> pieces", duration=125)
	assert answer["message"] == f"The call with <strong>{lead.lead_name}</strong> is in its timeline."
	call = frappe.get_last_doc("Communication", {"reference_name": lead.name})
	assert (call.communication_medium, call.sent_or_received, call.user) == ("Phone", "Sent", seller)
	assert (call.subject, call.phone_no) == (f"Call to {lead.lead_name}", "+49 30 1234567")
	assert call.content == (
		f"<strong>Call to {lead.lead_name}</strong>, 2m 5s<br>Wants a price<br>for &lt;10&gt; pieces"
	)
	assert field(lead, "status") == "Replied"

	from frappe.desk.form.load import get_communications

	assert [row.name for row in get_communications("Pipeline Lead", lead.name)] == [call.name]


def test_log_call_of_a_call_that_came_in_names_the_lead_as_the_one_who_called(seller):
	lead = make_lead(status="Replied", email="caller@example.com")
	actions.log_call(lead.name, direction="Incoming")
	call = frappe.get_last_doc("Communication", {"reference_name": lead.name})
	assert (call.sent_or_received, call.sender) == ("Received", "caller@example.com")
	assert call.sender_full_name == lead.lead_name
	assert field(lead, "status") == "Replied"


def test_log_call_of_a_lead_with_an_international_address_names_it_as_mail_programs_do(seller):
	lead = make_lead(email="ada@münchen.example")
	actions.log_call(lead.name, direction="Incoming")
	call = frappe.get_last_doc("Communication", {"reference_name": lead.name})
	assert call.sender == "ada@xn--mnchen-3ya.example"


def test_log_call_refuses_an_unknown_direction_and_a_negative_duration(seller):
	lead = make_lead()
	with pytest.raises(
		InvalidActionError, match=r"A call is Outgoing or Incoming, not <strong>Sideways</strong>."
	):
		actions.log_call(lead.name, direction="Sideways")
	with pytest.raises(InvalidActionError, match=r"A call cannot last <strong>-1</strong> seconds. Enter"):
		actions.log_call(lead.name, duration=-1)
	assert not frappe.db.exists("Communication", {"reference_name": lead.name})


# The framework's own parts


def test_assign_share_task_event_and_note_work_on_a_lead(seller):
	from frappe.desk.form import assign_to
	from frappe.desk.form.load import get_docinfo
	from frappe.desk.form.utils import add_comment

	lead, colleague, friend = make_lead(), make_user("Sales User"), make_user()
	assign_to.add({"doctype": "Pipeline Lead", "name": lead.name, "assign_to": [colleague]})
	assert json.loads(field(lead, "_assign")) == [colleague]

	frappe.share.add("Pipeline Lead", lead.name, friend, write=1)
	assert frappe.has_permission("Pipeline Lead", "write", doc=lead.name, user=friend)

	task = {"reference_type": "Pipeline Lead", "reference_name": lead.name}
	todo = {"doctype": "ToDo", "description": "Send the catalogue", "allocated_to": seller}
	frappe.get_doc(todo | task | {"date": "2030-05-01"}).insert()

	event = frappe.new_doc("Event")
	event.update({"subject": "Visit", "starts_on": frappe.utils.now_datetime(), "event_type": "Private"})
	event.append("event_participants", {"reference_doctype": "Pipeline Lead", "reference_docname": lead.name})
	event.insert()

	add_comment("Pipeline Lead", lead.name, "Likes blue", frappe.session.user, frappe.session.user)

	file = {"doctype": "File", "file_name": "plan.txt", "content": "plan", "is_private": 1}
	of_lead = {"attached_to_doctype": "Pipeline Lead", "attached_to_name": lead.name}
	frappe.get_doc(file | of_lead).insert()

	get_docinfo(doctype="Pipeline Lead", name=lead.name)
	docinfo = frappe.response.docinfo
	assert [row.file_name for row in docinfo.attachments] == ["plan.txt"]
	due = {"reference_name": lead.name, "allocated_to": seller}
	assert str(frappe.db.get_value("ToDo", due, "date")) == "2030-05-01"
	assert {row.owner for row in docinfo.assignments} == {colleague, seller}
	assert [row.user for row in docinfo.shared if row.user == friend]
	assert [row.content for row in docinfo.comments] == ["<p>Likes blue</p>\n"]
	assert field(lead, "status") == "Lead", "none of these says whose turn it is"

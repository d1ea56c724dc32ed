"""The next steps of a lead.

Planned, done, moved, cancelled and handed over, and what the lead says of them.
"""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import cstr, get_timedelta, getdate, nowdate

from lead_pipeline.activities import actions, day_change, plan, working_days
from lead_pipeline.constants import ACTIVITY, LEAD, SETTINGS
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.steps import activities, day, of_lead, timeline

# What people do


def test_a_step_is_planned_done_and_the_next_one_planned_in_one_call(seller):
	lead = make_lead()
	answer = plan.plan(lead.name, day(2), "Meeting", "Show the machine", "14:30")
	assert (answer["next_step"], answer["next_contact_date"]) == ("Planned", day(2))
	(step,) = answer["steps"]
	assert (step["subject"], step["due_time"], step["assigned_to"]) == ("Show the machine", "14:30", seller)
	assert (step["state"], step["can_write"], step["icon"]) == ("Planned", True, "users")
	assert of_lead(lead) == (day(2), seller, "Planned")
	assert cstr(frappe.db.get_value(LEAD, lead.name, "modified")) == answer["modified"]

	following = {"due_on": day(9), "activity_type": "Call"}
	answer = plan.done(step["name"], "They want two.\nOne is red.", frappe.as_json(following))
	assert answer["message"].startswith("<strong>Show the machine</strong> is done. <strong>Call</strong>")
	assert of_lead(lead) == (day(9), seller, "Planned")
	first, second = activities(lead)
	assert (first.status, first.feedback, second.status) == ("Done", "They want two.\nOne is red.", "Open")
	assert (answer["done"], answer["planned"]) == (first.name, second.name)
	done = frappe.get_doc(ACTIVITY, first.name)
	assert done.done_by == seller and getdate(done.done_on) == getdate()
	assert timeline(lead) == [
		"<p><b>Meeting done: Show the machine</b></p><p>They want two.<br>One is red.</p>"
	]


def test_done_without_a_word_is_a_line_in_the_timeline_and_leaves_no_step(seller):
	lead = make_lead(next_contact_date=day(1))
	plan.done(activities(lead)[0].name)
	assert of_lead(lead) == (None, None, "None")
	assert (timeline(lead), timeline(lead, "Info")[-1]) == ([], "Call done")


def test_a_step_is_moved_by_day_and_by_time(seller):
	lead = make_lead()
	step = plan.plan(lead.name, day(5), due_time="9:00")["planned"]
	plan.move(step, nowdate())
	assert of_lead(lead)[::2] == (nowdate(), "Today")
	assert get_timedelta(str(activities(lead)[0].due_time)) == timedelta(hours=9)
	plan.move(step, "tomorrow", "")
	assert activities(lead)[0].due_time is None
	assert getdate(of_lead(lead)[0]) == working_days.of_site().add(getdate(), 1)


def test_the_earliest_of_several_steps_is_the_next_one(seller):
	lead = make_lead()
	later = plan.plan(lead.name, day(5), subject="Later")["planned"]
	plan.plan(lead.name, day(3), subject="Afternoon", due_time="15:00")
	answer = plan.plan(lead.name, day(3), subject="Any time")
	assert [step["subject"] for step in answer["steps"]] == ["Any time", "Afternoon", "Later"]
	assert of_lead(lead)[0] == day(3)
	plan.move(later, day(1))
	assert of_lead(lead)[0] == day(1)
	answer = plan.cancel(later)
	assert [step["subject"] for step in answer["steps"]] == ["Any time", "Afternoon"]
	assert of_lead(lead)[0] == day(3)


def test_a_step_is_handed_over_and_its_person_is_told(seller):
	lead = make_lead()
	step = plan.plan(lead.name, day(2))["planned"]
	colleague = make_user("Sales User")
	plan.hand_over(step, colleague)
	assert of_lead(lead) == (day(2), colleague, "Planned")


def test_the_sales_person_does_a_step_unless_somebody_else_is_named(seller):
	owner = make_user("Sales User")
	lead = make_lead(lead_owner=owner)
	plan.plan(lead.name, day(1))
	assert of_lead(lead)[1] == owner


def test_a_lead_that_is_handed_over_takes_its_steps_along(seller):
	lead = make_lead(next_contact_date=day(2), next_contact_by=seller)
	plan.plan(lead.name, day(4))
	third = make_user("Sales User")
	plan.plan(lead.name, day(6), assigned_to=third)
	other = make_user("Sales User")
	actions.hand_over(lead.name, other)
	assert [step.assigned_to for step in activities(lead)] == [other, other, third]
	assert of_lead(lead) == (day(2), other, "Planned")


def test_what_can_be_chosen_is_offered_with_its_days(seller):
	frappe.db.set_value("Pipeline Activity Type", "Visit", "disabled", 1)
	offer = plan.offer()
	assert [row["name"] for row in offer["types"]] == ["Call", "E-mail", "Meeting", "Task"]
	working = working_days.of_site()
	assert offer["types"][0]["due_on"] == cstr(working.add(getdate(), 2))
	assert offer["default_type"] == "Call"
	assert offer["days"][0] == {"value": "today", "label": "Today", "date": nowdate()}
	assert [row["value"] for row in offer["days"]][1:] == [
		"tomorrow",
		"in_3_days",
		"next_week",
		"next_month",
	]


# The fields of the lead and the activities, in both directions


def test_who_sets_the_date_on_the_lead_plans_a_step_of_the_default_type(seller):
	lead = make_lead(next_contact_date=day(3))
	(step,) = activities(lead)
	assert (step.activity_type, step.subject, cstr(step.due_on), step.status) == (
		"Call",
		"Call",
		day(3),
		"Open",
	)
	assert of_lead(lead) == (day(3), None, "Planned")

	lead.update({"next_contact_date": nowdate(), "next_contact_by": seller})
	lead.save()
	(step,) = activities(lead)
	assert (cstr(step.due_on), step.assigned_to) == (nowdate(), seller)
	assert of_lead(lead) == (nowdate(), seller, "Today")

	lead.next_contact_date = None
	lead.save()
	assert [step.status for step in activities(lead)] == ["Cancelled"]
	assert of_lead(lead)[::2] == (None, "None")


def test_a_date_behind_another_step_leaves_that_one_next(seller):
	lead = make_lead(next_contact_date=day(3))
	plan.plan(lead.name, day(5), subject="Second")
	lead.reload()
	lead.next_contact_date = day(9)
	lead.save()
	assert of_lead(lead)[0] == day(5)
	assert [cstr(step.due_on) for step in activities(lead)] == [day(9), day(5)]
	assert lead.next_contact_date == getdate(day(5)), "the form shows what the database has"


def test_follow_up_moves_the_step(seller):
	lead = make_lead(next_contact_date=day(3))
	actions.follow_up(lead.name, day(4), seller)
	(step,) = activities(lead)
	assert (cstr(step.due_on), step.assigned_to) == (day(4), seller)


def test_a_person_without_a_day_plans_nothing(seller):
	lead = make_lead(next_contact_by=seller)
	assert activities(lead) == []
	assert of_lead(lead) == (None, seller, "None")


def test_a_step_of_another_type_is_planned_when_the_settings_say_so(seller):
	frappe.db.set_single_value(SETTINGS, "default_activity_type", "Task")
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	assert activities(make_lead(next_contact_date=day(1)))[0].activity_type == "Task"
	frappe.db.set_value("Pipeline Activity Type", "Task", "disabled", 1)
	# A later request.
	frappe.db.value_cache.clear()
	assert activities(make_lead(next_contact_date=day(1)))[0].activity_type == "Call"


def test_a_form_that_was_opened_before_does_not_move_the_step_back(seller):
	lead = make_lead(next_contact_date=day(3))
	old = frappe.get_doc(LEAD, lead.name)
	plan.move(activities(lead)[0].name, day(5))
	old.company_name = "Typed meanwhile"
	with pytest.raises(frappe.TimestampMismatchError):
		old.save()
	assert of_lead(lead)[0] == day(5)


def test_the_form_of_an_activity_does_the_same(seller):
	lead = make_lead()
	step = frappe.get_doc(
		{"doctype": ACTIVITY, "lead": lead.name, "activity_type": "Call", "due_on": day(1)}
	).insert()
	assert of_lead(lead) == (day(1), None, "Planned")
	step.status = "Done"
	step.save()
	assert of_lead(lead)[2] == "None"
	assert step.done_by == seller
	step.status = "Open"
	step.save()
	assert of_lead(lead)[2] == "Planned" and not step.done_on
	frappe.set_user("Administrator")
	step.delete()
	assert of_lead(lead)[2] == "None"


# True at midnight


def test_the_day_moves_next_step_in_one_statement_and_nothing_when_nothing_changed(count_sql):
	coming, due = make_lead(next_contact_date=day(2)), make_lead(next_contact_date=nowdate())
	closed = make_lead(status="Lost", lost_reason="Other")
	before = frappe.db.get_value(LEAD, coming.name, "modified")
	with count_sql() as statements:
		day_change.turn()
	# Beside what the job notes of itself.
	assert len([statement for statement in statements if LEAD in statement]) == 1
	assert (of_lead(coming)[2], of_lead(due)[2]) == ("Planned", "Today")
	for lead, days in ((coming, 0), (due, -1)):
		frappe.db.set_value(LEAD, lead.name, "next_contact_date", day(days), update_modified=False)
	day_change.turn()
	assert (of_lead(coming)[2], of_lead(due)[2]) == ("Today", "Overdue")
	frappe.db.set_value(LEAD, coming.name, "next_contact_date", day(-2), update_modified=False)
	day_change.turn()
	assert of_lead(coming)[2] == "Overdue"
	assert of_lead(closed)[2] == "None"
	assert frappe.db.get_value(LEAD, coming.name, "modified") == before


# What happens to the lead, and what it costs


def test_a_lead_takes_its_activities_along_when_it_is_deleted(clean_transaction):
	lead = make_lead(next_contact_date=day(1))
	lead.delete()
	assert activities(lead) == []


def test_what_planning_and_doing_cost(seller, count_sql):
	lead = make_lead()
	plan.done(plan.plan(lead.name, day(1))["planned"])
	with count_sql() as statements:
		step = plan.plan(lead.name, day(1))["planned"]
	# The lead with its three tables, once to look at and, each time that it is written, once behind its lock.
	assert len(statements) <= 16, "\n".join(statements)
	with count_sql() as statements:
		plan.done(step, "Talked", {"due_on": day(2)})
	assert len(statements) <= 28, "\n".join(statements)


def test_a_save_that_has_nothing_to_do_with_steps_asks_for_none(clean_transaction, count_sql):
	lead = make_lead(next_contact_date=day(1))
	lead.job_title = "Buyer"
	with count_sql() as statements:
		lead.save()
	assert [text for text in statements if ACTIVITY in text] == []

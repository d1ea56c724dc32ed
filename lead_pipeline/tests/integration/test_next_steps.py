"""The next steps of a lead: planned, done, moved, cancelled, handed over, and what the lead says of them."""

from datetime import timedelta

import frappe
import pytest
from frappe.desk.form import assign_to
from frappe.utils import add_days, cstr, getdate, nowdate

from lead_pipeline.activities import actions, day_change, next_step, plan, working_days
from lead_pipeline.constants import ACTIVITY, LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.exceptions import (
	InvalidStepError,
	LeadClosedError,
	LostReasonRequiredError,
	NextStepRequiredError,
)
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status.recompute import recompute
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_quotation, make_user
from lead_pipeline.tests.rest import Client

OF_LEAD = ("next_contact_date", "next_contact_by", "next_step")


def day(number: int) -> str:
	return add_days(nowdate(), number)


def of_lead(lead) -> tuple:
	row = frappe.db.get_value(LEAD, lead.name, OF_LEAD, as_dict=True)
	return (row.next_contact_date and cstr(row.next_contact_date), row.next_contact_by, row.next_step)


def activities(lead, **filters) -> list:
	return frappe.get_all(
		ACTIVITY,
		{"lead": lead.name} | filters,
		["name", "activity_type", "subject", "due_on", "due_time", "assigned_to", "status", "feedback"],
		order_by="creation asc, name asc",
	)


def timeline(lead, kind="Comment") -> list[str]:
	filters = {"reference_name": lead.name, "comment_type": kind}
	return frappe.get_all("Comment", filters, pluck="content", order_by="creation asc")


def require_step(status: str) -> None:
	document = frappe.get_doc("Pipeline Lead Status", status)
	document.next_step_required = 1
	document.save()


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
	assert activities(lead)[0].due_time == timedelta(hours=9)
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
	assert len(statements) == 1
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


# A status that requires a step


@pytest.fixture
def interested(seller):
	frappe.set_user("Administrator")
	require_step("Interested")
	frappe.set_user(seller)


def test_nobody_moves_a_lead_without_a_step_to_a_status_that_requires_one(interested, seller):
	lead = make_lead()
	lead.status = "Interested"
	message = (
		"A lead at <strong>Interested</strong> needs a next step. Plan one first, or enter "
		"<strong>Next Contact Date</strong> as well."
	)
	with pytest.raises(NextStepRequiredError) as refused:
		lead.save()
	assert str(refused.value) == message
	lead.reload()
	with pytest.raises(NextStepRequiredError):
		frappe.client.set_value(LEAD, lead.name, "status", "Interested")
	frappe.db.set_single_value(SETTINGS, "qualified_status", "Interested")
	assert actions.qualify(lead.name)["refused"] == [{"lead": lead.name, "reason": message}]

	lead.reload()
	lead.update({"status": "Interested", "next_contact_date": day(1)})
	lead.save()
	assert len(activities(lead)) == 1


def test_nobody_takes_the_last_step_off_a_lead_at_such_a_status(interested, seller):
	lead = make_lead(status="Interested", next_contact_date=day(1))
	(step,) = activities(lead)
	for method in (plan.done, plan.cancel):
		frappe.db.savepoint("request")
		with pytest.raises(NextStepRequiredError):
			method(step.name)
		frappe.db.rollback(save_point="request")
	lead.reload()
	lead.next_contact_date = None
	with pytest.raises(NextStepRequiredError):
		lead.save()
	plan.done(step.name, next={"due_on": day(2)})
	assert of_lead(lead)[0] == day(2)


def test_over_rest_it_is_refused_as_well(seller, committed):
	lead = make_lead()
	committed.append(lead)
	client = Client(seller)
	require_over_rest(1)
	try:
		url = f"{site.URL}/api/resource/{LEAD}/{lead.name}"
		refusal = client.session.put(url, json={"status": "Interested"}, timeout=60)
		accepted = client.session.put(
			url, json={"status": "Interested", "next_contact_date": day(1)}, timeout=60
		)
	finally:
		require_over_rest(0)
	assert (refusal.status_code, refusal.json()["exc_type"]) == (417, "NextStepRequiredError")
	assert accepted.ok and accepted.json()["data"]["next_step"] == "Planned"


def require_over_rest(required: int) -> None:
	frappe.db.rollback()
	frappe.db.set_value("Pipeline Lead Status", "Interested", "next_step_required", required)
	lead_statuses.clear()
	frappe.db.commit()


def test_automatic_changes_are_never_refused(clean_transaction):
	require_step("Quotation")
	lead = make_lead()
	make_quotation(pipeline_lead=lead.name)
	recompute(lead.name)
	assert frappe.db.get_value(LEAD, lead.name, "status") == "Quotation"


# Closed


def test_a_lead_that_closes_takes_its_steps_with_it(seller):
	lead = make_lead(next_contact_date=day(1), next_contact_by=seller)
	plan.plan(lead.name, day(4))
	actions.lose(lead.name, "Other")
	assert {step.status for step in activities(lead)} == {"Cancelled"}
	assert of_lead(lead) == (None, None, "None")
	actions.reactivate(lead.name)
	assert of_lead(lead) == (None, None, "None")


def test_a_sale_that_closes_it_does_so_too(clean_transaction):
	lead = make_lead(next_contact_date=day(1))
	lead.status = "Lost"
	with pytest.raises(LostReasonRequiredError):
		lead.save()
	lead.reload()
	lead.status = "Converted"
	lead.save()
	assert [step.status for step in activities(lead)] == ["Cancelled"]


# What cannot be planned


def refused(error, method, *arguments, **more) -> str:
	with pytest.raises(error) as caught:
		method(*arguments, **more)
	return str(caught.value)


def test_a_step_on_a_closed_lead(seller):
	lead = make_lead(company_name="Closed Ltd", status="Lost", lost_reason="Other")
	message = "<strong>Closed Ltd</strong> is closed, at <strong>Lost</strong>. Reactivate it before you plan a step."
	assert refused(LeadClosedError, plan.plan, lead.name, day(1)) == message
	lead.next_contact_date = day(1)
	assert refused(LeadClosedError, lead.save) == message
	step = {"doctype": ACTIVITY, "lead": lead.name, "activity_type": "Call", "due_on": day(1)}
	assert refused(LeadClosedError, frappe.get_doc(step).insert) == message


@pytest.mark.parametrize(
	("due_on", "message"),
	[
		("", "A step needs a day. Choose one."),
		("soon", "<strong>soon</strong> is not a day. Enter it as YYYY-MM-DD."),
		("2026-02-30", "<strong>2026-02-30</strong> is not a day. Enter it as YYYY-MM-DD."),
		("<b>x</b>", "<strong>&lt;b&gt;x&lt;/b&gt;</strong> is not a day. Enter it as YYYY-MM-DD."),
	],
)
def test_a_day_that_is_none(seller, due_on, message):
	assert refused(InvalidStepError, plan.plan, make_lead().name, due_on) == message


def test_a_past_day(seller):
	message = refused(InvalidStepError, plan.plan, make_lead().name, day(-1))
	assert message.endswith("is past. Choose today or a later day.")


def test_an_activity_without_a_day(seller):
	step = frappe.get_doc({"doctype": ACTIVITY, "lead": make_lead().name, "activity_type": "Call"})
	assert refused(InvalidStepError, step.insert) == "A step needs a day. Enter <strong>Due On</strong>."


def test_an_impossible_time(seller):
	message = refused(InvalidStepError, plan.plan, make_lead().name, day(1), due_time="25:00")
	assert message == "<strong>25:00</strong> is no time of the day. Enter it like 14:30."


def test_a_user_who_has_left(seller):
	gone = make_user("Sales User")
	frappe.db.set_value("User", gone, "enabled", 0)
	message = refused(InvalidStepError, plan.plan, make_lead().name, day(1), assigned_to=gone)
	assert message == f"<strong>{gone}</strong> is disabled or no user of the desk. Choose somebody else."


def test_a_user_who_may_not_see_the_lead(seller):
	blind = make_user("Sales User")
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	lead = make_lead()
	step = plan.plan(lead.name, day(1))["planned"]
	message = (
		f"<strong>{blind}</strong> may not see this lead. Share it with them first, or choose somebody else."
	)
	assert refused(InvalidStepError, plan.hand_over, step, blind) == message
	assign_to.add({"assign_to": [blind], "doctype": LEAD, "name": lead.name})
	plan.hand_over(step, blind)
	assert of_lead(lead)[1] == blind


def test_a_type_that_is_disabled_or_unknown(seller):
	frappe.db.set_value("Pipeline Activity Type", "Visit", "disabled", 1)
	frappe.clear_document_cache("Pipeline Activity Type", "Visit")
	lead = make_lead()
	assert refused(InvalidStepError, plan.plan, lead.name, day(1), "Visit") == (
		"<strong>Activity Type</strong> <strong>Visit</strong> is disabled. "
		"Choose another one, or enable it again."
	)
	assert refused(InvalidStepError, plan.plan, lead.name, day(1), "Dance") == (
		"<strong>Dance</strong> is no type of step. Choose one of the types that are offered."
	)


def test_a_hundred_open_steps_are_enough(seller):
	lead = make_lead()
	plan.plan(lead.name, day(1))
	row = frappe.get_all(ACTIVITY, {"lead": lead.name}, "*")[0]
	for number in range(next_step.MOST - 1):
		frappe.get_doc(row | {"doctype": ACTIVITY, "name": f"{lead.name}-{number}"}).db_insert()
	assert refused(InvalidStepError, plan.plan, lead.name, day(1)) == (
		"This lead has 100 open steps already. Do or cancel some of them before you plan another one."
	)
	# The request would be undone.
	frappe.db.delete(ACTIVITY, {"lead": lead.name, "name": ("not like", f"{lead.name}-%")})
	plan.done(f"{lead.name}-0")
	plan.plan(lead.name, day(1))


def test_a_lead_that_is_gone_or_hidden(seller):
	message = "There is no such lead, or you may not see it."
	hidden = make_lead(lead_owner="Administrator")
	step = plan.plan(hidden.name, day(1))["planned"]
	other = make_user("Sales User")
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	frappe.set_user(other)
	for lead in ("LEAD-1999-77777", hidden.name):
		assert refused(frappe.PermissionError, plan.plan, lead, day(1)) == message
		assert refused(frappe.PermissionError, plan.steps, lead) == message
	assert refused(frappe.PermissionError, plan.done, step) == message
	assert refused(frappe.PermissionError, plan.done, "nothing") == (
		"There is no such step, or you may not see its lead. Reload the page."
	)
	assert frappe.get_list(ACTIVITY, {"name": step}) == []
	assert not frappe.has_permission(ACTIVITY, doc=step)


def test_a_step_that_somebody_else_has_done_meanwhile(seller):
	lead = make_lead()
	step = plan.plan(lead.name, day(1), subject="Once")["planned"]
	plan.done(step)
	assert refused(InvalidStepError, plan.move, step, day(2)) == (
		"<strong>Once</strong> is not open any more: it is <strong>Done</strong>. Reload the page."
	)


def test_a_next_step_that_is_no_object(seller):
	step = plan.plan(make_lead().name, day(1))["planned"]
	for wrong in ("[1]", "nonsense {"):
		assert "has to be an object" in refused(InvalidStepError, plan.done, step, None, wrong)


# What happens to the lead


def test_a_lead_takes_its_activities_along_when_it_is_deleted(clean_transaction):
	lead = make_lead(next_contact_date=day(1))
	lead.delete()
	assert activities(lead) == []


# What it costs


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

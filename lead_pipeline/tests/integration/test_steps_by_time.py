"""What time does to steps and leads: reminders, stuck leads, first responses, probabilities, and My Day."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import add_days, cstr, get_datetime, getdate, now_datetime, nowdate

from lead_pipeline.activities import (
	actions,
	calendar,
	day_change,
	follow_up,
	my_day,
	next_step,
	plan,
	reminders,
	status_terms,
	stuck,
	working_days,
)
from lead_pipeline.constants import ACTIVITY, LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.patches import plan_next_contacts
from lead_pipeline.status.recompute import recompute
from lead_pipeline.tests.answers import communication, mail_from
from lead_pipeline.tests.factories import make_lead, make_quotation, make_user
from lead_pipeline.tests.merges import merge, undo


def day(number: int) -> str:
	return add_days(nowdate(), number)


def stored(lead, *fields):
	return frappe.db.get_value(LEAD, lead.name, fields if len(fields) > 1 else fields[0])


def told(user: str, lead=None) -> list[str]:
	filters = {"for_user": user} | ({"document_name": lead.name} if lead else {})
	return frappe.get_all("Notification Log", filters, pluck="subject", order_by="creation asc")


def terms(status: str, **values) -> None:
	frappe.get_doc("Pipeline Lead Status", status).update(values).save()


@pytest.fixture(autouse=True)
def no_commits(monkeypatch):
	"""Jobs commit after each of their steps; a test is undone."""
	monkeypatch.setattr(frappe.db, "commit", lambda: None)


def due(lead) -> list[str]:
	"""The steps of a lead whose time has come; other tests have left leads on the site."""
	return [row.name for row in reminders.steps_due(now_datetime()) if row.lead == lead.name]


# Reminders


def test_at_its_time_a_step_rings_once(seller):
	lead = make_lead(company_name="Bell Ltd")
	step = plan.plan(lead.name, nowdate(), "Meeting", "Lunch", "00:00")["planned"]
	later = plan.plan(lead.name, nowdate(), "Call", due_time="23:59:59")["planned"]
	assert due(lead) == [step]
	reminders.remind()
	assert told(seller, lead) == ["<strong>Lunch</strong> at 00:00: <strong>Bell Ltd</strong>."]
	reminders.remind()
	assert len(told(seller, lead)) == 1
	assert frappe.db.get_value(ACTIVITY, later, "reminded_on") is None
	# Who moves it wants to be reminded again.
	plan.move(step, nowdate(), "00:01")
	assert due(lead) == [step]


def test_without_a_time_the_lead_reminds_of_its_next_contact_and_the_others_ring_beside_it(seller):
	colleague = make_user("Sales User")
	lead = make_lead(company_name="Morning Ltd", lead_owner=seller)
	plan.plan(lead.name, nowdate(), subject="First")
	second = plan.plan(lead.name, nowdate(), subject="Second", assigned_to=colleague)["planned"]
	assert due(lead) == [second]
	follow_up.remind_of_lead(lead.name)
	assert any("is to be contacted" in subject for subject in told(seller, lead))


def test_a_step_with_a_time_does_not_ring_in_the_morning_as_well(seller):
	lead = make_lead(lead_owner=seller)
	plan.plan(lead.name, nowdate(), due_time="23:59:59")
	follow_up.remind_of_lead(lead.name)
	assert not any("is to be contacted" in subject for subject in told(seller, lead))


def test_who_wants_it_gets_an_e_mail(seller):
	frappe.set_user("Administrator")
	account = {"email_account_name": "Out", "email_id": "out@our-company.example", "enable_outgoing": 1}
	account |= {"default_outgoing": 1, "smtp_server": "localhost", "awaiting_password": 1}
	frappe.get_doc({"doctype": "Email Account"} | account).db_insert()
	lead = make_lead(lead_owner=seller)
	plan.plan(lead.name, nowdate(), "Meeting", "Lunch", "00:00")
	reminders.remind()

	def mails() -> list:
		return frappe.get_all("Email Queue", {"reference_name": lead.name}, pluck="message")

	assert len(mails()) == 1 and "Lunch" in mails()[0]
	frappe.get_doc({"doctype": "Notification Settings", "name": seller}).insert(
		ignore_if_duplicate=True, ignore_permissions=True
	)
	frappe.db.set_value("Notification Settings", seller, "enable_email_event_reminders", 0)
	frappe.clear_document_cache("Notification Settings", seller)
	plan.plan(lead.name, nowdate(), "Meeting", "Dinner", "00:01")
	reminders.remind()
	assert len(mails()) == 1
	assert len(told(seller, lead)) == 2, "the bell rings all the same"


def test_one_list_to_tick_a_step_closes_its_todo_and_the_other_way_round(seller):
	frappe.set_user("Administrator")
	frappe.db.set_single_value(SETTINGS, "follow_up_assigns", 1)

	def reminded():
		lead = make_lead(lead_owner=seller, next_contact_date=nowdate())
		follow_up.remind_of_lead(lead.name)
		todo = frappe.get_last_doc("ToDo", {"reference_name": lead.name})
		return lead, todo, frappe.db.get_value(ACTIVITY, {"lead": lead.name})

	lead, todo, step = reminded()
	frappe.set_user(seller)
	plan.done(step)
	assert frappe.db.get_value("ToDo", todo.name, "status") == "Closed"

	lead, todo, step = reminded()
	todo.status = "Closed"
	todo.save()
	assert frappe.db.get_value(ACTIVITY, step, "status") == "Done"
	assert stored(lead, "next_step") == "None"


def test_a_step_of_somebody_who_has_left_reminds_the_sales_person(seller):
	gone = make_user("Sales User")
	lead = make_lead(lead_owner=seller)
	plan.plan(lead.name, nowdate(), due_time="00:00", assigned_to=gone)
	frappe.db.set_value("User", gone, "enabled", 0)
	reminders.remind()
	assert len(told(seller, lead)) == 1 and told(gone) == []


def test_the_managers_hear_of_a_step_when_all_have_left_who_have_the_lead(seller):
	gone, manager = make_user("Sales User"), make_user("Sales Manager", "Sales User")
	frappe.db.set_single_value(SETTINGS, "unowned_notifies", 1)
	lead = make_lead(lead_owner=gone)
	plan.plan(lead.name, nowdate(), due_time="00:00", assigned_to=gone)
	frappe.db.set_value("User", gone, "enabled", 0)
	reminders.remind()
	(subject,) = told(manager, lead)
	assert subject.endswith("but nobody has it who can log in.")
	assert told(gone) == []


# Stuck


def test_stuck_on_is_set_when_the_status_changes(clean_transaction):
	terms("Open", stuck_after=3)
	terms("Replied", stuck_after=0)
	lead = make_lead(status="Open")
	assert stored(lead, "stuck_on") == working_days.of_site().add(getdate(), 3)
	lead.db_set("stuck_on", day(-1))
	lead.reload()
	lead.job_title = "Buyer"
	lead.save()
	assert cstr(stored(lead, "stuck_on")) == day(-1)
	lead.status = "Replied"
	lead.save()
	assert stored(lead, "stuck_on") is None


def test_a_closed_lead_is_not_stuck(clean_transaction):
	lead = make_lead()
	lead.db_set("stuck_on", day(-1))
	actions.disqualify(lead.name)
	assert stored(lead, "stuck_on") is None


def test_managers_are_told_of_a_stuck_lead_once_if_they_want(clean_transaction):
	manager = make_user("Sales Manager")
	lead = make_lead(company_name="Stuck Ltd", status="Open")
	lead.db_set("stuck_on", nowdate())
	assert stuck.tell_managers() == 0
	frappe.db.set_single_value(SETTINGS, "stuck_notifies", 1)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	assert stuck.tell_managers() >= 1
	assert "<strong>Stuck Ltd</strong> is stuck at Open." in told(manager)
	assert stuck.tell_managers() == 0


def test_the_message_about_many_stuck_leads_leads_to_just_these(clean_transaction, monkeypatch):
	asked = []
	monkeypatch.setattr(stuck, "tell_of_leads", lambda *arguments: asked.append(arguments[-1]))
	frappe.db.set_single_value(SETTINGS, "stuck_notifies", 1)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	lead, other = make_lead(), make_lead()
	lead.db_set("stuck_on", nowdate())
	other.db_set("stuck_on", None)
	make_user("Sales Manager")
	stuck.tell_managers()
	names = {"name": ("in", (lead.name, other.name))}
	assert frappe.get_list(LEAD, asked[0] | names, pluck="name") == [lead.name]


def test_leads_take_over_what_somebody_changes_in_their_status(clean_transaction):
	follows, typed = make_lead(status="Interested"), make_lead(status="Interested", probability=66)
	frappe.db.set_value(LEAD, follows.name, "status_changed_on", f"{day(-20)} 10:00:00")
	terms("Interested", probability=44, stuck_after=2)
	before = stored(follows, "modified")
	status_terms.follow("Interested")
	assert (stored(follows, "probability"), stored(typed, "probability")) == (44, 66)
	assert stored(follows, "stuck_on") == working_days.of_site().add(getdate(day(-20)), 2)
	assert stored(follows, "modified") == before


# Working days


def test_the_companys_holiday_list_says_which_days_are_worked(clean_transaction):
	if not frappe.db.exists("DocType", "Holiday List"):
		assert working_days.of_site() == working_days.WorkingTime()
		return
	company = frappe.db.get_value("Company", {"name": ("is", "set")})
	holidays = frappe.get_doc(
		{
			"doctype": "Holiday List",
			"holiday_list_name": "Of this test",
			"from_date": day(-5),
			"to_date": day(40),
			"holidays": [{"holiday_date": day(n), "description": "Off"} for n in (1, 2)],
		}
	).insert()
	frappe.db.set_value("Company", company, "default_holiday_list", holidays.name)
	frappe.db.set_default("company", company)
	frappe.clear_document_cache("Company", company)
	assert working_days.of_site().add(getdate(), 1) == getdate(day(3))


# First response


def test_the_first_response_is_the_first_mail_call_or_meeting(seller):
	lead = make_lead()
	mail_from(lead)
	frappe.set_user(seller)
	assert stored(lead, "first_response_on") is None
	communication(lead, sent_or_received="Sent", sender=seller)
	first = stored(lead, "first_response_on")
	assert getdate(first) == getdate()
	actions.log_call(lead.name)
	assert stored(lead, "first_response_on") == first

	called = make_lead()
	actions.log_call(called.name, direction="Incoming")
	assert stored(called, "first_response_on")

	met, noted = make_lead(), make_lead()
	plan.done(plan.plan(met.name, nowdate(), "Meeting")["planned"])
	plan.done(plan.plan(noted.name, nowdate(), "Task")["planned"])
	assert stored(met, "first_response_on") and not stored(noted, "first_response_on")


def test_what_the_system_sends_is_no_response(seller):
	lead = make_lead()
	communication(lead, sent_or_received="Sent", sender=seller, communication_type="Automated Message")
	assert stored(lead, "first_response_on") is None


# Probability


def test_a_probability_follows_the_status_until_somebody_types_one(clean_transaction):
	terms("Lead", probability=10)
	terms("Interested", probability=40)
	terms("Opportunity", probability=50)
	lead = make_lead(status="Lead")
	assert lead.probability == 10
	lead.status = "Interested"
	lead.save()
	assert lead.probability == 40
	lead.probability = 75
	lead.save()
	lead.status = "Opportunity"
	lead.save()
	assert stored(lead, "probability", "own_probability") == (75, 1)
	lead.probability = None
	lead.save()
	assert stored(lead, "probability", "own_probability") == (50, 0)


def test_documents_move_the_probability_along(clean_transaction):
	lead = make_lead()
	make_quotation(pipeline_lead=lead.name)
	recompute(lead.name)
	expected = frappe.db.get_value("Pipeline Lead Status", "Quotation", "probability")
	assert stored(lead, "probability") == expected


# Merge


def test_a_merge_moves_the_steps_to_the_survivor_and_its_undo_takes_them_back(clean_transaction):
	kept, other = make_lead(next_contact_date=day(5)), make_lead(next_contact_date=day(2))
	answer = merge(kept, other)
	assert [cstr(step.due_on) for step in next_step.open_steps(kept.name)] == [day(2), day(5)]
	assert cstr(stored(kept, "next_contact_date")) == day(2)
	undo(answer)
	assert (cstr(stored(kept, "next_contact_date")), cstr(stored(other, "next_contact_date"))) == (
		day(5),
		day(2),
	)
	assert len(next_step.open_steps(other.name)) == 1


# My Day


def test_my_day_has_what_is_mine_in_its_order(clean_transaction):
	seller, other = make_user("Sales User"), make_user("Sales User")
	frappe.set_user(seller)
	late, today, soon = (make_lead(next_contact_date=day(n)) for n in (0, 0, 6))
	far, empty, closed = make_lead(next_contact_date=day(9)), make_lead(), make_lead()
	actions.disqualify(closed.name)
	frappe.db.set_value(ACTIVITY, {"lead": late.name}, "due_on", day(-3))
	frappe.db.set_value(LEAD, late.name, "next_contact_date", day(-3))
	theirs = make_lead(lead_owner=other)
	mine = plan.plan(theirs.name, nowdate(), assigned_to=seller, due_time="9:00")["planned"]
	make_lead(lead_owner=other, next_contact_date=nowdate())
	day_change.turn()
	found = my_day.day_of_user(seller)
	assert [step["lead"] for step in found["overdue"]] == [late.name]
	assert [step["lead"] for step in found["due_today"]] == [today.name, theirs.name]
	assert found["due_today"][1]["name"] == mine and found["due_today"][1]["due_time"] == "09:00"
	assert [step["lead"] for step in found["coming"]] == [soon.name]
	assert [lead["name"] for lead in found["without_step"]] == [empty.name]
	assert found["counts"] == {"overdue": 1, "due_today": 2, "coming": 1, "without_step": 1}
	assert far.name not in frappe.as_json(found)


def test_a_step_on_a_lead_that_one_may_not_see_any_more_is_not_in_ones_day(seller):
	lead = make_lead(lead_owner="Administrator")
	plan.plan(lead.name, day(1), assigned_to="Administrator")
	plan.plan(lead.name, day(2), assigned_to=seller)
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.db.set_value(LEAD, lead.name, "owner", "Administrator")
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	assert my_day.day_of_user(seller)["counts"]["coming"] == 0


# Calendar


def test_the_calendar_shows_steps_and_a_step_that_is_dragged_is_moved(seller):
	lead = make_lead(company_name="Dated Ltd")
	whole = plan.plan(lead.name, day(3), subject="All day")["planned"]
	timed = plan.plan(lead.name, day(4), subject="At ten", due_time="10:00")["planned"]
	gone = plan.plan(lead.name, day(4), subject="Cancelled")["planned"]
	plan.cancel(gone)
	filters = frappe.as_json([[ACTIVITY, "assigned_to", "=", seller, False]])
	found = {row["name"]: row for row in calendar.events(day(0), day(30), filters)}
	assert set(found) >= {whole, timed} and gone not in found
	assert found[timed]["title"] == "At ten: Dated Ltd"
	assert (found[whole]["all_day"], found[timed]["all_day"]) == (1, 0)
	assert found[timed]["start"] == get_datetime(f"{day(4)} 10:00:00")
	# Three tenths of the blue of a call.
	assert found[timed]["color"] == "#C4DAFC"
	event = {"name": timed, "start": f"{day(6)} 11:15:00", "all_day": 0}
	calendar.move(frappe.as_json(event))
	assert frappe.db.get_value(ACTIVITY, timed, ["due_on", "due_time"]) == (
		getdate(day(6)),
		timedelta(hours=11, minutes=15),
	)


# Sites that had no activities


def test_every_lead_with_a_date_gets_its_activity_once_and_stays_as_it_was(clean_transaction):
	leads = [make_lead(next_contact_date=day(n), probability=33) for n in (0, 4)]
	closed = make_lead(status="Lost", lost_reason="Other")
	for lead in leads:
		frappe.db.delete(ACTIVITY, {"lead": lead.name})
		frappe.db.set_value(
			LEAD, lead.name, {"next_step": "None", "own_probability": 0}, update_modified=False
		)
	frappe.db.set_value(LEAD, closed.name, "next_contact_date", day(2), update_modified=False)
	before = [stored(lead, "modified", "modified_by", "next_contact_date") for lead in [*leads, closed]]
	plan_next_contacts.BATCH_SIZE = 1
	try:
		for _twice in range(2):
			plan_next_contacts.execute()
			for lead, state in zip(leads, ("Today", "Planned"), strict=True):
				(step,) = next_step.open_steps(lead.name)
				assert step.due_on == lead.next_contact_date
				assert stored(lead, "next_step", "own_probability") == (state, 1)
	finally:
		plan_next_contacts.BATCH_SIZE = 1000
	assert next_step.open_steps(closed.name) == []
	after = [stored(lead, "modified", "modified_by", "next_contact_date") for lead in [*leads, closed]]
	assert after == before


def test_who_has_no_open_lead_is_told_so(clean_transaction):
	seller = make_user("Sales User")
	frappe.set_user(seller)
	assert my_day.day_of_user(seller)["nothing_yet"]
	lead = make_lead(lead_owner=seller, next_contact_date=add_days(nowdate(), 60))
	found = my_day.day_of_user(seller)
	assert not found["nothing_yet"] and not any(found["counts"].values())
	lead.status = "Converted"
	lead.save()
	assert my_day.day_of_user(seller)["nothing_yet"]

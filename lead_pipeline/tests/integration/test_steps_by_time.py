"""What happens to next steps as time goes by.

Reminders, My Day and the Calendar; and what a merge and an update of the app do to the steps.
"""

import frappe
import pytest
from frappe.utils import add_days, cstr, get_datetime, now_datetime, nowdate

from lead_pipeline.activities import (
	actions,
	calendar,
	day_change,
	follow_up,
	my_day,
	next_step,
	plan,
	reminders,
)
from lead_pipeline.constants import ACTIVITY, LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.patches import plan_next_contacts
from lead_pipeline.tests.bell import in_the_bell
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.merges import merge, undo
from lead_pipeline.tests.steps import day, stored

pytestmark = pytest.mark.usefixtures("no_commits")


def due(lead) -> list[str]:
	"""Return the steps of a lead whose time has come.

	Other tests have left leads on the site.
	"""
	return [row.name for row in reminders.steps_due(now_datetime()) if row.lead == lead.name]


# Reminders


def test_at_its_time_a_step_rings_once(seller):
	lead = make_lead(company_name="Bell Ltd")
	step = plan.plan(lead.name, nowdate(), "Meeting", "Lunch", "00:00")["planned"]
	later = plan.plan(lead.name, nowdate(), "Call", due_time="23:59:59")["planned"]
	assert due(lead) == [step]
	reminders.remind()
	assert in_the_bell(seller, lead) == ["<strong>Lunch</strong> at 00:00: <strong>Bell Ltd</strong>."]
	reminders.remind()
	assert len(in_the_bell(seller, lead)) == 1
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
	assert any("is to be contacted" in subject for subject in in_the_bell(seller, lead))


def test_a_step_with_a_time_does_not_ring_in_the_morning_as_well(seller):
	lead = make_lead(lead_owner=seller)
	plan.plan(lead.name, nowdate(), due_time="23:59:59")
	follow_up.remind_of_lead(lead.name)
	assert not any("is to be contacted" in subject for subject in in_the_bell(seller, lead))


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
	assert len(in_the_bell(seller, lead)) == 2, "the bell rings all the same"


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
	assert len(in_the_bell(seller, lead)) == 1 and in_the_bell(gone) == []


def test_the_managers_hear_of_a_step_when_all_have_left_who_have_the_lead(seller):
	gone, manager = make_user("Sales User"), make_user("Sales Manager", "Sales User")
	frappe.db.set_single_value(SETTINGS, "unowned_notifies", 1)
	lead = make_lead(lead_owner=gone)
	plan.plan(lead.name, nowdate(), due_time="00:00", assigned_to=gone)
	frappe.db.set_value("User", gone, "enabled", 0)
	reminders.remind()
	(subject,) = in_the_bell(manager, lead)
	assert subject.endswith("but nobody has it who can log in.")
	assert in_the_bell(gone) == []


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
	# MariaDB has a time since midnight, PostgreSQL one of the day.
	moved = [cstr(value) for value in frappe.db.get_value(ACTIVITY, timed, ["due_on", "due_time"])]
	assert moved == [day(6), "11:15:00"]


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

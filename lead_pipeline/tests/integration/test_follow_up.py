"""The day of the next contact: who is reminded, when, and what the lead becomes."""

import frappe
import pytest
from frappe.desk.form import assign_to
from frappe.utils import add_days, getdate, nowdate

from lead_pipeline.activities import actions, follow_up
from lead_pipeline.activities.timezones import today_in
from lead_pipeline.tests.answers import break_the_save_of_leads_at
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_opportunity, make_user
from lead_pipeline.tests.leads import status

# Where the day begins first and last: there are never fewer than 24 hours between their clocks.
EARLIEST, LATEST = "Pacific/Kiritimati", "Pacific/Pago_Pago"


SELLER, COLLEAGUE, EAST, WEST = (f"{name}@example.com" for name in ("seller", "colleague", "east", "west"))


@pytest.fixture(autouse=True)
def people():
	"""Sales Users who stay on the site, as making one takes longer than most tests."""
	for user in (SELLER, COLLEAGUE, EAST, WEST):
		make_user("Sales User", email=user)
		# Of what other tests have committed nobody is told again.
		frappe.cache.delete_value(f"lead_pipeline_told:contact:{user}")
	frappe.db.commit()


def lead_due(**values):
	return make_lead(**({"status": "Replied", "next_contact_date": nowdate(), "lead_owner": SELLER} | values))


def log(lead) -> list:
	return frappe.get_all(
		"Pipeline Status Log",
		{"lead": lead.name},
		["from_status", "to_status", "cause", "reason"],
		order_by="changed_on, creation",
	)


def notifications(lead) -> list:
	return frappe.get_all(
		"Notification Log", {"document_name": lead.name}, ["for_user", "subject", "type"], order_by="creation"
	)


def todos(lead) -> list:
	return frappe.get_all(
		"ToDo",
		{"reference_type": "Pipeline Lead", "reference_name": lead.name},
		["allocated_to", "date", "status", "description"],
		order_by="creation",
	)


def said_in_the_timeline(lead) -> list[str]:
	return frappe.get_all("Comment", {"reference_name": lead.name, "comment_type": "Info"}, pluck="content")


def errors(lead) -> list:
	return frappe.get_all("Error Log", {"reference_name": lead.name}, ["method", "error"])


def switch(setting: str, value=0) -> None:
	frappe.db.set_single_value("Lead Pipeline Settings", setting, value)


# What happens on the day


def test_on_the_day_the_lead_opens_and_its_owner_gets_a_notification_and_a_todo():
	lead = lead_due()
	assert lead.name in follow_up.leads_due()
	assert follow_up.remind_of_lead(lead.name)

	assert status(lead) == "Open"
	row = log(lead)[-1]
	assert (row.from_status, row.to_status, row.cause) == ("Replied", "Open", "Follow-up")
	assert row.reason == f"Next contact on {frappe.utils.formatdate(nowdate())}"
	assert [row.for_user for row in notifications(lead)] == [SELLER]
	assert notifications(lead)[0].subject == (
		f"<strong>{lead.lead_name}</strong> is to be contacted on {frappe.utils.formatdate(nowdate())}."
	)
	assert [(row.allocated_to, row.date, row.status) for row in todos(lead)] == [(SELLER, getdate(), "Open")]
	assert f"Contact {lead.lead_name}" in todos(lead)[0].description
	assert not said_in_the_timeline(lead)
	assert not errors(lead)


def test_who_has_to_make_the_contact_is_reminded_instead_of_the_owner():
	lead = lead_due(next_contact_by=COLLEAGUE)
	follow_up.remind_of_lead(lead.name)
	assert [row.for_user for row in notifications(lead)] == [COLLEAGUE]
	assert [row.allocated_to for row in todos(lead)] == [COLLEAGUE]


def test_a_day_that_was_missed_is_reminded_of_with_its_date():
	day = add_days(getdate(), -3)
	lead = lead_due(next_contact_date=day)
	assert lead.name in follow_up.leads_due()
	follow_up.remind_of_lead(lead.name)
	assert [row.date for row in todos(lead)] == [day]


def test_nothing_happens_before_the_day():
	lead = lead_due(next_contact_date=add_days(nowdate(), 2))
	assert lead.name not in follow_up.leads_due()
	assert not follow_up.remind_of_lead(lead.name)
	assert (status(lead), todos(lead), notifications(lead)) == ("Replied", [], [])


@pytest.mark.parametrize("at", ["Lead", "Replied", "Interested"])
def test_leads_that_are_new_or_worked_on_open(at):
	lead = lead_due(status=at)
	follow_up.remind_of_lead(lead.name)
	assert status(lead) == "Open"


def test_an_open_lead_stays_open_and_is_reminded_of():
	lead = lead_due(status="Open")
	follow_up.remind_of_lead(lead.name)
	assert len(log(lead)) == 1
	assert (len(notifications(lead)), len(todos(lead))) == (1, 1)


@pytest.mark.parametrize("values", [{"status": "Opportunity"}, {"status": "Quotation"}, {"hold_status": 1}])
def test_a_lead_past_working_or_a_held_one_keeps_its_status_and_is_reminded_of(values):
	lead = lead_due(**values)
	assert lead.name in follow_up.leads_due()
	follow_up.remind_of_lead(lead.name)
	assert status(lead) == lead.status
	assert (len(notifications(lead)), len(todos(lead))) == (1, 1)


def test_a_status_that_the_type_does_not_allow_is_not_given_and_the_lead_is_reminded_of():
	lead = lead_due(status="Lead", lead_type=make_lead_type("Lead", "Replied").name)
	follow_up.remind_of_lead(lead.name)
	assert status(lead) == "Lead"
	assert len(todos(lead)) == 1


@pytest.mark.parametrize("at", ["Converted", "Disqualified", "Do Not Contact"])
def test_a_closed_lead_is_not_reminded_of(at):
	lead = lead_due(status=at)
	assert lead.name not in follow_up.leads_due()
	assert not follow_up.remind_of_lead(lead.name)
	assert (status(lead), todos(lead), notifications(lead)) == (at, [], [])


@pytest.mark.parametrize(
	"setting, seen",
	[
		("follow_up_opens", ("Replied", 1, 1)),
		("follow_up_notifies", ("Open", 0, 1)),
		("follow_up_assigns", ("Open", 1, 0)),
	],
)
def test_each_behaviour_can_be_switched_off(setting, seen):
	switch(setting)
	lead = lead_due()
	follow_up.remind_of_lead(lead.name)
	assert (status(lead), len(notifications(lead)), len(todos(lead))) == seen


def test_the_opening_is_a_persons_choice_that_stands_until_the_documents_say_something_new():
	lead = lead_due(status="Lead")
	opportunity = make_opportunity(lead)
	lead.reload()
	lead.status = "Interested"
	lead.save()
	follow_up.remind_of_lead(lead.name)
	assert status(lead) == "Open"
	opportunity.reload()
	opportunity.save()
	assert status(lead) == "Open"


def test_the_reminder_does_not_disturb_who_has_the_form_open():
	lead = lead_due(status="Open")
	follow_up.remind_of_lead(lead.name)
	lead.description = "Typed meanwhile"
	lead.save()
	assert lead.name not in follow_up.leads_due(), "the older form brought the reminder back"


# Once


def test_a_lead_is_reminded_of_once_for_a_day_and_again_for_another_one():
	lead = lead_due()
	assert follow_up.remind_of_lead(lead.name)
	assert lead.name not in follow_up.leads_due()
	assert not follow_up.remind_of_lead(lead.name)
	assert len(notifications(lead)) == 1

	lead.reload()
	lead.next_contact_date = add_days(nowdate(), -1)
	lead.save()
	assert lead.name in follow_up.leads_due()
	assert follow_up.remind_of_lead(lead.name)
	assert len(notifications(lead)) == 2


def test_who_is_asked_instead_is_reminded_on_the_same_day():
	lead = lead_due()
	follow_up.remind_of_lead(lead.name)
	lead.reload()
	lead.next_contact_by = COLLEAGUE
	lead.save()
	assert follow_up.remind_of_lead(lead.name)
	assert [row.for_user for row in notifications(lead)] == [SELLER, COLLEAGUE]


def test_who_sets_the_same_day_again_is_reminded_again():
	lead = lead_due()
	follow_up.remind_of_lead(lead.name)
	frappe.set_user(SELLER)
	actions.follow_up(lead.name, date=nowdate())
	assert lead.name in follow_up.leads_due()


def test_an_open_todo_gets_the_new_day():
	lead = lead_due()
	follow_up.remind_of_lead(lead.name)
	frappe.db.set_value("Pipeline Lead", lead.name, "next_contact_date", add_days(nowdate(), -1))
	follow_up.remind_of_lead(lead.name)
	assert [row.date for row in todos(lead)] == [getdate(add_days(nowdate(), -1))]


def test_there_is_no_second_todo_while_one_is_open():
	lead = lead_due()
	follow_up.remind_of_lead(lead.name)
	for day in (-1, -2):
		frappe.db.set_value("Pipeline Lead", lead.name, "next_contact_date", add_days(nowdate(), day))
		follow_up.remind_of_lead(lead.name)
	assert len(todos(lead)) == 1

	todo = frappe.get_last_doc("ToDo", {"reference_name": lead.name})
	todo.status = "Closed"
	todo.save()
	frappe.db.set_value("Pipeline Lead", lead.name, "next_contact_date", add_days(nowdate(), -3))
	follow_up.remind_of_lead(lead.name)
	assert [row.status for row in todos(lead)] == ["Closed", "Open"]


def test_the_job_can_run_twice():
	lead = lead_due()
	frappe.db.commit()
	assert follow_up.remind() >= 1
	before = (log(lead), notifications(lead), todos(lead))
	follow_up.remind()
	assert (log(lead), notifications(lead), todos(lead)) == before
	frappe.db.rollback()
	assert (log(lead), notifications(lead), todos(lead)) == before, "it is committed"


def test_a_job_that_was_stopped_half_way_leaves_nothing_of_the_lead_that_it_was_at():
	lead = lead_due()
	frappe.db.commit()
	follow_up.remind_of_lead(lead.name)
	frappe.db.rollback()
	assert (status(lead), notifications(lead), todos(lead)) == ("Replied", [], [])
	follow_up.remind()
	assert (status(lead), len(notifications(lead)), len(todos(lead))) == ("Open", 1, 1)


def test_of_many_leads_a_person_is_told_at_once(no_commits):
	leads = [lead_due(lead_owner=COLLEAGUE, next_contact_by=None) for _number in range(5)]
	assert follow_up.remind() >= 5
	(told,) = frappe.get_all("Notification Log", {"for_user": COLLEAGUE}, ["subject", "email_content"])
	assert told.subject == "5 leads are to be contacted."
	assert "lead_owner=colleague" in told.email_content
	assert {status(lead) for lead in leads} == {"Open"}
	assert all(len(todos(lead)) == 1 for lead in leads)
	assert follow_up.remind() == 0


def test_what_is_asked_once_for_many_leads_of_a_person(no_commits, count_sql):
	"""Beside the save of a lead and its assignment there are six statements a lead.

	The lead under its lock, two savepoints and what ends them, the ToDo of the step. On Frappe 15.0 a lead took 43
	statements when all was asked for each of them; 33 are left, 27 of them the save and the assignment.
	"""

	def statements_alone() -> int:
		lead = lead_due(lead_owner=COLLEAGUE, next_contact_by=None)
		todo = {
			"doctype": lead.doctype,
			"name": lead.name,
			"assign_to": [COLLEAGUE],
			"description": "Contact",
		}
		with count_sql() as statements:
			follow_up.make_our_turn(lead)
			assign_to.add(todo | {"assigned_by": COLLEAGUE})
		return len(statements)

	# Whatever the framework keeps of DocTypes and users is kept from then on.
	lead_due(lead_owner=COLLEAGUE, next_contact_by=None)
	follow_up.remind()
	alone = statements_alone()
	for _number in range(20):
		lead_due(lead_owner=COLLEAGUE, next_contact_by=None)
	with count_sql() as statements:
		reminded = follow_up.remind()
	assert reminded >= 20
	# And some for the run, and for what the person is told.
	assert len(statements) < reminded * (alone + 6) + 80
	steps = [each for each in statements if each.startswith("SELECT") and "`tabPipeline Activity`" in each]
	people = [each for each in statements if "`language`" in each and "`time_zone`" in each]
	# Before they are acted on and before they are told of.
	assert len(steps) <= 2 * (1 + reminded - 20)
	assert len(people) < 5 + reminded - 20


def test_who_was_not_told_when_the_job_was_killed_is_told_the_next_time(no_commits, monkeypatch):
	lead = lead_due(lead_owner=COLLEAGUE, next_contact_by=None)

	def dies(due) -> None:
		raise KeyboardInterrupt

	with monkeypatch.context() as patch:
		patch.setattr(follow_up, "tell_of_due", dies)
		with pytest.raises(KeyboardInterrupt):
			follow_up.remind()
	assert (status(lead), notifications(lead), len(todos(lead))) == ("Open", [], 1)
	follow_up.remind()
	assert (len(notifications(lead)), len(todos(lead)), len(log(lead))) == (1, 1, 2)


# Where


@pytest.mark.parametrize("role", ["lead_owner", "next_contact_by"])
def test_the_day_comes_where_the_person_is(role):
	frappe.db.set_value("User", EAST, "time_zone", EARLIEST)
	frappe.db.set_value("User", WEST, "time_zone", LATEST)
	there = today_in(EARLIEST)
	assert there > today_in(LATEST)
	early, late = (lead_due(next_contact_date=there, **{role: user}) for user in (EAST, WEST))
	due = follow_up.leads_due()
	assert early.name in due
	assert late.name not in due
	assert follow_up.remind_of_lead(early.name)
	assert not follow_up.remind_of_lead(late.name)


def test_the_site_says_which_day_it_is_for_somebody_without_a_time_zone():
	frappe.db.set_value("User", SELLER, "time_zone", None)
	assert lead_due(next_contact_date=today_in(None)).name in follow_up.leads_due()
	assert lead_due(next_contact_date=add_days(today_in(None), 1)).name not in follow_up.leads_due()


# Who is missing


def test_instead_of_a_disabled_user_the_owner_is_reminded_and_the_timeline_says_so():
	lead = lead_due(next_contact_by=COLLEAGUE)
	frappe.db.set_value("User", COLLEAGUE, "enabled", 0)
	assert lead.name in follow_up.leads_due()
	follow_up.remind_of_lead(lead.name)
	assert [row.for_user for row in notifications(lead)] == [SELLER]
	assert said_in_the_timeline(lead) == [
		"reminded seller of the next contact, because the user colleague is disabled."
	]


def test_when_everybody_is_disabled_the_lead_opens_and_the_timeline_says_that_nobody_was_reminded():
	lead = lead_due(next_contact_by=COLLEAGUE)
	for user in (COLLEAGUE, SELLER):
		frappe.db.set_value("User", user, "enabled", 0)
	follow_up.remind_of_lead(lead.name)
	assert (status(lead), todos(lead)) == ("Open", [])
	# The managers of the site hear of it.
	assert not {SELLER, COLLEAGUE} & {row.for_user for row in notifications(lead)}
	assert said_in_the_timeline(lead) == [
		"reminded nobody of the next contact, because colleague, seller cannot log in. Choose a Sales Person."
	]


def test_a_lead_of_nobody_opens_and_the_timeline_says_that_nobody_was_reminded():
	lead = lead_due()
	frappe.db.set_value("Pipeline Lead", lead.name, "lead_owner", None)
	assert lead.name in follow_up.leads_due()
	follow_up.remind_of_lead(lead.name)
	assert (status(lead), todos(lead)) == ("Open", [])
	assert said_in_the_timeline(lead) == ["reminded nobody of the next contact. Choose a Sales Person."]


def test_who_may_not_see_the_lead_gets_it_shared():
	friend = make_user("Inbox User")
	lead = lead_due(next_contact_by=friend)
	follow_up.remind_of_lead(lead.name)
	assert [row.allocated_to for row in todos(lead)] == [friend]
	assert frappe.has_permission("Pipeline Lead", "read", doc=lead.name, user=friend)


def test_who_switched_notifications_off_gets_the_todo_only():
	user = make_user("Sales User")
	frappe.db.set_value("Notification Settings", user, "enabled", 0)
	lead = lead_due(lead_owner=user)
	follow_up.remind_of_lead(lead.name)
	assert (notifications(lead), len(todos(lead))) == ([], 1)


# What goes wrong


def test_a_lead_that_cannot_be_saved_is_reminded_of_and_does_not_keep_the_others_from_it():
	bad, good = lead_due(), lead_due(status="Interested")
	broken = break_the_save_of_leads_at("Open")
	broken.condition = broken.condition.replace(
		"doc.status ==", f"doc.name == '{bad.name}' and doc.status =="
	)
	broken.save()
	frappe.db.commit()
	try:
		follow_up.remind()
		assert (status(bad), status(good)) == ("Replied", "Open")
		assert [(len(notifications(lead)), len(todos(lead))) for lead in (bad, good)] == [(1, 1), (1, 1)]
		entry = next(row for row in errors(bad) if row.method == f"Reminder of lead {bad.name} is incomplete")
		assert (
			"Open the lead, correct what is wrong, and contact it or choose another date for that."
			in entry.error
		)
		assert not errors(good)
	finally:
		broken.delete()
		frappe.db.commit()


def test_a_lead_that_is_deleted_meanwhile_is_left_alone():
	assert not follow_up.remind_of_lead("no such lead")

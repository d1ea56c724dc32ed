"""What a status gives its leads as time goes by: stuck date and probability.

The stuck date is the day on which they are stuck. Also the first response.
"""

import frappe
import pytest
from frappe.utils import cstr, getdate, nowdate

from lead_pipeline.activities import (
	actions,
	plan,
	status_terms,
	stuck,
	working_days,
)
from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.status.recompute import recompute
from lead_pipeline.tests.answers import communication, mail_from
from lead_pipeline.tests.bell import in_the_bell
from lead_pipeline.tests.factories import make_lead, make_quotation, make_user
from lead_pipeline.tests.steps import day, set_terms, stored

pytestmark = pytest.mark.usefixtures("no_commits")


def test_stuck_on_is_set_when_the_status_changes(clean_transaction):
	set_terms("Open", stuck_after=3)
	set_terms("Replied", stuck_after=0)
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
	assert "<strong>Stuck Ltd</strong> is stuck at Open." in in_the_bell(manager)
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
	set_terms("Interested", probability=44, stuck_after=2)
	before = stored(follows, "modified")
	status_terms.follow("Interested")
	assert (stored(follows, "probability"), stored(typed, "probability")) == (44, 66)
	assert stored(follows, "stuck_on") == working_days.of_site().add(getdate(day(-20)), 2)
	assert stored(follows, "modified") == before


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


def test_a_probability_follows_the_status_until_somebody_types_one(clean_transaction):
	set_terms("Lead", probability=10)
	set_terms("Interested", probability=40)
	set_terms("Opportunity", probability=50)
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

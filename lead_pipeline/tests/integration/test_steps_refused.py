"""Next steps that cannot be planned, done or moved.

Each refusal says why, and what to do.
"""

import frappe
import pytest
from frappe.desk.form import assign_to
from frappe.utils import escape_html, formatdate

from lead_pipeline.activities import next_step, plan
from lead_pipeline.constants import ACTIVITY, LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.exceptions import InvalidStepError, LeadClosedError
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.steps import day, of_lead, refused


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
	message = f"<strong>{formatdate(day(-1))}</strong> is past. Choose today or a later day."
	assert refused(InvalidStepError, plan.plan, make_lead().name, day(-1)) == message


def test_an_activity_without_a_day(seller):
	step = frappe.get_doc({"doctype": ACTIVITY, "lead": make_lead().name, "activity_type": "Call"})
	assert refused(InvalidStepError, step.insert) == "A step needs a day. Enter <strong>Due On</strong>."


@pytest.mark.parametrize("time", ["25:00", "12:60", "-1:00", "noon", "<b>x</b>"])
def test_an_impossible_time(seller, time):
	lead = make_lead()
	message = f"<strong>{escape_html(time)}</strong> is no time of the day. Enter it like 14:30."
	assert refused(InvalidStepError, plan.plan, lead.name, day(1), due_time=time) == message
	step = plan.plan(lead.name, day(1))["planned"]
	assert refused(InvalidStepError, plan.move, step, day(1), time) == message


def test_a_user_who_has_left(seller):
	gone = make_user("Sales User")
	frappe.db.set_value("User", gone, "enabled", 0)
	message = refused(InvalidStepError, plan.plan, make_lead().name, day(1), assigned_to=gone)
	assert message == f"<strong>{gone}</strong> is disabled or no user of the desk. Choose somebody else."


def test_a_step_of_a_lead_whose_sales_person_has_left_is_for_who_is_assigned_else_for_who_plans_it(seller):
	gone, colleague = make_user("Sales User"), make_user("Sales User")
	lead = make_lead(lead_owner=gone)
	frappe.db.set_value("User", gone, "enabled", 0)
	step = plan.plan(lead.name, day(1))["planned"]
	assert frappe.db.get_value(ACTIVITY, step, "assigned_to") == seller
	assign_to.add({"assign_to": [colleague], "doctype": LEAD, "name": lead.name})
	step = plan.plan(lead.name, day(2))["planned"]
	assert frappe.db.get_value(ACTIVITY, step, "assigned_to") == colleague


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
	for number in range(next_step.MAX_OPEN_STEPS - 1):
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

"""Statuses that require a next step.

A lead without a next step cannot get such a status. A lead that closes has no next step any more.
"""

import frappe
import pytest

from lead_pipeline.activities import actions, plan
from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.exceptions import LostReasonRequiredError, NextStepRequiredError
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status.recompute import recompute
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_quotation
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.steps import activities, day, of_lead, refused, require_step

NEEDS_STEP = (
	"A lead at <strong>Interested</strong> needs a next step. Plan one first, or enter "
	"<strong>Next Contact Date</strong> as well."
)


@pytest.fixture
def interested(seller):
	frappe.set_user("Administrator")
	require_step("Interested")
	frappe.set_user(seller)


def test_nobody_moves_a_lead_without_a_step_to_a_status_that_requires_one(interested, seller):
	lead = make_lead()
	lead.status = "Interested"
	assert refused(NextStepRequiredError, lead.save) == NEEDS_STEP
	lead.reload()
	with pytest.raises(NextStepRequiredError):
		frappe.client.set_value(LEAD, lead.name, "status", "Interested")
	frappe.db.set_single_value(SETTINGS, "qualified_status", "Interested")
	assert actions.qualify(lead.name)["refused"] == [{"lead": lead.name, "reason": NEEDS_STEP}]

	lead.reload()
	lead.update({"status": "Interested", "next_contact_date": day(1)})
	lead.save()
	assert len(activities(lead)) == 1


def test_nobody_takes_the_last_step_off_a_lead_at_such_a_status(interested, seller):
	lead = make_lead(status="Interested", next_contact_date=day(1))
	(step,) = activities(lead)
	for method in (plan.done, plan.cancel):
		frappe.db.savepoint("request")
		assert refused(NextStepRequiredError, method, step.name) == NEEDS_STEP
		frappe.db.rollback(save_point="request")
	lead.reload()
	lead.next_contact_date = None
	assert refused(NextStepRequiredError, lead.save) == NEEDS_STEP
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

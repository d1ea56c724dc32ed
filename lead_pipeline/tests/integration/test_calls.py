"""The sales person of an open lead is told who is calling."""

import frappe
import pytest

from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.tests.bell import in_the_bell
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.inbox_entries import make_spoken, number, row_of
from lead_pipeline.tests.mails import make_call


@pytest.mark.parametrize("make", [make_call, make_spoken], ids=["Call Log", "Communication"])
def test_the_sales_person_is_told_who_is_calling(make):
	owner = make_user("Sales User")
	lead = make_lead(phone=number(), lead_owner=owner)
	make(lead.phone)
	assert in_the_bell(owner) == [f"<strong>{lead.lead_name}</strong> is calling"]


@pytest.mark.parametrize(
	("phone", "caller", "site_country"),
	[("+49 30 1234567", "49301234567", "United States"), ("+44 20 7946 0958", "442079460958", "Germany")],
)
def test_a_caller_is_known_without_the_plus_of_a_country_code(country, phone, caller, site_country):
	country(site_country)
	owner = make_user("Sales User")
	lead = make_lead(phone=phone, lead_owner=owner)
	call = make_call(caller)
	assert in_the_bell(owner) == [f"<strong>{lead.lead_name}</strong> is calling"]
	assert row_of(call)["lead"]["name"] == lead.name


def test_nobody_is_told_of_a_call_when_the_setting_is_off():
	frappe.db.set_single_value(SETTINGS, "calls_notify", 0)
	owner = make_user("Sales User")
	make_call(make_lead(phone=number(), lead_owner=owner).phone)
	assert in_the_bell(owner) == []


def test_nobody_is_told_of_calls_that_go_out_or_are_on_a_lead_or_of_closed_leads():
	owner = make_user("Sales User")
	lead = make_lead(phone=number(), lead_owner=owner)
	make_call("100", to=lead.phone, type="Outgoing")
	make_call(lead.phone, links=[{"link_doctype": LEAD, "link_name": lead.name}])
	make_call(make_lead(phone=number(), lead_owner=owner, status="Disqualified").phone)
	assert in_the_bell(owner) == []

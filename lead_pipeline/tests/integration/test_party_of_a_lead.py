"""The party behind a lead.

It is filled by a Customer that names the lead, and emptied when the party is deleted.
"""

import frappe

from lead_pipeline.constants import LEAD
from lead_pipeline.documents import party_sync
from lead_pipeline.exceptions import LeadHasDocumentsError
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import (
	make_customer,
	make_lead,
	make_quotation,
	make_user,
	needs,
)
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.sales import committed_leads, errors


def party_of(lead) -> tuple:
	return frappe.db.get_value(LEAD, lead.name, ("party_type", "party"))


def test_a_customer_made_by_hand_for_a_lead_is_linked_back():
	lead = make_lead()
	customer = make_customer(pipeline_lead=lead.name)
	assert party_of(lead) == ("Customer", customer.name)
	assert status(lead) == "Converted"


def test_a_customer_that_is_given_its_lead_later_is_linked_back_too():
	lead, customer = make_lead(), make_customer()
	customer.pipeline_lead = lead.name
	customer.save()
	assert party_of(lead) == ("Customer", customer.name)


def test_the_party_that_a_lead_has_stays():
	party = make_customer().name
	lead = make_lead(party_type="Customer", party=party)
	make_customer(pipeline_lead=lead.name)
	assert party_of(lead) == ("Customer", party)


def test_who_has_no_right_on_leads_links_a_customer_back():
	lead = make_lead()
	customer = make_customer()
	frappe.set_user(make_user("Accounts User"))
	customer.flags.ignore_permissions = True
	customer.pipeline_lead = lead.name
	customer.save()
	assert party_of(lead) == ("Customer", customer.name)


def test_a_lead_that_somebody_holds_keeps_no_customer_from_being_saved():
	with committed_leads() as (lead,):
		with (
			site.somebody_else(lambda: frappe.db.get_value(LEAD, lead.name, "name", for_update=True)),
			site.action(),
		):
			customer = make_customer(pipeline_lead=lead.name)
		assert frappe.db.get_value("Customer", customer.name, "pipeline_lead") == lead.name
		(entry,) = [entry for entry in errors() if "party" in entry]
		assert entry.startswith(f"The party of lead {lead.name} could not be entered")
		assert f"Customer {customer.name} was saved nevertheless." in entry
		assert "If the lead has no party in a few minutes, open it and choose this one." in entry
		party_sync.retry(lead.name, "Customer", customer.name)
		assert party_of(lead) == ("Customer", customer.name)


def test_who_is_no_party_of_a_lead_any_more_is_not_entered_as_such():
	lead, customer = make_lead(), make_customer()
	party_sync.retry(lead.name, "Customer", customer.name)
	assert party_of(lead) == (None, None)


def test_a_customer_that_only_its_lead_names_is_deleted_and_the_lead_says_so():
	lead = make_lead()
	customer = make_customer(pipeline_lead=lead.name)
	assert party_of(lead) == ("Customer", customer.name)
	# Which role may do so differs between versions of ERPNext.
	permissions = frappe.get_meta("Customer").permissions
	frappe.set_user(make_user(next(row.role for row in permissions if row.delete)))
	frappe.delete_doc("Customer", customer.name)
	assert not frappe.db.exists("Customer", customer.name)
	assert party_of(lead) == (None, None)
	assert status(lead) == "Lead"
	said = frappe.get_all("Comment", {"reference_name": lead.name, "comment_type": "Info"}, pluck="content")
	assert f"Customer {customer.name}, who was behind this lead, was deleted." in said
	frappe.set_user(make_user("Sales Manager"))
	frappe.delete_doc(LEAD, lead.name)
	assert not frappe.db.exists(LEAD, lead.name)


def test_a_customer_with_other_documents_stays_and_so_does_the_party_of_its_lead():
	lead = make_lead()
	customer = make_customer(pipeline_lead=lead.name)
	make_quotation(None, customer.name)
	with refused(frappe.LinkExistsError):
		frappe.delete_doc("Customer", customer.name)
	assert party_of(lead) == ("Customer", customer.name)


def test_who_may_not_delete_a_customer_does_not_change_its_lead():
	lead = make_lead()
	customer = make_customer(pipeline_lead=lead.name)
	frappe.set_user(make_user("Sales User"))
	with refused(frappe.PermissionError):
		frappe.delete_doc("Customer", customer.name)
	assert party_of(lead) == ("Customer", customer.name)


def test_a_prospect_that_only_its_lead_names_is_deleted():
	needs("Lead")
	prospect = frappe.get_doc({"doctype": "Lead", "lead_name": "Ada", "company_name": "Ada Ltd"}).insert()
	lead = make_lead(party_type="Lead", party=prospect.name)
	frappe.delete_doc("Lead", prospect.name)
	assert party_of(lead) == (None, None)


def test_a_lead_whose_customer_was_made_from_it_is_deleted_once_the_customer_has_another_or_none():
	lead = make_lead()
	customer = make_customer(pipeline_lead=lead.name)
	with refused(LeadHasDocumentsError) as refusal:
		frappe.delete_doc(LEAD, lead.name)
	assert customer.name in refusal
	customer.pipeline_lead = None
	customer.save()
	frappe.delete_doc(LEAD, lead.name)
	assert frappe.db.exists("Customer", customer.name)

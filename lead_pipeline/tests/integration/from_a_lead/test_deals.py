"""Deals are linked to leads, followed, made from leads, and become quotations.

The deals are those of Frappe CRM, or of its stand-in.
"""

import json

import frappe
import pytest

from lead_pipeline import install
from lead_pipeline.constants import LEAD, LEAD_LINK, MADE_FOR_SALE, RULE
from lead_pipeline.documents import connections, create, events
from lead_pipeline.documents.types import TYPES
from lead_pipeline.exceptions import DocumentNotOfferedError, InvalidPartyError
from lead_pipeline.lead_pipeline.doctype.pipeline_lead.pipeline_lead_dashboard import get_data
from lead_pipeline.reference_data import seeds
from lead_pipeline.status import recompute, reconcile
from lead_pipeline.tests import site
from lead_pipeline.tests.deals import DEAL, ORGANIZATION, organization
from lead_pipeline.tests.factories import (
	make_customer,
	make_deal,
	make_lead,
	make_quotation,
	make_user,
	needs,
)
from lead_pipeline.tests.from_a_lead import address_of, forbid, person, switch
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.sales import committed_leads, errors, failure, hooked

pytestmark = pytest.mark.usefixtures("deal_statuses")


class TestDealsFromALead:
	@pytest.fixture(autouse=True)
	def seller(self):
		frappe.set_user(make_user("Sales User"))

	def deal(self, lead, **wanted):
		prepared = create.prepare(lead.name, DEAL, **wanted)
		assert (prepared["party_type"], prepared["party"]) == (None, None)
		return create.new_document(lead.name, DEAL, prepared["contact"])

	def test_it_is_offered_after_the_opportunity_until_somebody_switches_it_off(self):
		assert create.documents_offered() == [
			doctype
			for doctype in TYPES
			if doctype in create.switched_on() and frappe.has_permission(doctype, "create")
		]
		assert DEAL in create.documents_offered()
		lead = make_lead()
		frappe.set_user("Administrator")
		switch(DEAL, 0)
		assert DEAL not in create.documents_offered()
		with refused(DocumentNotOfferedError):
			create.prepare(lead.name, DEAL)

	def test_it_arrives_filled_with_organization_contact_amount_owner_and_source(self):
		frappe.set_user("Administrator")
		for doctype, field in (("CRM Lead Source", "source_name"), ("Pipeline Channel", "channel_name")):
			if not frappe.db.exists(doctype, "Trade Event"):
				frappe.get_doc({"doctype": doctype, field: "Trade Event"}).insert()
		owner = make_user("Sales User")
		frappe.set_user(owner)
		lead = person(channel="Trade Event", lead_owner=owner)
		address = address_of(lead, "Office")
		deal = self.deal(lead)
		assert deal.is_new()
		assert deal.organization == lead.company_name
		assert frappe.db.get_value(ORGANIZATION, deal.organization, ["website", "address"]) == (
			lead.website,
			address,
		)
		[row] = deal.contacts
		assert (row.is_primary, row.email, row.mobile_no) == (1, lead.email, lead.mobile_no)
		assert frappe.db.get_value("Contact", row.contact, "last_name") == lead.last_name
		assert (deal.deal_owner, deal.source, deal.pipeline_lead) == (owner, "Trade Event", lead.name)
		assert (deal.expected_deal_value, deal.currency, deal.probability) == (1500, lead.currency, 40)
		assert str(deal.expected_closure_date) == str(lead.expected_closing)
		deal.insert()
		assert (deal.email, deal.status) == (lead.email, "Qualification")
		assert status(lead) == "Opportunity"
		assert not frappe.db.get_value(LEAD, lead.name, "party")

	def test_the_organization_and_the_contact_that_there_are_get_no_twin(self):
		lead = person()
		there = frappe.get_doc(
			{"doctype": ORGANIZATION, "organization_name": lead.company_name.upper()}
		).insert()
		first, second = self.deal(lead), self.deal(lead)
		assert first.organization == second.organization == there.name
		assert first.contacts[0].contact == second.contacts[0].contact
		assert frappe.db.count("Contact Email", {"email_id": lead.email, "parenttype": "Contact"}) == 1

	def test_a_person_without_a_company_gets_a_deal_without_an_organization(self):
		deal = self.deal(person(company_name=None, is_organization=0))
		assert not deal.organization
		assert deal.first_name == "Jane" and len(deal.contacts) == 1

	def test_an_existing_contact_can_be_chosen(self):
		lead = person()
		friend = frappe.get_doc({"doctype": "Contact", "first_name": "Friend"}).insert()
		assert self.deal(lead, contact_name=friend.name).contacts[0].contact == friend.name

	def test_nothing_has_to_be_asked_and_no_party_can_be_named(self):
		lead = person()
		choices = create.choices(lead.name, DEAL)
		assert (choices["ask"], choices["party_types"], choices["party_type"]) == (False, [], None)
		with refused(InvalidPartyError) as refusal:
			create.prepare(lead.name, DEAL, party_type="Customer")
		assert "has no party" in refusal

	def test_who_may_make_no_organization_gets_the_deal_without_it(self, changed_doctypes):
		lead = person()
		forbid(frappe.session.user, ORGANIZATION)
		assert not self.deal(lead).organization

	def test_the_lead_counts_it_in_its_connections(self):
		lead = make_lead()
		deal = make_deal(lead)
		sales = get_data()["transactions"][0]
		assert DEAL in sales["items"]
		counted = connections.count(LEAD, lead.name, json.dumps(sales["items"]))
		# A list on Frappe 15.0.
		rows = counted["count"]
		rows = rows if isinstance(rows, list) else rows["external_links_found"]
		assert {row.get("doctype") or row["name"]: row["count"] for row in rows}[DEAL] == 1
		assert deal.pipeline_lead == lead.name


class TestFromTheDealOn:
	@pytest.fixture(autouse=True)
	def integration(self, deal_statuses):
		"""Add the fields by which ERPNext's documents name a deal.

		They are the fields that Frappe CRM has ERPNext add.
		"""
		needs("Quotation")
		if not frappe.get_meta("Quotation").has_field("crm_deal"):
			frappe.get_attr("erpnext.crm.frappe_crm_api.create_custom_fields_for_frappe_crm")()

	@pytest.mark.parametrize(
		"how",
		[
			lambda deal: {"quotation_to": DEAL, "party_name": deal.name, "crm_deal": deal.name},
			lambda deal: {"quotation_to": DEAL, "party_name": deal.name},
			lambda deal: {"crm_deal": deal.name},
		],
	)
	def test_its_quotation_belongs_to_its_lead(self, how):
		lead = make_lead()
		deal = make_deal(lead, organization=organization())
		quotation = make_quotation(**how(deal))
		assert quotation.pipeline_lead == lead.name
		assert status(lead) == "Quotation"

	def test_a_deal_of_nobodys_lead_leaves_the_quotation_alone(self):
		assert not make_quotation(crm_deal=make_deal().name).pipeline_lead
		assert not make_quotation(crm_deal="CRM-DEAL-GONE").pipeline_lead

	def test_the_customer_that_the_crm_makes_of_a_won_deal_does_not_hold_the_lead(self):
		lead = make_lead()
		deal = make_deal(lead, status="Won")
		customer = make_customer(crm_deal=deal.name)
		assert (customer.pipeline_lead, customer.get(MADE_FOR_SALE)) == (lead.name, 1)
		deal.update({"status": "Demo/Making"}).save()
		assert status(lead) == "Opportunity"

	def test_a_customer_that_somebody_makes_for_the_deal_counts(self, monkeypatch):
		lead = make_lead()
		deal = make_deal(lead)
		monkeypatch.setattr("lead_pipeline.documents.made_for_sale.is_sent", lambda document: True)
		customer = make_customer(crm_deal=deal.name)
		assert (customer.pipeline_lead, customer.get(MADE_FOR_SALE)) == (lead.name, 0)
		assert status(lead) == "Converted"


class TestADealNeverFailsBecauseOfALead:
	def test_another_apps_hook_that_raises(self):
		with committed_leads() as [lead]:
			with hooked(LEAD, "validate", "lead_pipeline.tests.troubles.raise_something"), site.action():
				deal = make_deal(lead, status="Won")
			assert frappe.db.get_value(DEAL, deal.name, "status") == "Won"
			assert status(lead) == "Lead"
			assert failure(lead).document_name == deal.name
			assert errors()
			recompute.retry_failed()
			assert (status(lead), failure(lead)) == ("Converted", None)

	def test_somebody_holds_the_lead(self):
		with committed_leads() as [lead]:
			with site.somebody_else(lambda: frappe.db.get_value(LEAD, lead.name, "name", for_update=True)):
				with site.action():
					deal = make_deal(lead)
				frappe.db.rollback()
				assert frappe.db.exists(DEAL, deal.name)
			reconcile.reconcile()
			recompute.retry_failed()
			assert status(lead) == "Opportunity"

	def test_a_rule_whose_linked_field_is_gone_is_skipped(self):
		with committed_leads() as [lead]:
			rule = frappe.get_doc(RULE, {"rule_name": "Deal won"})
			rule.db_set("filters", json.dumps([[DEAL, "status.gone", "=", "Won"]]))
			rule.run_method("on_update")
			frappe.db.commit()
			try:
				deal = make_deal(lead)
				frappe.db.commit()
				assert status(lead) == "Opportunity"
				assert any("Deal won" in error for error in errors())
			finally:
				rule.db_set("filters", json.dumps([[DEAL, "status.type", "=", "Won"]]))
				rule.run_method("on_update")
				frappe.db.commit()
			assert deal.name

	def test_a_lead_that_is_gone(self):
		lead = make_lead()
		deal = make_deal(lead)
		frappe.db.delete(LEAD, {"name": lead.name})
		deal.reload()
		deal.update({"next_step": "Call"}).save()
		assert frappe.db.get_value(DEAL, deal.name, "next_step") == "Call"


def test_the_crm_that_is_installed_later_gets_its_field_and_its_rules():
	field = frappe.db.get_value("Custom Field", {"dt": DEAL, "fieldname": LEAD_LINK})
	rules = {rule.name for rule in TYPES[DEAL].rules}
	frappe.db.delete("Custom Field", {"dt": DEAL})
	frappe.db.delete(RULE, {"document_type": DEAL})
	known = seeds.load_seeds()
	seeds.store({key: name for key, name in known.items() if name not in rules})
	frappe.clear_cache(doctype=DEAL)
	assert not frappe.get_meta(DEAL).has_field(LEAD_LINK)
	install.after_app_install("crm")
	# A new column is committed by the database itself, with all before it.
	frappe.db.commit()
	assert frappe.db.exists("Custom Field", field)
	found = frappe.get_all(RULE, {"document_type": DEAL}, pluck="rule_name")
	assert set(found) == rules
	lead = make_lead()
	make_deal(lead, status="Won")
	assert status(lead) == "Converted"


def test_events_of_deals_without_a_lead_ask_nothing_of_leads(count_sql):
	deal = make_deal()
	deal.reload()
	with count_sql() as statements:
		events.on_change(deal)
	assert not [statement for statement in statements if LEAD in statement]

"""Deals of Frappe CRM, or of its stand-in: linked to leads, followed, made from them, carried on to the quotation."""

import json

import frappe
import pytest

from lead_pipeline import install
from lead_pipeline.constants import LEAD, LEAD_LINK, MADE_FOR_SALE, RULE
from lead_pipeline.documents import connections, create, events
from lead_pipeline.documents.types import TYPES
from lead_pipeline.exceptions import DocumentNotOfferedError, InvalidPartyError, InvalidRuleError
from lead_pipeline.lead_pipeline.doctype.pipeline_lead.pipeline_lead_dashboard import get_data
from lead_pipeline.reference_data import seeds
from lead_pipeline.status import explain, recompute, reconcile
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import (
	make_customer,
	make_deal,
	make_deal_status,
	make_lead,
	make_quotation,
	make_rule,
	make_user,
	needs,
)
from lead_pipeline.tests.from_a_lead import address_of, forbid, person, switch
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.sales import committed_leads, errors, failure, hooked

DEAL = "CRM Deal"
DEAL_STATUS = "CRM Deal Status"
ORGANIZATION = "CRM Organization"


@pytest.fixture(autouse=True)
def statuses(clean_transaction):
	needs(DEAL)
	for name, meaning in (
		("Won", "Won"),
		("Lost", "Lost"),
		("Demo/Making", "Ongoing"),
		("Parked", "On Hold"),
	):
		make_deal_status(name, meaning)


def lost(**values) -> dict:
	reason = "Price too high"
	if not frappe.db.exists("CRM Lost Reason", reason):
		frappe.get_doc({"doctype": "CRM Lost Reason", "lost_reason": reason}).insert()
	return {"status": "Lost", "lost_reason": reason} | values


class TestStatusFollowsDeals:
	@pytest.mark.parametrize(
		"deal_status, expected",
		[
			("Qualification", "Opportunity"),
			("Demo/Making", "Opportunity"),
			("Parked", "Opportunity"),
			("Won", "Converted"),
			("Lost", "Lost"),
		],
	)
	def test_by_what_the_status_of_the_deal_means(self, deal_status, expected):
		lead = make_lead()
		make_deal(lead, **(lost() if deal_status == "Lost" else {"status": deal_status}))
		assert status(lead) == expected

	def test_through_the_life_of_a_deal_and_back(self):
		lead = make_lead()
		deal = make_deal(lead)
		deal.update({"status": "Won"}).save()
		assert status(lead) == "Converted"
		deal.update(lost(lost_notes="They wanted blue")).save()
		assert status(lead) == "Lost"
		said = frappe.db.get_value(LEAD, lead.name, ["lost_reason", "lost_note"])
		assert said == ("Price too high", "They wanted blue")
		deal.db_set("status", "Demo/Making")
		assert status(lead) == "Opportunity"
		deal.delete()
		assert status(lead) == "Lead"
		changes = [(row.to_status, row.reference_doctype) for row in log(lead)][1:]
		assert changes[:3] == [("Opportunity", DEAL), ("Converted", DEAL), ("Lost", DEAL)]
		assert [change for change, _document in changes] == [
			"Opportunity",
			"Converted",
			"Lost",
			"Opportunity",
			"Lead",
		]

	def test_linking_relinking_and_unlinking_count(self):
		first, second = make_lead(), make_lead()
		deal = make_deal(status="Won")
		for lead, expected in (
			(first, ("Converted", "Lead")),
			(second, ("Lead", "Converted")),
			(None, ("Lead", "Lead")),
		):
			deal.update({LEAD_LINK: lead and lead.name}).save()
			assert (status(first), status(second)) == expected

	def test_a_deal_that_is_won_is_stronger_than_one_in_progress_or_lost(self):
		lead = make_lead()
		make_deal(lead, **lost())
		make_deal(lead)
		assert status(lead) == "Opportunity"
		won = make_deal(lead, status="Won")
		assert status(lead) == "Converted"
		assert won.name in json.dumps(explain.explain(lead.name), default=str)

	def test_a_quotation_says_more_than_a_deal_in_progress_and_less_than_one_that_is_won(self):
		needs("Quotation")
		lead = make_lead()
		deal = make_deal(lead)
		make_quotation(lead)
		assert status(lead) == "Quotation"
		deal.update({"status": "Won"}).save()
		assert status(lead) == "Converted"

	def test_a_merge_of_statuses_changes_nothing_that_they_mean(self):
		lead = make_lead()
		deal = make_deal(lead, status=make_deal_status("Signed by Both", "Won"))
		frappe.rename_doc(DEAL_STATUS, "Signed by Both", "Won", merge=True)
		assert frappe.db.get_value(DEAL, deal.name, "status") == "Won"
		recompute.recompute(lead.name)
		assert status(lead) == "Converted"


class TestStatusesOfTheSite:
	def test_a_status_that_is_added_or_renamed_means_what_its_type_says(self):
		lead = make_lead()
		make_deal(lead, status=make_deal_status("Signature Missing", "Ongoing"))
		assert status(lead) == "Opportunity"
		deal = make_deal(lead, status=make_deal_status("Signed", "Won"))
		assert status(lead) == "Converted"
		frappe.rename_doc(DEAL_STATUS, "Signed", "Signed and Paid")
		deal.reload()
		deal.save()
		assert (deal.status, status(lead)) == ("Signed and Paid", "Converted")

	def test_a_type_that_changes_moves_the_leads_by_the_repair(self):
		make_deal_status("Handshake", "Ongoing")
		with committed_leads() as [lead]:
			make_deal(lead, status="Handshake")
			assert status(lead) == "Opportunity"
			frappe.get_doc(DEAL_STATUS, "Handshake").update({"type": "Won"}).save()
			frappe.db.commit()
			reconcile.reconcile()
			assert status(lead) == "Converted"
		frappe.delete_doc(DEAL_STATUS, "Handshake")
		frappe.db.commit()

	def test_a_type_that_changes_calls_for_the_repair_and_nothing_else_does(self, monkeypatch):
		called = []
		monkeypatch.setattr(reconcile, "queue_reconcile", lambda: called.append(True))
		record = frappe.get_doc(DEAL_STATUS, make_deal_status("Handshake", "Ongoing"))
		assert not called
		record.update({"position": 77}).save()
		assert not called
		record.update({"type": "Won"}).save()
		assert called == [True]


class TestRulesAboutLinkedRecords:
	def rule(self, field: str, operator: str = "=", value="Won", **values):
		return make_rule(document_type=DEAL, filters=[[DEAL, field, operator, value]], position=1, **values)

	def test_more_than_one_and_beside_others(self):
		lead = make_lead()
		filters = [
			["status.type", "not in", "Won,Lost"],
			["deal_owner.enabled", "=", 1],
			["next_step", "=", "Call"],
		]
		make_rule(document_type=DEAL, filters=filters, status="Interested", position=1)
		deal = make_deal(lead, next_step="Call")
		assert status(lead) == "Opportunity"
		deal.update({"deal_owner": "Administrator"}).save()
		assert status(lead) == "Interested"
		deal.update({"next_step": "Write"}).save()
		assert status(lead) == "Opportunity"

	def test_a_name_with_quotes_does_no_harm(self):
		lead = make_lead()
		name = make_deal_status('It\'s "theirs" 100%\\', "Won")
		self.rule("status.deal_status", "in", [name], status="Interested")
		make_deal(lead, status=name)
		assert status(lead) == "Interested"

	@pytest.mark.parametrize(
		"field, value, said",
		[
			("status.kind", "Won", "has no field kind"),
			("probability.type", "Won", "has no link probability, so there is no field probability.type"),
			("nothing.type", "Won", "has no link nothing"),
			("status.type", "Sold", "Type can never be Sold. It is one of: Open"),
			("status.type`", "Won", "has no field"),
		],
	)
	def test_what_cannot_be_asked_is_refused(self, field, value, said):
		with refused(InvalidRuleError) as refusal:
			self.rule(field, "=", value)
		assert said in refusal

	def test_who_may_not_read_the_linked_record_asks_nothing_about_it(self):
		frappe.set_user(make_user("Sales Manager"))
		with refused(frappe.PermissionError) as refusal:
			self.rule("deal_owner.mobile_no", "=", "0")
		assert "You may not read the field Mobile No, so you cannot ask for it in a rule." in refusal


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
	def integration(self, statuses):
		"""The fields by which ERPNext's documents name a deal, as Frappe CRM has ERPNext add them."""
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


def organization() -> str:
	name = f"Organization {frappe.generate_hash(length=6)}"
	return frappe.get_doc({"doctype": ORGANIZATION, "organization_name": name}).insert().name


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

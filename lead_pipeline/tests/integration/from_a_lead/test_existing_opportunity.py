"""An opportunity that is there already is linked to a lead."""

import frappe
from frappe.desk.search import search_link

from lead_pipeline.documents import create
from lead_pipeline.exceptions import InvalidPartyError
from lead_pipeline.tests.factories import make_customer, make_opportunity
from lead_pipeline.tests.from_a_lead import forbid, party_of, person, status_of
from lead_pipeline.tests.messages import refused


def test_is_linked_to_the_lead_which_takes_its_party(seller):
	lead = person()
	opportunity = make_opportunity()
	assert create.choices(lead.name, "Opportunity")["opportunities"] is True
	answer = create.link_opportunity(lead.name, opportunity.name)
	assert answer == {"doctype": "Opportunity", "name": opportunity.name}
	assert frappe.db.get_value("Opportunity", opportunity.name, "pipeline_lead") == lead.name
	assert party_of(lead) == ("Customer", opportunity.party_name)
	assert status_of(lead) == "Opportunity"
	assert create.link_opportunity(lead.name, opportunity.name) == answer


def test_leaves_a_party_that_the_lead_has(seller):
	customer = make_customer()
	lead = person(party_type="Customer", party=customer.name)
	create.link_opportunity(lead.name, make_opportunity().name)
	assert party_of(lead) == ("Customer", customer.name)


def test_of_another_lead_is_refused(seller):
	lead, opportunity = person(), make_opportunity(person())
	with refused(InvalidPartyError) as refusal:
		create.link_opportunity(lead.name, opportunity.name)
	assert f"{opportunity.name} belongs to another lead already." in refusal
	assert "Choose another one, or change its field Pipeline Lead first." in refusal


def test_that_does_not_exist_is_refused(seller):
	with refused(InvalidPartyError) as refusal:
		create.link_opportunity(person().name, "Nothing")
	assert "There is no Opportunity Nothing, or you may not see it." in refusal


def test_that_the_user_may_not_change_is_refused(seller):
	lead, opportunity = person(), make_opportunity()
	forbid(seller, "Opportunity")
	with refused(frappe.PermissionError):
		create.link_opportunity(lead.name, opportunity.name)
	assert not frappe.db.get_value("Opportunity", opportunity.name, "pipeline_lead")


def test_those_of_the_leads_own_people_are_offered_first_and_others_by_their_name(seller):
	lead, customer = person(), make_customer()
	stranger = make_opportunity(customer=customer.name)
	of_company = make_opportunity(customer=make_customer(customer_name=lead.company_name).name)
	taken = make_opportunity(person(), customer=of_company.party_name)
	assert offered(lead) == [of_company.name]
	assert stranger.name in offered(lead, customer.customer_name)
	assert taken.name not in offered(lead, of_company.name)
	both = make_opportunity(customer=make_customer(customer_name=f"{lead.company_name} & Co").name)
	assert offered(lead, lead.company_name) == [of_company.name, both.name]
	lead.update({"party_type": "Customer", "party": customer.name}).save()
	assert sorted(offered(lead)) == sorted([stranger.name, of_company.name])


def offered(lead, text: str = "") -> list[str]:
	"""What the field *Existing Opportunity* asks the framework for."""
	query = "lead_pipeline.documents.party_matching.search_opportunities"
	filters = frappe.as_json({"lead": lead.name})
	frappe.local.response = frappe._dict()
	found = search_link("Opportunity", text, query=query, filters=filters)
	# Older Frappes put it there.
	found = found or frappe.response.get("results") or frappe.response.get("message")
	return [row["value"] for row in found]


def test_of_another_party_is_no_choice_for_a_lead_with_a_party(seller):
	mine, other = make_customer(), make_customer()
	make_opportunity(customer=mine.name)
	lead = person(party_type="Customer", party=other.name)
	assert create.choices(lead.name, "Opportunity")["opportunities"] is False
	lead.party = mine.name
	lead.save()
	choices = create.choices(lead.name, "Opportunity")
	assert (choices["opportunities"], choices["ask"]) == (True, True)

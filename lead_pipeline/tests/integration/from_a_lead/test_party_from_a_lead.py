"""The party of a document that is made from a lead.

Customer, ERPNext Lead, contacts and addresses.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import frappe
import pytest
import requests
from frappe.permissions import add_user_permission

from lead_pipeline.constants import LEAD
from lead_pipeline.documents import create
from lead_pipeline.exceptions import (
	IncompletePartyError,
	InvalidPartyError,
	LeadIsBusyError,
)
from lead_pipeline.framework.locks import take_lock
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import (
	make_customer,
	make_lead,
	make_user,
	needs,
)
from lead_pipeline.tests.from_a_lead import (
	DOCUMENTS,
	ROLES,
	SALES,
	address_of,
	forbid,
	links_of,
	make_mandatory,
	new,
	number_of,
	party_of,
	person,
	status_of,
)
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.sales import hooked


class TestParty:
	def test_is_made_once_however_often_it_is_asked_for(self, seller):
		lead = person()
		before = {doctype: number_of(doctype) for doctype in ("Customer", "Lead", "Contact")}
		first = [create.prepare(lead.name, "Quotation") for _ in range(3)]
		second = [create.prepare(lead.name, "Sales Order") for _ in range(3)]
		third = create.prepare(lead.name, "Quotation")
		assert first[0] == first[1] == first[2]
		assert second[0] == second[1] == second[2]
		assert third == second[0], "a quotation to somebody who has become a customer goes to the customer"
		after = {doctype: number_of(doctype) for doctype in before}
		assert {doctype: after[doctype] - before[doctype] for doctype in before} == {
			"Customer": 1,
			"Lead": 1,
			"Contact": 1,
		}

	def test_a_prospect_becomes_the_customer_of_an_order(self, seller):
		lead = person()
		prospect = create.prepare(lead.name, "Quotation")["party"]
		customer = create.prepare(lead.name, "Sales Order")["party"]
		assert frappe.db.get_value("Customer", customer, "lead_name") == prospect
		assert frappe.db.get_value("Lead", prospect, "status") == "Converted"
		assert party_of(lead) == ("Customer", customer)

	def test_the_customer_that_was_made_of_the_prospect_elsewhere_is_found(self, seller):
		lead = person()
		prospect = create.prepare(lead.name, "Quotation")["party"]
		customer = make_customer(lead_name=prospect)
		assert create.prepare(lead.name, "Sales Order")["party"] == customer.name
		assert party_of(lead) == ("Customer", customer.name)

	def test_the_customer_that_names_the_lead_is_found(self, seller):
		lead = person()
		customer = make_customer(pipeline_lead=lead.name)
		assert create.prepare(lead.name, "Sales Order")["party"] == customer.name
		assert party_of(lead) == ("Customer", customer.name)

	def test_an_existing_customer_is_chosen_and_nothing_is_converted(self, seller):
		lead, customer = person(), make_customer()
		before = number_of("Customer")
		opportunity = new(lead, "Opportunity", party_type="Customer", party_name=customer.name)
		assert (opportunity.opportunity_from, opportunity.party_name) == ("Customer", customer.name)
		assert party_of(lead) == ("Customer", customer.name)
		assert number_of("Customer") == before
		assert status_of(lead) == "Lead"
		assert not frappe.db.get_value("Customer", customer.name, "pipeline_lead")

	def test_a_new_customer_can_be_asked_for_where_a_prospect_would_do(self, seller):
		quotation = new(person(), "Quotation", party_type="Customer")
		assert quotation.quotation_to == "Customer"

	def test_a_person_with_the_same_email_is_not_made_twice(self, seller):
		first = person()
		prospect = create.prepare(first.name, "Quotation")["party"]
		second = make_lead(company_name="Another Ltd", email=first.email)
		assert create.prepare(second.name, "Quotation")["party"] == prospect
		assert party_of(second) == ("Lead", prospect)

	def test_a_company_of_the_same_name_is_proposed(self, seller):
		customer = make_customer()
		lead = make_lead(company_name=customer.customer_name.upper())
		for document_type in DOCUMENTS:
			choices = create.choices(lead.name, document_type)
			assert (choices["party_type"], choices["party"]) == ("Customer", customer.name)
			assert choices["ask"] is True
		similar = make_lead(company_name=customer.customer_name.replace("C", "_", 1))
		assert create.choices(similar.name, "Sales Order")["party"] is None

	def test_a_company_that_the_user_does_not_see_is_not_proposed(self, seller):
		frappe.set_user("Administrator")
		hidden, shown = make_customer(), make_customer()
		lead = make_lead(company_name=hidden.customer_name, lead_owner=seller)
		add_user_permission("Customer", shown.name, seller)
		frappe.set_user(seller)
		assert create.choices(lead.name, "Sales Order")["party"] is None
		with refused(InvalidPartyError) as refusal:
			create.prepare(lead.name, "Sales Order", "Customer", hidden.name)
		assert f"There is no Customer {hidden.name}, or you may not see it. Choose another one." in refusal

	def test_a_lead_with_a_party_is_not_asked_about_it(self, seller):
		lead = person()
		create.prepare(lead.name, "Customer")
		for document_type in SALES:
			choices = create.choices(lead.name, document_type)
			assert (choices["party_type"], choices["party"]) == party_of(lead)
			assert choices["ask"] is False
			assert choices["contact"]

	def test_of_a_kind_that_the_document_cannot_have_is_refused(self, seller):
		lead = person()
		for document_type, party_type in (("Sales Order", "Lead"), ("Quotation", "User")):
			with refused(InvalidPartyError) as refusal:
				create.prepare(lead.name, document_type, party_type)
			assert f"{party_type} cannot be the party of this document. Choose one of: Customer" in refusal

	def test_that_does_not_exist_is_refused(self, seller):
		lead = person()
		with refused(InvalidPartyError) as refusal:
			create.prepare(lead.name, "Sales Order", "Customer", "<b>Nobody</b>")
		assert "There is no Customer <b>Nobody</b>, or you may not see it." in refusal.text.replace(
			"&lt;", "<"
		).replace("&gt;", ">")
		assert party_of(lead) == (None, None)

	def test_without_a_name_is_not_made_and_the_user_is_told_what_to_enter(self, seller):
		lead = make_lead(company_name=None, is_organization=0, email="a@example.com")
		contacts = number_of("Contact")
		with refused(IncompletePartyError) as refusal:
			create.prepare(lead.name, "Sales Order")
		assert "Enter the name of the person or the company in the lead first." in refusal
		assert number_of("Contact") == contacts
		assert create.prepare(lead.name, "Quotation")["party_type"] == "Lead"

	def test_that_lacks_mandatory_data_is_not_made_and_the_user_is_told_what_to_do(self, seller):
		make_mandatory("Customer", "tax_id")
		lead = person()
		before = {doctype: number_of(doctype) for doctype in ("Customer", "Contact")}
		with refused(IncompletePartyError) as refusal:
			create.prepare(lead.name, "Sales Order")
		assert "Customer cannot be made from this lead: Tax ID is mandatory there" in refusal
		assert "Create the Customer yourself, and choose it when you create the document." in refusal
		assert {doctype: number_of(doctype) for doctype in before} == before
		assert party_of(lead) == (None, None)

	def test_that_the_user_may_not_create_can_be_chosen(self, seller):
		lead, customer = person(), make_customer()
		forbid(seller, "Customer")
		with refused(frappe.PermissionError) as refusal:
			create.prepare(lead.name, "Sales Order")
		assert "This needs a Customer, and you may not create one. Choose an existing Customer" in refusal
		assert create.prepare(lead.name, "Sales Order", "Customer", customer.name)["party"] == customer.name

	def test_and_the_lead_are_written_both_or_not_at_all(self, seller):
		lead = person()
		# Nothing that a lead refuses when it is saved may leave a party behind.
		make_mandatory(LEAD, "industry")
		before = {doctype: number_of(doctype) for doctype in ("Customer", "Contact", "Lead")}
		with refused(frappe.MandatoryError):
			create.prepare(lead.name, "Customer")
		assert {doctype: number_of(doctype) for doctype in before} == before
		assert party_of(lead) == (None, None)


class TestContactAndAddresses:
	def test_the_contact_has_all_emails_phones_and_the_address(self, seller):
		lead = person()
		office = address_of(lead, "Office", is_primary_address=1)
		store = address_of(lead, "Store", is_shipping_address=1)
		order = new(lead, "Sales Order")
		contact = frappe.get_doc("Contact", order.contact_person)
		assert [row.email_id for row in contact.email_ids] == [lead.email, lead.email_ids[1].email_id]
		assert {row.phone for row in contact.phone_nos} == {"030 1234567", "0170 1234567", "030 7654321"}
		assert contact.address == office
		assert (order.customer_address, order.shipping_address_name) == (office, store)
		assert "1 Office Street" in order.address_display
		everybody = {(LEAD, lead.name), ("Customer", order.customer)}
		assert links_of("Contact", contact.name) == everybody
		assert links_of("Address", office) == links_of("Address", store) == everybody
		customer = frappe.get_doc("Customer", order.customer)
		assert (customer.customer_primary_contact, customer.customer_primary_address) == (
			contact.name,
			office,
		)

	def test_a_prospect_has_the_one_contact_of_the_lead(self, seller):
		lead = person()
		office = address_of(lead, "Office")
		quotation = new(lead, "Quotation")
		party = ("Lead", quotation.party_name)
		linked = frappe.get_all(
			"Dynamic Link",
			{"parenttype": "Contact", "link_doctype": "Lead", "link_name": quotation.party_name},
			pluck="parent",
		)
		assert linked == [quotation.contact_person]
		assert links_of("Contact", quotation.contact_person) == {(LEAD, lead.name), party}
		assert links_of("Address", office) == {(LEAD, lead.name), party}
		assert quotation.customer_address == office

	def test_an_opportunity_shows_contact_and_address(self, seller):
		lead = person()
		office = address_of(lead, "Office")
		opportunity = new(lead, "Opportunity")
		assert opportunity.contact_person and opportunity.customer_address == office
		assert "1 Office Street" in opportunity.address_display

	def test_the_contact_of_the_lead_is_taken_when_it_has_one(self, seller):
		lead = person()
		contact = frappe.get_doc({"doctype": "Contact", "first_name": "Joe"})
		contact.append("links", {"link_doctype": LEAD, "link_name": lead.name})
		contact.insert()
		assert create.choices(lead.name, "Quotation")["contact"] == contact.name
		assert new(lead, "Sales Order").contact_person == contact.name

	def test_the_contact_of_the_customer_with_the_same_email_is_taken(self, seller):
		lead, customer = person(), make_customer()
		contact = frappe.get_doc({"doctype": "Contact", "first_name": "Jane"})
		contact.append("email_ids", {"email_id": lead.email.upper(), "is_primary": 1})
		contact.append("links", {"link_doctype": "Customer", "link_name": customer.name})
		contact.insert()
		order = new(lead, "Sales Order", party_type="Customer", party_name=customer.name)
		assert order.contact_person == contact.name
		assert (LEAD, lead.name) in links_of("Contact", contact.name)

	def test_an_existing_contact_can_be_chosen(self, seller):
		lead = person()
		joe = frappe.get_doc({"doctype": "Contact", "first_name": "Joe", "last_name": "Elsewhere"}).insert()
		order = new(lead, "Sales Order", contact_name=joe.name)
		assert order.contact_person == joe.name
		assert links_of("Contact", joe.name) == {(LEAD, lead.name), ("Customer", order.customer)}

	def test_a_contact_that_does_not_exist_is_refused(self, seller):
		lead = person()
		for method in (create.prepare, create.new_document):
			with refused(InvalidPartyError) as refusal:
				method(lead.name, "Sales Order", contact_name="Nobody")
			assert "There is no Contact Nobody, or you may not see it. Choose another one." in refusal

	def test_a_company_alone_needs_no_contact(self, seller):
		lead = make_lead()
		before = number_of("Contact")
		prepared = create.prepare(lead.name, "Sales Order")
		assert prepared["contact"] is None
		assert number_of("Contact") == before
		assert new(lead, "Sales Order").customer == prepared["party"]

	def test_who_may_not_create_contacts_still_gets_the_document(self, seller):
		lead, customer = person(), make_customer()
		forbid(seller, "Contact")
		order = new(lead, "Sales Order", party_type="Customer", party_name=customer.name)
		assert (order.customer, order.contact_person) == (customer.name, None)


def test_two_clicks_at_once_make_one_customer_and_one_contact(committed):
	lead = person()
	seller = Client(make_user(*ROLES))
	frappe.db.commit()
	sessions = [Client.__new__(Client) for _ in range(4)]
	for client in sessions:
		client.session = requests.Session()
		client.session.headers.update(seller.session.headers)

	def click(client) -> dict:
		return client.call(
			"POST",
			"method/lead_pipeline.documents.create.prepare",
			lead=lead.name,
			document_type="Sales Order",
		)

	with ThreadPoolExecutor(len(sessions)) as pool:
		answers = list(pool.map(click, sessions))
	frappe.db.rollback()
	committed += [
		frappe.get_doc("Customer", answers[0]["party"]),
		frappe.get_doc(LEAD, lead.name),
		frappe.get_doc("Contact", answers[0]["contact"]),
	]
	assert all(answer == answers[0] for answer in answers)
	assert frappe.get_all("Customer", {"pipeline_lead": lead.name}, pluck="name") == [answers[0]["party"]]
	linked = {"link_doctype": LEAD, "link_name": lead.name, "parenttype": "Contact"}
	assert frappe.get_all("Dynamic Link", linked, pluck="parent") == [answers[0]["contact"]]


def commit_inside(document, method=None):
	"""Commit and pause, as ERPNext does while a Contact with a phone is inserted.

	The pause lets another request in at that moment.
	"""
	frappe.db.commit()
	time.sleep(0.3)


@pytest.mark.parametrize("document_type", ["Sales Order", "Quotation"])
def test_two_clicks_make_one_of_each_whatever_commits_inside(committed, document_type):
	needs(document_type)
	lead = person()
	frappe.db.commit()

	def click(_number: int) -> dict:
		site.connect()
		try:
			with hooked("Contact", "after_insert", f"{__name__}.commit_inside"), site.action():
				return create.prepare(lead.name, document_type)
		finally:
			frappe.destroy()

	with ThreadPoolExecutor(3) as pool:
		answers = list(pool.map(click, range(3)))
	frappe.db.rollback()
	committed += [
		frappe.get_doc(answers[0]["party_type"], answers[0]["party"]),
		frappe.get_doc(LEAD, lead.name),
		frappe.get_doc("Contact", answers[0]["contact"]),
	]
	assert all(answer == answers[0] for answer in answers)
	lead.reload()
	assert (lead.party_type, lead.party) == (answers[0]["party_type"], answers[0]["party"])
	linked = {"link_doctype": LEAD, "link_name": lead.name, "parenttype": "Contact"}
	assert frappe.get_all("Dynamic Link", linked, pluck="parent") == [answers[0]["contact"]]
	if document_type == "Sales Order":
		assert frappe.get_all("Customer", {"pipeline_lead": lead.name}, pluck="name") == [lead.party]


def test_a_click_that_fails_ends_its_turn(committed):
	needs("Sales Order")
	lead = person()
	committed += [lead]
	frappe.db.commit()
	with pytest.raises(InvalidPartyError), site.action():
		create.prepare(lead.name, "Sales Order", party_name="Nobody")
	with site.somebody_else(lambda: take_lock(f"{LEAD}:{lead.name}", 0) or pytest.fail("still locked")):
		pass


def test_who_waits_too_long_for_another_click_is_asked_to_try_again(committed, monkeypatch):
	lead = person()
	committed += [lead]
	frappe.db.commit()
	monkeypatch.setattr(create, "LOCK_TIMEOUT_SECONDS", 0.1)
	with (
		site.somebody_else(lambda: take_lock(f"{LEAD}:{lead.name}", 0)),
		pytest.raises(LeadIsBusyError) as refusal,
	):
		create.prepare(lead.name, "Sales Order")
	assert str(refusal.value) == "Somebody else is changing this lead at this moment. Try again."


def test_who_cannot_have_the_lead_is_asked_to_try_again(committed):
	lead = person()
	committed += [lead]
	frappe.db.commit()
	with (
		site.somebody_else(lambda: frappe.db.get_value(LEAD, lead.name, "name", for_update=True)),
		site.little_patience(),
		pytest.raises(LeadIsBusyError) as refusal,
	):
		create.prepare(lead.name, "Sales Order")
	assert str(refusal.value) == "Somebody else is changing this lead at this moment. Try again."

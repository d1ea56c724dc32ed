"""*Create* on a lead: which documents are offered, what they are filled with, who is behind them, and who may."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import frappe
import pytest
import requests
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from frappe.permissions import add_user_permission

from lead_pipeline import boot
from lead_pipeline.concurrency import take_lock
from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.documents import connections, create
from lead_pipeline.exceptions import (
	DocumentNotOfferedError,
	IncompletePartyError,
	InvalidPartyError,
	LeadIsBusyError,
)
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import (
	make_customer,
	make_item,
	make_lead,
	make_opportunity,
	make_quotation,
	make_user,
)
from lead_pipeline.tests.integration.test_rest import Client
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.sales import hooked

ROLES = ("Sales User", "Accounts User", "Stock User")
DOCUMENTS = ["Opportunity", "Quotation", "Sales Order", "Sales Invoice", "Customer"]
SALES = DOCUMENTS[:-1]

# See `changed_doctypes`.
CHANGED: set[str] = set()


@pytest.fixture(autouse=True)
def no_gravatar(monkeypatch):
	"""Who saves a person asks the Internet for a picture; that is no matter of ours."""
	modules = ["frappe.contacts.doctype.contact.contact"]
	if "erpnext" in frappe.get_installed_apps():
		modules.append("erpnext.crm.doctype.lead.lead")
	for module in modules:
		monkeypatch.setattr(f"{module}.has_gravatar", lambda email: "")


@pytest.fixture(scope="module")
def user(connected_site) -> str:
	"""One for all: making a user takes longer than most tests here."""
	user = make_user(*ROLES)
	frappe.db.commit()
	return user


@pytest.fixture(autouse=True)
def changed_doctypes(clean_transaction):
	"""The DocTypes that a test changes: what this process knows of them is read again afterwards."""
	yield CHANGED
	frappe.db.rollback()
	while CHANGED:
		frappe.clear_cache(doctype=CHANGED.pop())


@pytest.fixture
def seller(user) -> str:
	frappe.set_user(user)
	return user


def person(**values):
	"""A lead of somebody in a company, with two e-mails and three phones."""
	tag = frappe.generate_hash(length=6)
	return make_lead(
		**{
			"company_name": f"Example {tag} Ltd",
			"first_name": "Jane",
			"last_name": f"Doe {tag}",
			"job_title": "Buyer",
			"email": f"jane-{tag}@example.com",
			"email_ids": [{"email_id": f"office-{tag}@example.com"}],
			"phone": "030 1234567",
			"mobile_no": "0170 1234567",
			"phone_nos": [{"phone": "030 7654321"}],
			"website": "https://example.com",
			"expected_revenue": 1500,
			"probability": 40,
			"expected_closing": frappe.utils.add_days(frappe.utils.nowdate(), 20),
		}
		| values
	)


def address_of(lead, title: str, **values) -> str:
	address = frappe.get_doc(
		{"doctype": "Address", "address_title": title, "address_line1": f"1 {title} Street", **values}
	)
	address.update({"city": "Springfield", "country": "United States"})
	address.append("links", {"link_doctype": LEAD, "link_name": lead.name})
	return address.insert().name


def new(lead, document_type: str, **wanted):
	"""What the menu of the form does: prepare, then open."""
	prepared = create.prepare(lead.name, document_type, **wanted)
	return create.new_document(lead.name, document_type, prepared["contact"])


def party_of(lead) -> tuple[str, str]:
	return frappe.db.get_value(LEAD, lead.name, ["party_type", "party"])


def links_of(doctype: str, name: str) -> set[tuple[str, str]]:
	return {(row.link_doctype, row.link_name) for row in frappe.get_doc(doctype, name).links}


def rows_of(document) -> list[tuple]:
	return [(row.item_code, row.qty, row.rate) for row in document.get("items")]


def status_of(lead) -> str:
	return frappe.db.get_value(LEAD, lead.name, "status")


def number_of(doctype: str) -> int:
	return frappe.db.count(doctype)


def switch(document_type: str, on: int) -> None:
	frappe.db.set_single_value(SETTINGS, create.SWITCHES[document_type], on)
	frappe.clear_document_cache(SETTINGS, SETTINGS)


def forbid(user: str, doctype: str) -> None:
	"""Leave `user` everything but the rights to create and change this DocType."""
	frappe.set_user("Administrator")
	CHANGED.add(doctype)
	frappe.permissions.setup_custom_perms(doctype)
	frappe.db.set_value("Custom DocPerm", {"parent": doctype}, {"create": 0, "write": 0})
	frappe.clear_cache(doctype=doctype)
	frappe.set_user(user)
	assert not frappe.has_permission(doctype, "create")


def make_mandatory(doctype: str, field: str) -> None:
	CHANGED.add(doctype)
	make_property_setter(doctype, field, "reqd", 1, "Check", validate_fields_for_doctype=False)


class TestWhatIsOffered:
	def test_every_document_until_somebody_switches_it_off(self, seller):
		assert create.offered() == DOCUMENTS
		assert boot.reference_data()["documents"] == DOCUMENTS

	@pytest.mark.parametrize("document_type", DOCUMENTS)
	def test_a_document_that_is_switched_off_is_neither_offered_nor_made(self, seller, document_type):
		lead = person()
		switch(document_type, 0)
		assert create.offered() == [other for other in DOCUMENTS if other != document_type]
		before = number_of("Customer")
		for method in (create.choices, create.prepare, create.new_document):
			with refused(DocumentNotOfferedError) as refusal:
				method(lead.name, document_type)
			assert f"{document_type} is not made from leads here." in refusal
			assert f"A Sales Manager can switch it on in the {SETTINGS}." in refusal
		assert number_of("Customer") == before

	@pytest.mark.usefixtures("sales_documents")
	def test_a_document_that_the_user_may_not_create_is_not_offered(self):
		frappe.set_user(make_user("Sales User"))
		lead = person()
		assert create.offered() == [doctype for doctype in DOCUMENTS if doctype != "Sales Invoice"]
		for method in (create.choices, create.prepare, create.new_document):
			with refused(frappe.PermissionError) as refusal:
				method(lead.name, "Sales Invoice")
			assert "You may not create a Sales Invoice. Ask your administrator" in refusal

	@pytest.mark.parametrize("document_type", ["User", "Prospect", "No such thing", "<b>x</b>"])
	def test_anything_else_is_no_document_of_a_lead(self, seller, document_type):
		lead = person()
		for method in (create.choices, create.prepare, create.new_document):
			with refused(DocumentNotOfferedError) as refusal:
				method(lead.name, document_type)
			assert "is not made from leads here" in refusal

	def test_switches_are_on_from_the_start(self):
		settings = frappe.get_doc(SETTINGS)
		assert all(settings.get(field) for field in create.SWITCHES.values())


class TestOpportunity:
	def test_arrives_filled_and_unsaved(self, seller):
		lead = person(currency=company_currency())
		opportunity = new(lead, "Opportunity")
		assert opportunity.is_new() and not opportunity.name
		expected = {
			"pipeline_lead": lead.name,
			"opportunity_from": "Lead",
			"title": lead.lead_name,
			"contact_email": lead.email,
			"contact_mobile": lead.mobile_no,
			"opportunity_amount": 1500,
			"currency": company_currency(),
			"probability": 40,
			"opportunity_owner": seller,
			"website": "https://example.com",
			"job_title": "Buyer",
		}
		assert {field: opportunity.get(field) for field in expected} == expected
		assert opportunity.expected_closing == lead.expected_closing
		assert opportunity.get("items") == []
		assert status_of(lead) == "Lead", "nothing is qualified before the opportunity is saved"

	def test_saved_it_qualifies_the_lead(self, seller):
		lead = person()
		opportunity = new(lead, "Opportunity").insert()
		assert opportunity.pipeline_lead == lead.name
		assert status_of(lead) == "Opportunity"

	def test_what_a_lead_does_not_have_is_left_empty(self, seller):
		lead = make_lead(company_name=None, is_organization=0, email="a@example.com")
		opportunity = new(lead, "Opportunity")
		assert not opportunity.opportunity_amount
		assert opportunity.contact_email == "a@example.com"
		assert opportunity.insert().pipeline_lead == lead.name

	def test_has_the_item_of_the_lead(self, seller):
		lead = person(item=make_item_as_manager())
		assert rows_of(new(lead, "Opportunity")) == [(lead.item, 1, 1500)]


class TestQuotation:
	def test_goes_to_a_prospect_and_does_not_convert_the_lead(self, seller):
		lead = person(item=make_item_as_manager())
		before = number_of("Customer")
		quotation = new(lead, "Quotation")
		assert quotation.is_new()
		assert (quotation.quotation_to, quotation.party_name) == party_of(lead)
		assert quotation.quotation_to == "Lead"
		assert (quotation.pipeline_lead, quotation.contact_email) == (lead.name, lead.email)
		assert rows_of(quotation) == [(lead.item, 1, 1500)]
		assert status_of(lead) == "Lead"
		quotation.insert()
		assert status_of(lead) == "Quotation"
		assert number_of("Customer") == before

	def test_goes_to_the_customer_that_the_lead_has(self, seller):
		customer = make_customer()
		lead = person(party_type="Customer", party=customer.name)
		quotation = new(lead, "Quotation")
		assert (quotation.quotation_to, quotation.party_name) == ("Customer", customer.name)
		assert quotation.customer_name == customer.customer_name

	def test_without_an_item_its_rows_are_left_to_its_author(self, seller):
		assert rows_of(new(person(), "Quotation")) == []


class TestOrderAndInvoice:
	@pytest.mark.parametrize("document_type", ["Sales Order", "Sales Invoice"])
	def test_has_one_row_with_the_item_and_the_expected_revenue(self, seller, document_type):
		lead = person(item=make_item_as_manager())
		document = new(lead, document_type)
		assert document.is_new()
		assert (document.pipeline_lead, document.contact_email) == (lead.name, lead.email)
		assert ("Customer", document.customer) == party_of(lead)
		assert rows_of(document) == [(lead.item, 1, 1500)]
		assert document.grand_total == 1500
		document.delivery_date = frappe.utils.nowdate()
		document.insert()
		assert document.grand_total == 1500
		assert frappe.db.get_value(document_type, document.name, "pipeline_lead") == lead.name

	@pytest.mark.parametrize("document_type", ["Sales Order", "Sales Invoice"])
	def test_has_the_revenue_even_when_the_item_is_not_known_yet(self, seller, document_type):
		assert rows_of(new(person(), document_type)) == [(None, 1, 1500)]

	@pytest.mark.parametrize("document_type", ["Sales Order", "Sales Invoice"])
	def test_has_no_row_when_nothing_is_known(self, seller, document_type):
		assert rows_of(new(person(expected_revenue=0), document_type)) == []

	def test_an_order_converts_the_lead(self, seller):
		customer = make_customer()
		lead = person(party_type="Customer", party=customer.name, item=make_item_as_manager())
		order = new(lead, "Sales Order")
		assert status_of(lead) == "Lead"
		order.delivery_date = frappe.utils.nowdate()
		order.insert()
		assert status_of(lead) == "Converted"

	def test_an_amount_in_another_currency_is_in_that_currency(self, seller):
		other = "EUR" if company_currency() != "EUR" else "USD"
		lead = person(currency=other, item=make_item_as_manager())
		opportunity = new(lead, "Opportunity")
		assert (opportunity.currency, opportunity.opportunity_amount) == (other, 1500)


class TestCustomer:
	def test_is_made_of_a_company(self, seller):
		lead = person(is_organization=1)
		prepared = create.prepare(lead.name, "Customer")
		customer = frappe.get_doc("Customer", prepared["party"])
		expected = {
			"customer_name": lead.company_name,
			"customer_type": "Company",
			"website": "https://example.com",
			"pipeline_lead": lead.name,
			"customer_primary_contact": prepared["contact"],
			"email_id": lead.email,
			"mobile_no": lead.mobile_no,
		}
		assert {field: customer.get(field) for field in expected} == expected
		assert party_of(lead) == ("Customer", customer.name)
		assert status_of(lead) == "Converted"

	def test_is_made_of_a_person(self, seller):
		lead = person(company_name=None, is_organization=0, salutation="Ms", gender="Female")
		customer = frappe.get_doc("Customer", create.prepare(lead.name, "Customer")["party"])
		assert (customer.customer_type, customer.customer_name) == ("Individual", f"Jane {lead.last_name}")
		assert (customer.salutation, customer.gender) == ("Ms", "Female")

	def test_deleted_again_the_lead_is_where_it_was(self, seller):
		lead = person()
		customer = create.prepare(lead.name, "Customer")["party"]
		frappe.set_user("Administrator")
		saved = frappe.get_doc(LEAD, lead.name)
		saved.update({"party_type": None, "party": None})
		saved.save()
		frappe.delete_doc("Customer", customer)
		assert status_of(lead) == "Lead"

	def test_industry_and_market_are_taken_over_where_erpnext_knows_them(self, seller):
		industry = frappe.db.get_value("Industry Type", {})
		lead = person(industry=industry, market_segment="Unheard of")
		customer = frappe.get_doc("Customer", create.prepare(lead.name, "Customer")["party"])
		assert (customer.industry, customer.market_segment) == (industry, None)


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


class TestExistingOpportunity:
	def test_is_linked_to_the_lead_which_takes_its_party(self, seller):
		lead = person()
		opportunity = make_opportunity()
		assert create.choices(lead.name, "Opportunity")["opportunities"] is True
		answer = create.link_opportunity(lead.name, opportunity.name)
		assert answer == {"doctype": "Opportunity", "name": opportunity.name}
		assert frappe.db.get_value("Opportunity", opportunity.name, "pipeline_lead") == lead.name
		assert party_of(lead) == ("Customer", opportunity.party_name)
		assert status_of(lead) == "Opportunity"
		assert create.link_opportunity(lead.name, opportunity.name) == answer

	def test_leaves_a_party_that_the_lead_has(self, seller):
		customer = make_customer()
		lead = person(party_type="Customer", party=customer.name)
		create.link_opportunity(lead.name, make_opportunity().name)
		assert party_of(lead) == ("Customer", customer.name)

	def test_of_another_lead_is_refused(self, seller):
		lead, opportunity = person(), make_opportunity(person())
		with refused(InvalidPartyError) as refusal:
			create.link_opportunity(lead.name, opportunity.name)
		assert f"{opportunity.name} belongs to another lead already." in refusal
		assert "Choose another one, or change its field Pipeline Lead first." in refusal

	def test_that_does_not_exist_is_refused(self, seller):
		with refused(InvalidPartyError) as refusal:
			create.link_opportunity(person().name, "Nothing")
		assert "There is no Opportunity Nothing, or you may not see it." in refusal

	def test_that_the_user_may_not_change_is_refused(self, seller):
		lead, opportunity = person(), make_opportunity()
		forbid(seller, "Opportunity")
		with refused(frappe.PermissionError):
			create.link_opportunity(lead.name, opportunity.name)
		assert not frappe.db.get_value("Opportunity", opportunity.name, "pipeline_lead")

	def test_of_another_party_is_no_choice_for_a_lead_with_a_party(self, seller):
		mine, other = make_customer(), make_customer()
		make_opportunity(customer=mine.name)
		lead = person(party_type="Customer", party=other.name)
		assert create.choices(lead.name, "Opportunity")["opportunities"] is False
		lead.party = mine.name
		lead.save()
		choices = create.choices(lead.name, "Opportunity")
		assert (choices["opportunities"], choices["ask"]) == (True, True)


class TestConnections:
	ITEMS = ["Opportunity", "Quotation", "Sales Order", "Sales Invoice", "Customer", "Lead", "Prospect"]

	def counted(self, lead) -> dict:
		found = connections.count(LEAD, lead.name, frappe.as_json(self.ITEMS))
		rows = found["count"] if isinstance(found["count"], list) else found["count"]["external_links_found"]
		counts = {row.get("doctype") or row["name"]: row["count"] for row in rows if row["count"]}
		return counts | {party: sorted(names) for party, names in found["parties"].items()}

	def test_of_a_new_lead_are_none(self, seller):
		assert self.counted(person()) == {}

	def test_count_the_documents_and_the_parties_made_from_the_lead(self, seller):
		lead = person()
		new(lead, "Opportunity").insert()
		prospect = party_of(lead)[1]
		assert self.counted(lead) == {"Opportunity": 1, "Lead": [prospect]}
		customer = create.prepare(lead.name, "Customer")["party"]
		make_item_as_manager()
		make_quotation(lead, customer=customer)
		make_quotation(lead, customer=customer)
		assert self.counted(lead) == {"Opportunity": 1, "Quotation": 2, "Customer": [customer]}

	def test_count_a_customer_that_was_chosen(self, seller):
		chosen, made = make_customer(), make_customer()
		lead = person(party_type="Customer", party=chosen.name)
		assert self.counted(lead) == {"Customer": [chosen.name]}
		made.pipeline_lead = lead.name
		made.save()
		assert self.counted(lead) == {"Customer": sorted([chosen.name, made.name])}

	def test_name_no_party_that_the_user_may_not_see(self, seller):
		frappe.set_user("Administrator")
		hidden, shown = make_customer(), make_customer()
		lead = person(party_type="Customer", party=hidden.name, lead_owner=seller)
		add_user_permission("Customer", shown.name, seller)
		frappe.share.add(LEAD, lead.name, seller, read=1)
		frappe.set_user(seller)
		if frappe.has_permission(LEAD, "read", doc=lead.name):
			assert self.counted(lead) == {}

	@pytest.mark.usefixtures("sales_documents")
	def test_every_document_shows_its_lead(self):
		for doctype in DOCUMENTS:
			field = frappe.get_meta(doctype).get_field("pipeline_lead")
			assert (field.fieldtype, field.options, field.hidden) == ("Link", LEAD, 0)


class TestItem:
	def test_names_a_lead_of_which_nobody_knows_more(self):
		item = make_item()
		lead = make_lead(company_name=None, is_organization=0, item=item)
		assert lead.lead_name == frappe.db.get_value("Item", item, "item_name")
		assert make_lead(company_name="Example Ltd", item=item).lead_name == "Example Ltd"

	@pytest.mark.usefixtures("sales_documents")
	def test_is_not_copied(self):
		assert frappe.get_meta(LEAD).get_field("item").no_copy


METHODS = {
	"choices": (create.choices, {"document_type": "Quotation"}),
	"prepare": (create.prepare, {"document_type": "Quotation"}),
	"new_document": (create.new_document, {"document_type": "Quotation"}),
	"link_opportunity": (create.link_opportunity, {"opportunity": "CRM-OPP-1"}),
}
WRITES = ("prepare", "link_opportunity")
NOT_SEEN = "There is no such lead, or you may not see it."


class TestWhoMay:
	def test_every_whitelisted_method_is_tried_here(self):
		from frappe import whitelisted

		found = {method.__name__ for method in whitelisted if method.__module__ == create.__name__}
		assert found == set(METHODS)

	@pytest.mark.parametrize("method", METHODS)
	def test_guests_strangers_and_the_wrong_verb_are_refused(self, committed, method):
		lead = person()
		committed.append(lead)
		frappe.db.commit()
		_function, arguments = METHODS[method]
		address = f"{site.URL}/api/method/lead_pipeline.documents.create.{method}"
		body = arguments | {"lead": lead.name}
		stranger, seller = Client(make_user()), Client(make_user(*ROLES))
		right, wrong = ("post", "get") if method in WRITES else ("get", "post")

		def status(session, verb) -> int:
			send = {"json": body} if verb == "post" else {"params": body}
			return getattr(session, verb)(address, timeout=60, **send).status_code

		assert status(requests, right) == 403
		assert status(stranger.session, right) == 403
		assert status(seller.session, wrong) == 403
		frappe.db.rollback()
		assert party_of(lead) == (None, None)

	@pytest.mark.parametrize("method", METHODS)
	def test_a_user_without_a_role_is_refused(self, method):
		function, arguments = METHODS[method]
		lead = person()
		frappe.set_user(make_user())
		with refused(frappe.PermissionError) as refusal:
			function(lead.name, **arguments)
		assert NOT_SEEN in refusal

	@pytest.mark.parametrize("method", METHODS)
	def test_a_lead_that_the_user_may_not_see_is_refused_as_if_it_did_not_exist(self, method):
		function, arguments = METHODS[method]
		user = make_user(*ROLES)
		hidden, shown = person(), person()
		add_user_permission(LEAD, shown.name, user)
		frappe.set_user(user)
		for name in (hidden.name, "LEAD-0"):
			with refused(frappe.PermissionError) as refusal:
				function(name, **arguments)
			assert refusal.text == NOT_SEEN

	@pytest.mark.parametrize("method", WRITES)
	def test_who_may_only_read_the_lead_makes_nothing_of_it(self, method):
		function, arguments = METHODS[method]
		user = make_user()
		lead = person()
		frappe.share.add(LEAD, lead.name, user, read=1)
		frappe.set_user(user)
		with refused(frappe.PermissionError) as refusal:
			function(lead.name, **arguments)
		assert (
			refusal.text == "You may not change it. Ask its owner to share it with you, or a Sales Manager."
		)

	def test_connections_are_closed_to_who_may_not_see_the_lead(self):
		user = make_user()
		lead = person()
		frappe.set_user(user)
		with refused(frappe.PermissionError) as refusal:
			connections.count(LEAD, lead.name, "[]")
		assert refusal.text == NOT_SEEN
		assert (
			requests.get(
				f"{site.URL}/api/method/lead_pipeline.documents.connections.count",
				params={"doctype": LEAD, "name": lead.name},
				timeout=60,
			).status_code
			== 403
		)


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
	"""What ERPNext does while a Contact with a phone is inserted; somebody else comes at that moment."""
	frappe.db.commit()
	time.sleep(0.3)


@pytest.mark.parametrize("document_type", ["Sales Order", "Quotation"])
def test_two_clicks_make_one_of_each_whatever_commits_inside(committed, document_type):
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
	monkeypatch.setattr(create, "PATIENCE", 0.1)
	with (
		site.somebody_else(lambda: take_lock(f"{LEAD}:{lead.name}", 0)),
		pytest.raises(LeadIsBusyError) as refusal,
	):
		create.prepare(lead.name, "Sales Order")
	assert str(refusal.value) == "Somebody else is changing this lead at this moment. Try again."


@contextmanager
def little_patience():
	"""Wait one second for a lock, not as long as the database is set up to."""
	mariadb = frappe.db.db_type == "mariadb"
	setting = "innodb_lock_wait_timeout" if mariadb else "lock_timeout"
	(before,) = frappe.db.sql(f"select @@{setting}" if mariadb else f"show {setting}")[0]
	set_setting(setting, 1 if mariadb else "1s")
	yield
	frappe.db.rollback()
	set_setting(setting, before)


def set_setting(name: str, value) -> None:
	frappe.db.sql(f"set {name} = %s", value)
	# On PostgreSQL, a setting is undone with its transaction.
	frappe.db.commit()


def test_who_cannot_have_the_lead_is_asked_to_try_again(committed):
	lead = person()
	committed += [lead]
	frappe.db.commit()
	with (
		site.somebody_else(lambda: frappe.db.get_value(LEAD, lead.name, "name", for_update=True)),
		little_patience(),
		pytest.raises(LeadIsBusyError) as refusal,
	):
		create.prepare(lead.name, "Sales Order")
	assert str(refusal.value) == "Somebody else is changing this lead at this moment. Try again."


def company_currency() -> str:
	company = frappe.defaults.get_user_default("Company") or frappe.db.get_value("Company", {})
	return frappe.db.get_value("Company", company, "default_currency")


def make_item_as_manager() -> str:
	"""Sales people do not create items."""
	user = frappe.session.user
	frappe.set_user("Administrator")
	item = make_item()
	frappe.set_user(user)
	return item

"""Documents made with *Create* on a lead.

Which documents are offered, what they are filled with, which party they get, and who may make them.
"""

import frappe
import pytest
from frappe.permissions import add_user_permission

from lead_pipeline import boot
from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.documents import connections, create
from lead_pipeline.documents.types import TYPES
from lead_pipeline.exceptions import DocumentNotOfferedError
from lead_pipeline.tests.factories import make_customer, make_item, make_lead, make_quotation, make_user
from lead_pipeline.tests.from_a_lead import (
	DOCUMENTS,
	company_currency,
	make_item_as_manager,
	new,
	number_of,
	party_of,
	person,
	rows_of,
	status_of,
	switch,
	with_deals,
)
from lead_pipeline.tests.messages import refused


class TestWhatIsOffered:
	def test_every_document_until_somebody_switches_it_off(self, seller):
		assert create.documents_offered() == with_deals(DOCUMENTS)
		assert boot.reference_data()["documents"] == with_deals(DOCUMENTS)

	@pytest.mark.parametrize("document_type", DOCUMENTS)
	def test_a_document_that_is_switched_off_is_neither_offered_nor_made(self, seller, document_type):
		lead = person()
		switch(document_type, 0)
		assert create.documents_offered() == [
			other for other in with_deals(DOCUMENTS) if other != document_type
		]
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
		assert create.documents_offered() == [
			doctype for doctype in with_deals(DOCUMENTS) if doctype != "Sales Invoice"
		]
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
		assert all(settings.get(kind.switch) for kind in TYPES.values())


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

	@pytest.mark.usefixtures("sales_documents")
	def test_says_where_the_lead_came_from_as_far_as_the_site_knows_it(self, seller):
		"""An opportunity takes over the origin of the lead as far as the site knows it.

		ERPNext 15 calls it source and campaign; ERPNext 16 names it after the parameters of an address (UTM).
		"""
		meta = frappe.get_meta("Opportunity")
		names = [
			name for name in ("source", "campaign", "utm_source", "utm_campaign") if meta.has_field(name)
		]
		if not names:
			pytest.skip("this site's Opportunity does not say where it came from")
		said = {"source": "E-mail", "campaign": "Spring"}
		for name in names:
			value = said[name.removeprefix("utm_")]
			record = frappe.get_doc({"doctype": meta.get_options(name), "name": value, "__newname": value})
			record.update({"source_name": value, "campaign_name": value})
			# Sales people may not make them.
			record.insert(ignore_permissions=True, ignore_if_duplicate=True)
		lead = person(campaign=said["campaign"], channel=said["source"])
		opportunity = new(lead, "Opportunity")
		assert {name: opportunity.get(name) for name in names} == {
			name: said[name.removeprefix("utm_")] for name in names
		}

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
		give_rate(other)
		opportunity = new(lead, "Opportunity")
		assert (opportunity.currency, opportunity.opportunity_amount) == (other, 1500)
		base = (opportunity.conversion_rate, opportunity.base_opportunity_amount, opportunity.base_total)
		assert base == (1.25, 1875, 1875)
		opportunity.insert().reload()
		assert (opportunity.base_opportunity_amount, opportunity.base_total) == (1875, 1875)

	@pytest.mark.parametrize("document_type", ["Quotation", "Sales Order", "Sales Invoice"])
	def test_a_sum_in_another_currency_is_in_the_companys_too(self, seller, document_type):
		other = "EUR" if company_currency() != "EUR" else "USD"
		give_rate(other)
		document = new(person(currency=other, item=make_item_as_manager()), document_type)
		assert (document.currency, document.conversion_rate) == (other, 1.25)
		assert (document.net_total, document.base_net_total) == (1500, 1875)

	def test_an_amount_in_the_companys_currency_is_there_twice(self, seller):
		opportunity = new(person(), "Opportunity")
		assert (opportunity.conversion_rate, opportunity.base_opportunity_amount) == (1, 1500)


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
		# ERPNext 16 asks a Customer for no salutation.
		known = {"salutation": "Ms", "gender": "Female"}
		expected = {field: value for field, value in known.items() if customer.meta.has_field(field)}
		assert {field: customer.get(field) for field in expected} == expected

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


def give_rate(currency: str) -> None:
	"""Set the exchange rate of a currency to the company's currency.

	The rate is what one unit is worth in the company's currency. The stand-in has this one rate for all.
	"""
	if not frappe.db.exists("DocType", "Currency Exchange"):
		return
	rate = {"doctype": "Currency Exchange", "from_currency": currency, "to_currency": company_currency()}
	rate |= {"exchange_rate": 1.25, "date": frappe.utils.nowdate(), "for_selling": 1, "for_buying": 1}
	# Sales people do not enter rates.
	frappe.get_doc(rate).insert(ignore_permissions=True)

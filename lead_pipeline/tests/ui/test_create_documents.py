"""The menu Create on the form of a lead.

What it offers, what it asks, and the document that opens.
"""

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.tests.factories import make_customer, make_item, make_lead, make_opportunity, needs
from lead_pipeline.tests.from_a_lead import with_deals
from lead_pipeline.tests.leads import committed_status


@pytest.fixture
def lead():
	tag = frappe.generate_hash(length=6)
	lead = make_lead(
		company_name=f"Example {tag} Ltd",
		first_name="Jane",
		last_name="Doe",
		email=f"jane-{tag}@example.com",
		phone="030 1234567",
		expected_revenue=1500,
		item=make_item(),
	)
	frappe.db.commit()
	return lead


def take(desk, document_type: str) -> None:
	"""Take an entry of the menu; a dialog follows, or the document."""
	desk.front.locator('.inner-group-button[data-label="Create"] button:visible').click()
	menu = desk.front.locator(".inner-group-button .dropdown-menu.show")
	menu.get_by_text(document_type, exact=True).click()
	desk.wait()


def create(desk, document_type: str, **answers: str) -> dict:
	"""Create a document with an entry of the menu and return it.

	The dialog of the entry is filled with `answers`; the document is the one that opens.
	"""
	take(desk, document_type)
	desk.asked(f"Create {document_type}")
	for field, value in answers.items():
		desk.choose(field, value)
	desk.button("Create").click()
	return opened(desk, document_type)


def opened(desk, document_type: str) -> dict:
	# ERPNext looks on the Internet for a picture of each new person, and waits for the answer.
	desk.page.wait_for_function(
		"doctype => window.cur_frm?.doctype === doctype", arg=document_type, timeout=60_000
	)
	desk.wait()
	return desk.document()


def saved(doctype: str, name: str, *fields: str):
	frappe.db.rollback()
	return frappe.db.get_value(doctype, name, list(fields))


def test_the_menu_offers_what_the_user_may_create(desk, lead):
	desk.show(lead.name)
	desk.offers(*with_deals(["Opportunity", "Quotation", "Sales Order", "Customer"]), menu="Create")


def test_a_document_that_is_switched_off_is_not_offered(desk, lead):
	def switch(on: int) -> None:
		frappe.db.set_single_value(SETTINGS, "create_quotation", on)
		frappe.clear_document_cache(SETTINGS, SETTINGS)
		frappe.db.commit()

	switch(0)
	try:
		desk.open("pipeline-lead", lead.name)
		desk.offers(*with_deals(["Opportunity", "Sales Order", "Customer"]), menu="Create")
	finally:
		switch(1)
	desk.open("pipeline-lead", lead.name)
	desk.offers(*with_deals(["Opportunity", "Quotation", "Sales Order", "Customer"]), menu="Create")


def test_a_quotation_goes_to_a_new_prospect_and_arrives_filled(desk, lead):
	desk.show(lead.name)
	take(desk, "Quotation")
	desk.asked("Create Quotation")
	desk.picture("create-dialog")
	desk.button("Create").click()
	quotation = opened(desk, "Quotation")
	desk.picture("create-quotation")
	assert quotation["__islocal"]
	assert quotation["pipeline_lead"] == lead.name
	assert (quotation["quotation_to"], quotation["party_name"]) == saved(
		LEAD, lead.name, "party_type", "party"
	)
	assert quotation["quotation_to"] == "Lead"
	assert quotation["contact_email"] == lead.email
	assert [(row["item_code"], row["rate"]) for row in quotation["items"]] == [(lead.item, 1500)]
	desk.save()
	# Without the taxes that ERPNext may add.
	assert [row["amount"] for row in desk.document()["items"]] == [1500]
	assert committed_status(lead) == "Quotation"

	desk.open("pipeline-lead", lead.name)
	desk.is_at("Quotation")
	desk.front.get_by_role("tab", name="Connections").click()
	expect(desk.front.locator('.document-link[data-doctype="Quotation"] .count')).to_have_text("1")
	expect(desk.front.locator('.document-link[data-doctype="Lead"] .count')).to_have_text("1")


def test_an_order_is_for_the_customer_that_is_chosen(desk, lead):
	customer = make_customer()
	frappe.db.commit()
	desk.show(lead.name)
	order = create(desk, "Sales Order", party=customer.name)
	assert (order["customer"], order["pipeline_lead"]) == (customer.name, lead.name)
	assert order["contact_person"]
	assert [(row["item_code"], row["rate"]) for row in order["items"]] == [(lead.item, 1500)]
	desk.picture("create-order")
	assert saved(LEAD, lead.name, "party_type", "party", "status") == ("Customer", customer.name, "Lead")

	desk.show(lead.name)
	desk.front.get_by_role("tab", name="Connections").click()
	link = desk.front.locator('.document-link[data-doctype="Customer"]')
	expect(link.locator(".count")).to_have_text("1")
	link.locator(".badge-link").click()
	assert opened(desk, "Customer")["name"] == customer.name


def test_a_lead_with_a_customer_is_asked_nothing(desk):
	customer = make_customer()
	lead = make_lead(party_type="Customer", party=customer.name)
	frappe.db.commit()
	desk.show(lead.name)
	take(desk, "Sales Order")
	assert opened(desk, "Sales Order")["customer"] == customer.name
	desk.show(lead.name)
	take(desk, "Customer")
	assert opened(desk, "Customer")["name"] == customer.name


def test_the_form_of_a_customer_leads_to_its_leads(desk):
	customer = make_customer()
	leads = [make_lead(party_type="Customer", party=customer.name) for _number in range(2)]
	make_lead()
	frappe.db.commit()
	desk.open("customer", customer.name)
	link = desk.front.locator('.document-link[data-doctype="Pipeline Lead"]')
	if not link.is_visible():
		desk.front.get_by_role("tab", name="Dashboard").or_(
			desk.front.get_by_role("tab", name="Connections")
		).first.click()
	expect(link.locator(".count")).to_have_text("2")
	desk.picture("customer-connections")
	link.locator(".badge-link").click()
	desk.page.wait_for_url("**/pipeline-lead**")
	desk.wait()
	# The newest on top.
	desk.lists(*(lead.name for lead in reversed(leads)))


def test_a_double_click_makes_one_customer(desk, lead):
	desk.show(lead.name)
	take(desk, "Customer")
	desk.asked("Create Customer")
	desk.button("Create").dblclick()
	customer = opened(desk, "Customer")
	assert customer["customer_name"] == lead.company_name
	frappe.db.rollback()
	assert frappe.get_all("Customer", {"pipeline_lead": lead.name}, pluck="name") == [customer["name"]]
	assert saved(LEAD, lead.name, "party_type", "party", "status") == (
		"Customer",
		customer["name"],
		"Converted",
	)
	desk.show(lead.name)
	desk.is_at("Converted")


def test_convert_to_opportunity_opens_it_filled_and_saving_it_qualifies(desk, lead):
	desk.show(lead.name)
	desk.act("Convert to Opportunity")
	desk.asked("Create Opportunity")
	desk.button("Create").click()
	opportunity = opened(desk, "Opportunity")
	assert (opportunity["title"], opportunity["opportunity_amount"]) == (lead.lead_name, 1500)
	assert committed_status(lead) == "Lead"
	desk.save()
	assert committed_status(lead) == "Opportunity"


def test_the_dialog_opens_closed_and_offers_the_leads_own_opportunities(desk, lead):
	stranger = make_opportunity()
	own = make_opportunity(customer=make_customer(customer_name=lead.company_name).name)
	frappe.db.commit()
	desk.show(lead.name)
	take(desk, "Opportunity")
	desk.asked("Create Opportunity")
	lists = desk.page.locator(".modal.show ul[role=listbox]:visible")
	field = desk.page.locator('.modal.show [data-fieldname="opportunity"] input:visible')
	expect(desk.page.locator('.modal.show [data-fieldname="party"] input:visible')).to_be_visible()
	expect(field).not_to_be_focused()
	expect(lists).to_have_count(0)
	desk.picture("create-opportunity")
	field.click()
	expect(lists).to_contain_text(own.name)
	expect(lists).not_to_contain_text(stranger.name)
	expect(lists).not_to_contain_text("Create a new")
	desk.dismiss()


def test_an_existing_opportunity_is_linked(desk, lead):
	opportunity = make_opportunity()
	frappe.db.commit()
	desk.show(lead.name)
	create(desk, "Opportunity", opportunity=opportunity.name)
	assert desk.document()["name"] == opportunity.name
	assert saved("Opportunity", opportunity.name, "pipeline_lead", "status") == (lead.name, "Open")
	assert saved(LEAD, lead.name, "status", "party") == ("Opportunity", opportunity.party_name)


def test_a_dialog_that_is_closed_and_a_refusal_leave_everything_as_it_was(desk):
	needs("Sales Order")
	lead = make_lead(company_name=None, is_organization=0, email="nobody@example.com")
	frappe.db.commit()
	desk.show(lead.name)
	take(desk, "Sales Order")
	desk.asked("Create Sales Order")
	desk.dismiss()
	take(desk, "Sales Order")
	desk.asked("Create Sales Order")
	desk.button("Create").click()
	expect(desk.message()).to_contain_text("Enter the name of the person or the company in the lead first.")
	desk.dismiss()
	assert desk.document()["name"] == lead.name
	assert saved(LEAD, lead.name, "party", "status") == (None, "Lead")


def test_what_is_typed_is_saved_first(desk, lead):
	desk.show(lead.name)
	desk.type("job_title", "Head of Buying")
	opportunity = create(desk, "Opportunity")
	assert saved(LEAD, lead.name, "job_title", "item") == ("Head of Buying", lead.item)
	assert opportunity["job_title"] == "Head of Buying"


def test_the_form_with_its_menu(desk, lead):
	desk.show(lead.name)
	desk.front.locator('.inner-group-button[data-label="Create"] button:visible').click()
	expect(desk.front.locator(".inner-group-button .dropdown-menu.show")).to_be_visible()
	desk.picture("create-menu")

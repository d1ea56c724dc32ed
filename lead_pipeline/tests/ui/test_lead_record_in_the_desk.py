"""The record of a lead in a real browser.

Quick entry, several e-mails, contacts, copy and delete.
"""

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.tests.factories import make_opportunity
from lead_pipeline.tests.ui.desk import Desk


@pytest.fixture
def desk(manager):
	"""Managers may delete."""
	return manager


def make_committed_lead(**values):
	lead = frappe.get_doc({"doctype": "Pipeline Lead", **values}).insert()
	frappe.db.commit()
	return lead


def fresh(name: str):
	"""The lead as it is in the database by now."""
	frappe.db.rollback()
	return frappe.get_doc("Pipeline Lead", name)


def menu(desk: Desk, label: str) -> None:
	"""Take an entry of the form's menu."""
	desk.front.locator(".menu-btn-group:visible button").first.click()
	desk.front.locator(".menu-btn-group .dropdown-menu.show").get_by_text(label, exact=True).click()
	desk.wait()


def test_the_quick_entry_creates_a_lead(desk):
	company = f"Quick {frappe.generate_hash(length=6)} Ltd"
	desk.open("pipeline-lead")
	desk.page.evaluate("frappe.new_doc('Pipeline Lead')")
	expect(desk.page.locator(".modal.show .modal-title")).to_contain_text("Pipeline Lead")
	desk.check("is_organization")
	desk.type("email", "quick@example.com")
	desk.button("Save").click()
	expect(desk.message()).to_contain_text("Company Name")
	desk.dismiss()
	desk.type("company_name", company)
	desk.type("phone", "+49 30 123456")
	desk.picture("quick-entry")
	desk.button("Save").click()
	expect(desk.page.locator(".modal.show")).to_have_count(0)
	frappe.db.rollback()
	lead = frappe.get_doc("Pipeline Lead", {"company_name": company})
	assert (lead.lead_name, lead.status, lead.phone_key) == (company, "Lead", "+4930123456")
	assert not desk.errors


def test_ticking_another_email_in_the_form_makes_it_the_main_one(desk):
	addresses = ("first@example.com", "second@example.com")
	lead = make_committed_lead(
		first_name="Jane", email=addresses[0], email_ids=[{"email_id": address} for address in addresses]
	)
	desk.show(lead.name)
	desk.front.get_by_role("tab", name="Contacts and Addresses").click()
	rows = desk.field("email_ids").locator(".grid-body .grid-row")
	expect(rows).to_have_count(2)
	rows.nth(1).locator('[data-fieldname="is_primary"]').first.click()
	rows.nth(1).locator('[data-fieldname="is_primary"] input').first.check()
	desk.save()
	assert desk.document()["email"] == "second@example.com"
	lead = fresh(lead.name)
	assert [row.is_primary for row in lead.email_ids] == [0, 1]
	assert not desk.errors


def test_new_contact_and_new_address_are_linked_to_the_lead(desk):
	lead = make_committed_lead(company_name="Example Ltd", is_organization=1)
	desk.show(lead.name)
	desk.front.get_by_role("tab", name="Contacts and Addresses").click()
	desk.front.get_by_role("button", name="New Contact").click()
	desk.page.wait_for_function("window.cur_frm?.doctype === 'Contact' && cur_frm.is_new()")
	desk.wait()
	desk.type("first_name", "Jane")
	desk.save()
	desk.open("pipeline-lead", lead.name)
	desk.front.get_by_role("tab", name="Contacts and Addresses").click()
	expect(desk.field("contact_html")).to_contain_text("Jane")
	desk.front.get_by_role("button", name="New Address").click()
	desk.page.wait_for_function("window.cur_frm?.doctype === 'Address' && cur_frm.is_new()")
	desk.wait()
	desk.type("address_line1", "Street 1")
	desk.type("city", "Town")
	desk.choose("country", "Germany")
	desk.save()
	desk.open("pipeline-lead", lead.name)
	desk.front.get_by_role("tab", name="Contacts and Addresses").click()
	expect(desk.field("address_html")).to_contain_text("Street 1")
	desk.picture("contacts-and-addresses")
	desk.field("address_html").locator('.address-box a[href*="ddress/"]').first.click()
	desk.page.wait_for_function("window.cur_frm?.doctype === 'Address' && !cur_frm.is_new()")
	desk.wait()
	desk.type("address_line1", "Street 2")
	desk.save()
	desk.open("pipeline-lead", lead.name)
	desk.front.get_by_role("tab", name="Contacts and Addresses").click()
	expect(desk.field("address_html")).to_contain_text("Street 2")
	assert not desk.errors


def test_duplicate_in_the_menu_makes_a_copy_with_the_addresses(desk):
	lead = make_committed_lead(
		first_name="Jane",
		email="jane@example.com",
		status="Interested",
		campaign="Spring",
		expected_closing="2030-05-01",
		tags=[{"tag": "Urgent"}],
		priority="High",
	)
	address = frappe.get_doc(
		{
			"doctype": "Address",
			"address_title": "Office",
			"address_line1": "1",
			"city": "Town",
			"country": "Germany",
		}
	)
	address.append("links", {"link_doctype": "Pipeline Lead", "link_name": lead.name})
	address.insert()
	frappe.db.commit()
	desk.show(lead.name)
	menu(desk, "Duplicate")
	desk.page.wait_for_function("window.cur_frm?.is_new()")
	desk.wait()
	desk.type("lead_name", "Jane again")
	desk.save()
	copy = fresh(desk.document()["name"])
	assert copy.name != lead.name
	assert (copy.status, copy.campaign, copy.expected_closing) == ("Lead", None, None)
	assert (copy.lead_name, copy.email, copy.priority) == ("Jane again", "jane@example.com", "High")
	assert [row.tag for row in copy.tags] == ["Urgent"]
	assert frappe.db.exists("Dynamic Link", {"parent": address.name, "link_name": copy.name})
	assert not desk.errors


def test_a_lead_with_documents_is_not_deleted_and_the_desk_names_them(desk):
	lead = make_committed_lead(company_name="Busy Ltd", is_organization=1)
	opportunity = make_opportunity(lead)
	frappe.db.commit()
	desk.show(lead.name)
	menu(desk, "Delete")
	desk.confirm()
	message = desk.page.locator(".msgprint-dialog.show, .modal.show", has_text="Lead has Documents").last
	expect(message).to_contain_text(opportunity.name)
	expect(message).to_contain_text("Give these documents another lead, or delete them.")
	desk.picture("lead-has-documents")
	assert message.locator(f'a[href*="{opportunity.name}"]').count() == 1
	assert fresh(lead.name)

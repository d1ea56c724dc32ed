"""From an empty form to an order and back, in the desk.

As a Sales User in a real browser.
"""

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.constants import LEAD
from lead_pipeline.status.reconcile import reconcile
from lead_pipeline.tests.factories import make_customer, make_item, make_lead, make_quotation, needs
from lead_pipeline.tests.ui.desk import Desk


class LeadStory:
	"""What the lead's own form, open in a second tab, says after every step."""

	def __init__(self, desk: Desk, lead: str):
		self.desk, self.lead = desk.tab(), lead
		self.statuses = []

	def expect(self, status: str, document: str | None = None, changed: bool = True) -> None:
		"""Expect the form to show `status`, and its history to match.

		The history has a new row on top, naming `document`, exactly when the status `changed`.
		"""
		if changed:
			self.statuses.insert(0, status)
		self.desk.open("pipeline-lead", self.lead)
		page = self.desk.front
		expect(page.locator(".page-head .indicator-pill, .title-area .indicator-pill").first).to_have_text(
			status
		)
		page.get_by_role("tab", name="Status History").click()
		rows = page.locator(".lead-history > li")
		expect(rows).to_have_count(len(self.statuses))
		shown = [row.locator(".indicator-pill").first.inner_text() for row in rows.all()]
		assert shown == self.statuses
		if document:
			expect(rows.first).to_contain_text(document)


def test_a_lead_follows_its_documents_in_the_desk_and_back(desk):
	customer, item = make_customer().name, make_item()
	frappe.db.commit()

	desk.open("pipeline-lead", "new-pipeline-lead-1")
	desk.check("is_organization")
	desk.type("company_name", "Desk Story Ltd")
	desk.save()
	lead = LeadStory(desk, desk.document()["name"])
	lead.expect("Lead")

	desk.open("opportunity", "new-opportunity-1")
	desk.choose("opportunity_from", "Customer")
	desk.choose("party_name", customer)
	desk.choose("pipeline_lead", lead.lead)
	desk.save()
	opportunity = desk.document()["name"]
	lead.expect("Opportunity", opportunity)

	desk.create("Quotation")
	assert desk.document()["pipeline_lead"] == lead.lead
	desk.fill_row("items", {"item_code": item}, {"qty": "1", "rate": "250"}, fetched="uom")
	desk.save()
	quotation = desk.document()["name"]
	lead.expect("Quotation", quotation)

	desk.submit()
	lead.expect("Quotation", changed=False)

	desk.create("Sales Order")
	assert desk.document()["pipeline_lead"] == lead.lead
	desk.type("delivery_date", frappe.utils.formatdate(frappe.utils.add_days(None, 7), "mm-dd-yyyy"))
	desk.save()
	order = desk.document()["name"]
	lead.expect("Converted", order)

	desk.submit()
	lead.expect("Converted", changed=False)

	desk.cancel()
	lead.expect("Quotation", order)

	desk.delete()
	lead.expect("Quotation", changed=False)

	desk.open("quotation", quotation)
	desk.cancel()
	lead.expect("Opportunity", quotation)


def test_the_form_says_why_and_keeps_a_persons_choice(desk):
	lead = frappe.get_doc(
		{"doctype": "Pipeline Lead", "company_name": "Choice Ltd", "is_organization": 1}
	).insert()
	opportunity = frappe.get_doc(
		{
			"doctype": "Opportunity",
			"opportunity_from": "Customer",
			"party_name": make_customer().name,
			"pipeline_lead": lead.name,
		}
	).insert()
	frappe.db.commit()

	desk.open("pipeline-lead", lead.name)
	why = desk.field("why_html")
	expect(why).to_contain_text(f"Opportunity because of Opportunity {opportunity.name}")
	expect(why.get_by_role("link", name=f"Opportunity {opportunity.name}")).to_be_visible()

	desk.take_status("Interested")
	expect(desk.field("why_html")).to_contain_text("Interested as chosen by you")
	expect(desk.field("why_html")).to_contain_text("until the documents say something new")


@pytest.fixture
def quoted():
	lead = make_lead(company_name=f"Why Story {frappe.generate_hash(length=6)}")
	lead.quotation = make_quotation(lead)
	frappe.db.commit()
	yield lead
	frappe.db.rollback()
	reconcile()


def test_a_lead_that_has_not_followed_yet_says_so_and_a_manager_corrects_it(manager, desk, quoted):
	quotation = quoted.quotation.name
	frappe.db.set_value("Quotation", quotation, "status", "Expired", update_modified=False)
	frappe.db.commit()

	desk.show(quoted.name)
	why = desk.field("why_html")
	expect(why).to_contain_text(
		f"It should be at Lead, as last chosen by a person: Quotation {quotation} does not count any more."
	)
	expect(why).to_contain_text("It is at Quotation still, and is corrected by itself within the hour.")
	expect(why.get_by_role("button")).to_have_count(0)
	desk.picture("why-not-yet")

	manager.show(quoted.name)
	manager.field("why_html").get_by_role("button", name="Correct It Now").click()
	expect(manager.alert()).to_contain_text("The lead agrees with its documents now.")
	why = manager.field("why_html")
	expect(why).to_contain_text(
		f"Lead as last chosen by a person: Quotation {quotation} does not count any more."
	)
	expect(why.get_by_role("button")).to_have_count(0)
	frappe.db.rollback()
	assert frappe.db.get_value(LEAD, quoted.name, "status") == "Lead"


def test_an_automatic_change_by_me_is_not_said_to_be_my_choice(desk, quoted):
	desk.open("quotation", quoted.quotation.name)
	desk.delete()
	desk.show(quoted.name)
	expect(desk.field("why_html")).to_contain_text("does not count any more")
	expect(desk.field("why_html")).not_to_contain_text("chosen by you")


@pytest.mark.parametrize("form", ["opportunity", "quotation", "sales-order", "customer"])
def test_a_document_shows_its_lead_and_nothing_of_the_machinery(manager, form):
	needs(form.replace("-", " ").title())
	manager.open(form, f"new-{form}-1")
	expect(manager.front.locator('[data-fieldname="pipeline_lead"]:visible').first).to_be_visible()
	expect(manager.front.locator('[data-fieldname="pipeline_lead_found"]:visible')).to_have_count(0)

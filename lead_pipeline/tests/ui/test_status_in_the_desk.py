"""From an empty form to an order and back, in the desk, as a Sales User in a real browser."""

import frappe
import pytest
from playwright.sync_api import expect

from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_customer, make_item, make_user
from lead_pipeline.tests.ui.desk import Desk


@pytest.fixture
def desk(chromium):
	user = make_user("Sales User", "Stock User", password=site.PASSWORD)
	frappe.db.commit()
	desk = Desk(chromium, user, site.PASSWORD)
	yield desk
	desk.close()


class LeadStory:
	"""What the lead's own form, open in a second tab, says after every step."""

	def __init__(self, desk: Desk, lead: str):
		self.desk, self.lead = desk.tab(), lead
		self.statuses = []

	def expect(self, status: str, document: str | None = None, changed: bool = True) -> None:
		"""The form shows `status`; its history has a new row on top, naming `document`, exactly when it `changed`."""
		if changed:
			self.statuses.insert(0, status)
		self.desk.open("pipeline-lead", self.lead)
		page = self.desk.front
		expect(page.locator(".page-head .indicator-pill, .title-area .indicator-pill").first).to_have_text(status)
		page.get_by_role("tab", name="Status History").click()
		rows = page.locator(".lead-history > div")
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
	assert not desk.errors


def test_the_form_says_why_and_keeps_a_persons_choice(desk):
	lead = frappe.get_doc({"doctype": "Pipeline Lead", "company_name": "Choice Ltd", "is_organization": 1}).insert()
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

	desk.choose("status", "Interested")
	desk.save()
	expect(desk.field("why_html")).to_contain_text("Interested as chosen by You")
	expect(desk.field("why_html")).to_contain_text("until the documents say something new")


def test_a_lost_status_asks_for_the_reason_and_without_one_the_lead_stays(desk):
	lead = frappe.get_doc({"doctype": "Pipeline Lead", "first_name": "Ask"}).insert()
	frappe.db.commit()
	desk.open("pipeline-lead", lead.name)

	desk.choose("status", "Lost")
	expect(desk.page.locator(".modal.show .modal-title")).to_contain_text("Why was it lost?")
	desk.page.locator(".modal.show .btn-modal-close").click()
	expect(desk.page.locator(".modal.show")).to_have_count(0)
	expect(desk.page.locator(".form-layout:visible [data-fieldname=status] input").first).to_have_value("Lead")
	desk.wait()

	desk.choose("status", "Lost")
	desk.choose("lost_reason", "No budget")
	desk.type("lost_note", "Next year perhaps")
	desk.button("Set Lost").click()
	desk.wait()
	expect(desk.front.locator(".title-area .indicator-pill").first).to_have_text("Lost")
	frappe.db.rollback()
	assert frappe.db.get_value("Pipeline Lead", lead.name, ["status", "lost_reason"]) == ("Lost", "No budget")


def test_the_list_shows_the_status_in_the_colour_of_its_record(desk):
	lead = frappe.get_doc({"doctype": "Pipeline Lead", "first_name": "Colourful"}).insert()
	frappe.db.commit()
	desk.open("pipeline-lead")
	assert not desk.errors
	row = desk.front.locator(".list-row", has_text=lead.lead_name).first
	pill = row.locator(".indicator-pill").first
	expect(pill).to_have_text("Lead")
	dot = pill.evaluate("element => getComputedStyle(element, '::before').backgroundColor")
	assert dot == "rgb(59, 130, 246)"

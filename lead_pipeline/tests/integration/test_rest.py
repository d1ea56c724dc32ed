"""The whole path over REST, as a Sales User against the running web server."""

import frappe
import pytest
import requests

from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_customer, make_item, make_user
from lead_pipeline.tests.rest import Client

MAKE_QUOTATION = "erpnext.crm.doctype.opportunity.opportunity.make_quotation"
MAKE_ORDER = "erpnext.selling.doctype.quotation.quotation.make_sales_order"


@pytest.fixture
def sales_user() -> Client:
	client = Client(make_user("Sales User"))
	assert "System Manager" not in frappe.get_roles(client.user)
	return client


def test_the_lead_follows_its_documents_step_by_step(sales_user):
	customer, item = make_customer().name, make_item()
	frappe.db.commit()
	client = sales_user
	lead = client.create("Pipeline Lead", company_name="Step by Step Ltd", is_organization=1)["name"]
	story = []

	def check(status: str, document: dict | None, changed: bool = True) -> None:
		"""Check the lead's status and its log.

		The log has a new row, naming `document`, exactly when the lead `changed`.
		"""
		story.append(status) if changed else None
		assert client.get("Pipeline Lead", lead)["status"] == status
		rows = client.log(lead)
		assert [row["to_status"] for row in rows] == story
		if changed and document:
			assert document["name"] in f"{rows[-1]['reference_name']} {rows[-1]['reason']}"
			assert (rows[-1]["cause"], rows[-1]["changed_by"]) == ("Document", client.user)

	check("Lead", None)

	opportunity = client.create(
		"Opportunity", opportunity_from="Customer", party_name=customer, pipeline_lead=lead
	)
	check("Opportunity", opportunity)

	draft = client.call("POST", f"method/{MAKE_QUOTATION}", source_name=opportunity["name"])
	assert draft["pipeline_lead"] == lead
	draft["items"] = [{"item_code": item, "qty": 1, "rate": 250}]
	quotation = client.create("Quotation", **draft)
	check("Quotation", quotation)

	client.update(quotation, docstatus=1)
	check("Quotation", quotation, changed=False)

	draft = client.call("POST", f"method/{MAKE_ORDER}", source_name=quotation["name"])
	assert draft["pipeline_lead"] == lead
	draft["delivery_date"] = frappe.utils.add_days(frappe.utils.nowdate(), 7)
	for row in draft["items"]:
		row["delivery_date"] = draft["delivery_date"]
	order = client.create("Sales Order", **draft)
	check("Converted", order)

	client.update(order, docstatus=1)
	check("Converted", order, changed=False)

	client.update(order, docstatus=2)
	check("Quotation", order)

	client.delete(order)
	check("Quotation", order, changed=False)

	client.update(quotation, docstatus=2)
	check("Opportunity", quotation)

	client.delete(quotation)
	check("Opportunity", quotation, changed=False)

	client.delete(opportunity)
	check("Lead", opportunity)


def test_the_explanation_is_refused_to_a_user_without_a_role_and_to_a_guest(sales_user):
	lead = sales_user.create("Pipeline Lead", first_name="Somebody")["name"]
	stranger = Client(make_user())
	for method in ("explain", "status_history"):
		address = f"{site.URL}/api/method/lead_pipeline.status.explain.{method}?lead={lead}"
		assert sales_user.session.get(address, timeout=60).status_code == 200
		assert stranger.session.get(address, timeout=60).status_code == 403
		assert requests.get(address, timeout=60).status_code == 403

"""A Customer made only for an order does not change its lead's status.

A Customer that a person makes of the lead does.
"""

import frappe
import pytest
from frappe.model.document import Document

from lead_pipeline.constants import LEAD, LEAD_LINK, MADE_FOR_SALE, RULE
from lead_pipeline.documents import create
from lead_pipeline.patches import mark_customers_made_for_sales
from lead_pipeline.status import reconcile
from lead_pipeline.tests.factories import make_customer, make_quotation, make_user
from lead_pipeline.tests.from_a_lead import ROLES, make_item_as_manager, new, party_of, person
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.sales import committed_leads, mapped, with_dates

MAPPER = "method/frappe.model.mapper.make_mapped_doc"
SAVE = "method/frappe.desk.form.save.savedocs"
MAKE = "erpnext.{area}.doctype.{source}.{source}.make_{target}"


def offered(lead) -> Document:
	"""Return a submitted quotation to the prospect of the lead.

	It is made as *Create* on the form of the lead makes it.
	"""
	quotation = new(lead, "Quotation").insert()
	quotation.submit()
	assert (quotation.quotation_to, status(lead)) == ("Lead", "Quotation")
	return quotation


def saved_order(order: Document) -> Document:
	return with_dates(order).insert()


def customer_of(lead) -> Document:
	return frappe.get_doc("Customer", {LEAD_LINK: lead.name})


@pytest.fixture
def lead(seller) -> Document:
	return person(item=make_item_as_manager())


class TestMadeByErpnext:
	@pytest.mark.parametrize("method", ["make_sales_order", "make_sales_invoice"])
	def test_on_a_form_that_is_not_saved_changes_nothing(self, lead, method):
		quotation = offered(lead)
		unsaved = mapped(quotation, method)
		customer = customer_of(lead)
		assert (unsaved.customer, customer.lead_name) == (customer.name, quotation.party_name)
		assert customer.get(MADE_FOR_SALE)
		assert status(lead) == "Quotation"
		assert party_of(lead) == ("Lead", quotation.party_name)

	def test_leaves_it_to_the_order_and_all_goes_back_with_it(self, lead):
		quotation = offered(lead)
		order = saved_order(mapped(quotation, "make_sales_order"))
		assert status(lead) == "Converted"
		order.submit()
		order.cancel()
		assert status(lead) == "Quotation"
		frappe.set_user("Administrator")
		order.delete()
		quotation.reload()
		quotation.cancel()
		assert status(lead) == "Lead"

	def test_its_further_documents_belong_to_the_lead(self, lead):
		"""Though the party of the lead is the prospect still."""
		order = saved_order(mapped(offered(lead), "make_sales_order"))
		frappe.set_user("Administrator")
		order.delete()
		again = make_quotation(None, order.customer)
		assert again.pipeline_lead == lead.name
		another = person(party_type="Customer", party=order.customer)
		assert not make_quotation(None, order.customer).pipeline_lead, "two open leads have this customer"
		assert status(another) == "Lead"

	def test_counts_when_a_person_wants_it(self, lead):
		"""A Customer made for a sale counts as soon as a person wants it.

		*Create ▸ Customer* finds the existing Customer and makes it count; unticking the box does the same.
		"""
		mapped(offered(lead), "make_sales_order")
		prepared = create.prepare(lead.name, "Customer")
		assert prepared["party"] == customer_of(lead).name
		assert status(lead) == "Converted"
		customer = customer_of(lead)
		customer.set(MADE_FOR_SALE, 1)
		customer.save()
		assert status(lead) == "Quotation"
		customer.set(MADE_FOR_SALE, 0)
		customer.save()
		assert status(lead) == "Converted"

	def test_for_a_lead_without_an_offer_cannot_be(self, lead):
		"""A Customer of a lead without an offer is not marked as made for a sale.

		In this case a script, or a row of an import, has made the Customer of the prospect for its own sake.
		"""
		prospect = create.prepare(lead.name, "Quotation")["party"]
		customer = make_customer(lead_name=prospect)
		assert (customer.pipeline_lead, customer.get(MADE_FOR_SALE)) == (lead.name, 0)
		assert status(lead) == "Converted"

	def test_of_an_opportunity_counts(self, lead):
		opportunity = new(lead, "Opportunity").insert()
		customer = mapped(opportunity, "make_customer").insert()
		assert (customer.pipeline_lead, status(lead)) == (lead.name, "Converted")
		frappe.set_user("Administrator")
		customer.delete()
		assert status(lead) == "Opportunity"


class TestMadeOnOurForm:
	@pytest.mark.parametrize("document_type", ["Sales Order", "Sales Invoice"])
	def test_for_a_document_that_is_not_saved_changes_nothing(self, lead, document_type):
		document = new(lead, document_type)
		customer = customer_of(lead)
		assert (document.customer, party_of(lead)) == (customer.name, ("Customer", customer.name))
		assert status(lead) == "Lead"

	def test_leaves_it_to_the_order_and_all_goes_back_with_it(self, lead):
		order = saved_order(new(lead, "Sales Order"))
		assert status(lead) == "Converted"
		frappe.set_user("Administrator")
		order.delete()
		assert status(lead) == "Lead"

	def test_for_a_quotation_leaves_it_to_the_quotation(self, lead):
		quotation = new(lead, "Quotation", party_type="Customer")
		assert (quotation.quotation_to, status(lead)) == ("Customer", "Lead")
		quotation.insert()
		assert status(lead) == "Quotation"

	def test_for_its_own_sake_converts(self, lead):
		create.prepare(lead.name, "Customer")
		assert (customer_of(lead).get(MADE_FOR_SALE), status(lead)) == (0, "Converted")


def test_over_rest_as_a_seller_does_it_all():
	"""A seller goes the whole way from lead to order over REST.

	Each request has a transaction of its own; the form of the order is discarded once.
	"""
	seller = Client(make_user(*ROLES))
	item = make_item_as_manager()
	with committed_leads(item=item, expected_revenue=100) as (lead,):
		# The last owner of a lead that it made: the seller may see it.
		frappe.db.set_value(LEAD, lead.name, "lead_owner", seller.user)
		frappe.db.commit()
		customers = []
		try:
			walk(seller, lead, customers)
		finally:
			frappe.db.rollback()
			for customer in customers:
				frappe.db.delete("Customer", {"name": customer})
			frappe.db.commit()


def walk(seller: Client, lead, customers: list[str]) -> None:
	def at() -> str:
		return seller.get(LEAD, lead.name)["status"]

	def unsaved(area: str, source: dict, target: str) -> dict:
		scrubbed = frappe.scrub(source["doctype"])
		method = MAKE.format(area=area, source=scrubbed, target=target)
		return seller.call("POST", MAPPER, method=method, source_name=source["name"])

	prepared = seller.call(
		"POST", "method/lead_pipeline.documents.create.prepare", lead=lead.name, document_type="Quotation"
	)
	document = seller.call(
		"GET",
		f"method/lead_pipeline.documents.create.new_document?lead={lead.name}&document_type=Quotation",
	)
	quotation = seller.create("Quotation", **document)
	seller.update(quotation, docstatus=1)
	assert at() == "Quotation"

	thrown_away = unsaved("selling", quotation, "sales_order")
	customers.append(thrown_away["customer"])
	assert at() == "Quotation"

	order = unsaved("selling", quotation, "sales_order")
	assert order["customer"] == thrown_away["customer"]
	order["delivery_date"] = frappe.utils.add_days(frappe.utils.nowdate(), 7)
	for row in order["items"]:
		row["delivery_date"] = order["delivery_date"]
	order = seller.create("Sales Order", **order)
	assert at() == "Converted"
	seller.update(order, docstatus=1)
	seller.update(order, docstatus=2)
	assert at() == "Quotation"

	# ERPNext's own Create ▸ Customer on the form of its Lead, saved by a person: this one counts.
	prospect = {"doctype": prepared["party_type"], "name": prepared["party"]}
	form = unsaved("crm", prospect, "customer")
	form |= {"__islocal": 1, "name": "new-customer-1", "customer_name": f"By hand {lead.name}"}
	seller.call("POST", SAVE, doc=frappe.as_json(form), action="Save")
	frappe.db.rollback()
	customers.append(frappe.db.get_value("Customer", {"customer_name": form["customer_name"]}))
	assert frappe.db.get_value("Customer", customers[-1], [LEAD_LINK, MADE_FOR_SALE]) == (lead.name, 0)
	assert at() == "Converted"


def test_a_site_from_before_is_put_right_by_its_next_repair(lead):
	"""The next repair corrects a site that was set up by the first version.

	The first version left links without a mark, and a rule for every Customer of a lead.
	"""
	mapped(offered(lead), "make_sales_order")
	by_hand = person()
	create.prepare(by_hand.name, "Customer")
	of_a_script = person()
	prospect = create.prepare(of_a_script.name, "Quotation")["party"]
	make_customer(lead_name=prospect)
	frappe.set_user("Administrator")
	rule = frappe.get_doc(RULE, {"rule_name": "Customer made from the lead"})
	own = frappe.get_doc({"doctype": RULE, "rule_name": "Own", "document_type": "Customer", "position": 900})
	own.update({"status": "Interested", "filters": '[["Customer","disabled","=","0"]]'}).insert()
	frappe.db.set_value(RULE, rule.name, "filters", "[]")
	frappe.db.set_value("Customer", customer_of(lead).name, MADE_FOR_SALE, 0)
	frappe.db.set_value(LEAD, lead.name, "status", "Converted")
	mark_customers_made_for_sales.execute()
	assert customer_of(lead).get(MADE_FOR_SALE) == 1
	assert frappe.db.get_value(RULE, rule.name, "filters") == rule.filters
	assert frappe.db.get_value(RULE, own.name, "filters") == own.filters
	wanted = {row.lead: row.wanted for row in reconcile.disagreements()}
	assert wanted[lead.name] == "Quotation"
	assert not {by_hand.name, of_a_script.name} & wanted.keys()

"""The connections that forms show.

Documents that name a lead in their rows, and the leads that a party is behind.
"""

import frappe
import pytest
from frappe.permissions import add_user_permission

from lead_pipeline.constants import LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.documents import connections
from lead_pipeline.tests.factories import (
	make_customer,
	make_lead,
	make_order,
	make_quotation,
	make_user,
	needs,
)
from lead_pipeline.tests.sales import buyer, ordered
from lead_pipeline.visibility import endpoints

ITEMS = ["Opportunity", "Quotation", "Sales Order", "Sales Invoice", "Customer", "Lead", "Prospect"]


def by_rows(lead) -> dict:
	found = connections.count(LEAD, lead.name, frappe.as_json(ITEMS))["by_rows"]
	return {document_type: sorted(names) for document_type, names in found.items()}


def leads_of(party_type: str, party: str) -> int:
	"""As the desk asks for them, with all that the party's form shows."""
	found = endpoints.open_count(party_type, party)["count"]
	rows = found if isinstance(found, list) else found["external_links_found"]
	return next(row["count"] for row in rows if LEAD in (row.get("doctype"), row.get("name")))


def make_party(party_type: str) -> str:
	needs(party_type)
	tag = frappe.generate_hash(length=6)
	values = {"Lead": {"lead_name": f"Ada {tag}"}, "Prospect": {"company_name": f"Ada {tag} Ltd"}}
	if party_type == "Customer":
		return make_customer().name
	return frappe.get_doc({"doctype": party_type, **values[party_type]}).insert().name


class TestOfALead:
	def test_an_order_that_names_it_in_a_row_is_counted_with_its_own(self):
		first, second = make_lead(), make_lead()
		quotations = [make_quotation(lead, buyer()) for lead in (first, second)]
		for quotation in quotations:
			quotation.submit()
		order = ordered(*quotations).insert()
		named, second = (first, second) if order.pipeline_lead == first.name else (second, first)
		assert by_rows(named) == {}
		assert by_rows(second) == {"Sales Order": [order.name]}
		own = make_order(second, buyer())
		assert by_rows(second) == {"Sales Order": sorted([order.name, own.name])}

	def test_an_order_that_the_user_may_not_see_is_not_named(self):
		seller = make_user("Sales User")
		lead, hidden, shown = make_lead(lead_owner=seller), make_customer(), make_customer()
		order = make_order(None, hidden.name)
		order.items[0].pipeline_lead = lead.name
		order.save()
		assert by_rows(lead) == {"Sales Order": [order.name]}
		add_user_permission("Customer", shown.name, seller)
		frappe.set_user(seller)
		assert by_rows(lead) == {}


class TestOfAParty:
	@pytest.mark.parametrize("party_type", ["Customer", "Lead", "Prospect"])
	def test_the_leads_that_it_is_behind_are_counted(self, party_type):
		party = make_party(party_type)
		for _number in range(2):
			make_lead(party_type=party_type, party=party)
		make_lead()
		assert leads_of(party_type, party) == 2

	def test_only_those_that_the_user_may_see(self):
		seller, party = make_user("Sales User"), make_party("Customer")
		make_lead(party_type="Customer", party=party, lead_owner="Administrator")
		make_lead(party_type="Customer", party=party, lead_owner=seller)
		frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
		frappe.clear_document_cache(SETTINGS, SETTINGS)
		assert leads_of("Customer", party) == 2
		frappe.set_user(seller)
		assert leads_of("Customer", party) == 1

	def test_none_for_who_has_no_right_on_leads(self):
		party = make_party("Customer")
		make_lead(party_type="Customer", party=party)
		user = make_user("Accounts User")
		frappe.set_user(user)
		if not frappe.has_permission("Customer", "read", doc=party):
			pytest.skip("accountants see no customers here")
		assert leads_of("Customer", party) == 0

	def test_what_the_form_showed_before_is_still_there(self):
		data = connections.of_customer(
			{
				"fieldname": "customer",
				"non_standard_fieldnames": {"Quotation": "party_name"},
				"dynamic_links": {"party_name": ["Customer", "quotation_to"]},
				"transactions": [{"label": "Orders", "items": ["Sales Order"]}],
			}
		)
		assert data.fieldname == "customer"
		assert data.non_standard_fieldnames == {"Quotation": "party_name", LEAD: "party"}
		assert data.dynamic_links["party_name"] == ["Customer", "quotation_to"]
		assert [group["items"] for group in data.transactions] == [["Sales Order"], [LEAD]]

	def test_other_forms_are_answered_as_ever(self):
		note = frappe.get_doc({"doctype": "ToDo", "description": "Call"}).insert()
		assert set(endpoints.open_count("ToDo", note.name, "[]")) == {"count"}

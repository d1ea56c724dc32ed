"""Mark Customers that ERPNext made on the way to an order.

Those from before the app told them apart then no longer count as documents of their leads. The next repair gives the
leads the status that their other documents justify.
"""

import json

import frappe

from lead_pipeline.constants import LEAD, LEAD_LINK, MADE_FOR_SALE, RULE
from lead_pipeline.setup import apply
from lead_pipeline.status import rules

CUSTOMER = "Customer"
BATCH_SIZE = 1000


def execute() -> None:
	if not frappe.db.exists("DocType", CUSTOMER):
		return
	# Migrations add fields after the patches.
	apply.add_lead_links()
	mark()
	narrow_rules()


def mark() -> None:
	"""Mark the Customers of leads that came from the sale of an offer to a prospect.

	Their lead has the prospect as its party still, or another one; the prospect had been sent a quotation before.
	"""
	offered = first_offers()
	made = [
		row.name
		for row in customers_of_prospects()
		if (first := offered.get(row.lead_name)) and first <= row.creation and not is_party(row)
	]
	for start in range(0, len(made), BATCH_SIZE):
		some = {"name": ("in", made[start : start + BATCH_SIZE])}
		frappe.db.set_value(CUSTOMER, some, MADE_FOR_SALE, 1, update_modified=False)


def first_offers() -> dict:
	"""Return when the first submitted quotation of each ERPNext Lead was created."""
	if not frappe.db.exists("DocType", "Quotation"):
		return {}
	rows = frappe.get_all(
		"Quotation",
		{"quotation_to": "Lead", "docstatus": ("!=", 0)},
		["party_name", "creation"],
		order_by="creation desc",
	)
	# The oldest one comes last.
	return {row.party_name: row.creation for row in rows}


def customers_of_prospects() -> list[frappe._dict]:
	filters = {LEAD_LINK: ("is", "set"), "lead_name": ("is", "set")}
	return frappe.get_all(
		CUSTOMER, filters, ["name", "lead_name", "creation", LEAD_LINK], order_by="name asc"
	)


def is_party(customer: frappe._dict) -> bool:
	"""Return whether *Create* on the lead's form made the Customer.

	It then took the prospect's place as the lead's party.
	"""
	party = {"name": customer[LEAD_LINK], "party_type": CUSTOMER, "party": customer.name}
	return bool(frappe.db.exists(LEAD, party))


def narrow_rules() -> None:
	"""Exclude marked Customers from the rules that match any Customer of a lead.

	The seeded rule was one of them.
	"""
	wanted = [[CUSTOMER, MADE_FOR_SALE, "=", "0"]]
	for rule in frappe.get_all(RULE, {"document_type": CUSTOMER}, ["name", "filters"], order_by="name asc"):
		if rule.filters in (None, "", "[]", "{}"):
			frappe.db.set_value(RULE, rule.name, "filters", json.dumps(wanted))
	rules.clear()

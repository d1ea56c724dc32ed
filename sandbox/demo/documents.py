"""The sales documents of the demo, made from plans.

Each is made, sent, won or lost as the sales app does it.
"""

from functools import cached_property

import frappe
from frappe.model.document import Document
from frappe.modules.utils import load_doctype_module

from lead_pipeline.constants import LEAD
from lead_pipeline.status import recompute, reconcile
from sandbox.demo import stories
from sandbox.demo.plan import Plan
from sandbox.demo.stage import Clock


class Documents:
	"""The documents made for each plan, and the steps that concern sales documents.

	Each step is a method of the step's name.
	"""

	def __init__(self, clock: Clock) -> None:
		self.clock = clock
		# Plans are told apart by identity: DocType → name, of the newest document of each plan.
		self.made: dict[int, dict[str, str]] = {}

	def of(self, plan: Plan) -> dict[str, str]:
		return self.made.setdefault(id(plan), {})

	def lead(self, plan: Plan) -> Document:
		return frappe.get_doc(LEAD, self.of(plan)[LEAD])

	def edit(self, plan: Plan, **values) -> None:
		lead = self.lead(plan)
		lead.update(values)
		lead.save()

	def outlook(self, plan: Plan, action: str) -> dict:
		"""What the owner believes after a step, and when the next contact is to be."""
		if action == "opportunity" and plan.has("dnc"):
			return {}
		values = {"probability": stories.PROBABILITY[action]} if action in stories.PROBABILITY else {}
		if plan.next_contact and action == plan.steps[-1].action:
			values |= {"next_contact_date": plan.next_contact, "next_contact_by": plan.owner}
		return values

	@cached_property
	def currency(self) -> str:
		return frappe.db.get_default("currency") or "USD"

	@cached_property
	def country(self) -> str:
		return frappe.db.get_default("country") or "United States"

	def party(self, plan: Plan) -> str:
		"""Return the customer for opportunities and quotations.

		It is an account that is no sale yet.
		"""
		if "Customer" not in self.of(plan):
			self.make_customer(plan)
		return self.of(plan)["Customer"]

	def make_customer(self, plan: Plan, **values) -> None:
		lead = self.lead(plan)
		customer = frappe.new_doc("Customer")
		customer.update({"customer_name": lead.lead_name, "account_manager": plan.owner, **values})
		customer.customer_type = "Company" if lead.is_organization else "Individual"
		name = self.of(plan)["Customer"] = customer.insert().name
		for doctype in ("Contact", "Address"):
			if doctype in self.of(plan):
				document = frappe.get_doc(doctype, self.of(plan)[doctype])
				document.append("links", {"link_doctype": "Customer", "link_name": name})
				document.save()
		self.edit(plan, party_type="Customer", party=name, **self.outlook(plan, "opportunity"))

	def customer(self, plan: Plan) -> None:
		"""Make the customer from the lead, or link an existing customer to the lead."""
		lead = self.of(plan)[LEAD]
		if "Customer" not in self.of(plan):
			self.make_customer(plan, pipeline_lead=lead)
			return
		customer = frappe.get_doc("Customer", self.of(plan)["Customer"])
		customer.pipeline_lead = lead
		customer.save()

	def opportunity(self, plan: Plan) -> None:
		opportunity = frappe.new_doc("Opportunity")
		opportunity.update(
			{
				"opportunity_from": "Customer",
				"party_name": self.party(plan),
				"pipeline_lead": self.of(plan)[LEAD],
				"opportunity_owner": plan.owner,
				"transaction_date": frappe.utils.nowdate(),
				"currency": self.currency,
				"opportunity_amount": plan.total,
				"contact_person": self.of(plan).get("Contact"),
			}
		)
		for code, quantity, rate in plan.items:
			opportunity.append("items", {"item_code": code, "qty": quantity, "rate": rate, "uom": "Nos"})
		self.of(plan)["Opportunity"] = opportunity.insert().name

	def quote(self, plan: Plan) -> None:
		self.make_quotation(plan)

	def requote(self, plan: Plan) -> None:
		"""A second offer beside the first: a smaller quantity."""
		self.make_quotation(plan, share=0.6)

	def make_quotation(self, plan: Plan, share: float = 1) -> None:
		quotation = self.quotation_from_opportunity(plan) or self.quotation_alone(plan)
		quotation.update({"transaction_date": frappe.utils.nowdate(), "valid_till": plan.valid_till})
		for row in quotation.items:
			row.qty = max(1, round(row.qty * share))
		self.of(plan)["Quotation"] = quotation.insert().name

	def quotation_from_opportunity(self, plan: Plan) -> Document | None:
		if "Opportunity" not in self.of(plan):
			return None
		return load_doctype_module("Opportunity").make_quotation(self.of(plan)["Opportunity"])

	def quotation_alone(self, plan: Plan) -> Document:
		quotation = frappe.new_doc("Quotation")
		quotation.update(
			{"quotation_to": "Customer", "party_name": self.party(plan), "pipeline_lead": self.of(plan)[LEAD]}
		)
		for code, quantity, rate in plan.items:
			quotation.append("items", {"item_code": code, "qty": quantity, "rate": rate})
		return quotation

	def document(self, plan: Plan, doctype: str) -> Document:
		return frappe.get_doc(doctype, self.of(plan)[doctype])

	def send(self, plan: Plan) -> None:
		self.document(plan, "Quotation").submit()

	def quote_lost(self, plan: Plan) -> None:
		self.declare_lost(plan, "Quotation")

	def opportunity_lost(self, plan: Plan) -> None:
		self.declare_lost(plan, "Opportunity")

	def declare_lost(self, plan: Plan, doctype: str) -> None:
		reasons = [{"lost_reason": plan.document_lost}]
		self.document(plan, doctype).declare_enquiry_lost(reasons, [], plan.lost[1])

	def quote_cancel(self, plan: Plan) -> None:
		self.document(plan, "Quotation").cancel()

	def opportunity_close(self, plan: Plan) -> None:
		opportunity = self.document(plan, "Opportunity")
		opportunity.status = "Closed"
		opportunity.save()

	def expire(self, plan: Plan) -> None:
		"""Run the sales app's daily job, then the hourly repair.

		No document event is sent when a quotation expires.
		"""
		load_doctype_module("Quotation").set_expired_status()
		for disagreement in list(reconcile.disagreements()):
			recompute.repair_safely(disagreement.lead)

	def order(self, plan: Plan) -> None:
		self.order_draft(plan)
		self.clock.wait(15)
		self.document(plan, "Sales Order").submit()

	def order_draft(self, plan: Plan) -> None:
		order = load_doctype_module("Quotation").make_sales_order(self.of(plan)["Quotation"])
		delivery = frappe.utils.add_days(frappe.utils.nowdate(), 21)
		order.update({"transaction_date": frappe.utils.nowdate(), "delivery_date": delivery})
		for row in order.items:
			row.delivery_date = delivery
		if order.meta.has_field("payment_schedule"):
			# ERPNext copies the quotation's date of payment, which is past; left empty it gets a new one.
			order.payment_schedule = []
		self.of(plan)["Sales Order"] = order.insert().name

	def order_cancel(self, plan: Plan) -> None:
		self.document(plan, "Sales Order").cancel()

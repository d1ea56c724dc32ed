import frappe
from frappe import _
from frappe.model.mapper import get_mapped_doc
from frappe.query_builder import DocType
from frappe.query_builder.functions import Sum
from frappe.utils import flt, getdate, nowdate

from sales_stand_in.sales_stand_in.doctype.lead.lead import make_customer
from sales_stand_in.transaction import SalesTransaction, append_lost_details


class Quotation(SalesTransaction):
	status_rules = (
		("Cancelled", lambda doc: doc.docstatus == 2),
		("Ordered", lambda doc: doc.get_ordered_status() == "Ordered"),
		("Partially Ordered", lambda doc: doc.get_ordered_status() == "Partially Ordered"),
		("Lost", lambda doc: doc.status == "Lost"),
		("Open", lambda doc: doc.docstatus == 1),
		("Draft", lambda doc: True),
	)

	def validate(self):
		super().validate()
		self.set_status()
		self.validate_valid_till()
		self.set_customer_name()

	def on_submit(self):
		self.update_opportunity("Quotation")

	def on_cancel(self):
		self.set("lost_reasons", [])  # in memory only; a copy of the cancelled document starts without them
		self.set_status(update=True)
		self.update_opportunity("Open")

	def get_customer(self) -> str | None:
		return self.party_name if self.quotation_to == "Customer" else None

	def validate_valid_till(self) -> None:
		if self.valid_till and getdate(self.valid_till) < getdate(self.transaction_date):
			frappe.throw(_("The quotation cannot end before its own date"))

	def set_customer_name(self) -> None:
		customer = self.get_customer()
		if customer:
			self.customer_name = frappe.db.get_value("Customer", customer, "customer_name")
		elif self.quotation_to == "Lead" and self.party_name:
			self.customer_name = frappe.db.get_value("Lead", self.party_name, "title")

	def get_ordered_status(self) -> str:
		"""Return Open, Partially Ordered or Ordered.

		It says how far submitted sales orders cover the rows.
		"""
		ordered = get_ordered_items(self.name)
		if not ordered:
			return "Open"
		covered = all(row.name in ordered and flt(row.qty) <= ordered[row.name] for row in self.items)
		return "Ordered" if covered else "Partially Ordered"

	def update_opportunity(self, status: str) -> None:
		"""Tell the opportunities behind this quotation; each then derives its own status."""
		opportunities = {row.prevdoc_docname for row in self.items if row.prevdoc_docname}
		for name in (*opportunities, *([self.opportunity] if self.opportunity else [])):
			frappe.get_doc("Opportunity", name).set_status(status=status, update=True)

	@frappe.whitelist()
	def declare_enquiry_lost(self, lost_reasons_list, competitors, detailed_reason=None):
		"""Mark the submitted quotation as lost, with reasons."""
		if self.get_ordered_status() != "Open":
			frappe.throw(_("An order exists already, so this quotation cannot be lost."))

		known = frappe.get_list("Quotation Lost Reason", pluck="name")
		self.db_set("status", "Lost")
		if detailed_reason:
			self.db_set("order_lost_reason", detailed_reason)
		for reason in (row.get("lost_reason") for row in lost_reasons_list):
			if reason not in known:
				frappe.throw(_("There is no lost reason {0}; create it first").format(frappe.bold(reason)))
		append_lost_details(self, lost_reasons_list, competitors)
		self.update_opportunity("Lost")
		self.save()


def get_ordered_items(quotation: str) -> dict[str, float]:
	"""Quantity in submitted sales orders by name of the quotation's row."""
	row = DocType("Sales Order Item")
	query = (
		frappe.qb.from_(row)
		.select(row.quotation_item, Sum(row.qty))
		.where((row.prevdoc_docname == quotation) & (row.docstatus == 1))
		.groupby(row.quotation_item)
	)
	return dict(query.run())


@frappe.whitelist()
def make_sales_order(source_name: str, target_doc=None, args=None):
	"""A new sales order with the rows of the quotation that are not ordered yet."""
	check_validity(source_name)
	ordered = get_ordered_items(source_name)
	chosen = (frappe.parse_json(args) or {}).get("filtered_children") or []

	def update_item(source, target, source_parent):
		target.qty = flt(source.qty) - ordered.get(source.name, 0.0)

	def is_open(row):
		return flt(row.qty) > ordered.get(row.name, 0.0) and (not chosen or row.name in chosen)

	rows = {
		"doctype": "Sales Order Item",
		"field_map": {"parent": "prevdoc_docname", "name": "quotation_item"},
		"postprocess": update_item,
		"condition": is_open,
	}
	return map_sale(source_name, "Sales Order", rows, target_doc)


@frappe.whitelist()
def make_sales_invoice(source_name: str, target_doc=None, args=None):
	"""A new invoice with the rows of the quotation."""
	return map_sale(source_name, "Sales Invoice", {"doctype": "Sales Invoice Item"}, target_doc)


def map_sale(source_name: str, doctype: str, rows: dict, target_doc):
	"""Return the quotation mapped to a document for its customer.

	When the party is not a customer yet, the customer is saved on the way.
	"""
	customer = get_or_make_customer(source_name)

	def set_missing_values(source, target):
		target.customer, target.customer_name = customer.name, customer.customer_name
		target.run_method("set_missing_values")
		target.run_method("calculate_taxes_and_totals")

	return get_mapped_doc(
		"Quotation",
		source_name,
		{
			"Quotation": {"doctype": doctype, "validation": {"docstatus": ["=", 1]}},
			"Quotation Item": rows,
		},
		target_doc,
		set_missing_values,
	)


def get_or_make_customer(quotation: str):
	"""Return the customer of a quotation.

	Of a quotation to a lead, the lead's customer, which is inserted when there is none.
	"""
	quotation_to, party = frappe.db.get_value("Quotation", quotation, ["quotation_to", "party_name"])
	if quotation_to == "Customer":
		return frappe.get_doc("Customer", party)
	if existing := frappe.db.get_value("Customer", {"lead_name": party}):
		return frappe.get_doc("Customer", existing)
	return make_customer(party).insert()


def check_validity(quotation: str) -> None:
	"""Refuse a quotation whose validity is over, unless the settings allow that."""
	if frappe.db.get_single_value("Selling Settings", "allow_sales_order_creation_for_expired_quotation"):
		return
	valid_till = frappe.db.get_value("Quotation", quotation, "valid_till")
	if valid_till and getdate(valid_till) < getdate(nowdate()):
		frappe.throw(_("This quotation is no longer valid."))


def set_expired_status() -> None:
	"""Expire submitted quotations without an order whose validity is over.

	A daily job. One statement for all of them, so no document event runs and `modified` stays unchanged.
	"""
	quotation, row = DocType("Quotation"), DocType("Sales Order Item")
	ordered = (
		frappe.qb.from_(row)
		.select(row.prevdoc_docname)
		.where((row.docstatus == 1) & row.prevdoc_docname.isnotnull())
	)
	(
		frappe.qb.update(quotation)
		.set(quotation.status, "Expired")
		.where(
			(quotation.docstatus == 1)
			& quotation.status.notin(["Expired", "Lost"])
			& (quotation.valid_till < nowdate())
			& quotation.name.notin(ordered)
		)
		.run()
	)

import frappe
from frappe import _
from frappe.desk.notifications import clear_doctype_notifications
from frappe.model.mapper import get_mapped_doc
from frappe.utils import flt, getdate

from sales_stand_in.transaction import SalesTransaction


def is_billed(doc) -> bool:
	return flt(doc.per_billed) >= 100


def is_delivered(doc) -> bool:
	return flt(doc.per_delivered) >= 100 or bool(doc.skip_delivery_note)


class SalesOrder(SalesTransaction):
	status_rules = (
		("On Hold", lambda doc: doc.status == "On Hold"),
		("Closed", lambda doc: doc.status == "Closed" and doc.docstatus != 2),
		("Cancelled", lambda doc: doc.docstatus == 2),
		("Completed", lambda doc: doc.docstatus == 1 and is_delivered(doc) and is_billed(doc)),
		("To Deliver", lambda doc: doc.docstatus == 1 and is_billed(doc)),
		("To Bill", lambda doc: doc.docstatus == 1 and is_delivered(doc)),
		("To Deliver and Bill", lambda doc: doc.docstatus == 1),
		("Draft", lambda doc: True),
	)

	def validate(self):
		super().validate()
		self.validate_delivery_date()
		self.set_status()
		self.billing_status = self.billing_status or "Not Billed"
		self.delivery_status = self.delivery_status or "Not Delivered"

	def before_update_after_submit(self):
		self.validate_delivery_date()

	def on_submit(self):
		self.update_quotations("Converted")

	def on_cancel(self):
		if self.status == "Closed":
			frappe.throw(_("Re-open the closed order before you cancel it."))
		self.check_draft_invoices()
		self.update_quotations("Quotation")
		self.db_set("status", "Cancelled")

	def set_missing_values(self, for_validate: bool = False) -> None:
		super().set_missing_values(for_validate)
		for row in self.items:
			row.delivery_date = row.delivery_date or self.delivery_date

	def validate_delivery_date(self) -> None:
		"""Set the order's delivery date to the latest of its rows.

		Rows without a date take the order's.
		"""
		if self.order_type != "Sales" or self.skip_delivery_note:
			return
		dates = [getdate(row.delivery_date) for row in self.items if row.delivery_date]
		if dates:
			self.delivery_date = max(dates)
		if not self.delivery_date:
			frappe.throw(_("Please set the delivery date"))
		for row in self.items:
			row.delivery_date = row.delivery_date or self.delivery_date
			if getdate(row.delivery_date) < getdate(self.transaction_date):
				frappe.throw(_("Row #{0}: delivery is before the date of the order").format(row.idx))

	def update_quotations(self, opportunity_status: str) -> None:
		"""Update the status of the quotations behind this order and their opportunities."""
		for name in {row.prevdoc_docname for row in self.items if row.prevdoc_docname}:
			quotation = frappe.get_doc("Quotation", name)
			if quotation.docstatus.is_cancelled():
				frappe.throw(_("Quotation {0} is cancelled").format(frappe.bold(name)))
			quotation.set_status(update=True)
			quotation.update_opportunity(opportunity_status)

	def check_draft_invoices(self) -> None:
		drafts = frappe.get_all(
			"Sales Invoice Item", {"sales_order": self.name, "docstatus": 0}, pluck="parent", distinct=True
		)
		if drafts:
			frappe.throw(_("Delete the draft invoices first: {0}").format(", ".join(drafts)))

	def update_status(self, status: str) -> None:
		"""Close, hold or (with "Draft") re-open the order."""
		self.set_status(update=True, status=status)
		self.notify_update()
		clear_doctype_notifications(self)

	def update_billing(self) -> None:
		"""Update the billed amounts from submitted invoices.

		Only the status change runs document events.
		"""
		billed = self.get_billed_amounts()
		for row in self.items:
			row.billed_amt = billed.get(row.name, 0.0)
			values = {"billed_amt": row.billed_amt}
			frappe.db.set_value("Sales Order Item", row.name, values, update_modified=False)
		total = sum(abs(row.amount) for row in self.items)
		covered = sum(min(abs(row.billed_amt), abs(row.amount)) for row in self.items)
		self.per_billed = flt(covered / total * 100, 6) if total else 0.0
		self.billing_status = billing_status(self.per_billed)
		values = {"per_billed": self.per_billed, "billing_status": self.billing_status}
		frappe.db.set_value("Sales Order", self.name, values)
		self.reload()
		self.set_status(update=True)
		self.notify_update()

	def get_billed_amounts(self) -> dict[str, float]:
		rows = frappe.get_all(
			"Sales Invoice Item", {"sales_order": self.name, "docstatus": 1}, ["so_detail", "amount"]
		)
		amounts: dict[str, float] = {}
		for row in rows:
			amounts[row.so_detail] = amounts.get(row.so_detail, 0.0) + flt(row.amount)
		return amounts


def billing_status(per_billed: float) -> str:
	if per_billed < 0.001:
		return "Not Billed"
	return "Fully Billed" if per_billed >= 99.999999 else "Partly Billed"


@frappe.whitelist()
def make_sales_invoice(source_name: str, target_doc=None, args=None):
	"""A new invoice with the amounts of the order that are not billed yet."""
	chosen = (frappe.parse_json(args) or {}).get("filtered_children") or []

	def set_missing_values(source, target):
		target.flags.ignore_permissions = True
		target.run_method("set_missing_values")
		target.run_method("calculate_taxes_and_totals")

	def update_item(source, target, source_parent):
		if source.billed_amt and flt(source.rate):
			target.qty = (flt(source.amount) - flt(source.billed_amt)) / flt(source.rate)

	def is_open(row):
		billable = flt(row.base_amount) == 0 or abs(flt(row.billed_amt)) < abs(flt(row.amount))
		return row.qty and billable and (not chosen or row.name in chosen)

	return get_mapped_doc(
		"Sales Order",
		source_name,
		{
			"Sales Order": {"doctype": "Sales Invoice", "validation": {"docstatus": ["=", 1]}},
			"Sales Order Item": {
				"doctype": "Sales Invoice Item",
				"field_map": {"name": "so_detail", "parent": "sales_order"},
				"postprocess": update_item,
				"condition": is_open,
			},
		},
		target_doc,
		set_missing_values,
	)


@frappe.whitelist()
def update_status(status: str, name: str) -> None:
	"""Form action: close, hold or re-open one order."""
	order = frappe.get_doc("Sales Order", name)
	order.check_permission("write")
	order.update_status(status)


@frappe.whitelist()
def close_or_unclose_sales_orders(names: str, status: str) -> None:
	"""List action: close or re-open several orders."""
	for name in frappe.parse_json(names):
		order = frappe.get_doc("Sales Order", name)
		order.check_permission("write")
		if order.docstatus != 1 or (status == "Closed") == (order.status == "Closed"):
			continue
		if status != "Closed":
			order.update_status("Draft")
		elif flt(order.per_delivered) < 100 or flt(order.per_billed) < 100:
			order.update_status("Closed")

import frappe
from frappe import _
from frappe.utils import flt, getdate, now_datetime

from sales_stand_in.transaction import SalesTransaction


def is_overdue(doc) -> bool:
	return flt(doc.outstanding_amount) > 0 and bool(doc.due_date) and getdate(doc.due_date) < getdate()


class SalesInvoice(SalesTransaction):
	status_rules = (
		("Cancelled", lambda doc: doc.docstatus == 2),
		("Draft", lambda doc: doc.docstatus == 0),
		("Overdue", is_overdue),
		("Unpaid", lambda doc: flt(doc.outstanding_amount) > 0),
		("Paid", lambda doc: True),
	)

	def validate(self):
		super().validate()
		self.check_orders()
		self.set_status()

	def on_submit(self):
		self.update_orders()
		self.set_status(update=True)

	def on_cancel(self):
		self.check_orders()
		self.update_orders()
		self.db_set("status", "Cancelled")

	def set_missing_values(self, for_validate: bool = False) -> None:
		super().set_missing_values(for_validate)
		self.posting_time = self.posting_time or now_datetime().strftime("%H:%M:%S")
		self.due_date = self.due_date or self.posting_date

	def calculate_taxes_and_totals(self) -> None:
		super().calculate_taxes_and_totals()
		self.outstanding_amount = self.rounded_total or self.grand_total

	def get_orders(self) -> set[str]:
		return {row.sales_order for row in self.items if row.sales_order}

	def check_orders(self) -> None:
		"""Refuse to bill an order that is closed, on hold or not submitted."""
		for name in self.get_orders():
			order = frappe.db.get_value("Sales Order", name, ["status", "docstatus"], as_dict=True)
			if order.status in ("Closed", "On Hold"):
				frappe.throw(_("Sales Order {0} is {1}").format(frappe.bold(name), _(order.status)))
			if self.docstatus == 1 and order.docstatus != 1:
				frappe.throw(_("Sales Order {0} is not submitted").format(frappe.bold(name)))

	def update_orders(self) -> None:
		for name in self.get_orders():
			order = frappe.get_doc("Sales Order", name)
			order.update_billing()
			if self.docstatus == 1:
				self.check_overbilling(order)

	def check_overbilling(self, order) -> None:
		for row in order.items:
			if flt(row.billed_amt) - flt(row.amount) > 0.01:
				message = _("Sales Order {0}, row {1}: billed more than ordered")
				frappe.throw(message.format(frappe.bold(order.name), row.idx))

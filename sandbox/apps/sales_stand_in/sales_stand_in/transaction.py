"""Missing values, totals and checks of Quotation, Sales Order and Sales Invoice."""

import frappe
from frappe import _
from frappe.contacts.doctype.address.address import get_address_display, get_default_address
from frappe.contacts.doctype.contact.contact import get_default_contact
from frappe.utils import cint, flt
from frappe.utils.data import round_based_on_smallest_currency_fraction

from sales_stand_in.status import StatusDocument

ROW_AMOUNTS = ("price_list_rate", "rate", "net_rate", "amount", "net_amount")
# What one unit of any other currency is worth in the company's: there are no rates to look up.
EXCHANGE_RATE = 1.25

TOTALS = ("total", "net_total", "grand_total", "rounded_total", "rounding_adjustment")


class UOMMustBeIntegerError(frappe.ValidationError):
	pass


class SalesTransaction(StatusDocument):
	"""A submittable sales document with item rows."""

	def validate(self):
		self.check_quantities()
		self.set_missing_values(for_validate=True)
		self.calculate_taxes_and_totals()
		self.check_customer()
		check_whole_units(self, "stock_uom", "stock_qty")
		check_whole_units(self, "uom", "qty")

	def get_customer(self) -> str | None:
		"""The customer of this document, if its party is one."""
		return self.get("customer")

	def check_quantities(self) -> None:
		for row in self.items:
			if not flt(row.qty):
				message = _("Row #{0}: the quantity of item {1} must not be zero.")
				frappe.throw(message.format(row.idx, frappe.bold(row.item_code)))

	def set_missing_values(self, for_validate: bool = False) -> None:
		"""Fill what the user left empty, from the customer, the price list and the items."""
		self.set_customer_values()
		self.set_currency_values()
		for row in self.items:
			set_item_values(row)

	def set_customer_values(self) -> None:
		name = self.get_customer()
		if not name:
			return
		customer = frappe.get_doc("Customer", name)
		if not self.flags.ignore_permissions:
			customer.check_permission("read")
		for fieldname, value in customer_values(customer, self).items():
			if self.get(fieldname) is None and self.meta.has_field(fieldname):
				self.set(fieldname, value)

	def set_currency_values(self) -> None:
		currency = company_currency(self.company)
		if self.selling_price_list:
			self.price_list_currency = frappe.db.get_value("Price List", self.selling_price_list, "currency")
		if self.price_list_currency == currency:
			self.plc_conversion_rate = 1.0
		if not self.currency:
			self.currency = self.price_list_currency
		if self.currency == currency:
			self.conversion_rate = 1.0
		elif not flt(self.conversion_rate):
			self.conversion_rate = EXCHANGE_RATE

	def calculate_taxes_and_totals(self) -> None:
		"""Calculate row amounts and totals.

		In the document's and the company's currency; there are no taxes.
		"""
		for row in self.items:
			self.calculate_row(row)
		self.total_qty = sum(flt(row.qty) for row in self.items)
		self.total = flt(sum(row.amount for row in self.items), self.precision("total"))
		self.net_total = self.grand_total = self.total
		self.set_rounded_total()
		self.set_base_values(self, TOTALS)
		if flt(self.base_grand_total) < 0:
			frappe.throw(_("{0} must not be negative").format(_(self.meta.get_label("base_grand_total"))))

	def calculate_row(self, row) -> None:
		if not flt(row.rate) and row.price_list_rate:
			row.rate = row.price_list_rate
		row.rate = flt(row.rate, row.precision("rate"))
		row.amount = flt(row.rate * flt(row.qty), row.precision("amount"))
		row.net_rate, row.net_amount = row.rate, row.amount
		row.stock_qty = flt(row.qty) * flt(row.conversion_factor)
		self.set_base_values(row, ROW_AMOUNTS)

	def set_rounded_total(self) -> None:
		if self.disable_rounded_total:
			self.rounded_total = self.rounding_adjustment = 0.0
			return
		self.rounded_total = round_based_on_smallest_currency_fraction(
			self.grand_total, self.currency, self.precision("rounded_total")
		)
		self.rounding_adjustment = flt(
			self.rounded_total - self.grand_total, self.precision("rounding_adjustment")
		)

	def set_base_values(self, doc, fieldnames: tuple[str, ...]) -> None:
		for fieldname in fieldnames:
			base = f"base_{fieldname}"
			doc.set(base, flt(flt(doc.get(fieldname)) * flt(self.conversion_rate), doc.precision(base)))

	def check_customer(self) -> None:
		"""Refuse a disabled customer, and a contact or an address of somebody else.

		Only documents with a customer field, as in ERPNext: a quotation is not checked.
		"""
		customer = self.get("customer")
		if not customer:
			return
		if frappe.get_cached_value("Customer", customer, "disabled"):
			frappe.throw(_("Customer {0} is disabled").format(frappe.bold(customer)))
		for fieldname, doctype in (
			("customer_address", "Address"),
			("shipping_address_name", "Address"),
			("contact_person", "Contact"),
		):
			name = self.get(fieldname)
			if name and not is_linked(doctype, name, customer):
				frappe.throw(
					_("{0} {1} does not belong to customer {2}").format(
						_(self.meta.get_label(fieldname)), frappe.bold(name), frappe.bold(customer)
					)
				)


def customer_values(customer, doc) -> dict:
	"""The values that a sales document takes over from its customer."""
	group_price_list = customer.customer_group and frappe.get_cached_value(
		"Customer Group", customer.customer_group, "default_price_list"
	)
	values = {
		"currency": customer.default_currency or company_currency(doc.company),
		"selling_price_list": customer.default_price_list or group_price_list,
	}
	for fieldname in ("customer_name", "customer_group", "territory", "language"):
		values[fieldname] = customer.get(fieldname)
	values.update(contact_values(doc.get("contact_person") or get_default_contact("Customer", customer.name)))
	values.update(address_values("customer_address", "address_display", doc, customer, "is_primary_address"))
	values.update(
		address_values("shipping_address_name", "shipping_address", doc, customer, "is_shipping_address")
	)
	return values


def contact_values(contact: str | None) -> dict:
	if not contact:
		return {}
	row = frappe.db.get_value("Contact", contact, ["full_name", "email_id", "mobile_no"], as_dict=True)
	return {
		"contact_person": contact,
		"contact_display": row.full_name or contact,
		"contact_email": row.email_id,
		"contact_mobile": row.mobile_no,
	}


def address_values(link_field: str, display_field: str, doc, customer, sort_key: str) -> dict:
	address = doc.get(link_field) or get_default_address("Customer", customer.name, sort_key)
	if not address:
		return {}
	return {
		link_field: address,
		display_field: get_address_display(frappe.get_cached_doc("Address", address).as_dict()),
	}


def is_linked(doctype: str, name: str, customer: str) -> bool:
	"""Whether a Contact or Address belongs to the customer."""
	link = {"parenttype": doctype, "parent": name, "link_doctype": "Customer", "link_name": customer}
	return bool(frappe.db.exists("Dynamic Link", link))


def company_currency(company: str | None) -> str | None:
	return frappe.get_cached_value("Company", company, "default_currency") if company else None


def set_item_values(row) -> None:
	"""Fill a row from its item; group and stock unit always, the rest when empty."""
	if not row.item_code:
		row.conversion_factor = row.conversion_factor or 1.0
		return
	item = frappe.get_cached_doc("Item", row.item_code)
	if item.disabled:
		frappe.throw(_("Item {0} is disabled").format(frappe.bold(item.name)))
	row.item_group, row.stock_uom = item.item_group, item.stock_uom
	for fieldname, value in {
		"item_name": item.item_name,
		"description": item.description,
		"uom": item.stock_uom,
		"price_list_rate": flt(item.standard_rate),
	}.items():
		if row.get(fieldname) is None:
			row.set(fieldname, value)
	if not row.conversion_factor or row.uom == row.stock_uom:
		row.conversion_factor = 1.0


def check_whole_units(doc, uom_field: str, qty_field: str) -> None:
	"""Refuse a fraction of a unit that only comes whole."""
	for row in doc.items:
		uom, qty = row.get(uom_field), flt(row.get(qty_field))
		if uom and cint(qty) != qty and frappe.get_cached_value("UOM", uom, "must_be_whole_number"):
			message = _("Row {0}: {1} {2} is not possible, the unit only comes whole.")
			frappe.throw(message.format(row.idx, qty, frappe.bold(uom)), UOMMustBeIntegerError)


def append_lost_details(doc, reasons: list[dict], competitors: list[dict] | None) -> None:
	"""Add the rows that the lost dialog sends."""
	for reason in reasons:
		doc.append("lost_reasons", reason)
	for competitor in competitors or []:
		doc.append("competitors", competitor)

import frappe
from frappe import _
from frappe.contacts.address_and_contact import load_address_and_contact
from frappe.model.mapper import get_mapped_doc
from frappe.utils import add_days, flt, now_datetime

from sales_stand_in.status import StatusDocument
from sales_stand_in.transaction import (
	EXCHANGE_RATE,
	append_lost_details,
	check_whole_units,
	company_currency,
)

CLOSE_REPLIED_AFTER_DAYS = 15


class Opportunity(StatusDocument):
	status_rules = (
		("Closed", lambda doc: doc.status == "Closed"),
		("Converted", lambda doc: doc.has_quotation(status="Ordered")),
		("Quotation", lambda doc: doc.has_active_quotation()),
		("Lost", lambda doc: doc.has_lost_quotation()),
		("Lost", lambda doc: doc.status == "Lost"),
	)

	def onload(self):
		if self.opportunity_from and self.party_name:
			party = frappe.get_doc(self.opportunity_from, self.party_name)
			load_address_and_contact(party)
			self.set("__onload", party.get("__onload"))

	def validate(self):
		if self.is_new() and not self.opportunity_type:
			self.opportunity_type = _("Sales")
		self.set_item_values()
		check_whole_units(self, "uom", "qty")
		self.set_customer_name()
		self.copy_party_values()
		self.set_exchange_rate()
		self.title = self.title or self.customer_name
		self.calculate_totals()

	def set_exchange_rate(self) -> None:
		if self.currency == company_currency(self.company):
			self.conversion_rate = 1.0
		elif flt(self.conversion_rate) in (0, 1):
			self.conversion_rate = EXCHANGE_RATE

	def set_item_values(self) -> None:
		fieldnames = ["item_name", "description", "item_group"]
		for row in self.items:
			if row.item_code:
				item = frappe.db.get_value("Item", row.item_code, fieldnames, as_dict=True) or {}
				row.update({key: value for key, value in item.items() if not row.get(key)})

	def set_customer_name(self) -> None:
		if self.opportunity_from == "Customer" and self.party_name:
			self.customer_name = frappe.db.get_value("Customer", self.party_name, "customer_name")
		elif self.opportunity_from == "Lead" and self.party_name:
			self.customer_name = frappe.db.get_value("Lead", self.party_name, "title")

	def copy_party_values(self) -> None:
		"""Fill empty fields from the party's standard fields of the same name."""
		if not self.party_name:
			return
		standard = frappe.get_all("DocField", {"parent": self.opportunity_from}, pluck="fieldname")
		columns = set(frappe.get_meta(self.opportunity_from).get_valid_columns()) & set(standard)
		missing = [name for name in self.meta.get_valid_columns() if name in columns and not self.get(name)]
		if missing:
			values = frappe.db.get_value(self.opportunity_from, self.party_name, missing, as_dict=True)
			self.update(values or {})

	def calculate_totals(self) -> None:
		rate = flt(self.conversion_rate)
		for row in self.items:
			row.amount = flt(row.rate) * flt(row.qty)
			row.base_rate, row.base_amount = rate * flt(row.rate), rate * row.amount
		self.total = sum(row.amount for row in self.items)
		self.base_total = sum(row.base_amount for row in self.items)

	def has_quotation(self, **filters) -> bool:
		"""Whether a submitted quotation made from this opportunity matches.

		With items the quotation's rows point here, without items the quotation itself does.
		"""
		if not self.items:
			return bool(frappe.db.exists("Quotation", {"opportunity": self.name, "docstatus": 1, **filters}))
		rows = {"prevdoc_docname": self.name, "docstatus": 1}
		names = frappe.get_all("Quotation Item", rows, pluck="parent")
		return bool(
			names and frappe.db.exists("Quotation", {"name": ("in", names), "docstatus": 1, **filters})
		)

	def has_active_quotation(self) -> bool:
		return self.has_quotation(status=("not in", ["Lost", "Closed"]))

	def has_lost_quotation(self) -> bool:
		filters = {"opportunity": self.name, "docstatus": 1, "status": "Lost"}
		return bool(frappe.db.exists("Quotation", filters)) and not self.has_active_quotation()

	@frappe.whitelist()
	def declare_enquiry_lost(self, lost_reasons_list, competitors, detailed_reason=None):
		"""Mark the opportunity as lost, with reasons."""
		if self.has_active_quotation():
			frappe.throw(_("A quotation has been made, so this opportunity cannot be lost."))
		self.status = "Lost"
		self.set("lost_reasons", [])
		self.set("competitors", [])
		if detailed_reason:
			self.order_lost_reason = detailed_reason
		append_lost_details(self, lost_reasons_list, competitors)
		self.save()


@frappe.whitelist()
def make_quotation(source_name: str, target_doc=None):
	"""A new quotation to the party of the opportunity, with its items."""

	def set_missing_values(source, target):
		target.run_method("set_missing_values")
		target.run_method("calculate_taxes_and_totals")
		if not source.items:
			target.opportunity = source.name

	return get_mapped_doc(
		"Opportunity",
		source_name,
		{
			"Opportunity": {"doctype": "Quotation", "field_map": {"opportunity_from": "quotation_to"}},
			"Opportunity Item": {
				"doctype": "Quotation Item",
				"field_map": {
					"parent": "prevdoc_docname",
					"parenttype": "prevdoc_doctype",
					"uom": "stock_uom",
				},
				"add_if_empty": True,
			},
		},
		target_doc,
		set_missing_values,
	)


@frappe.whitelist()
def make_customer(source_name: str, target_doc=None):
	"""A new customer for the party of the opportunity."""

	def set_missing_values(source, target):
		target.opportunity_name = source.name
		if source.opportunity_from == "Lead":
			target.lead_name = source.party_name

	return get_mapped_doc(
		"Opportunity",
		source_name,
		{
			"Opportunity": {
				"doctype": "Customer",
				"field_map": {"currency": "default_currency", "customer_name": "customer_name"},
			}
		},
		target_doc,
		set_missing_values,
	)


@frappe.whitelist()
def set_multiple_status(names: str, status: str) -> None:
	"""List action: set the status of several opportunities."""
	for name in frappe.parse_json(names):
		opportunity = frappe.get_doc("Opportunity", name)
		opportunity.status = status
		opportunity.save()


def auto_close_opportunity() -> None:
	"""Daily: close opportunities that nobody touched since a reply."""
	before = add_days(now_datetime(), -CLOSE_REPLIED_AFTER_DAYS)
	filters = {"status": "Replied", "modified": ("<", before)}
	for name in frappe.get_all("Opportunity", filters, pluck="name"):
		opportunity = frappe.get_doc("Opportunity", name)
		opportunity.status = "Closed"
		opportunity.flags.ignore_permissions = True
		opportunity.flags.ignore_mandatory = True
		opportunity.save()

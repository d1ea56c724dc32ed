import frappe
from frappe.model.document import Document

DEFAULTS = ("cust_master_name", "customer_group", "territory", "selling_price_list")


class SellingSettings(Document):
	def validate(self):
		for key in DEFAULTS:
			frappe.db.set_default(key, self.get(key, ""))

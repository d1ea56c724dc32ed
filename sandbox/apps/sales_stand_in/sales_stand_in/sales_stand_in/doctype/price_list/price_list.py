import frappe
from frappe.model.document import Document


class PriceList(Document):
	def on_update(self):
		if self.selling and not frappe.db.get_single_value("Selling Settings", "selling_price_list"):
			settings = frappe.get_doc("Selling Settings")
			settings.selling_price_list = self.name
			settings.save(ignore_permissions=True)

import frappe
from frappe.custom.doctype.property_setter.property_setter import make_property_setter
from frappe.model.document import Document
from frappe.utils import cint

# default of the site: field of this document
DEFAULTS = {
	"company": "default_company",
	"currency": "default_currency",
	"country": "country",
	"disable_rounded_total": "disable_rounded_total",
}


class GlobalDefaults(Document):
	def on_update(self):
		for key, fieldname in DEFAULTS.items():
			frappe.db.set_default(key, self.get(fieldname, ""))
		if self.default_currency:
			frappe.db.set_value("Currency", self.default_currency, "enabled", 1)
		for doctype in ("Quotation", "Sales Order", "Sales Invoice"):
			make_property_setter(
				doctype,
				"disable_rounded_total",
				"default",
				cint(self.disable_rounded_total),
				"Text",
				validate_fields_for_doctype=False,
			)
		frappe.clear_cache()

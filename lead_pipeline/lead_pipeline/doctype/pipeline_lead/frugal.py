"""What the framework does at every save though it comes to nothing for most leads.

Visitors wait while a lead is saved, and each question to the database or to Redis is a part of that.
"""

import frappe
from frappe.model.document import Document


class Frugal(Document):
	"""Saves as any document, with fewer questions; what they would have found is found here as well."""

	def _set_defaults(self):
		"""Called by the framework, by newer ones before every save; it asks for the defaults of each table's rows, be there
		rows or not. A lead that was read under its lock lacks nothing.
		"""
		if self.flags.locked_copy:
			return
		if any(self.get(table.fieldname) for table in self.meta.get_table_fields()):
			super()._set_defaults()
		elif self.is_new() and not frappe.flags.in_import:
			self.update_if_missing(frappe.new_doc(self.doctype, as_dict=True))

	def save_version(self):
		"""Called by the framework: a version says what has changed. Of a new lead, the status log says whence it came."""
		if self.get_doc_before_save():
			super().save_version()

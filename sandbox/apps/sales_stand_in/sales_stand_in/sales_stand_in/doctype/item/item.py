from frappe.model.document import Document
from frappe.utils import cstr, strip_html


class Item(Document):
	def validate(self):
		self.item_name = self.item_name or self.item_code
		if not strip_html(cstr(self.description)).strip():
			self.description = self.item_name

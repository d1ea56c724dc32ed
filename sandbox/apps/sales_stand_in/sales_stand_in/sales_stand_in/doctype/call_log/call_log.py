from frappe.contacts.doctype.contact.contact import get_contact_with_phone_number
from frappe.model.document import Document


class CallLog(Document):
	def before_insert(self):
		"""The caller's contact, as ERPNext links it."""
		number = self.get("from") if self.type == "Incoming" else self.to
		if contact := get_contact_with_phone_number((number or "").lstrip("0")):
			self.append("links", {"link_doctype": "Contact", "link_name": contact})

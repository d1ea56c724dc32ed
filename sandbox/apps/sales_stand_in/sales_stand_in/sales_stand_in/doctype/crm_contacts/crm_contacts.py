from frappe.model.document import Document


class CRMContacts(Document):
	"""Stands in for the DocType of Frappe CRM."""

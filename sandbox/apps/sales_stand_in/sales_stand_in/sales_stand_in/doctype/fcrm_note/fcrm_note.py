from frappe.model.document import Document


class FCRMNote(Document):
	"""Stands in for the DocType of Frappe CRM, with the fields that a migration reads."""

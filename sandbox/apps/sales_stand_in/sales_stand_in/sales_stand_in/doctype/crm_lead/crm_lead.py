from frappe.model.document import Document


class CRMLead(Document):
	"""Stands in for the DocType of Frappe CRM, with the fields that a migration reads."""

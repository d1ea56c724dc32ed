from frappe.model.document import Document


class CRMOrganization(Document):
	"""Stands in for the DocType of Frappe CRM."""

from frappe.model.document import Document


class CRMDealStatus(Document):
	"""Stands in for the DocType of Frappe CRM."""

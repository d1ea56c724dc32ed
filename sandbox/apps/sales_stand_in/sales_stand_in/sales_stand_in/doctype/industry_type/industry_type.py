from frappe.model.document import Document


class IndustryType(Document):
	pass

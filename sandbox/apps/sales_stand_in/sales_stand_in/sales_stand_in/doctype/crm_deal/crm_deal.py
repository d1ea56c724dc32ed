import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import nowdate


class CRMDeal(Document):
	"""Stands in for the DocType of Frappe CRM: what a status means is up to its type."""

	def validate(self):
		self.set_primary_contact()
		kind = frappe.db.get_value("CRM Deal Status", self.status, "type")
		if kind == "Won" and not self.closed_date:
			self.closed_date = nowdate()
		if kind == "Lost" and not self.lost_reason:
			frappe.throw(_("A lost deal needs a reason. Choose a Lost Reason."))

	def set_primary_contact(self) -> None:
		"""The deal's own e-mail and phones are those of its primary contact."""
		if len(self.contacts) == 1:
			self.contacts[0].is_primary = 1
		primary = next((row for row in self.contacts if row.is_primary), frappe._dict())
		for field in ("email", "mobile_no", "phone"):
			self.set(field, primary.get(field) or "")

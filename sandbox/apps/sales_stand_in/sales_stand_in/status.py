"""The status of a sales document, derived from the document and its neighbours.

ERPNext writes a derived status with `db_set`, past `validate` and `on_update`: only `before_change` and
`on_change` run. Whoever listens to sales documents depends on that, so it is the same here.
"""

from collections.abc import Callable

from frappe import _
from frappe.model.document import Document

WITHOUT_COMMENT = ("Cancelled", "Partially Ordered", "Ordered")


class StatusDocument(Document):
	"""A document whose status is the first of its rules that holds."""

	# (status, test), the strongest first
	status_rules: tuple[tuple[str, Callable[[Document], bool]], ...] = ()

	def set_status(self, update=False, status: str | None = None, update_modified=True) -> None:
		"""Derive the status.

		`status` is what to assume first, `update` writes to the database at once.
		"""
		if self.is_new():
			if self.get("amended_from"):
				self.status = "Draft"
			return

		before = self.status
		if status and update:
			self.db_set("status", status)
		self.status = next((name for name, holds in self.status_rules if holds(self)), self.status)
		if self.status != before and self.status not in WITHOUT_COMMENT:
			self.add_comment("Label", _(self.status))
		if update:
			self.db_set("status", self.status, update_modified=update_modified)

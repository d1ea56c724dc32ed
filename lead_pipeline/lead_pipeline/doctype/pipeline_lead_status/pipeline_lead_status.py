from frappe.model.document import Document

from lead_pipeline import reference


class PipelineLeadStatus(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		category: DF.Literal['New', 'Working', 'Qualified', 'Won', 'Lost', 'Disqualified']
		color: DF.Color | None
		disabled: DF.Check
		position: DF.Int
		protected: DF.Check
		status_name: DF.Data
	# end: auto-generated types
	def on_update(self):
		reference.clear()

	def after_rename(self, old: str, new: str, merge: bool = False):
		reference.clear()

	def after_delete(self):
		reference.clear()

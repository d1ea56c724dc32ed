from frappe.model.document import Document

from lead_pipeline.duplicates import redirects, undo


class PipelineLeadMerge(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		merged_by: DF.Link | None
		merged_lead: DF.Data
		merged_on: DF.Datetime
		merged_title: DF.Data | None
		origin_key: DF.Data | None
		snapshot: DF.LongText | None
		survivor: DF.Link
		undo_until: DF.Datetime | None
		undone_by: DF.Link | None
		undone_on: DF.Datetime | None

	# end: auto-generated types
	def onload(self):
		self.set_onload("can_undo", undo.can_undo(self))

	def on_update(self):
		redirects.clear()

	def on_trash(self):
		redirects.clear()

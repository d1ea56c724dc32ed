from frappe.model.document import Document

from lead_pipeline import reference


class PipelineLeadType(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from lead_pipeline.lead_pipeline.doctype.pipeline_lead_type_status.pipeline_lead_type_status import PipelineLeadTypeStatus

		allowed_statuses: DF.Table[PipelineLeadTypeStatus]
		type_name: DF.Data
	# end: auto-generated types
	def on_update(self):
		reference.clear()

	def after_rename(self, old: str, new: str, merge: bool = False):
		reference.clear()

	def after_delete(self):
		reference.clear()

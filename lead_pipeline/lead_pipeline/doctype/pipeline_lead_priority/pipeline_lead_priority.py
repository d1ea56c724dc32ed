from frappe.model.document import Document

from lead_pipeline.reference_data import checks


class PipelineLeadPriority(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		color: DF.Color | None
		priority_name: DF.Data
		weight: DF.Int

	# end: auto-generated types
	def validate(self):
		checks.validate_color(self)

	def on_trash(self):
		checks.refuse_when_in_use(self)

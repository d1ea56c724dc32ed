from frappe.model.document import Document

from lead_pipeline.reference_data import checks


class PipelineActivityType(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity_type: DF.Data
		color: DF.Color | None
		default_days: DF.Int
		disabled: DF.Check
		icon: DF.Icon | None
		is_contact: DF.Check

	# end: auto-generated types
	def validate(self):
		checks.validate_color(self)

	def on_trash(self):
		checks.refuse_when_in_use(self)

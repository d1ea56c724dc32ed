from frappe.model.document import Document

from lead_pipeline.reference_data import checks


class PipelineLostReason(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		disabled: DF.Check
		reason: DF.Data

	# end: auto-generated types
	def on_trash(self):
		checks.refuse_when_in_use(self)

from frappe.model.document import Document


class PipelineCardPlace(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		lead: DF.Link
		moment: DF.Datetime
		status: DF.Link
		tie: DF.Data | None
		user: DF.Link

	# end: auto-generated types

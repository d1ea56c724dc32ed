from frappe.model.document import Document


class PipelineStatusFailure(Document):
	"""A lead that could not follow its documents yet.

	Written by `status/failures.py` alone.
	"""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		attempts: DF.Int
		document_name: DF.DynamicLink | None
		document_type: DF.Link | None
		error: DF.SmallText | None
		error_log: DF.Link | None
		failed_on: DF.Datetime
		lead: DF.Link
	# end: auto-generated types
	pass

from frappe.model.document import Document


class PipelineMigrationStatus(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		leads: DF.Int
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		source_status: DF.Data | None
		status: DF.Link | None
	# end: auto-generated types
	pass

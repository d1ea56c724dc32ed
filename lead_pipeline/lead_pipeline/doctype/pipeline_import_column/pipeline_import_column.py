from frappe.model.document import Document


class PipelineImportColumn(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		example: DF.Data | None
		field: DF.Literal[None]
		heading: DF.Data | None
		is_chosen: DF.Check
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		place: DF.Int

	# end: auto-generated types
	pass

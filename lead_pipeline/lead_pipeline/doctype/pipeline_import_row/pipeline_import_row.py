from frappe.model.document import Document


class PipelineImportRow(Document):
	"""A row of an import or a migration.

	Written by `capture/importing/row_store.py` alone, and shown by its run.
	"""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		cells: DF.LongText | None
		data: DF.LongText | None
		lead: DF.Data | None
		line: DF.Int
		message: DF.SmallText | None
		origin_key: DF.Data | None
		outcome: DF.Data | None
		result_lead: DF.Data | None
		file_row: DF.Int
		run: DF.Data | None
		run_type: DF.Link | None
		same_as: DF.Int
		title: DF.Data | None
		verdict: DF.Data | None
	# end: auto-generated types
	pass

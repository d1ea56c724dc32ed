from frappe.model.document import Document

# People say which field a column fills; all else is read from the file.
FROM_THE_FILE = ("heading", "example", "place", "proposed")


class PipelineImportColumn(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		example: DF.Data | None
		field: DF.Literal[None]
		heading: DF.Data | None
		parent: DF.Data
		parentfield: DF.Data
		parenttype: DF.Data
		place: DF.Int
		proposed: DF.Data | None

	# end: auto-generated types
	def before_validate(self):
		"""Keep what the file says when the row is saved by itself.

		When it is saved with its import, the import does so.
		"""
		if before := self.get_doc_before_save():
			self.update({name: before.get(name) for name in FROM_THE_FILE})

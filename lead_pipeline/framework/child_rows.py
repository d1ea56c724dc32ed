"""Keep a request from overwriting child rows of another document.

The framework saves a row by its name alone.
"""

from frappe.model.document import Document


def keep_to_own(document: Document) -> None:
	"""Turn rows that carry the name of another document's row into new rows.

	To be called before a save is validated. Otherwise the row of another record, of whatever DocType has the same kind
	of rows, would be overwritten and change hands.
	"""
	before = document.get_doc_before_save()
	if not before:
		# The framework refuses to insert a name twice.
		return
	for table in document.meta.get_table_fields():
		own = {row.name for row in before.get(table.fieldname)}
		for row in document.get(table.fieldname):
			if row.name not in own and not row.get("__islocal"):
				row.name = None
				row.set("__islocal", 1)

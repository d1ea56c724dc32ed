"""The note of a save that each insert leaves behind.

`Document` notes itself before it has a name, and looks for the note by its name when it is saved (Frappe 15 and 16). So each
insert leaves a note until the request or the job ends, and each save reads all of them: ten thousand inserts read a
hundred million.
"""

import frappe
from frappe.model.document import Document


def forget_insert(document: Document) -> None:
	"""Remove the note that the insert of `document` leaves behind.

	Does nothing where there is none, as when the framework removes it itself.
	"""
	notes, note = frappe.flags.currently_saving or [], (document.doctype, None)
	if note in notes:
		notes.remove(note)

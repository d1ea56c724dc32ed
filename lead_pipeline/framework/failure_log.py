"""Write Error Log entries with advice, without repeating them within some hours."""

import frappe
from frappe.utils import add_to_date

# The column of the title.
MAX_TITLE = 140


def log_failure(
	title: str, advice: str, doctype: str | None = None, name: str | None = None, hours: int = 0
) -> bool:
	"""Log `advice` and the current error in the Error Log; return whether it is new.

	The current error is the one that is being handled, if there is one. With `hours`: writes nothing when an entry
	with this title is younger than this many hours. `doctype` and `name`: the document.
	"""
	title = title[:MAX_TITLE]
	recent = {"method": title, "creation": (">", add_to_date(None, hours=-hours, as_datetime=True))}
	if hours and frappe.db.exists("Error Log", recent):
		return False
	frappe.log_error(
		title=title,
		message=f"{advice}\n\n{frappe.get_traceback()}",
		reference_doctype=doctype,
		reference_name=name,
	)
	return True

"""A Data Import accounts for every row, on PostgreSQL too."""

import frappe
from frappe.model.document import Document


def keep_reasons_of_rows_before(lead: Document) -> None:
	"""Commit the import's notes on refused rows before it begins with this row.

	The importer writes the reason after it has undone such a row, without a commit: the next row that is refused
	undoes that, too. On MariaDB its log is a table without transactions.
	"""
	reference = lead.flags.updater_reference or {}
	is_row_of_import = frappe.flags.in_import and reference.get("doctype") == "Data Import"
	if frappe.db.db_type == "mariadb" or not is_row_of_import or lead.flags.reasons_are_kept:
		return
	lead.flags.reasons_are_kept = True
	# At this moment there is nothing else in the transaction: the importer commits each row, or undoes it.
	frappe.db.commit()

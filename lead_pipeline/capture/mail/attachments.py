"""Files of a mail: a lead has them, too, without a second copy on the disk."""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import LEAD
from lead_pipeline.framework import transactions


def attach_files(communication: Document, lead: str) -> None:
	"""Attach the files of a mail to `lead`, once.

	Pictures in its text (logos, signatures) stay in the mail.

	A file that cannot be attached, because the lead has too many or the site takes no more, stays with the mail.
	"""
	if not communication.has_attachment:
		return
	# Whoever may see the lead may see what was sent for it; the file itself asks for the rights to the lead.
	files = frappe.get_all(
		"File",
		filters={"attached_to_doctype": communication.doctype, "attached_to_name": communication.name},
		fields=["file_name", "file_url", "is_private"],
		order_by="creation asc",
	)
	held = set(
		frappe.get_all(
			"File",
			filters={"attached_to_doctype": LEAD, "attached_to_name": lead},
			pluck="file_url",
			order_by=None,
		)
	)
	for file in files:
		if (
			file.file_url
			and file.file_url not in held
			and not stands_in(communication.content, file.file_url)
		):
			attach_file(file, lead)


def stands_in(content: str | None, file_url: str) -> bool:
	return f'src="{file_url}' in (content or "")


def attach_file(file: frappe._dict, lead: str) -> None:
	def insert() -> None:
		document = frappe.new_doc("File")
		document.update(file | {"attached_to_doctype": LEAD, "attached_to_name": lead})
		# The mail was received for this lead, or its user may write the lead.
		document.insert(ignore_permissions=True)

	def report(error: Exception) -> None:
		frappe.log_error(
			title=_("A file of an e-mail could not be attached to lead {0}").format(lead),
			message=_("{0} stays with the e-mail in the timeline of the lead.").format(file.file_name)
			+ "\n\n"
			+ frappe.get_traceback(),
			reference_doctype=LEAD,
			reference_name=lead,
		)

	transactions.run_in_savepoint(insert, report)

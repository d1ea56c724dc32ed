"""Keep out of the e-mails of leads what their writer may not read.

The framework puts each file that the text of an e-mail asks for (`domain/embedding.py`) into it, whosever it is.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import LEAD
from lead_pipeline.domain import embedding


def check(communication: Document, method: str | None = None) -> None:
	"""Hook of Communication: refuse an e-mail of a lead that would have a file in it which its writer may not read."""
	if communication.reference_doctype != LEAD or communication.sent_or_received != "Sent":
		return
	asked_for = embedding.files_in(communication.subject or "") | embedding.files_in(
		communication.content or ""
	)
	for address in sorted(asked_for):
		if not embedding.is_public(address) and not is_readable(address):
			frappe.throw(
				_(
					"The text of this e-mail asks for a file to be put into it that you may not read, or that is no file "
					"of this site: {0}. Take the words {1} out of the text; if you want to send a file, attach it."
				).format(frappe.bold(frappe.utils.escape_html(address)), frappe.bold("embed=…")),
				frappe.PermissionError,
				title=_("E-mail Not Sent"),
			)


def is_readable(address: str) -> bool:
	"""Whether it is a file of the site, of which the user may read at least one record."""
	names = frappe.get_all("File", filters={"file_url": address}, pluck="name", order_by=None)
	return any(frappe.has_permission("File", doc=name) for name in names)

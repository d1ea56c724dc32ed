"""Keep out of the e-mails of leads what their writer may not read.

The framework puts each file that the text of an e-mail asks for (`domain/embedding.py`) into it, whosever it is.
"""

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.constants import LEAD
from lead_pipeline.domain import embedding, strangers


def check(communication: Document, method: str | None = None) -> None:
	"""Hook (validate): refuse an e-mail that embeds a file its writer may not read.

	Concerns e-mails of leads.

	Incoming e-mails are kept, whatever they contain, and no longer refer to a file.
	"""
	if communication.reference_doctype != LEAD:
		return
	is_ours = communication.sent_or_received == "Sent"
	for field in ("subject", "content"):
		text = communication.get(field) or ""
		private = sorted(address for address in embedding.files_in(text) if not embedding.is_public(address))
		if not is_ours and private:
			communication.set(
				field, strangers.rich_text(text) if field == "content" else strangers.one_line(text)
			)
		for address in private if is_ours else ():
			if not is_readable(address):
				refuse(address)


def refuse(address: str) -> None:
	frappe.throw(
		_(
			"The text of this e-mail asks for a file to be put into it that you may not read, or that is no file of this "
			"site: {0}. Take the words {1} out of the text; if you want to send a file, attach it."
		).format(frappe.bold(frappe.utils.escape_html(address)), frappe.bold("embed=…")),
		frappe.PermissionError,
		title=_("E-mail Not Sent"),
	)


def is_readable(address: str) -> bool:
	"""Return whether `address` is a file of the site that the user may read.

	The user must be able to read at least one File record with this address.
	"""
	names = frappe.get_all("File", filters={"file_url": address}, pluck="name", order_by=None)
	return any(frappe.has_permission("File", doc=name) for name in names)

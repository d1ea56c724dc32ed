"""Clean what strangers have written before it is stored.

By the fields of a lead that it is for, and in received mails.

Every channel through which somebody from outside, or a file or program in their name, fills a lead goes by here;
what users write themselves does not.
"""

from collections.abc import Mapping

import frappe
from frappe.model import table_fields
from frappe.model.document import Document
from frappe.utils import cstr

from lead_pipeline.constants import LEAD
from lead_pipeline.domain.embedding import without_files
from lead_pipeline.domain.strangers import (
	OPENING,
	file_name,
	no_formula,
	one_line,
	rich_text,
	without_markup,
)

LINES = ("Data", "Autocomplete", "Read Only")
TEXTS = ("Small Text", "Text", "Long Text", "Code")
RICH = ("Text Editor", "HTML Editor", "Markdown Editor")

# Checked by their own rules, which leave nothing that could be markup or a formula of use.
CHECKED = ("Email", "Phone", "URL")


def harmless_values(found: Mapping[str, object], doctype: str = LEAD) -> dict[str, object]:
	"""Return the values by fieldname, harmless wherever they are shown.

	Choices and numbers stay as they are.
	"""
	meta = frappe.get_meta(doctype)
	return {name: value(meta.get_field(name), written) for name, written in found.items()}


def value(field, written: object) -> object:
	if not field:
		return written
	if field.fieldtype in table_fields and isinstance(written, list):
		return [harmless_values(row, field.options) if isinstance(row, dict) else row for row in written]
	if not isinstance(written, str):
		return written
	if field.fieldtype in LINES and field.options in CHECKED:
		return without_files(written)
	if field.fieldtype in LINES:
		return no_formula(one_line(written)) if written.strip() else written
	if field.fieldtype in TEXTS:
		return no_formula(without_markup(written))
	return rich_text(written) if field.fieldtype in RICH else written


def clean_mail(communication: Document, mail) -> None:
	"""Clean a received mail and its Communication.

	The receiver is about to save them.

	A mail without HTML is shown as if it had some, so text that looks like HTML is escaped.
	"""
	for field in ("subject", "sender_full_name"):
		if written := communication.get(field):
			communication.set(field, one_line(written))
	for attachment in mail.attachments:
		# The framework loses the whole mail for a file whose name has a slash in it.
		old, attachment["fname"] = attachment["fname"], file_name(cstr(attachment["fname"]))
		if old in mail.cid_map:
			mail.cid_map[attachment["fname"]] = mail.cid_map[old]
	is_html = mail.content_type == "text/html"
	written = {cstr(holder.content) for holder in (communication, mail)}
	cleaned = {
		text: rich_text(text) if is_html else without_files(OPENING.sub("&lt;", text)) for text in written
	}
	# The receiver writes the mail's content into the Communication once more, with the pictures in it.
	for holder in (communication, mail):
		holder.content = cleaned[cstr(holder.content)]

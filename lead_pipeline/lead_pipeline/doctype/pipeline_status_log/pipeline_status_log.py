import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.exceptions import LogIsInsertOnlyError


class PipelineStatusLog(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		cause: DF.Literal[
			"Created",
			"Person",
			"Document",
			"Type Change",
			"Repair",
			"Import",
			"Incoming Mail",
			"Outgoing Mail",
			"Call",
			"Follow-up",
			"Enquiry",
		]
		changed_by: DF.Link | None
		changed_on: DF.Datetime
		from_status: DF.Link | None
		lead: DF.Link
		merged_from: DF.Data | None
		reason: DF.SmallText | None
		reference_doctype: DF.Link | None
		reference_name: DF.DynamicLink | None
		rule: DF.Link | None
		seconds_in_previous: DF.Int
		to_status: DF.Link

	# end: auto-generated types
	def before_insert(self):
		# The framework has filled what is empty with the defaults of the user, who is only the one who acted.
		self.update(self.flags.told or {})

	def validate(self):
		if not self.is_new():
			throw_read_only(_("A row of the status log cannot be changed: it says what happened."))

	def on_trash(self):
		throw_read_only(_("A row of the status log cannot be deleted: it goes when its lead is deleted."))


def throw_read_only(message: str) -> None:
	frappe.throw(message, LogIsInsertOnlyError, title=_("Status Log"))

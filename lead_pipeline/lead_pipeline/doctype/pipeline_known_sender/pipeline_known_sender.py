import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.domain.matching import email_key
from lead_pipeline.exceptions import InvalidContactError


class PipelineKnownSender(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		note: DF.SmallText | None
		sender: DF.Data
		verdict: DF.Literal["Trusted", "Spam"]

	# end: auto-generated types
	def autoname(self):
		"""Named as addresses are compared: trimmed, lower case, the domain in ASCII."""
		typed = (self.sender or "").strip()
		key = email_key(f"any{typed}") if typed.startswith("@") else email_key(typed)
		if not key:
			frappe.throw(
				_("Enter an e-mail address like name@example.com, or a domain like @example.com."),
				InvalidContactError,
				title=_("Sender"),
			)
		self.sender = self.name = key.removeprefix("any") if typed.startswith("@") else key

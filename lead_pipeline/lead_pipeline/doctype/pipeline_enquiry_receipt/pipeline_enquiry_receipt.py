import frappe
from frappe.model.document import Document
from frappe.query_builder.functions import Now
from pypika.terms import Interval


class PipelineEnquiryReceipt(Document):
	"""That an enquiry was received; written by `capture/idempotency.py` alone."""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		client: DF.Data | None
		content: DF.Data | None
		form: DF.Data | None
		junk: DF.Check
		made_new: DF.Check
		lead: DF.Data | None
		sender: DF.Data | None
		ticket: DF.Data | None
	# end: auto-generated types

	@staticmethod
	def clear_old_logs(days: int = 30) -> None:
		"""Delete old receipts; called by the framework's Log Settings, every day."""
		receipt = frappe.qb.DocType("Pipeline Enquiry Receipt")
		frappe.db.delete(receipt, filters=(receipt.creation < (Now() - Interval(days=days))))

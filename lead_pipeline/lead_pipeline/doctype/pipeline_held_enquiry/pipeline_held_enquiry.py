import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.exceptions import ActionRefusedError


class PipelineHeldEnquiry(Document):
	"""An enquiry that looks like spam, with all that was sent.

	Made and released by `capture/form/quarantine.py` alone.
	"""

	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		answers: DF.LongText | None
		email: DF.Data | None
		message: DF.SmallText | None
		noted: DF.LongText | None
		phone: DF.Data | None
		reasons: DF.SmallText | None
		sender_name: DF.Data | None
		sent: DF.LongText | None
		web_form: DF.Data | None

	# end: auto-generated types
	def validate(self):
		if not self.is_new():
			frappe.throw(
				_("A held enquiry cannot be changed: it is what was sent. Release it, or delete it as spam."),
				ActionRefusedError,
				title=_("Held Enquiry"),
			)

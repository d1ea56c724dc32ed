from frappe.model.document import Document


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
	pass

import re

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline import reference
from lead_pipeline.constants import LOST
from lead_pipeline.exceptions import InvalidReferenceDataError


class LeadPipelineSettings(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		call_replies: DF.Check
		disqualified_status: DF.Link | None
		follow_up_assigns: DF.Check
		follow_up_notifies: DF.Check
		follow_up_opens: DF.Check
		lead_prefix: DF.Data
		lead_visibility: DF.Literal['All Leads', 'Own Leads']
		lost_status: DF.Link | None
		mail_replies: DF.Check
		open_status: DF.Link | None
		qualified_status: DF.Link | None
		replied_status: DF.Link | None
		reply_opens: DF.Check
		seeded_records: DF.SmallText | None
	# end: auto-generated types
	def validate(self):
		self.validate_prefix()
		self.validate_lost_status()

	def validate_prefix(self):
		self.lead_prefix = (self.lead_prefix or "").strip()
		if not re.fullmatch(r"[\w-]{1,20}", self.lead_prefix):
			frappe.throw(
				_("The prefix of lead names may have letters, digits, - and _ only, and at most 20 of them."),
				InvalidReferenceDataError,
				title=_("Prefix of Lead Names"),
			)

	def validate_lost_status(self):
		if self.lost_status and reference.category(self.lost_status) != LOST:
			frappe.throw(
				_("{0} is not of category {1}. Choose a status of that category.").format(
					frappe.bold(_(self.lost_status)), frappe.bold(_(LOST))
				),
				InvalidReferenceDataError,
				title=_("Lost Status"),
			)

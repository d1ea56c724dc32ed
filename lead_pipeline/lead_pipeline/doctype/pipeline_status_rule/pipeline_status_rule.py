import json

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.exceptions import InvalidRuleError
from lead_pipeline.status import rules


class PipelineStatusRule(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		document_type: DF.Link
		enabled: DF.Check
		filters: DF.Code | None
		lead_type: DF.Link | None
		position: DF.Int
		rule_name: DF.Data | None
		status: DF.Link

	# end: auto-generated types
	def before_validate(self):
		self.filters = self.filters or "[]"
		if not self.rule_name:
			self.rule_name = f"{_(self.document_type)}: {_(self.status)}"

	def validate(self):
		self.validate_link()
		self.validate_filters()

	def on_update(self):
		rules.clear()

	def after_delete(self):
		rules.clear()

	def validate_link(self):
		if not rules.lead_link(self.document_type):
			frappe.throw(
				_(
					"Documents of type {0} cannot belong to a lead. Add a field of type Link with the options "
					"Pipeline Lead to {0} (Customize Form) first."
				).format(frappe.bold(_(self.document_type))),
				InvalidRuleError,
				title=_("Document Type"),
			)

	def validate_filters(self):
		"""Ask the database once: what it cannot evaluate now would fail at every save of a document."""
		try:
			filters = json.loads(self.filters)
			frappe.get_all(self.document_type, filters=filters, limit=1, order_by=None)
		except Exception as error:
			# Whatever a filter can break (a missing field, an unknown operator, a value of the wrong kind), the
			# author of the rule has to know now.
			frappe.throw(
				_("The filters cannot be evaluated: {0}. Correct or remove the filter that is named.").format(
					frappe.utils.escape_html(str(error))
				),
				InvalidRuleError,
				title=_("Filters"),
			)

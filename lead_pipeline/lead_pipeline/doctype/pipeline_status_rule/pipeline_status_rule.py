import json

import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.framework.link_checks import OwnLinkChecks
from lead_pipeline.framework.messages import show_with_links
from lead_pipeline.status import filter_checks, rule_checks, rules


class PipelineStatusRule(OwnLinkChecks, Document):
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
	def onload(self):
		self.set_onload("warnings", rule_checks.rule_warnings(self))

	def before_validate(self):
		if not self.rule_name and self.document_type and self.status:
			self.rule_name = _("{0}: {1}").format(_(self.document_type), _(self.status))

	def validate(self):
		self.validate_filters()

	def on_update(self):
		rules.clear()
		self.warn()

	def after_delete(self):
		rules.clear()
		if self.enabled:
			self.say_that_leads_follow()

	def check_links(self):
		rule_checks.check_links(self)

	def validate_filters(self):
		# A site may have changed the options that a rule of ours compares with: that must not stop an install.
		filters = filter_checks.check_filters(self, values=not self.flags.is_seed)
		self.filters = json.dumps(filters)

	def warn(self):
		for warning in rule_checks.rule_warnings(self):
			show_with_links(warning, title=_("Order of the Rules"), indicator="orange", alert=True)

	def say_that_leads_follow(self):
		"""As a message that stays when the desk leaves the form of what is gone."""
		report = frappe.utils.get_link_to_report("Leads That Disagree", _("Leads That Disagree"))
		show_with_links(
			_(
				"The leads whose status followed from this rule are repaired within the hour, or in {0} now."
			).format(report),
			indicator="blue",
			alert=True,
		)

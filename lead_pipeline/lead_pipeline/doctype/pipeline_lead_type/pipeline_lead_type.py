import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder.functions import Count

from lead_pipeline.constants import LEAD, OPEN_CATEGORIES, SETTINGS, SETTING_CATEGORIES
from lead_pipeline.domain.pipeline import Pipeline
from lead_pipeline.exceptions import InvalidReferenceDataError
from lead_pipeline.framework import child_rows
from lead_pipeline.reference_data import checks, lead_statuses
from lead_pipeline.status import rules


class PipelineLeadType(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF
		from lead_pipeline.lead_pipeline.doctype.pipeline_lead_type_status.pipeline_lead_type_status import (
			PipelineLeadTypeStatus,
		)

		allowed_statuses: DF.Table[PipelineLeadTypeStatus]
		type_name: DF.Data

	# end: auto-generated types
	def before_validate(self):
		child_rows.keep_to_own(self)
		self.remove_duplicates()

	def validate(self):
		self.validate_open_status()
		if self.allowed != self.allowed_before():
			self.warn_of_actions()
			self.warn_of_disabled()

	def on_update(self):
		lead_statuses.clear()
		self.tell_of_leads(self.no_longer_allowed())

	def before_rename(self, old: str, new: str, merge: bool = False):
		lead_statuses.clear()

	def after_rename(self, old: str, new: str, merge: bool = False):
		lead_statuses.clear()
		rules.clear()
		if merge and self.allowed:
			self.tell_of_leads(set(lead_statuses.statuses()) - set(self.allowed))

	def on_trash(self):
		checks.refuse_when_in_use(self)

	def after_delete(self):
		lead_statuses.clear()

	@property
	def allowed(self) -> list[str]:
		"""The statuses in the table; none means all."""
		return [row.status for row in self.allowed_statuses]

	def allowed_before(self) -> list[str]:
		before = self.get_doc_before_save()
		return before.allowed if before else []

	def no_longer_allowed(self) -> set[str]:
		known = set(lead_statuses.statuses())
		return (set(self.allowed_before()) or known) - (set(self.allowed) or known)

	def remove_duplicates(self):
		"""A status twice in the table says no more than once."""
		rows = {}
		for row in self.allowed_statuses:
			rows.setdefault(row.status, row)
		if len(rows) < len(self.allowed_statuses):
			self.set("allowed_statuses", list(rows.values()))
			for index, row in enumerate(self.allowed_statuses, start=1):
				row.idx = index

	def validate_open_status(self):
		"""A lead of this type can be open: in what else would it begin?"""
		statuses = [status for status in lead_statuses.statuses().values() if status.name in self.allowed]
		if self.allowed and not Pipeline(statuses).can_be_open():
			frappe.throw(
				_(
					"A lead of type {0} could never be open. Allow it at least one enabled status of the category {1}, "
					"or leave the table empty to allow all."
				).format(frappe.bold(_(self.type_name)), lead_statuses.names_for_message(OPEN_CATEGORIES)),
				InvalidReferenceDataError,
				title=_("No Open Status"),
			)

	def warn_of_actions(self):
		"""Say which of the statuses that actions give this type does not take."""
		settings = frappe.get_cached_doc(SETTINGS)
		missing = {
			settings.meta.get_label(fieldname): settings.get(fieldname)
			for fieldname in SETTING_CATEGORIES
			if self.allowed and settings.get(fieldname) and settings.get(fieldname) not in self.allowed
		}
		if missing:
			lines = [f"{_(label)}: {frappe.bold(_(status))}" for label, status in missing.items()]
			frappe.msgprint(
				"<br>".join([_("Leads of this type cannot get these statuses of the settings:"), *lines]),
				title=_("Actions"),
				indicator="orange",
			)

	def warn_of_disabled(self):
		disabled = [
			name
			for name in self.allowed
			if name in lead_statuses.statuses() and lead_statuses.statuses()[name].disabled
		]
		if disabled:
			frappe.msgprint(
				_(
					"These statuses are disabled, so no lead gets them although the type allows it: {0}."
				).format(lead_statuses.names_for_message(disabled)),
				title=_("Disabled Statuses"),
				indicator="orange",
			)

	def tell_of_leads(self, statuses: set[str]):
		"""Show how many leads have a status that the type does not allow any more.

		`statuses`: the statuses concerned. Nothing happens to the leads by itself.
		"""
		lead = frappe.qb.DocType(LEAD)
		rows = statuses and (
			frappe.qb.from_(lead)
			.select(lead.status, Count("*"))
			.where((lead.lead_type == self.name) & lead.status.isin(sorted(statuses)))
			.groupby(lead.status)
			.orderby(lead.status)
			.run()
		)
		if rows:
			lines = [f"{frappe.bold(_(status))}: {number}" for status, number in rows]
			message = _(
				"Leads of this type have statuses that it does not allow any more. They keep them until a person or a "
				"document gives them another one:"
			)
			frappe.msgprint(
				"<br>".join([message, *lines]), title=_("Leads with Other Statuses"), indicator="orange"
			)

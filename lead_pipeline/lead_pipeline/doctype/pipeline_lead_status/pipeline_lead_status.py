import frappe
from frappe import _
from frappe.model.document import Document

from lead_pipeline.activities import status_terms
from lead_pipeline.constants import LEAD, LEAD_TYPE, OPEN_CATEGORIES, SETTINGS, SETTING_CATEGORIES, STATUS
from lead_pipeline.domain.decision import Status
from lead_pipeline.domain.pipeline import ANY_TYPE, Pipeline, stranded
from lead_pipeline.exceptions import InvalidReferenceDataError
from lead_pipeline.framework.messages import throw_with_links
from lead_pipeline.reference_data import categories, checks, lead_statuses, seeds
from lead_pipeline.status import rules

STEP = 10


class PipelineLeadStatus(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		category: DF.Literal["New", "Working", "Qualified", "Won", "Lost", "Disqualified"]
		color: DF.Color | None
		disabled: DF.Check
		next_step_required: DF.Check
		position: DF.Int
		probability: DF.Percent
		protected: DF.Check
		status_name: DF.Data
		stuck_after: DF.Int

	# end: auto-generated types
	def before_validate(self):
		self.set_position()

	def validate(self):
		checks.validate_color(self)
		if not self.is_new() and (self.has_value_changed("category") or self.has_value_changed("disabled")):
			self.validate_settings()
			self.validate_open_statuses()

	def on_update(self):
		lead_statuses.clear()
		self.take_leads_along()

	def before_rename(self, old: str, new: str, merge: bool = False):
		# The settings are saved in the middle of a rename: what they ask for must not come from the cache.
		lead_statuses.clear()
		if merge and new in lead_statuses.statuses():
			self.validate_merge(lead_statuses.statuses()[new])

	def after_rename(self, old: str, new: str, merge: bool = False):
		lead_statuses.clear()
		rules.clear()
		seeds.follow_renamed_seed(STATUS, old, new)
		if merge:
			delete_duplicate_rows(new)
			categories.queue_category(new)

	def on_trash(self):
		for fieldname in settings_naming(self.name):
			refuse_because_of_settings(
				_("{0} cannot be deleted, because the settings name it as {1}."), self.name, fieldname
			)
		# What a type allows is in use, see below.
		self.refuse_stranded(Pipeline(without(self.name)))
		checks.refuse_when_in_use(self)

	def after_delete(self):
		lead_statuses.clear()

	def set_position(self):
		"""Put a status without a position after the others."""
		if self.position is None:
			self.position = max((status.position for status in without(self.name)), default=0) + STEP

	def validate_settings(self):
		"""The status of an action stays one that the action can give."""
		for fieldname in settings_naming(self.name):
			if self.disabled:
				refuse_because_of_settings(
					_("{0} cannot be disabled, because the settings name it as {1}."), self.name, fieldname
				)
			if self.category not in SETTING_CATEGORIES[fieldname]:
				refuse_because_of_settings(
					_("{0} cannot get another category, because the settings name it as {1}."),
					self.name,
					fieldname,
				)

	def validate_open_statuses(self):
		"""A lead can always be open, whatever its type."""
		changed = Status(name=self.name, category=self.category, disabled=bool(self.disabled))
		self.refuse_stranded(Pipeline([*without(self.name), changed], lead_statuses.types()))

	def validate_merge(self, target: Status):
		"""What takes over this status has to be able to do what this one does."""
		for fieldname in settings_naming(self.name):
			if target.disabled or target.category not in SETTING_CATEGORIES[fieldname]:
				refuse_because_of_settings(
					_("{0} cannot be merged into this status, because the settings name it as {1}."),
					self.name,
					fieldname,
				)
		types = {
			name: [target.name if status == self.name else status for status in allowed]
			for name, allowed in lead_statuses.types().items()
		}
		self.refuse_stranded(Pipeline(without(self.name), types))

	def refuse_stranded(self, after: Pipeline):
		"""Raise when a change would take the last open status from leads.

		From all of them, or from those of some types.
		"""
		before = Pipeline(
			list(lead_statuses.statuses().values()),
			{name: lead_statuses.types()[name] for name in after.types},
		)
		lost = stranded(before, after)
		if not lost:
			return
		if ANY_TYPE in lost:
			message = _(
				"{0} is the last status in which a lead is open. Add or enable another one of the category {1} first."
			).format(frappe.bold(_(self.name)), lead_statuses.names_for_message(OPEN_CATEGORIES))
		else:
			message = _(
				"{0} is the last open status of leads of type {1}. Allow them another one of the category {2} first."
			).format(
				frappe.bold(_(self.name)),
				lead_statuses.names_for_message(lost),
				lead_statuses.names_for_message(OPEN_CATEGORIES),
			)
		frappe.throw(message, InvalidReferenceDataError, title=_("Last Open Status"))

	def take_leads_along(self):
		"""The leads keep a copy of the category, by which lists and board find them."""
		before = self.get_doc_before_save()
		if before and any(self.has_value_changed(field) for field in ("probability", "stuck_after")):
			status_terms.queue_terms(self.name)
		if not before or before.category == self.category:
			return
		categories.queue_category(self.name)
		if leads := frappe.db.count(LEAD, {"status": self.name}):
			frappe.msgprint(
				_(
					"{0} leads at {1} take over the category {2} in the background. You are told when they have."
				).format(leads, frappe.bold(_(self.name)), frappe.bold(_(self.category))),
				title=_("Category Changed"),
				indicator="blue",
			)


def without(name: str) -> list[Status]:
	"""Return all other statuses, as they are in the database."""
	return [status for status in lead_statuses.statuses().values() if status.name != name]


def settings_naming(status: str) -> list[str]:
	"""Return the fields of the settings that name this status."""
	settings = frappe.get_cached_doc(SETTINGS)
	return [fieldname for fieldname in SETTING_CATEGORIES if settings.get(fieldname) == status]


def refuse_because_of_settings(message: str, status: str, fieldname: str) -> None:
	"""`message`: translated, with places for the status and the name of the setting."""
	label = frappe.bold(_(frappe.get_meta(SETTINGS).get_label(fieldname)))
	way_out = _("Choose another one there first: {0}.").format(
		frappe.utils.get_link_to_form(SETTINGS, SETTINGS, _(SETTINGS))
	)
	taken = _("It has to be enabled and of the category {0}.").format(
		lead_statuses.names_for_message(SETTING_CATEGORIES[fieldname])
	)
	throw_with_links(
		" ".join([message.format(frappe.bold(_(status)), label), taken, way_out]),
		InvalidReferenceDataError,
		title=_("Named in the Settings"),
	)


def delete_duplicate_rows(status: str) -> None:
	"""A type that allowed both merged statuses has the remaining one once."""
	rows = frappe.get_all(
		"Pipeline Lead Type Status",
		filters={"status": status, "parenttype": LEAD_TYPE},
		fields=["name", "parent"],
		order_by="idx asc",
	)
	first = {row.parent: row.name for row in reversed(rows)}
	double = [row.name for row in rows if row.name != first[row.parent]]
	if double:
		frappe.db.delete("Pipeline Lead Type Status", {"name": ("in", double)})

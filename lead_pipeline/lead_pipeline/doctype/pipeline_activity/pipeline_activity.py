from frappe.model.document import Document

from lead_pipeline.activities import saving


class PipelineActivity(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		activity_type: DF.Link
		assigned_to: DF.Link | None
		done_by: DF.Link | None
		done_on: DF.Datetime | None
		due_on: DF.Date
		due_time: DF.Time | None
		feedback: DF.SmallText | None
		lead: DF.Link
		reminded_on: DF.Datetime | None
		status: DF.Literal["Open", "Done", "Cancelled"]
		subject: DF.Data | None
		todo: DF.Data | None

	# end: auto-generated types
	def __setup__(self):
		# Up to Frappe 15, a time that nobody gives becomes that of now.
		self.dont_update_if_missing = ["due_time"]

	def before_validate(self):
		saving.prepare_step(self)

	def validate(self):
		saving.check_step(self)

	def on_update(self):
		saving.follow_step(self)

	def after_delete(self):
		saving.follow_deletion(self)

import re

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import escape_html
from frappe.website.utils import clear_cache

from lead_pipeline.constants import SETTING_CATEGORIES
from lead_pipeline.domain import origins
from lead_pipeline.exceptions import InvalidReferenceDataError
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.visibility import health


class LeadPipelineSettings(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.types import DF

		assignee_becomes_owner: DF.Check
		call_replies: DF.Check
		calls_notify: DF.Check
		cart_hours: DF.Int
		create_crm_deal: DF.Check
		create_customer: DF.Check
		create_opportunity: DF.Check
		create_quotation: DF.Check
		create_sales_invoice: DF.Check
		create_sales_order: DF.Check
		default_activity_type: DF.Link | None
		disqualified_status: DF.Link | None
		follow_up_assigns: DF.Check
		follow_up_notifies: DF.Check
		follow_up_opens: DF.Check
		form_mailers: DF.SmallText | None
		handover_notifies: DF.Check
		lead_prefix: DF.Data
		lead_visibility: DF.Literal["All Leads", "Own Leads"]
		lists_make_leads: DF.Check
		lost_status: DF.Link | None
		mail_replies: DF.Check
		merge_undo_days: DF.Int
		open_status: DF.Link | None
		own_domains: DF.SmallText | None
		qualified_status: DF.Link | None
		replied_status: DF.Link | None
		reply_opens: DF.Check
		sales_users_merge: DF.Check
		seeded_records: DF.SmallText | None
		show_duplicates: DF.Check
		step_reminds: DF.Check
		stuck_notifies: DF.Check
		unowned_notifies: DF.Check
		web_consent_text: DF.SmallText | None
		web_embed_origins: DF.SmallText | None
		web_limit_form: DF.Int
		web_limit_sender: DF.Int
		web_limit_site: DF.Int
		web_links_allowed: DF.Int
		web_minimum_seconds: DF.Int
		web_privacy_page: DF.Data | None

	# end: auto-generated types
	def onload(self):
		self.set_onload("health_warnings", [*health.health_warnings(), *health.job_warnings()])

	def before_validate(self):
		# Which seeds this site has had: noted by the app (`reference_data/seeds.py`), and older in a form that is open.
		self.seeded_records = frappe.db.get_single_value(self.doctype, "seeded_records", cache=False)

	def validate(self):
		self.validate_prefix()
		self.validate_web_pages()
		for fieldname, categories in SETTING_CATEGORIES.items():
			if self.get(fieldname):
				self.validate_status(fieldname, categories)
				self.warn_of_types(fieldname)

	def on_update(self):
		# Consent and the sites that may show our forms are in cached pages.
		frappe.db.after_commit.add(clear_cache)

	def validate_prefix(self):
		self.lead_prefix = (self.lead_prefix or "").strip()
		if not re.fullmatch(r"[\w-]{1,20}", self.lead_prefix):
			frappe.throw(
				_("The prefix of lead names may have letters, digits, - and _ only, and at most 20 of them."),
				InvalidReferenceDataError,
				title=_("Prefix of Lead Names"),
			)

	def validate_web_pages(self):
		"""Refuse anything but addresses for the links and headers of public pages."""
		for line in origins.lines(self.web_embed_origins):
			if not origins.web_origin(line):
				self.refuse_address(
					"web_embed_origins",
					_(
						"{0} is not the address of a site. Enter it like https://www.example.com, without a page."
					),
					line,
				)
		page = (self.web_privacy_page or "").strip()
		if page and not origins.is_link(page):
			self.refuse_address(
				"web_privacy_page",
				_(
					"{0} is not the address of a page. Enter it like /privacy or https://www.example.com/privacy."
				),
				page,
			)

	def refuse_address(self, fieldname: str, message: str, typed: str):
		frappe.throw(
			message.format(frappe.bold(escape_html(typed))),
			InvalidReferenceDataError,
			title=_(self.meta.get_label(fieldname)),
		)

	def validate_status(self, fieldname: str, categories: tuple[str, ...]):
		"""Refuse a status for an action if it is disabled or of another category.

		An action gives a status that means what the action says, and that can be given at all.
		"""
		status = lead_statuses.statuses().get(self.get(fieldname))
		if status and (status.category not in categories or status.disabled):
			frappe.throw(
				_("{0} cannot be the {1}: choose an enabled status of the category {2}.").format(
					frappe.bold(_(status.name)),
					_(self.meta.get_label(fieldname)),
					lead_statuses.names_for_message(categories),
				),
				InvalidReferenceDataError,
				title=_(self.meta.get_label(fieldname)),
			)

	def warn_of_types(self, fieldname: str):
		"""Warn that the action will be refused for leads of these types.

		That may be intended.
		"""
		types = lead_statuses.types_without(self.get(fieldname))
		if types and self.has_value_changed(fieldname):
			frappe.msgprint(
				_(
					"{0}: leads of type {1} cannot get the status {2}, because their type does not allow it."
				).format(
					_(self.meta.get_label(fieldname)),
					lead_statuses.names_for_message(types),
					frappe.bold(_(self.get(fieldname))),
				),
				title=_("Lead Types"),
				indicator="orange",
			)

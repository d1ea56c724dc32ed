from urllib.parse import urlparse

import frappe
from frappe import _
from frappe.contacts.address_and_contact import load_address_and_contact
from frappe.database.sequence import create_sequence, get_next_val
from frappe.model.document import Document
from frappe.utils import getdate, now_datetime

from lead_pipeline import reference
from lead_pipeline.constants import LEAD, LOST, SETTINGS
from lead_pipeline.exceptions import (
	InvalidContactError,
	LostReasonRequiredError,
	MissingIdentityError,
	StatusNotAllowedError,
)
from lead_pipeline.status import log

SALES_ROLES = {"Sales User", "Sales Manager"}


class PipelineLead(Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.contacts.doctype.contact_email.contact_email import ContactEmail
		from frappe.contacts.doctype.contact_phone.contact_phone import ContactPhone
		from frappe.types import DF
		from lead_pipeline.lead_pipeline.doctype.pipeline_lead_tag_item.pipeline_lead_tag_item import PipelineLeadTagItem

		campaign: DF.Data | None
		channel: DF.Link | None
		company_name: DF.Data | None
		currency: DF.Link | None
		description: DF.TextEditor | None
		email: DF.Data | None
		email_ids: DF.Table[ContactEmail]
		email_key: DF.Data | None
		expected_closing: DF.Date | None
		expected_revenue: DF.Currency
		first_name: DF.Data | None
		gender: DF.Link | None
		hold_status: DF.Check
		industry: DF.Data | None
		is_organization: DF.Check
		job_title: DF.Data | None
		last_name: DF.Data | None
		lead_name: DF.Data | None
		lead_owner: DF.Link | None
		lead_type: DF.Link | None
		lost_note: DF.SmallText | None
		lost_reason: DF.Link | None
		manual_basis: DF.SmallText | None
		manual_status: DF.Link | None
		market_segment: DF.Data | None
		mobile_key: DF.Data | None
		mobile_no: DF.Data | None
		next_contact_by: DF.Link | None
		next_contact_date: DF.Date | None
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		phone: DF.Data | None
		phone_key: DF.Data | None
		phone_nos: DF.Table[ContactPhone]
		priority: DF.Link | None
		probability: DF.Percent
		reminded_for: DF.Date | None
		salutation: DF.Link | None
		status: DF.Link | None
		status_category: DF.Literal['', 'New', 'Working', 'Qualified', 'Won', 'Lost', 'Disqualified']
		status_changed_on: DF.Datetime | None
		tags: DF.TableMultiSelect[PipelineLeadTagItem] | None
		utm_campaign: DF.Data | None
		utm_medium: DF.Data | None
		utm_source: DF.Data | None
		website: DF.Data | None
	# end: auto-generated types
	def autoname(self):
		self.name = next_name()

	def onload(self):
		load_address_and_contact(self)

	def before_validate(self):
		self.set_identity()
		if self.is_new():
			self.set_defaults()

	def validate(self):
		self.validate_identity()
		self.validate_website()
		self.validate_status()
		self.validate_lost_reason()

	def before_save(self):
		self.set_status_details()

	def on_update(self):
		log.write(self)

	def on_trash(self):
		log.forget(self.name)

	def set_identity(self):
		"""Fill the title from what is known, the organization first when the lead is one."""
		person = " ".join(part for part in (self.first_name, self.last_name) if part)
		names = [self.company_name, person] if self.is_organization else [person, self.company_name]
		self.lead_name = next((name for name in (self.lead_name, *names, self.email) if name), None)

	def set_defaults(self):
		types = reference.lead_types()
		if not self.lead_type and len(types) == 1:
			self.lead_type = types[0]
		if not self.status:
			self.status = next(iter(reference.choosable(self.lead_type)), None)
		if not self.lead_owner and SALES_ROLES & set(frappe.get_roles()):
			self.lead_owner = frappe.session.user

	def validate_identity(self):
		"""ERPNext's minimum (person, company or e-mail); the title counts as the person's name."""
		if self.is_organization and not self.company_name:
			frappe.throw(
				_("A lead that is an organization needs its company name. Enter it, or untick {0}.").format(
					frappe.bold(_(self.meta.get_label("is_organization")))
				),
				MissingIdentityError,
				title=_("Company Name Missing"),
			)
		if not self.lead_name:
			frappe.throw(
				_("A lead needs a name, a company or an e-mail address. Enter at least one of them."),
				MissingIdentityError,
				title=_("Who is it?"),
			)

	def validate_website(self):
		if self.website and urlparse(self.website).scheme not in ("http", "https"):
			frappe.throw(
				_("{0} is not the address of a website. It has to begin with http:// or https://.").format(
					frappe.bold(frappe.utils.escape_html(self.website))
				),
				InvalidContactError,
				title=_("Website"),
			)

	def validate_status(self):
		"""Refuse a status that the type forbids, or a disabled one that the lead does not have already."""
		if not self.status:
			frappe.throw(
				_("There is no status to give. Add a Pipeline Lead Status that is not disabled first."),
				StatusNotAllowedError,
				title=_("Status Missing"),
			)
		before = self.get_doc_before_save()
		unchanged = before and before.status == self.status and before.lead_type == self.lead_type
		choosable = reference.choosable(self.lead_type)
		if unchanged or self.status in choosable or self.keeps_disabled_status(before):
			return
		allowed = ", ".join(frappe.bold(_(name)) for name in choosable)
		if reference.allowed_by_type(self.lead_type):
			message = _("Status {0} is not allowed for leads of type {1}. Allowed are: {2}.")
			message = message.format(frappe.bold(_(self.status)), frappe.bold(_(self.lead_type)), allowed)
		else:
			message = _("Status {0} is disabled. Choose one of: {1}.").format(frappe.bold(_(self.status)), allowed)
		frappe.throw(message, StatusNotAllowedError, title=_("Status not Allowed"))

	def keeps_disabled_status(self, before: Document | None) -> bool:
		allowed = reference.allowed_by_type(self.lead_type)
		return bool(before and before.status == self.status and (not allowed or self.status in allowed))

	def validate_lost_reason(self):
		"""People say why a lead is lost; documents have reasons of their own."""
		if self.flags.status_change or self.lost_reason or reference.category(self.status) != LOST:
			return
		before = self.get_doc_before_save()
		if before and before.status == self.status:
			return
		frappe.throw(
			_("Choose a {0} before you set the status {1}.").format(
				frappe.bold(_(self.meta.get_label("lost_reason"))), frappe.bold(_(self.status))
			),
			LostReasonRequiredError,
			title=_("Why was it lost?"),
		)

	def set_status_details(self):
		"""Keep the indexed copy of the category, and the moment from which time in status counts."""
		self.status_category = reference.category(self.status)
		before = self.get_doc_before_save()
		if not before or before.status != self.status:
			self.status_changed_on = now_datetime()


def next_name() -> str:
	"""The next free name, as LEAD-2026-00042: from a database sequence, so that no insert waits for another."""
	prefix = frappe.db.get_single_value(SETTINGS, "lead_prefix") or "LEAD"
	return f"{prefix}-{getdate().year}-{get_next_val(LEAD):05d}"


def on_doctype_update() -> None:
	"""Called by the framework when the DocType is synchronised: the sequence must be there before the first lead."""
	create_sequence(LEAD, check_not_exists=True)

from datetime import date

import frappe
from frappe import _
from frappe.contacts.address_and_contact import load_address_and_contact
from frappe.database.sequence import create_sequence
from frappe.model.document import Document
from frappe.utils import cint, cstr, flt, getdate, strip_html

from lead_pipeline.constants import LEAD, PARTY_TYPES, PERSON
from lead_pipeline.domain import cells, html_text
from lead_pipeline.domain.strangers import one_line
from lead_pipeline.duplicates import redirects
from lead_pipeline.exceptions import InvalidValueError, MissingIdentityError
from lead_pipeline.framework import child_rows
from lead_pipeline.framework.checked_insert import CheckedInsert
from lead_pipeline.framework.insert_notes import forget_insert
from lead_pipeline.framework.own_checks import OwnChecks
from lead_pipeline.lead_pipeline.doctype.pipeline_lead import (
	computed,
	contact_data,
	copying,
	deletion,
	importing,
	naming,
	status_validation,
)
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import failures, log, workflow
from lead_pipeline.visibility import staff

IDENTITY = ("is_organization", "lead_name", "company_name", "first_name", "last_name", "email")
DATES = ("expected_closing", "next_contact_date")
CONTACT = ("next_contact_date", "next_contact_by")

# What the app notes down for itself. A read-only field is only one on the form: REST and imports could send it.
BOOKKEEPING = (
	"manual_status",
	"manual_basis",
	"status_changed_on",
	"reminded_for",
	# Whom an Assignment Rule has made the sales person (`activities/assignment.py`).
	"assigned_owner",
	# How it came in and how often: noted by `capture/`, which hands it over in `flags.noted`.
	"enquiries",
	"last_enquiry_on",
	"web_form",
	"consent_given_on",
	"consent_text",
	"origin_key",
	# Kept by `activities/`.
	"next_step",
	"stuck_on",
	"stuck_told_for",
	"first_response_on",
	"own_probability",
)

# What an own website may tell of a visitor when it makes a lead over REST; nobody changes it afterwards.
TOLD_AT_FIRST = ("referrer", "landing_page")

# The column of an amount holds 12 digits before the point.
TOO_LARGE = 10**12


class PipelineLead(CheckedInsert, OwnChecks, Document):
	# begin: auto-generated types
	# This code is auto-generated. Do not modify anything in this block.

	from typing import TYPE_CHECKING

	if TYPE_CHECKING:
		from frappe.contacts.doctype.contact_email.contact_email import ContactEmail
		from frappe.contacts.doctype.contact_phone.contact_phone import ContactPhone
		from frappe.types import DF
		from lead_pipeline.lead_pipeline.doctype.pipeline_lead_tag_item.pipeline_lead_tag_item import (
			PipelineLeadTagItem,
		)

		assigned_owner: DF.Data | None
		campaign: DF.Data | None
		channel: DF.Link | None
		company_key: DF.Data | None
		company_name: DF.Data | None
		company_sound: DF.Data | None
		consent_given_on: DF.Datetime | None
		consent_text: DF.SmallText | None
		contact_keys: DF.SmallText | None
		copy_source: DF.Data | None
		currency: DF.Link | None
		description: DF.TextEditor | None
		domain_key: DF.Data | None
		email: DF.Data | None
		email_ids: DF.Table[ContactEmail]
		email_key: DF.Data | None
		enquiries: DF.Int
		expected_closing: DF.Date | None
		expected_revenue: DF.Currency
		first_name: DF.Data | None
		first_response_on: DF.Datetime | None
		gender: DF.Link | None
		hold_status: DF.Check
		industry: DF.Data | None
		is_organization: DF.Check
		job_title: DF.Data | None
		landing_page: DF.SmallText | None
		last_enquiry_on: DF.Datetime | None
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
		next_step: DF.Literal["None", "Overdue", "Today", "Planned"]
		origin_key: DF.Data | None
		own_probability: DF.Check
		party: DF.DynamicLink | None
		party_type: DF.Link | None
		person_key: DF.Data | None
		phone: DF.Data | None
		phone_key: DF.Data | None
		phone_nos: DF.Table[ContactPhone]
		priority: DF.Link | None
		probability: DF.Percent
		referrer: DF.SmallText | None
		reminded_for: DF.Date | None
		salutation: DF.Link | None
		search_words: DF.SmallText | None
		status: DF.Link | None
		status_category: DF.Literal["", "New", "Working", "Qualified", "Won", "Lost", "Disqualified"]
		status_changed_on: DF.Datetime | None
		stuck_on: DF.Date | None
		stuck_told_for: DF.Date | None
		tags: DF.TableMultiSelect[PipelineLeadTagItem] | None
		utm_campaign: DF.Data | None
		utm_medium: DF.Data | None
		utm_source: DF.Data | None
		web_form: DF.Data | None
		website: DF.Data | None

	# end: auto-generated types

	own_fields = contact_data.FIELDS
	own_tables = tuple(table.fieldname for table in contact_data.TABLES)

	def autoname(self):
		self.name = naming.next_name()
		self.flags.named_by_sequence = True

	def onload(self):
		load_address_and_contact(self)

	def before_insert(self):
		importing.keep_reasons_of_rows_before(self)
		copying.empty_copy(self)
		# Whence a new lead came, the status log says; a Version says what has changed.
		self.flags.ignore_version = True

	def before_validate(self):
		self.refuse_submission()
		computed.note_what_was_sent(self)
		self.copy_source = self.name
		self.keep_bookkeeping()
		child_rows.keep_to_own(self)
		contact_data.keep_in_step(self)
		contact_data.set_keys(self)
		self.set_identity()
		contact_data.set_search_words(self)
		self.empty_description()
		if self.is_new():
			self.set_defaults()

	def validate(self):
		self.validate_identity()
		contact_data.validate(self)
		self.validate_figures()
		self.validate_party_type()
		status_validation.refuse_not_allowed(self)
		status_validation.refuse_without_reason(self)

	def before_save(self):
		status_validation.set_details(self)
		computed.refuse_without_effect(self)

	def after_insert(self):
		copying.take_addresses(self)
		if not self.flags.named_by_sequence:
			naming.keep_sequence_ahead(self.name)
		forget_insert(self)

	def on_update(self):
		log.write_log_row(self)
		contact_data.write_further_keys(self)

	def on_change(self):
		if self.flags.in_insert:
			self.flags.ignore_version = False

	def on_trash(self):
		if self.flags.merged:
			# Nothing of it is lost: `duplicates/merging.py` has given it to another lead.
			return
		deletion.refuse_with_documents(self)
		deletion.release_contacts_and_addresses(self)
		deletion.put_messages_aside(self.name)
		log.forget_history(self.name)
		failures.forget_failure(self.name)
		deletion.forget_notes(self.name)

	def before_rename(self, old: str, new: str, merge: bool = False):
		if merge:
			log.sign(old)

	def after_rename(self, old: str, new: str, merge: bool = False):
		if not merge:
			log.rename_signature(old, new)
		copying.remember_name(new)
		contact_data.follow_name(new)
		naming.keep_sequence_ahead(new)

	def load_from_db(self):
		try:
			return super().load_from_db()
		except frappe.DoesNotExistError:
			redirects.say_where_it_went(self.name)
			raise

	def load_doc_before_save(self, **kwargs):
		"""Read the lead as it is stored.

		Called by the framework at the beginning of a save.
		"""
		importing.keep_reasons_of_rows_before(self)
		super().load_doc_before_save(**kwargs)
		if self.flags.pop("tables_not_read", False):
			# An automatic change (`status/writer.py`) has read the lead's own row; its tables are read once, here.
			self.take_tables_of(self.get_doc_before_save())

	def take_tables_of(self, other: Document):
		for field in self.meta.get_table_fields():
			self.set(field.fieldname, [row.as_dict() for row in other.get(field.fieldname)])

	def validate_workflow(self):
		"""Apply the Workflow to what people do, not to documents, mails and days.

		Where these have brought the lead to a status that the Workflow does not know, people go on without it.
		"""
		change, before = self.flags.status_change, self.get_doc_before_save()
		if (not change or change.cause == PERSON) and (not before or workflow.knows(before.status)):
			super().validate_workflow()

	def refuse_submission(self):
		"""Refuse to submit a lead, also without a check of permissions.

		On submission the framework runs other methods than these.
		"""
		if self.docstatus != 0:
			frappe.throw(
				_("A lead cannot be submitted or cancelled. Save it with the document status 0."),
				InvalidValueError,
				title=_("Document Status"),
			)

	def keep_bookkeeping(self):
		"""Take our own notes from the database, not from what was sent.

		What was sent is made up, or older than what happened meanwhile.
		"""
		before = self.get_doc_before_save()
		noted = before or self.flags.noted or {}
		for field in BOOKKEEPING:
			self.set(field, noted.get(field))
		if before and not self.flags.ignore_permissions:
			# A merge, which asks for the rights itself, may fill them.
			self.update({field: before.get(field) for field in TOLD_AT_FIRST})
		if before and any(self.has_value_changed(field) for field in CONTACT):
			self.reminded_for = None
		if self.has_value_changed("lead_owner"):
			self.assigned_owner = None

	def set_identity(self):
		"""Fill the title from what is known, the organization first when the lead is one."""
		for field in ("lead_name", "company_name", "first_name", "last_name"):
			self.set(field, cstr(self.get(field)).strip() or None)
		if not self.lead_name:
			self.lead_name = self.title_of_what_is_known()
		if self.lead_name and not strip_html(self.lead_name).strip():
			# Lists show the title without its markup; what is nothing else could not be clicked on.
			self.lead_name = one_line(self.lead_name)

	def title_of_what_is_known(self) -> str | None:
		person = " ".join(part for part in (self.first_name, self.last_name) if part)
		names = [self.company_name, person] if self.is_organization else [person, self.company_name]
		name = next((name for name in names if name), None) or self.named_after_item() or self.email
		length = cint(self.meta.get_field("lead_name").length) or frappe.db.VARCHAR_LEN
		return name[:length] if name else None

	def empty_description(self):
		"""Store nothing for a text without content.

		So a filter finds the leads that nobody has described.
		"""
		if self.description and html_text.is_empty(cstr(self.description)):
			self.description = None

	def named_after_item(self) -> str | None:
		"""Return the item as the name of a lead of which nothing else is known.

		As in lsFusion; only sites with items have the field.
		"""
		item = self.get("item")
		return frappe.db.get_value("Item", item, "item_name") if item else None

	def set_defaults(self):
		types = lead_statuses.lead_types()
		if not self.lead_type and len(types) == 1:
			self.lead_type = types[0]
		if not self.status:
			self.status = next(iter(lead_statuses.choosable_statuses(self.lead_type)), None)
		# Administrator has every role, but mails and jobs run in that name, too: it is nobody to ask.
		sells = (
			staff.SALES_ROLES & set(frappe.get_roles()) and frappe.session.user not in frappe.STANDARD_USERS
		)
		if not self.lead_owner and sells and not self.flags.is_history:
			self.lead_owner = frappe.session.user

	def validate_identity(self):
		"""Require a person, company or e-mail, as ERPNext does.

		The title counts as the person's name.
		"""
		if not any(self.has_value_changed(field) for field in IDENTITY):
			return
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

	def validate_figures(self):
		"""Refuse figures that no column can store or that nobody can mean.

		Negative amounts are refused by the framework.
		"""
		if self.has_value_changed("probability") and not 0 <= flt(self.probability) <= 100:
			self.refuse_value("probability", _("{0} is a percentage. Enter a number from 0 to 100."))
		# A whole percentage, as it is shown; Frappe 16 rounds it itself.
		self.probability = flt(self.probability, self.precision("probability"))
		if self.has_value_changed("expected_revenue") and not abs(flt(self.expected_revenue)) < TOO_LARGE:
			self.refuse_value(
				"expected_revenue", _("{0} is too large. Enter an amount of at most 12 digits.")
			)
		for field in DATES:
			if self.get(field) and self.has_value_changed(field):
				self.set(field, self.day_in(field))

	def day_in(self, field: str) -> date | None:
		"""Return the day in a field; refuse a text that can be read as two days.

		The framework would guess.
		"""
		if isinstance(self.get(field), date):
			return getdate(self.get(field))
		written = cstr(self.get(field))
		if not cells.is_two_days(written) and (found := cells.cell_moment(written, cells.Formats())):
			return found.date()
		# Raises for what is no date at all.
		getdate(written)
		return self.refuse_value(
			field, _("{0} is no day that can be read in one way only. Enter it as 2026-12-31.")
		)

	def validate_party_type(self):
		if self.party_type and self.has_value_changed("party_type") and self.party_type not in PARTY_TYPES:
			names = ", ".join(_(party_type) for party_type in PARTY_TYPES)
			self.refuse_value("party_type", _("{0} cannot be this one. Choose one of: {1}."), names)

	def refuse_value(self, fieldname: str, message: str, *further: str):
		label = frappe.bold(_(self.meta.get_label(fieldname)))
		frappe.throw(message.format(label, *further), InvalidValueError, title=_("Value not Possible"))


def on_doctype_update() -> None:
	"""Create the sequence of names.

	Called by the framework when the DocType is synchronised, before the first lead.
	"""
	create_sequence(LEAD, check_not_exists=True)

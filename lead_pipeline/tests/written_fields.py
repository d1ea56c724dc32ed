"""Who may write which field of each DocType of the app: said once for all tests."""

from collections.abc import Iterator
from typing import NamedTuple

import frappe
from frappe.model import no_value_fields, table_fields

from lead_pipeline.constants import LEAD, MODULE, SETTINGS

GUEST, WEBSITE, SELLER, MANAGER, ADMIN = ROLES = (
	"Guest",
	"Website User",
	"Sales User",
	"Sales Manager",
	"System Manager",
)
SELLERS, MANAGERS, NOBODY = {SELLER, MANAGER, ADMIN}, {MANAGER, ADMIN}, set()


class Written(NamedTuple):
	"""Who writes records of a DocType, and which of their fields.

	`by`: who may write them; `people`: the fields that people edit; `app`: the fields that the app sets itself.
	"""

	by: set[str]
	people: str = ""
	app: str = ""


WRITTEN = {
	LEAD: Written(
		SELLERS,
		people="""status lead_name is_organization company_name first_name last_name job_title email phone mobile_no
		website salutation gender next_contact_date next_contact_by lead_owner priority expected_revenue currency
		probability expected_closing lost_reason lost_note lead_type channel tags description email_ids phone_nos
		campaign utm_source utm_medium utm_campaign market_segment industry party_type party hold_status item""",
		app="""enquiries last_enquiry_on web_form referrer landing_page consent_given_on consent_text status_category
		status_changed_on manual_status email_key phone_key mobile_key contact_keys search_words domain_key company_key
		company_sound person_key origin_key copy_source reminded_for assigned_owner manual_basis next_step
		stuck_on stuck_told_for first_response_on own_probability""",
	),
	"Pipeline Lead Tag Item": Written(SELLERS, people="tag"),
	"Pipeline Lead Tag": Written(SELLERS, people="tag_name color"),
	"Pipeline Lead Status": Written(
		MANAGERS,
		people="""status_name category position color protected disabled probability stuck_after
		next_step_required""",
	),
	"Pipeline Lead Type": Written(MANAGERS, people="type_name allowed_statuses"),
	"Pipeline Lead Type Status": Written(MANAGERS, people="status"),
	"Pipeline Lead Priority": Written(MANAGERS, people="priority_name weight color"),
	"Pipeline Lost Reason": Written(MANAGERS, people="reason disabled"),
	"Pipeline Activity Type": Written(
		MANAGERS, people="activity_type icon color default_days is_contact disabled"
	),
	"Pipeline Activity": Written(
		SELLERS,
		# Of which lead it is, is said once.
		people="activity_type subject due_on due_time assigned_to status feedback",
		app="lead done_on done_by reminded_on todo",
	),
	"Pipeline Channel": Written(MANAGERS, people="channel_name disabled"),
	"Pipeline Status Rule": Written(
		MANAGERS, people="rule_name document_type status enabled position lead_type filters"
	),
	"Pipeline Known Sender": Written(MANAGERS, people="sender verdict note"),
	"Pipeline Lead Import": Written(
		MANAGERS,
		people="file duplicates encoding date_order amounts keep_rest",
		app="status data_import done total worked_on error notes header columns",
	),
	# The file says what its columns are called; people say which field each of them fills.
	"Pipeline Import Column": Written(MANAGERS, people="field", app="heading example place proposed"),
	"Pipeline Migration": Written(
		MANAGERS,
		people="source lead_type known statuses",
		app="status done total worked_on error notes",
	),
	# The form proposes the first two and sends them with the record.
	"Pipeline Migration Status": Written(MANAGERS, people="source_status leads status"),
	SETTINGS: Written(
		MANAGERS,
		people="""lead_prefix lead_visibility lost_status disqualified_status qualified_status open_status
		replied_status reply_opens mail_replies call_replies follow_up_opens follow_up_notifies follow_up_assigns
		create_opportunity create_crm_deal create_quotation create_customer create_sales_order create_sales_invoice
		enquiry_notifies
		web_minimum_seconds web_links_allowed web_limit_sender web_limit_form web_limit_site web_consent_text
		web_privacy_page web_embed_origins own_domains form_mailers lists_make_leads calls_notify cart_hours
		handover_notifies unowned_notifies default_activity_type step_reminds stuck_notifies
		assignee_becomes_owner show_duplicates sales_users_merge merge_undo_days""",
		app="seeded_records",
	),
	"Pipeline Card Place": Written(NOBODY, app="user lead status moment tie"),
	"Pipeline Distinct Leads": Written(NOBODY, app="lead other_lead"),
	"Pipeline Enquiry Receipt": Written(NOBODY, app="form sender ticket content lead made_new client junk"),
	"Pipeline Held Enquiry": Written(
		NOBODY, app="sender_name email phone reasons web_form message answers noted sent"
	),
	"Pipeline Import Row": Written(
		NOBODY,
		app="""run_type run file_row title verdict message lead same_as line origin_key data cells outcome
		result_lead""",
	),
	"Pipeline Lead Key": Written(NOBODY, app="lead key"),
	"Pipeline Lead Merge": Written(
		NOBODY,
		app="""merged_lead merged_title survivor merged_on merged_by undo_until undone_on undone_by origin_key
		snapshot""",
	),
	"Pipeline Job": Written(
		NOBODY, app="job status last_run seconds outcome done total state stop_wanted asked_by"
	),
	"Pipeline Status Failure": Written(
		NOBODY, app="lead error failed_on attempts document_type document_name error_log"
	),
	"Pipeline Status Log": Written(
		NOBODY,
		app="""lead from_status to_status seconds_in_previous changed_on changed_by cause rule reference_doctype
		reference_name reason merged_from""",
	),
}

# The app's fields on other DocTypes: their records are written by who may write those.
PEOPLES_LINKS = {"pipeline_lead", "pipeline_made_for_sale"}
NOTED_ELSEWHERE = {"pipeline_inbox", "pipeline_lead_found"}

# What the framework itself notes of every record.
STANDARD = ("_assign", "_liked_by", "_comments", "_seen")

# What an own website may tell of a visitor when it makes a lead, and nobody changes afterwards.
TOLD_AT_FIRST = ("referrer", "landing_page")


def doctypes() -> list[str]:
	return frappe.get_all("DocType", {"module": MODULE}, pluck="name", order_by="name")


def value_fields(doctype: str) -> list:
	fields = frappe.get_meta(doctype).fields
	return [
		field for field in fields if field.fieldtype in table_fields or field.fieldtype not in no_value_fields
	]


def people(doctype: str) -> list[str]:
	return [name for name in WRITTEN[doctype].people.split() if frappe.get_meta(doctype).has_field(name)]


def app(doctype: str) -> list[str]:
	return WRITTEN[doctype].app.split()


def is_table(doctype: str) -> bool:
	return bool(frappe.get_meta(doctype).istable)


def is_row_of_own(doctype: str) -> bool:
	"""Return whether the rows belong to documents that only their owner writes.

	Since 15.9x the framework refuses to write such a row by itself: people write it with its document.
	"""
	parents = frappe.get_all("DocField", {"options": doctype, "fieldtype": "Table"}, pluck="parent")
	return any(row.if_owner for parent in parents for row in frappe.get_meta(parent).permissions)


def differences(doctype: str, before: dict, after: dict, sent: dict, may_change: set[str]) -> Iterator[str]:
	for name in sent:
		changed = after.get(name) != before.get(name)
		if changed and name not in may_change:
			yield f"{doctype}.{name} was written: {before.get(name)!r} became {after.get(name)!r}"
		if not changed and name in may_change and not is_row_of_own(doctype):
			yield f"{doctype}.{name} could not be written"

"""All that the panel beside the board shows of a lead, in one answer."""

from collections.abc import Iterator

import frappe
from frappe import _
from frappe.desk.form.load import get_communication_data
from frappe.model.document import Document
from frappe.model.meta import Meta
from frappe.utils import flt, get_fullname, sanitize_html

from lead_pipeline.activities import plan
from lead_pipeline.board import cards
from lead_pipeline.board.columns import column_head
from lead_pipeline.constants import DISQUALIFIED, LEAD, LOST, QUALIFIED
from lead_pipeline.documents import connections, create
from lead_pipeline.domain.plain_text import plain_text
from lead_pipeline.duplicates import redirects
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import explain, rules, workflow
from lead_pipeline.visibility import field_levels
from lead_pipeline.visibility.lead_access import seen_lead

# So many of each are shown; the form has all.
TIMELINE, DOCUMENTS, HISTORY = 10, 20, 20

# Characters of a mail or comment.
SNIPPET = 500

FIELDS = (
	"name",
	"first_name",
	"last_name",
	"salutation",
	"job_title",
	"is_organization",
	"email",
	"phone",
	"mobile_no",
	"website",
	"lead_type",
	"status",
	"status_category",
	"lead_owner",
	"priority",
	"channel",
	"campaign",
	"expected_revenue",
	"currency",
	"probability",
	"expected_closing",
	"lost_reason",
	"lost_note",
	"hold_status",
	"next_contact_date",
	"next_contact_by",
	"enquiries",
	"last_enquiry_on",
)
STANDARD = ("name", "creation", "modified", "modified_by")
ROWS = {"emails": "email_ids", "phones": "phone_nos"}

MAIL_FIELDS = """C.name, C.communication_medium, C.communication_date, C.creation, C.sender, C.sender_full_name,
	C.subject, C.content, C.sent_or_received"""

# What documents call their day, and their amount; the first that they have.
DATES = ("transaction_date", "posting_date", "expected_closing", "creation")
AMOUNTS = ("grand_total", "opportunity_amount", "deal_value")


@frappe.whitelist(methods=["GET"])
def panel(lead: str) -> dict:
	"""Return the contents of the panel of `lead`.

	These are who it is, steps, timeline, documents, the reason of its status, and what the user may do. For a lead
	that is gone, or that the user may not see, only `gone` is set; and `successor`, when it was merged into one
	that the user may see. Raises PermissionError when the user may not read leads at all.
	"""
	doc = seen_lead(lead)
	if not doc:
		return {"gone": True, "successor": redirects.successor(lead)}
	card, timeline, told = cards.card_of_lead(doc), timeline_of(doc), explain.why_and_history(doc)
	people = [doc.lead_owner, doc.next_contact_by, doc.modified_by, *(entry["by"] for entry in timeline)]
	return {
		"gone": False,
		"card": card,
		"lead": values_to_show(doc),
		"statuses": statuses_of(doc),
		"steps": plan.steps_of_form(doc),
		"timeline": timeline,
		"documents": newest_documents(doc),
		"why": told["why"],
		"history": told["history"][:HISTORY],
		"may": rights_on(doc),
		"people": cards.people_of_cards([card], people),
	}


def values_to_show(lead: Document) -> dict:
	"""Return the fields that the user may read, and the further addresses and numbers."""
	permitted = {*lead.meta.get_permitted_fieldnames(), *STANDARD}
	found = {field: value_as_json(lead.get(field)) for field in (*FIELDS, *STANDARD) if field in permitted}
	found["emails"] = others([row.email_id for row in lead.email_ids], lead.email)
	found["phones"] = others([row.phone for row in lead.phone_nos], lead.phone, lead.mobile_no)
	found["description"] = sanitize_html(lead.description) if lead.description else None
	hidden = field_levels.unreadable_fields(LEAD)
	found |= {part: [] for part, field in ROWS.items() if field in hidden}
	if "description" in hidden:
		found["description"] = None
	found["title"] = lead.get_title()
	found["company"] = None if "company_name" in hidden else lead.company_name or None
	return found


def value_as_json(value: object) -> object:
	return value if value is None or isinstance(value, str | int | float) else str(value)


def others(values: list[str], *shown: str | None) -> list[str]:
	return [value for value in dict.fromkeys(values) if value and value not in shown]


def statuses_of(lead: Document) -> list[dict]:
	"""Return the current status of the lead and those to which the user can move it."""
	names = workflow.next_statuses(lead)
	order = [name for name in lead_statuses.statuses() if name in names or name == lead.status]
	return [
		column_head(name)
		| {
			"current": name == lead.status,
			"asks": "lost_reason" if lead_statuses.category(name) == LOST else None,
		}
		for name in order
	]


def timeline_of(lead: Document) -> list[dict]:
	"""Return the last mails, calls and comments of the lead.

	As the form shows them to all users who may read the lead.
	"""
	mails = get_communication_data(LEAD, lead.name, limit=TIMELINE, fields=MAIL_FIELDS)
	# Without permissions, as in the form: they are a part of the lead.
	comments = frappe.get_all(
		"Comment",
		filters={"reference_doctype": LEAD, "reference_name": lead.name, "comment_type": "Comment"},
		fields=["name", "creation", "owner", "comment_by", "content"],
		order_by="creation desc",
		limit=TIMELINE,
	)
	entries = [mail_entry(row) for row in mails] + [comment_entry(row) for row in comments]
	return sorted(entries, key=lambda entry: entry["on"], reverse=True)[:TIMELINE]


def mail_entry(row: frappe._dict) -> dict:
	media = {"Email": "mail", "Phone": "call"}
	return {
		"kind": media.get(row.communication_medium, "other"),
		"name": row.name,
		"on": str(row.communication_date or row.creation),
		"by": row.sender or None,
		"by_name": row.sender_full_name or row.sender or None,
		"direction": "out" if row.sent_or_received == "Sent" else "in",
		"subject": row.subject or None,
		"text": plain_text(row.content or "")[:SNIPPET],
	}


def comment_entry(row: frappe._dict) -> dict:
	return {
		"kind": "comment",
		"name": row.name,
		"on": str(row.creation),
		"by": row.owner,
		"by_name": row.comment_by or get_fullname(row.owner),
		"direction": None,
		"subject": None,
		"text": plain_text(row.content or "")[:SNIPPET],
	}


def newest_documents(lead: Document) -> list[dict]:
	"""Return the newest documents of the lead that the user may read.

	They are of all types that can have rules.
	"""
	linked = [doctype for doctype in rules.linked_types() if frappe.has_permission(doctype)]
	in_rows = connections.in_rows(lead.name, linked)
	found = [
		document for doctype in linked for document in documents_of_type(lead.name, doctype, in_rows[doctype])
	]
	return sorted(found, key=lambda document: document["date"], reverse=True)[:DOCUMENTS]


def documents_of_type(lead: str, doctype: str, in_rows: set[str]) -> Iterator[dict]:
	meta = frappe.get_meta(doctype)
	date, amount = first_of(DATES, meta), first_of(AMOUNTS, meta)
	known = [field for field in ("status", "currency") if meta.has_field(field)]
	found: dict[str, frappe._dict] = {}
	for field, names in ((rules.lead_link(doctype), [lead]), ("name", sorted(in_rows))):
		# Each by its own index: the database has none for both together.
		rows = (
			frappe.get_list(
				doctype,
				filters=[[doctype, field, "in", names]],
				fields=["name", "docstatus", date, *([amount] if amount else []), *known],
				order_by=f"{date} desc",
				limit=DOCUMENTS,
			)
			if names
			else []
		)
		found |= {row.name: row for row in rows}
	for row in found.values():
		yield {
			"doctype": doctype,
			"label": _(doctype),
			"name": row.name,
			"status": row.status or None,
			"status_label": status_label(row),
			"date": str(row[date]) if row.get(date) else "",
			"total": flt(row.get(amount)) if amount else None,
			"currency": row.currency or None,
		}


def first_of(fields: tuple[str, ...], meta: Meta) -> str | None:
	return next((field for field in fields if field == "creation" or meta.has_field(field)), None)


def status_label(row: frappe._dict) -> str | None:
	if row.status:
		return _(row.status)
	return {1: _("Submitted"), 2: _("Cancelled")}.get(row.docstatus)


def rights_on(lead: Document) -> dict:
	"""Return what the user may do with the lead, and which actions fit it now."""
	write = bool(frappe.has_permission(LEAD, "write", doc=lead))
	return {
		"write": write,
		# Frappe 15.0 has a document say on the screen what its user may not do.
		**{
			right: bool(frappe.has_permission(LEAD, right, doc=lead))
			for right in ("delete", "share", "email")
		},
		"assign": write,
		"actions": actions_on(lead) if write else [],
		"documents": create.documents_offered() if write else [],
	}


def actions_on(lead: Document) -> list[str]:
	category, closed = lead_statuses.category(lead.status), lead_statuses.is_closed_status(lead.status)
	return [
		*(["reactivate"] if closed else ["lose"]),
		*(["qualify"] if not closed and category != QUALIFIED else []),
		*(["disqualify"] if category != DISQUALIFIED else []),
		*(["take"] if lead.lead_owner != frappe.session.user else []),
		"hand_over",
		"log_call",
		"add_tag",
	]

"""Indexes that a DocType cannot declare.

Data for install, uninstall and every migrate alike.

Those of one column are declared by their fields (`search_index`). What takes them, as MariaDB says (EXPLAIN among 924,006
leads, INDEX_STATISTICS of the tests):

- `email`: the framework, when a mail comes in (`sender_field`)
- `email_key`, `phone_key`, `mobile_key`, `key`: `capture/senders.py`, `duplicates/finding.py`, imports
- `domain_key`, `company_key`, `company_sound`, `person_key`: `duplicates/finding.py`
- `origin_key`: `capture/senders.py`, and each row of an import
- `next_contact_date`: `activities/follow_up.py`, and the list in its order
- `lead`, `changed_on` of the status log: `status/log.py`; `analytics/time_in_status.py` and the list of the log
- `todo` of an activity: `activities/saving.py`
"""

import frappe

from lead_pipeline.constants import ACTIVITY, CARD_PLACE, LEAD
from lead_pipeline.setup.custom_fields import LINKED_DOCTYPES, LINKED_ROWS

# Name of the index → DocType and columns. They find the leads of one person among a million
# (`visibility/own_leads.py`), the sender of an enquiry (`capture/senders.py`), and what was received lately
# (`capture/idempotency.py`).
# Each order of the Lead Board reads its pages from an index of its own, and the board's sums are in one (`board/orders.py`,
# `board/totals.py`); all of them begin with the status, which needs none by itself, and end with the name, which decides
# between equals and which MariaDB has in each index anyhow.
# Those of dynamic links have both fields: whenever anything on the site is deleted, cancelled or renamed, the framework
# asks which DocTypes are linked at all, and then for the one document.
INDEXES = {
	"lead_pipeline_board_changed": (LEAD, ["status", "modified", "name"]),
	"lead_pipeline_board_since": (LEAD, ["status", "status_changed_on", "name"]),
	"lead_pipeline_board_amount": (LEAD, ["status", "expected_revenue", "name"]),
	"lead_pipeline_open_sums": (
		LEAD,
		["status", "lead_owner", "currency", "expected_revenue", "probability"],
	),
	"lead_pipeline_board_step": (LEAD, ["status", "next_contact_date", "name"]),
	"lead_pipeline_board_priority": (LEAD, ["status", "priority", "modified", "name"]),
	# The board of one sales person, in the order that it opens with.
	"lead_pipeline_board_own": (LEAD, ["lead_owner", "status", "status_changed_on", "name"]),
	"lead_pipeline_card_places": (CARD_PLACE, ["user", "status"]),
	# With the other people of a lead, so that who is two of them is counted once without reading the leads.
	"lead_pipeline_made_by_person": (LEAD, ["owner", "status_category", "lead_owner"]),
	"lead_pipeline_to_contact": (
		LEAD,
		["next_contact_by", "status_category", "next_step", "lead_owner", "owner"],
	),
	"lead_pipeline_next_step": (LEAD, ["next_step", "status_category", "next_contact_date"]),
	# The numbers of reports, cards and charts (`analytics/`): what came in a time, what was closed in it, what is expected
	# when, and what lies with whom. Each has all that its sums need, so that no lead itself is read. Those by time know the
	# people of a lead: the numbers of one person among all who have many leads.
	"lead_pipeline_came_in": (LEAD, ["creation", "channel", "lead_owner", "next_contact_by", "owner"]),
	"lead_pipeline_closed_on": (
		LEAD,
		["status_category", "status_changed_on", "lead_owner", "next_contact_by", "owner"],
	),
	"lead_pipeline_expected": (
		LEAD,
		["status_category", "expected_closing", "currency", "expected_revenue", "probability"],
	),
	# The list sorted by name, whose leads are not all open.
	"lead_pipeline_by_name": (LEAD, ["lead_name", "status_category"]),
	"lead_pipeline_stuck": (LEAD, ["stuck_on", "status_category"]),
	"lead_pipeline_of_owner": (LEAD, ["lead_owner", "status_category", "next_step"]),
	"lead_pipeline_unowned": (LEAD, ["lead_owner", "next_contact_by", "_assign(5)"]),
	"lead_pipeline_party": (LEAD, ["party_type", "party"]),
	"lead_pipeline_reference": ("Pipeline Status Log", ["reference_doctype", "reference_name"]),
	"lead_pipeline_steps_of_lead": (ACTIVITY, ["lead", "status", "due_on"]),
	"lead_pipeline_steps_of_person": (ACTIVITY, ["assigned_to", "status", "due_on"]),
	"lead_pipeline_steps_due": (ACTIVITY, ["status", "due_on"]),
	"lead_pipeline_further_email": ("Contact Email", ["email_id", "parenttype"]),
	"lead_pipeline_receipts_form": ("Pipeline Enquiry Receipt", ["form", "creation"]),
	"lead_pipeline_receipts_sender": ("Pipeline Enquiry Receipt", ["sender", "creation"]),
	"lead_pipeline_receipts_time": ("Pipeline Enquiry Receipt", ["creation"]),
	# The newest mails of leads: the inbox's *Done*.
	"lead_pipeline_mails": ("Communication", ["reference_doctype", "creation"]),
	"lead_pipeline_assignee": ("ToDo", ["allocated_to", "reference_type"]),
}

# When these were changed: what the hourly jobs look for, since their last run (`status/changed_leads.py`,
# `documents/renaming.py`, `capture/carts.py`). On MariaDB Frappe 15 indexes that of each table, Frappe 16 only of those that
# their lists are sorted by; on PostgreSQL neither does.
CHANGED_COLUMNS = {
	("Deleted Document", "modified"),
	("Pipeline Lead Merge", "modified"),
	*((doctype, "modified") for doctype in LINKED_DOCTYPES),
}

# On PostgreSQL the framework does not index the parent of rows, as it does on MariaDB. And as a name stands once in a
# database there, of two tables with columns of one name it indexes the first only.
POSTGRES_COLUMNS = {
	(LEAD, "modified"),
	("Contact Email", "parent"),
	("Contact Phone", "parent"),
	("Pipeline Import Column", "parent"),
	("Pipeline Lead Tag Item", "parent"),
	("Comment", "reference_name"),
	("Communication", "reference_name"),
	("Communication Link", "link_name"),
	("Dynamic Link", "link_name"),
	*((doctype, "parent") for doctype in LINKED_ROWS),
}


def index_of_column(doctype: str, column: str) -> str:
	"""Return the name of an index of one column.

	PostgreSQL's names have at most 63 characters.
	"""
	return f"lead_pipeline_{doctype.lower().replace(' ', '_')}_{column}"[:63]


def drop_index(doctype: str, name: str) -> None:
	"""Remove an index of a table that stays.

	The framework has a way to add an index, but none to drop one.
	"""
	table = f"alter table `tab{doctype}` " if frappe.db.db_type == "mariadb" else ""
	frappe.db.sql_ddl(f"{table}drop index if exists `{name}`")

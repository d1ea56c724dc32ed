"""Records that a new site starts with.

Data only: inserted once, when missing, never overwritten (`apply.py`).
"""

from lead_pipeline.constants import DISQUALIFIED, LOST, NEW, QUALIFIED, WON, WORKING
from lead_pipeline.documents.types import TYPES

# Name, category, protected, colour, probability in percent, working days after which a lead is stuck; the order is the
# position.
STATUSES = (
	("Lead", NEW, 0, "#3B82F6", 10, 2),
	("Open", WORKING, 0, "#F59E0B", 20, 3),
	("Replied", WORKING, 0, "#06B6D4", 30, 7),
	("Interested", WORKING, 0, "#8B5CF6", 40, 10),
	("Opportunity", QUALIFIED, 0, "#6366F1", 50, 15),
	("Quotation", QUALIFIED, 0, "#EC4899", 70, 15),
	("Lost Quotation", LOST, 0, "#B45309", 0, 0),
	("Converted", WON, 0, "#16A34A", 100, 0),
	("Lost", LOST, 0, "#DC2626", 0, 0),
	("Disqualified", DISQUALIFIED, 1, "#6B7280", 0, 0),
	("Do Not Contact", DISQUALIFIED, 1, "#374151", 0, 0),
)

# Name, icon, colour, working days after which such a step is proposed, whether doing it is a contact with the lead.
ACTIVITY_TYPES = (
	("Call", "call", "#3B82F6", 2, 1),
	("E-mail", "mail", "#06B6D4", 3, 1),
	("Meeting", "users", "#8B5CF6", 5, 1),
	("Task", "check", "#6B7280", 1, 0),
	("Visit", "map", "#16A34A", 10, 1),
)

# The one that a next contact date plans (settings).
DEFAULT_ACTIVITY_TYPE = "Call"

# Settings that name a seeded status.
STATUS_SETTINGS = {
	"lost_status": "Lost",
	"disqualified_status": "Disqualified",
	"qualified_status": "Opportunity",
	"open_status": "Open",
	"replied_status": "Replied",
}

PRIORITIES = (
	("Low", 10, "#9CA3AF"),
	("Normal", 20, "#3B82F6"),
	("High", 30, "#F59E0B"),
	("Urgent", 40, "#DC2626"),
)

TAGS = (("Exhibition", "#8B5CF6"), ("Follow-up", "#3B82F6"), ("Urgent", "#DC2626"))

LOST_REASONS = (
	"Price too high",
	"Chose a competitor",
	"No budget",
	"No need any more",
	"Not the right time",
	"Did not answer",
	"Other",
)

CHANNELS = (
	"Web Form",
	"E-mail",
	"Phone Call",
	"Trade Event",
	"Directory",
	"Advertisement",
	"Referral",
	"Shop",
	"Import",
)

# Position, name, document type, filters (field, operator, value), status: the strongest first.
RULES = tuple(
	sorted(
		(rule.position, rule.name, doctype, rule.filters, rule.status)
		for doctype, kind in TYPES.items()
		for rule in kind.rules
	)
)

"""Custom fields for sites with sales documents.

The link to a lead on them, and on a lead what is to be sold. Data for install, uninstall and every migrate
alike.
"""

from lead_pipeline.constants import (
	CALL_LOG,
	INBOX_FIELD,
	INBOX_VALUES,
	LEAD,
	LEAD_FOUND,
	LEAD_LINK,
	MADE_FOR_SALE,
	MODULE,
)
from lead_pipeline.documents import types

# DocType → the field after which the link stands on its form.
LINKED_DOCTYPES = {doctype: kind.link_after for doctype, kind in types.TYPES.items()}


def lead_link_field(insert_after: str) -> dict:
	"""Return the field that links a sales document to a lead.

	The same field name everywhere and no `no_copy`: the framework's mapper then carries the lead from Opportunity
	to Quotation to Sales Order, and an amendment keeps it.
	"""
	return {
		"fieldname": LEAD_LINK,
		"fieldtype": "Link",
		"options": LEAD,
		"label": "Pipeline Lead",
		"insert_after": insert_after,
		"allow_on_submit": 1,
		"search_index": 1,
		"in_standard_filter": 1,
		"print_hide": 1,
		"module": MODULE,
		"description": "The lead whose status follows this document.",
	}


# A sale must not fail because of a lead. The framework refuses to save a document with a link to nothing (a lead that
# was deleted by SQL), unless something is fetched through the link: then it fetches nothing, and saves. Nobody sees
# the field, and it has no column; `lead_link.forget_fetched` empties it, so that it is no change of the document.
# Frappe 16 refuses all the same; there `framework/dangling_links.py` does it.
LEAD_FOUND_FIELD = {
	"fieldname": LEAD_FOUND,
	"fieldtype": "Data",
	"label": "Pipeline Lead Found",
	"fetch_from": f"{LEAD_LINK}.name",
	"insert_after": LEAD_LINK,
	"is_virtual": 1,
	"hidden": 1,
	"read_only": 1,
	"allow_on_submit": 1,
	"no_copy": 1,
	"print_hide": 1,
	"report_hide": 1,
	"module": MODULE,
}

# DocType → what it has beside the link. The seeded rule leaves out a Customer with this mark: the order or the invoice
# that needed it speaks for the lead.
FURTHER_FIELDS = {
	"Customer": (
		{
			"fieldname": MADE_FOR_SALE,
			"fieldtype": "Check",
			"label": "Made for a Sale",
			"default": "0",
			"insert_after": LEAD_FOUND,
			"depends_on": f"eval:doc.{MADE_FOR_SALE}",
			"no_copy": 1,
			"print_hide": 1,
			"module": MODULE,
			"description": "Made on the way to another document, which decides about the lead. Untick it to let this "
			"customer count by itself.",
		},
	),
}

# The DocType that a lead can only name where it is on the site, and the field for it on the lead.
ITEM = "Item"
ITEM_FIELD = {
	"fieldname": "item",
	"fieldtype": "Link",
	"options": ITEM,
	"label": "Item",
	"insert_after": "tags",
	"in_standard_filter": 1,
	"no_copy": 1,
	"module": MODULE,
}


# DocType of rows → the field after which the link stands in a row.
LINKED_ROWS = types.ROW_LINKS


def row_link_field(insert_after: str) -> dict:
	"""Return the field that links a row of a sales document to a lead.

	For documents that are made from documents of several leads: each row names its own. No `no_copy` either: the
	mapper carries it from the rows of a quotation to those of the order.
	"""
	return lead_link_field(insert_after) | {
		"in_standard_filter": 0,
		"depends_on": f"eval:doc.{LEAD_LINK}",
		"description": "Set when the document comes from documents of several leads: each of them follows it.",
	}


# What came in and belongs to nobody: there stands what was decided about it (`capture/inbox/api.py`). Mails are on every
# site, so their field is one of the app's fixtures (`fixtures/custom_field.json`); calls need the app that brings them.
INBOX_DOCTYPES = ("Communication", CALL_LOG)
CALL_LOG_FIELD = {
	"fieldname": INBOX_FIELD,
	"fieldtype": "Select",
	"options": "\n".join(("", *INBOX_VALUES)),
	"label": "Lead Inbox",
	"insert_after": "status",
	"depends_on": f"eval:doc.{INBOX_FIELD}",
	"read_only": 1,
	"no_copy": 1,
	"print_hide": 1,
	"module": MODULE,
}

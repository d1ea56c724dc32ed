"""Move the item of a lead beside its tags, where the form has room for it.

Where a site has put it elsewhere, it stays there.
"""

import frappe

from lead_pipeline.constants import LEAD
from lead_pipeline.setup.custom_fields import ITEM_FIELD


def execute() -> None:
	"""Move the custom field from where it was; does nothing on a site without items."""
	was = {"dt": LEAD, "fieldname": ITEM_FIELD["fieldname"], "insert_after": "expected_closing"}
	frappe.db.set_value("Custom Field", was, "insert_after", ITEM_FIELD["insert_after"])
	frappe.clear_cache(doctype=LEAD)

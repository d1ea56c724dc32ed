"""That an enquiry was received: the same one twice is received once, and the limits are counted. In the database, so
that it holds while Redis is down and whatever a visitor says about where the request comes from."""

import hashlib
import json

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import add_to_date, now_datetime

RECEIPT = "Pipeline Enquiry Receipt"

# Who has sent how much says nothing any more when more than this is counted.
ENOUGH = 10_000


def digest(*parts: object) -> str:
	"""What stands for `parts`: equal for equal parts, and nothing can be read from it."""
	return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:40]


def find(name: str) -> frappe._dict | None:
	return frappe.db.get_value(RECEIPT, name, ["name", "content", "lead", "made_new"], as_dict=True)


def write(name: str, **values) -> None:
	receipt = frappe.new_doc(RECEIPT)
	receipt.update({"name": name} | values)
	# Nobody reacts to a receipt: no events, no checks, one statement.
	receipt.set_user_and_timestamp()
	receipt.db_insert()


def ticket_used(ticket: str | None) -> bool:
	return bool(ticket and frappe.db.exists(RECEIPT, {"ticket": ticket}))


def received(hours: float, **of) -> int:
	"""How many enquiries came in the last `hours`; `of`: field and value."""
	receipt = frappe.qb.DocType(RECEIPT)
	since = add_to_date(now_datetime(), hours=-hours)
	rows = frappe.qb.from_(receipt).select(receipt.name).where(receipt.creation > since).limit(ENOUGH)
	for field, value in of.items():
		rows = rows.where(receipt[field] == value)
	return frappe.qb.from_(rows).select(Count("*")).run()[0][0]

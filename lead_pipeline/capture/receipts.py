"""That an enquiry was received: the same one twice is received once, and the limits are counted. In the database, so
that it holds while Redis is down and whatever a visitor says about where the request comes from."""

import hashlib
import json
from typing import NamedTuple

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import add_to_date, now_datetime
from pypika.queries import QueryBuilder
from pypika.terms import Term

RECEIPT = "Pipeline Enquiry Receipt"


class Earlier(NamedTuple):
	"""Numbers of receipts: of the `same` enquiry, with the same ticket, of its sender in a day, by its form in an hour,
	on the whole site in a minute."""

	same: int
	with_ticket: int
	of_sender: int
	by_form: int
	on_site: int


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


def earlier(name: str, form: str, sender: str | None, ticket: str | None) -> Earlier:
	"""What was received before this enquiry, in one statement: every visitor waits for it."""
	receipt = frappe.qb.DocType(RECEIPT)
	now = now_datetime()

	def number(condition) -> QueryBuilder:
		return frappe.qb.from_(receipt).select(Count("*")).where(condition)

	def within(**time) -> Term:
		return receipt.creation > add_to_date(now, **time)

	row = frappe.qb.select(
		number(receipt.name == name).as_("same"),
		number(receipt.ticket == (ticket or "none")).as_("with_ticket"),
		number((receipt.sender == (sender or "nobody")) & within(days=-1)).as_("of_sender"),
		number((receipt.form == form) & within(hours=-1)).as_("by_form"),
		number(within(minutes=-1)).as_("on_site"),
	).run()[0]
	return Earlier(*row)

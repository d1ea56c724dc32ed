"""Receipts of enquiries: the same one is received once, and limits are counted.

In the database, so that it holds while Redis is down, and independently of what a visitor says about where the
request comes from.
"""

import hashlib
import json
from ipaddress import ip_address, ip_network
from typing import NamedTuple

import frappe
from frappe.query_builder.functions import Count
from frappe.utils import add_to_date, cstr, now_datetime
from frappe.utils.password import get_encryption_key
from pypika.queries import QueryBuilder
from pypika.terms import Term

RECEIPT = "Pipeline Enquiry Receipt"

# What stands in place of a form in the receipts of `capture/api.py`.
REST = "REST"


class Earlier(NamedTuple):
	"""Numbers of earlier receipts, and the verdict of people on the sender.

	Receipts of the `same` enquiry, with the same ticket, of its sender in a day, from its network address and by its
	form in an hour, on the whole site in a minute; the `verdict` of people on its sender; and how much junk there
	was by the form and on the site in these times, which counts in none of the others but the first two.
	"""

	same: int
	with_ticket: int
	of_sender: int
	of_client: int
	by_form: int
	on_site: int
	verdict: str | None
	junk_by_form: int
	junk_on_site: int


def digest(*parts: object) -> str:
	"""Return a digest of `parts`.

	It is equal for equal parts, and nothing can be read from it.
	"""
	return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:40]


def find_receipt(name: str) -> frappe._dict | None:
	return frappe.db.get_value(RECEIPT, name, ["name", "content", "lead", "made_new"], as_dict=True)


def write_receipt(name: str, **values) -> None:
	"""Raises DuplicateEntryError when there is one of this name already."""
	now, user = now_datetime(), frappe.session.user
	row = {"name": name, "creation": now, "modified": now, "owner": user, "modified_by": user} | values
	try:
		# Nobody reacts to a receipt: no events, no checks, one statement.
		frappe.db.bulk_insert(RECEIPT, list(row), [tuple(row.values())])
	except Exception as error:
		# Each database has its own class for this one.
		if frappe.db.is_primary_key_violation(error):
			raise frappe.DuplicateEntryError(RECEIPT, name, error) from error
		raise


def client() -> str | None:
	"""Return a digest of the network address that the request comes from.

	The address itself is not stored anywhere.

	None when the address says nothing: behind a proxy that does not pass it on, all visitors seem to come from the
	machine itself. An IPv6 address stands for its whole network, because its holder has all of it. Behind a proxy
	that passes on what the visitor claims (`X-Forwarded-For`), the address can be made up, so nothing is allowed
	because of it.
	"""
	try:
		address = ip_address(cstr(getattr(frappe.local, "request_ip", None)))
	except ValueError:
		return None
	if address.is_loopback:
		return None
	network = ip_network((address, 64), strict=False) if address.version == 6 else address
	return digest("client", get_encryption_key(), str(network))


def earlier(
	name: str,
	*,
	form: str,
	sender: str | None,
	client: str | None,
	ticket: str | None,
	verdict: QueryBuilder,
) -> Earlier:
	"""Return the earlier receipts, as known before this enquiry is counted.

	In one statement, because every visitor waits for it.

	`verdict`: a query for what people have said about the sender.
	"""
	receipt = frappe.qb.DocType(RECEIPT)
	now = now_datetime()
	counts, is_junk = receipt.junk == 0, receipt.junk == 1
	# What a program sends with a key of its user is no visitor's.
	is_visitors = receipt.form != REST

	def number(condition) -> QueryBuilder:
		return frappe.qb.from_(receipt).select(Count("*")).where(condition)

	def within(**time) -> Term:
		return receipt.creation > add_to_date(now, **time)

	row = frappe.qb.select(
		number(receipt.name == name).as_("same"),
		number(receipt.ticket == (ticket or "none")).as_("with_ticket"),
		number((receipt.sender == (sender or "nobody")) & counts & within(days=-1)).as_("of_sender"),
		number((receipt.client == (client or "nowhere")) & counts & within(hours=-1)).as_("of_client"),
		number((receipt.form == form) & counts & within(hours=-1)).as_("by_form"),
		number(is_visitors & counts & within(minutes=-1)).as_("on_site"),
		verdict.as_("verdict"),
		number((receipt.form == form) & is_junk & within(hours=-1)).as_("junk_by_form"),
		number(is_visitors & is_junk & within(minutes=-1)).as_("junk_on_site"),
	).run()[0]
	return Earlier(*row)

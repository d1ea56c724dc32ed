"""Abandoned carts of ERPNext's web shop: each becomes a lead once.

A cart counts as abandoned when it was left for some hours.

A cart is a Quotation in draft of the order type *Shopping Cart*; the shop deletes it when it is emptied and submits
it when it is ordered or when a quotation is asked for, so neither is found here. Its draft belongs to the lead from
then on, so that the order made of it converts the lead; the cart alone does not set the status *Quotation in
progress* (`setup/defaults.py`), because nobody has made an offer. A cart without anybody to write to or to call is
left alone.
"""

from datetime import datetime

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.query_builder import Order
from frappe.query_builder.functions import Concat
from frappe.utils import (
	add_to_date,
	cint,
	cstr,
	escape_html,
	flt,
	fmt_money,
	format_datetime,
	get_link_to_form,
	now_datetime,
)
from pypika.queries import QueryBuilder
from pypika.terms import ExistsCriterion

from lead_pipeline.activities.communications import ASKED
from lead_pipeline.capture import enquiries, senders
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.constants import LEAD, LEAD_LINK, OPEN_CATEGORIES, PARTY_TYPES, SETTINGS
from lead_pipeline.domain.matching import email_key, is_phone, phone_as_kept
from lead_pipeline.framework import job_records, locks, transactions
from lead_pipeline.framework.failure_log import log_failure
from lead_pipeline.framework.locks import somebody_was_first
from lead_pipeline.setup.custom_fields import ITEM_FIELD
from lead_pipeline.status import after_commit

CART = "Quotation"
SHOP_ORDER = "Shopping Cart"

# So many carts are taken in by one run, the newest first; the next run goes on.
MAX_CARTS = 500

# A cart that has been abandoned for longer is history: whoever switches this on gets no leads of last year.
DAYS = 7

# An error of the same cart is told once in so many hours.
REMINDED_AFTER = 24


@job_records.recorded("Abandoned Carts", lambda count: _("{0} carts received.").format(count))
def collect() -> int:
	"""Scheduler job: receive the carts that count as abandoned by now.

	Returns how many were received.
	"""
	hours = cint(frappe.db.get_single_value(SETTINGS, "cart_hours"))
	if hours <= 0 or not shop_is_here():
		return 0
	left_before = add_to_date(now_datetime(), hours=-hours)
	return sum(collect_alone(name, left_before) for name in abandoned(left_before))


def shop_is_here() -> bool:
	if not frappe.db.exists("DocType", CART, cache=True):
		return False
	meta = frappe.get_meta(CART)
	return all(meta.has_field(field) for field in ("order_type", "contact_email", LEAD_LINK))


def abandoned(left_before: datetime) -> list[str]:
	"""Return the carts not touched since `left_before` and not received yet.

	Uses the index of `modified`.
	"""
	cart, lead, link = (
		frappe.qb.DocType(CART),
		frappe.qb.DocType(LEAD),
		frappe.qb.DocType("Communication Link"),
	)
	asked_again = (
		frappe.qb.from_(link)
		.select(link.name)
		.where((link.link_doctype == CART) & (link.link_name == cart.name))
		.where(link.parent.isin(enquiries_asked()))
	)
	return (
		frappe.qb.from_(cart)
		.left_join(lead)
		.on(lead.origin_key == Concat(f"{CART}/", cart.name))
		.select(cart.name)
		.where(cart.modified[add_to_date(left_before, days=-DAYS) : left_before])
		.where((cart.docstatus == 0) & (cart.order_type == SHOP_ORDER) & (cart.total_qty > 0))
		.where(lead.name.isnull() & ExistsCriterion(asked_again).negate())
		.orderby(cart.modified, order=Order.desc)
		.limit(MAX_CARTS)
		.run(pluck=True)
	)


def enquiries_asked() -> QueryBuilder:
	"""Return a subquery: what `enquiries.ask_again` has written down on leads."""
	message = frappe.qb.DocType("Communication")
	return (
		frappe.qb.from_(message)
		.select(message.name)
		.where((message.reference_doctype == LEAD) & (message.communication_medium == ASKED))
	)


def collect_alone(name: str, left_before: datetime) -> bool:
	"""Receive one cart in a transaction of its own; return whether it was received.

	An error with it does not hold up the other carts.
	"""
	arrived: list[bool] = []

	def note(error: Exception) -> None:
		if has_arrived(name):
			transactions.log_what_followed(error)
		elif not somebody_was_first(error):
			log_failed_cart(name)

	transactions.run_in_new_transaction(lambda: arrived.append(receive_cart(name, left_before)), note)
	return any(arrived)


def receive_cart(name: str, left_before: datetime) -> bool:
	"""Add the cart to a lead, a new or an open one; return whether it was received.

	The open lead is the one that the cart or its sender has.
	"""
	if not (cart := left(name, left_before)) or not (enquiry := enquiry_of_cart(cart)):
		return False
	return locks.run_exclusively(enquiries.sender_key(enquiry), lambda: arrive_with_cart(name, left_before))


def arrive_with_cart(name: str, left_before: datetime) -> bool:
	cart = left(name, left_before, for_update=True)
	enquiry = cart and enquiry_of_cart(cart)
	if not enquiry or has_arrived(name):
		return False
	if known := cart.get(LEAD_LINK):
		if frappe.db.get_value(LEAD, known, "status_category") not in OPEN_CATEGORIES:
			# It belonged to a lead that people have closed since.
			return False
		enquiries.ask_again(known, enquiry)
		return True
	lead = enquiries.arrive(enquiry).lead
	# Past the document's own save: to the visitor, who may be about to go on, nothing has changed.
	frappe.db.set_value(CART, name, LEAD_LINK, lead, update_modified=False)
	after_commit.schedule_recompute(lead, trigger=(CART, name))
	return True


def left(name: str, left_before: datetime, for_update: bool = False) -> Document | None:
	"""Return the cart, if it is one still and nobody has touched it.

	With `for_update` its row is locked, without waiting.

	Raises the database's lock error when somebody is at it: then it is not abandoned.
	"""
	cart = frappe.qb.DocType(CART)
	query = (
		frappe.qb.from_(cart)
		.select(cart.name)
		.where((cart.name == name) & (cart.docstatus == 0) & (cart.order_type == SHOP_ORDER))
		.where(cart.modified <= left_before)
	)
	if for_update:
		query = query.for_update(nowait=True)
	return frappe.get_doc(CART, name) if query.run() else None


def origin_of_cart(name: str) -> str:
	return f"{CART}/{name}"


def has_arrived(name: str) -> bool:
	"""Return whether the cart was received already.

	Then a lead was made of it, or it is on the timeline of one.
	"""
	link = frappe.qb.DocType("Communication Link")
	told = (
		frappe.qb.from_(link)
		.select(link.name)
		.where((link.link_doctype == CART) & (link.link_name == name) & link.parent.isin(enquiries_asked()))
		.limit(1)
	)
	return bool(senders.of_origin(origin_of_cart(name)) or told.run())


def enquiry_of_cart(cart: Document) -> Enquiry | None:
	"""Return the cart as an enquiry of the person who filled it.

	None when there is no way to reach the person.
	"""
	person = buyer_of(cart)
	if not any(person.get(field) for field in ("email", "phone", "mobile_no")):
		return None
	return Enquiry(
		channel="Shop",
		values=person | party_of(cart) | worth_of(cart),
		subject=_("Left a cart behind: {0}").format(cart.name),
		text=contents(cart),
		noted={"origin_key": origin_of_cart(cart.name)},
		made_from=(CART, cart.name),
	)


def buyer_of(cart: Document) -> dict[str, str]:
	"""Return the name, e-mail address and phone of the person who filled the cart.

	Taken from the cart, else from its Contact, else from its customer.
	"""
	contact = row("Contact", cart.contact_person, "first_name", "last_name", "email_id", "phone", "mobile_no")
	customer = row(
		"Customer", customer_of_cart(cart), "customer_type", "customer_name", "email_id", "mobile_no"
	)
	emails = (cart.contact_email, contact.email_id, customer.email_id)
	mobiles = (cart.contact_mobile, contact.mobile_no, customer.mobile_no)
	is_company = customer.customer_type not in (None, "", "Individual")
	found = {
		"first_name": contact.first_name or cart.contact_display,
		"last_name": contact.last_name,
		"company_name": customer.customer_name if is_company else None,
		"email": next((email for email in emails if email_key(email)), None),
		"mobile_no": next(filter(is_phone, map(phone_as_kept, mobiles)), None),
		"phone": next(filter(is_phone, [phone_as_kept(contact.phone)]), None),
	}
	if not found["first_name"] and not found["company_name"]:
		found["first_name"] = cart.customer_name
	return {field: cstr(value).strip() for field, value in found.items() if value}


def row(doctype: str, name: str | None, *fields: str) -> frappe._dict:
	return (name and frappe.db.get_value(doctype, name, fields, as_dict=True)) or frappe._dict()


def customer_of_cart(cart: Document) -> str | None:
	return cart.party_name if cart.quotation_to == "Customer" else None


def party_of(cart: Document) -> dict[str, str]:
	if cart.quotation_to not in PARTY_TYPES or not cart.party_name:
		return {}
	return {"party_type": cart.quotation_to, "party": cart.party_name}


def worth_of(cart: Document) -> dict:
	"""Return what the lead is about: the sum, and the item when there is just one."""
	worth = {"expected_revenue": max(flt(cart.grand_total), 0), "currency": cart.currency}
	items = {item.item_code for item in cart.items if item.item_code}
	field = ITEM_FIELD["fieldname"]
	if len(items) == 1 and frappe.get_meta(LEAD).has_field(field):
		worth[field] = items.pop()
	return worth


def contents(cart: Document) -> str:
	"""HTML: what is in the cart, since when."""
	intro = _("Left in the shop on {0} ({1}):").format(
		format_datetime(cart.modified), get_link_to_form(CART, cart.name)
	)
	lines = [
		_("{0} of {1}: {2}").format(
			f"{flt(item.qty):g}",
			escape_html(item.item_name or item.item_code or ""),
			fmt_money(item.amount, currency=cart.currency),
		)
		for item in cart.items
	]
	total = _("Total: {0}").format(fmt_money(cart.grand_total, currency=cart.currency))
	return f"<p>{intro}</p><ul>{''.join(f'<li>{line}</li>' for line in lines)}</ul><p>{total}</p>"


def log_failed_cart(name: str) -> None:
	"""Say in the Error Log, once a day for a cart, what is needed to act."""
	advice = _(
		"It is tried again every hour for a week. Correct what the error below names, or make the lead by hand."
	)
	log_failure(_("Cart {0} could not become a lead").format(name), advice, CART, name, hours=REMINDED_AFTER)

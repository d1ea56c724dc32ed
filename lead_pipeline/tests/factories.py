"""Saved documents with sensible defaults.

They are the same on the sales stand-in and on ERPNext.
"""

import frappe
import pytest
from frappe.model.document import Document
from frappe.utils import add_days, add_to_date, get_system_timezone, now_datetime, nowdate
from frappe.utils.password import update_password

from lead_pipeline.setup.custom_fields import LINKED_DOCTYPES

ITEM = "Pipeline Test Item"
# A Sales User whom one test has made and all others use.
SELLER = "seller@example.com"


def needs(doctype: str, name: str | None = None) -> None:
	"""Skip a test about documents of an app that is not on this site.

	The site has to have the DocType, and the record of it if `name` is given.
	"""
	if not frappe.db.exists("DocType", doctype) or (name and not frappe.db.exists(doctype, name)):
		pytest.skip(f"this site has no {doctype} {name or ''}")


def make_lead(**values) -> Document:
	"""A lead of a company; `values` replace or add fields."""
	lead = frappe.new_doc("Pipeline Lead")
	lead.update({"company_name": f"Company {frappe.generate_hash(length=6)}", "is_organization": 1} | values)
	return lead.insert()


def make_lead_type(*statuses: str, **values) -> Document:
	lead_type = new_lead_type(*statuses, **values).insert()
	# What it says about statuses that the settings name and the type forbids is not what the test is about.
	frappe.clear_messages()
	return lead_type


def new_lead_type(*statuses: str, **values) -> Document:
	"""A type that allows these statuses, not saved yet."""
	lead_type = frappe.new_doc("Pipeline Lead Type")
	lead_type.update({"type_name": f"Type {frappe.generate_hash(length=6)}"} | values)
	for status in statuses:
		lead_type.append("allowed_statuses", {"status": status})
	return lead_type


def make_status(status_name: str = "Callback", **values) -> Document:
	status = frappe.new_doc("Pipeline Lead Status")
	status.update({"status_name": status_name, "category": "Working"} | values)
	return status.insert()


def make_rule(**values) -> Document:
	"""A rule, weaker than all seeded ones; `filters` as a list or as stored."""
	rule = frappe.new_doc("Pipeline Status Rule")
	rule.update({"document_type": "Quotation", "status": "Interested", "position": 500} | values)
	if rule.document_type in LINKED_DOCTYPES:
		needs(rule.document_type)
	if not isinstance(rule.filters, str | None):
		rule.filters = frappe.as_json(rule.filters)
	return rule.insert()


def make_customer(**values) -> Document:
	needs("Customer")
	customer = frappe.new_doc("Customer")
	customer.update(
		{"customer_name": f"Customer {frappe.generate_hash(length=6)}", "customer_type": "Company"} | values
	)
	return customer.insert()


def make_item() -> str:
	"""The name of an item that can be sold."""
	needs("Item")
	if not frappe.db.exists("Item", ITEM):
		frappe.get_doc(
			{
				"doctype": "Item",
				"item_code": ITEM,
				"item_name": ITEM,
				"item_group": frappe.db.get_value("Item Group", {"is_group": 0}),
				"stock_uom": "Nos",
				"is_stock_item": 0,
			}
			# Whoever sells need not be allowed to make items.
		).insert(ignore_permissions=True)
	return ITEM


def new_sales_document(doctype: str) -> Document:
	needs(doctype)
	return frappe.new_doc(doctype)


def make_opportunity(lead: Document | None = None, customer: str | None = None, **values) -> Document:
	opportunity = new_sales_document("Opportunity")
	opportunity.update(
		{
			"opportunity_from": "Customer",
			"party_name": customer or make_customer().name,
			"pipeline_lead": lead.name if lead else None,
		}
		| values
	)
	return opportunity.insert()


def make_quotation(
	lead: Document | None = None, customer: str | None = None, rows: int = 1, **values
) -> Document:
	quotation = new_sales_document("Quotation")
	quotation.update(
		{
			"quotation_to": "Customer",
			"party_name": customer or make_customer().name,
			"valid_till": add_days(nowdate(), 30),
			"pipeline_lead": lead.name if lead else None,
		}
		| values
	)
	for _number in range(rows):
		quotation.append("items", {"item_code": make_item(), "qty": 1, "rate": 100})
	return quotation.insert()


def make_order(lead: Document | None = None, customer: str | None = None, **values) -> Document:
	order = new_sales_document("Sales Order")
	order.update(
		{
			"customer": customer or make_customer().name,
			"delivery_date": add_days(nowdate(), 7),
			"pipeline_lead": lead.name if lead else None,
		}
		| values
	)
	order.append(
		"items", {"item_code": make_item(), "qty": 1, "rate": 100, "delivery_date": add_days(nowdate(), 7)}
	)
	return order.insert()


def make_deal_status(name: str, meaning: str) -> str:
	"""Return the name of a status of Frappe CRM's deals, made if it is missing.

	The CRM brings it with itself and its stand-in does not.
	"""
	needs("CRM Deal Status")
	if not frappe.db.exists("CRM Deal Status", name):
		frappe.get_doc({"doctype": "CRM Deal Status", "deal_status": name, "type": meaning}).insert()
	return name


def make_deal(lead: Document | None = None, **values) -> Document:
	"""A deal of Frappe CRM, at the status that new ones have there."""
	deal = new_sales_document("CRM Deal")
	make_deal_status("Qualification", "Open")
	deal.update({"status": "Qualification", "pipeline_lead": lead.name if lead else None} | values)
	return deal.insert()


def make_user(*roles: str, email: str | None = None, password: str | None = None) -> str:
	"""A system user with these roles and no others; returns the user's name."""
	if roles != ("System Manager",):
		# The first system user of a site who is saved is made a System Manager by the framework.
		make_user("System Manager", email="site-manager@example.com")
	for role in roles:
		needs("Role", role)
	email = email or f"user-{frappe.generate_hash(length=8)}@example.com"
	if not frappe.db.exists("User", email):
		write_user(email, roles)
		if password:
			update_password(email, password)
	return email


def write_user(email: str, roles: tuple[str, ...]) -> None:
	"""The rows that the framework leaves of a new user.

	Its own insert asks the database 300 times, empties all caches and leaves four jobs: it would take most of the time
	of the tests, which are about what users do, not about how they are made.
	"""
	name = email.split("@")[0]
	user = frappe.new_doc("User")
	user.update({"name": email, "email": email, "first_name": name, "full_name": name})
	user.update({"send_welcome_email": 0, "time_zone": get_system_timezone()})
	user.append_roles(*roles)
	user.user_type = "System User" if user.has_desk_access() else "Website User"
	own = {"user": email, "share_doctype": "User", "share_name": email, "read": 1, "write": 1, "share": 1}
	share = frappe.new_doc("DocShare").update(own)
	notifications = frappe.new_doc("Notification Settings").update({"name": email, "user": email})
	for row in (user, *user.get_all_children(), share, notifications):
		row.db_insert()
	frappe.cache.delete_value(["users_for_mentions", "enabled_users"])


def make_cart(hours: float = 30, email: str | None = None, customer: str | None = None, **values) -> Document:
	"""Make a cart as ERPNext's web shop keeps it.

	Nobody has touched it for this number of `hours`.
	"""
	cart = make_quotation(
		customer=customer,
		**({"order_type": "Shopping Cart", "contact_email": email, "contact_person": None} | values),
	)
	if email:
		# ERPNext takes it from the contact again; the shop has the address of who is logged in there.
		cart.db_set("contact_email", email)
	left_on = add_to_date(now_datetime(), hours=-hours)
	frappe.db.set_value("Quotation", cart.name, "modified", left_on, update_modified=False)
	return frappe.get_doc("Quotation", cart.name)

"""The users and reference data for the demo's leads.

Only what is missing is created.
"""

import frappe

from lead_pipeline.constants import LEAD_TYPE
from lead_pipeline.constants import MODULE as WORKSPACE
from lead_pipeline.status import rules
from sandbox.demo import data
from sandbox.demo.stage import nobody_listens


def set_up() -> None:
	"""Users and reference data, as far as they are missing."""
	frappe.set_user("Administrator")
	with nobody_listens():
		for email, first, last, roles in (data.SITE_ADMIN, *data.USERS):
			make_user(email, first, last, roles)
	for name, statuses in data.LEAD_TYPES.items():
		make(LEAD_TYPE, "type_name", name, allowed_statuses=[{"status": status} for status in statuses])
	for name, color in data.TAGS.items():
		make("Pipeline Lead Tag", "tag_name", name, color=color)
	if rules.lead_link("Quotation"):
		set_up_sales()


def set_up_sales() -> None:
	group = frappe.db.get_value("Item Group", {"is_group": 0}, order_by="name")
	for code, name, rate, *_ in data.ITEMS:
		values = {"item_name": name, "item_group": group, "stock_uom": "Nos", "standard_rate": rate}
		make("Item", "item_code", code, is_stock_item=0, **values)
	for reason in data.DOCUMENT_LOST:
		make("Quotation Lost Reason", "order_lost_reason", reason)
		make("Opportunity Lost Reason", "lost_reason", reason)


def make(doctype: str, key: str, name: str, **values) -> None:
	"""Insert a record unless there is one whose field `key` is `name`."""
	if not frappe.db.exists(doctype, {key: name}):
		frappe.get_doc({"doctype": doctype, key: name, **values}).insert()


def make_user(email: str, first: str, last: str, roles: tuple[str, ...]) -> None:
	"""The site's administrator gets no password: nobody logs in as that one."""
	if frappe.db.exists("User", email):
		return
	user = frappe.new_doc("User")
	user.update({"email": email, "first_name": first, "last_name": last, "send_welcome_email": 0})
	user.update({"roles": [{"role": role} for role in roles], "user_type": "System User"})
	if email != data.SITE_ADMIN[0]:
		user.new_password = data.PASSWORD
	if user.meta.has_field("default_workspace"):
		# Frappe 15.0 opens the first workspace of all.
		user.default_workspace = WORKSPACE
	user.flags.no_welcome_mail = True
	user.insert()

"""R2: the cost of inserting a lead of ours, compared to one of ERPNext's and of Frappe CRM's.

Of what the site has; the same person is inserted and committed on either side.
"""

import frappe

from benchmarks import bare
from benchmarks.figures import Figure, by_cost, milliseconds, processor_note, ratios
from lead_pipeline.constants import LEAD

GOAL_CONTACT, GOAL_ERPNEXT, GOAL_CRM = 0.25, 0.7, 0.9
ROUNDS, BATCH = 9, 10
CONTACT_SETTING = ("CRM Settings", "auto_creation_of_contact")


def measure() -> list[Figure]:
	figures = []
	if "erpnext" in frappe.get_installed_apps() and frappe.db.exists("DocType", "Lead"):
		before = frappe.db.get_single_value(*CONTACT_SETTING)
		try:
			for is_made, text, goal in (
				(1, "with the contact that it makes", GOAL_CONTACT),
				(0, "without a contact", GOAL_ERPNEXT),
			):
				frappe.db.set_single_value(*CONTACT_SETTING, is_made)
				frappe.db.commit()
				figures.append(compared("Lead", f"ERPNext's Lead, {text}", goal))
		finally:
			frappe.db.set_single_value(*CONTACT_SETTING, before)
			frappe.db.commit()
	if frappe.db.exists("DocType", "CRM Lead"):
		figures.append(compared("CRM Lead", "Frappe CRM's lead", GOAL_CRM))
	return figures


def compared(doctype: str, what: str, goal: float) -> Figure:
	try:
		insert(LEAD), insert(doctype)
		pairs = by_cost(ROUNDS, lambda: insert(LEAD), lambda: insert(doctype))
	finally:
		forget(doctype)
	return Figure(
		"R2",
		f"insert of a lead, committed / of {what}",
		goal,
		False,
		ratios(pairs),
		*(milliseconds(costs, BATCH) for costs in zip(*pairs, strict=True)),
		notes=[processor_note(pairs)],
	)


def insert(doctype: str) -> None:
	for _number in range(BATCH):
		person = bare.person()
		if doctype != LEAD:
			named = {"email_id": "email", "email": "email"}
			person = {
				"first_name": person["first_name"],
				"last_name": person["last_name"],
				"mobile_no": person["phone"],
				**{field: person[key] for field, key in named.items()},
				**{field: person["company_name"] for field in ("company_name", "organization")},
				**({"status": "New"} if doctype == "CRM Lead" else {}),
			}
		frappe.get_doc({"doctype": doctype} | person).insert()
		frappe.db.commit()


def forget(doctype: str) -> None:
	frappe.db.rollback()
	fields = [field for field in ("email_id", "email") if frappe.get_meta(doctype).has_field(field)]
	for field in fields[:1]:
		for name in frappe.get_all(doctype, {field: bare.PEOPLE}, pluck="name", order_by=None):
			frappe.delete_doc(doctype, name, force=True)
	for name in frappe.get_all("Contact", {"email_id": bare.PEOPLE}, pluck="name", order_by=None):
		frappe.delete_doc("Contact", name, force=True)
	frappe.db.commit()
	bare.forget_people()

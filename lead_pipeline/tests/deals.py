"""Deals of Frappe CRM, or of its stand-in, and what they are linked to."""

import frappe

DEAL = "CRM Deal"


DEAL_STATUS = "CRM Deal Status"


ORGANIZATION = "CRM Organization"


def use_one_currency() -> None:
	"""Let the CRM count in the site's currency.

	For a deal in another one it asks a service on the Internet.
	"""
	if frappe.db.exists("DocType", "FCRM Settings"):
		frappe.db.set_single_value("FCRM Settings", "currency", frappe.db.get_default("currency"))


def lost(**values) -> dict:
	reason = "Price too high"
	if not frappe.db.exists("CRM Lost Reason", reason):
		frappe.get_doc({"doctype": "CRM Lost Reason", "lost_reason": reason}).insert()
	return {"status": "Lost", "lost_reason": reason} | values


def organization() -> str:
	name = f"Organization {frappe.generate_hash(length=6)}"
	return frappe.get_doc({"doctype": ORGANIZATION, "organization_name": name}).insert().name

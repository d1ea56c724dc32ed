"""Look up whether a sender is a contact of a customer.

For sites with sales documents.
"""

import frappe

from lead_pipeline.domain.matching import email_key

CUSTOMER = "Customer"


def customer_of_address(address: str | None) -> dict[str, str]:
	"""Return the `party_type` and `party` of the Customer with this e-mail address.

	The address is that of a Contact of the Customer. Empty unless there is exactly one such Customer: a person who
	is a contact of several writes for one of them, and a user has to say for which.
	"""
	key = email_key(address)
	if not key or not frappe.db.exists("DocType", CUSTOMER, cache=True):
		return {}
	# Whose contact a sender is does not depend on who fetches the mail.
	contacts = frappe.get_all(
		"Contact Email",
		filters={"email_id": ("in", (key, address)), "parenttype": "Contact"},
		pluck="parent",
		order_by=None,
	)
	return of_contacts(contacts)


def of_contacts(contacts: list[str]) -> dict[str, str]:
	if not contacts:
		return {}
	customers = frappe.get_all(
		"Dynamic Link",
		filters={"parenttype": "Contact", "parent": ("in", contacts), "link_doctype": CUSTOMER},
		pluck="link_name",
		distinct=True,
		order_by=None,
	)
	known = [name for name in customers if frappe.db.exists(CUSTOMER, {"name": name, "disabled": 0})]
	return {"party_type": CUSTOMER, "party": known[0]} if len(known) == 1 else {}

"""Recompute the matching keys of leads.

Leads from before the app knew more legal forms, letters, free-mail domains and ways to write a number get the keys
that they would get today.
"""

import frappe
from pypika.terms import Case

from lead_pipeline.constants import LEAD, LEAD_KEY
from lead_pipeline.domain.matching import company_key, domain_key, email_key
from lead_pipeline.domain.names import company_sound, person_key, person_name
from lead_pipeline.lead_pipeline.doctype.pipeline_lead import contact_data

BATCH_SIZE = 1000
FIELDS = (
	*("name", "lead_name", "first_name", "last_name", "company_name", "is_organization", "email", "website"),
	*("phone", "mobile_no", "domain_key", "company_key", "company_sound", "person_key"),
	*("email_key", "phone_key", "mobile_key"),
)
CONTACT_KEYS = ("email_key", "phone_key", "mobile_key", "contact_keys")


def execute() -> None:
	"""Recompute the keys of all leads, in the order of their names.

	Nothing about a lead looks changed afterwards.
	"""
	last = ""
	while rows := batch_after(last):
		last = rows[-1].name
		refresh(rows)
		refresh_contact_keys(rows)
		# A million leads are no single transaction; what is done need not be done again.
		frappe.db.commit()


def batch_after(last: str) -> list[frappe._dict]:
	# A patch is for all leads.
	return frappe.get_all(LEAD, {"name": (">", last)}, FIELDS, order_by="name asc", limit=BATCH_SIZE)


def refresh(rows: list[frappe._dict]) -> None:
	"""Write the keys that have changed, a statement for each kind of key."""
	table = frappe.qb.DocType(LEAD)
	for field, key_of in (
		("domain_key", lambda row: domain_key(row.website) or domain_key(row.email)),
		("company_key", lambda row: company_key(row.company_name)),
		("company_sound", lambda row: company_sound(row.company_name)),
		("person_key", lambda row: person_key(person_name(row))),
	):
		changed = {row.name: key for row in rows if (key := key_of(row)) != (row[field] or None)}
		if not changed:
			continue
		value = Case()
		for name, key in changed.items():
			value = value.when(table.name == name, key)
		frappe.qb.update(table).set(table[field], value).where(table.name.isin(list(changed))).run()


def refresh_contact_keys(rows: list[frappe._dict]) -> None:
	"""Write the keys of e-mails and numbers of the leads of which one has changed.

	They are few. What depends on these keys is written, too.
	"""
	for row in rows:
		numbers = contact_data.numbers(row.phone, row.mobile_no)
		phone, mobile = (number.key if number else None for number in numbers)
		if (email_key(row.email), phone, mobile) == (row.email_key, row.phone_key, row.mobile_key):
			continue
		lead = frappe.get_doc(LEAD, row.name)
		contact_data.set_keys(lead)
		frappe.db.set_value(
			LEAD, lead.name, {key: lead.get(key) for key in CONTACT_KEYS}, update_modified=False
		)
		frappe.db.delete(LEAD_KEY, {"lead": lead.name})
		contact_data.insert_keys([(lead.name, key) for key in contact_data.further_keys(lead)])

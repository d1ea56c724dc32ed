"""Fill the duplicate keys of leads from before the app looked for duplicates."""

import frappe
from pypika.terms import Case

from lead_pipeline.constants import LEAD, LEAD_KEY
from lead_pipeline.domain.names import company_sound, person_key, person_name
from lead_pipeline.lead_pipeline.doctype.pipeline_lead import contact_data

BATCH_SIZE = 1000
FIELDS = ("name", "lead_name", "first_name", "last_name", "company_name", "is_organization", "email")


def execute() -> None:
	"""Fill the keys of all leads, in the order of their names.

	Nothing about a lead looks changed afterwards.
	"""
	last = ""
	while rows := batch_after(last):
		last = rows[-1].name
		fill_names(rows)
		fill_further([row.name for row in rows])
		# A million leads are no single transaction; what is done need not be done again.
		frappe.db.commit()


def batch_after(last: str) -> list[frappe._dict]:
	# A patch is for all leads.
	return frappe.get_all(LEAD, {"name": (">", last)}, FIELDS, order_by="name asc", limit=BATCH_SIZE)


def fill_names(rows: list[frappe._dict]) -> None:
	"""One statement for all: by far most of the time is the database's."""
	table = frappe.qb.DocType(LEAD)
	for field, key_of in (
		("company_sound", lambda row: company_sound(row.company_name)),
		("person_key", lambda row: person_key(person_name(row))),
	):
		keys = {row.name: key for row in rows if (key := key_of(row))}
		if not keys:
			continue
		value = Case()
		for name, key in keys.items():
			value = value.when(table.name == name, key)
		frappe.qb.update(table).set(table[field], value).where(table.name.isin(list(keys))).run()


def fill_further(leads: list[str]) -> None:
	"""Fill the keys of leads that have rows of e-mails or phones, as a save does."""
	among = {"parenttype": LEAD, "parent": ("in", leads)}
	concerned = {
		name
		for doctype in ("Contact Email", "Contact Phone")
		for name in frappe.get_all(doctype, among, pluck="parent", order_by=None)
	}
	frappe.db.delete(LEAD_KEY, {"lead": ("in", leads)})
	documents = [frappe.get_doc(LEAD, name) for name in sorted(concerned)]
	contact_data.insert_keys(
		[(lead.name, key) for lead in documents for key in contact_data.further_keys(lead)]
	)

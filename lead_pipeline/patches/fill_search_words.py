"""Give the leads of a site the words by which the search finds them.

And take them out of the framework's index of all records, in which nobody looks for them any more.
"""

from collections import defaultdict

import frappe
from pypika.terms import Case

from lead_pipeline.constants import LEAD
from lead_pipeline.lead_pipeline.doctype.pipeline_lead import contact_data

BATCH_SIZE = 1000
FIELDS = ("name", *contact_data.NAMES, "email", "phone", "mobile_no")


def execute() -> None:
	"""Go through the leads without words, in the order of their names.

	Started again, it goes on where it stopped. Nothing about a lead looks changed afterwards.
	"""
	last = ""
	while rows := batch_without_words(last):
		last = rows[-1].name
		write_words(rows)
		# A million leads are no single transaction; what is done need not be done again.
		frappe.db.commit()
	frappe.db.delete("__global_search", {"doctype": LEAD})


def batch_without_words(last: str) -> list[frappe._dict]:
	# A patch is for all leads.
	return frappe.get_all(
		LEAD,
		{"name": (">", last), "search_words": ("is", "not set")},
		FIELDS,
		order_by="name asc",
		limit=BATCH_SIZE,
	)


def write_words(rows: list[frappe._dict]) -> None:
	names = [row.name for row in rows]
	emails = rows_of("Contact Email", "email_id", names)
	phones = rows_of("Contact Phone", "phone", names)
	lead = frappe.qb.DocType(LEAD)
	words = Case()
	for row in rows:
		words = words.when(
			lead.name == row.name, contact_data.search_words(row, emails[row.name], phones[row.name])
		)
	frappe.qb.update(lead).set(lead.search_words, words).where(lead.name.isin(names)).run()


def rows_of(doctype: str, field: str, leads: list[str]) -> dict[str, list[str]]:
	found = defaultdict(list)
	# A patch is for all leads.
	for row in frappe.get_all(
		doctype,
		{"parenttype": LEAD, "parent": ("in", leads)},
		["parent", field],
		order_by="idx asc",
	):
		found[row.parent].append(row[field])
	return found

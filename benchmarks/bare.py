"""A bare DocType as the baseline for leads: same fields and indexes, no code.

As somebody makes it in the desk.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document
from frappe.utils import create_batch

from lead_pipeline.constants import LEAD, LEAD_KEY, STATUS_LOG

BARE = "Pipeline Benchmark Bare"
PEOPLE = ("like", "measured-%@example.com")

# What the fields have in common with the lead's. A lead gets some of its values from the code; the bare one has none.
COPIED = ("fieldname", "fieldtype", "label", "options", "length", "search_index", "unique")


@contextmanager
def doctype() -> Iterator[str]:
	"""Create the bare DocType for the block.

	At the end of the block it is deleted with all that was made of it.
	"""
	forget()
	make()
	try:
		yield BARE
	finally:
		frappe.db.rollback()
		forget()


def make() -> None:
	right = {"role": "System Manager", "create": 1, "read": 1, "write": 1, "delete": 1, "import": 1}
	document = {
		"doctype": "DocType",
		"name": BARE,
		"module": "Custom",
		"custom": 1,
		"autoname": "hash",
		"allow_import": 1,
		"email_append_to": 1,
		"sender_field": "email",
		"subject_field": "lead_name",
		"permissions": [right],
		"fields": [{key: field.get(key) for key in COPIED} for field in frappe.get_meta(LEAD).fields],
	}
	frappe.get_doc(document).insert()
	frappe.db.commit()


def forget() -> None:
	if frappe.db.exists("DocType", BARE):
		frappe.db.delete("Communication", {"reference_doctype": BARE})
		frappe.delete_doc("DocType", BARE, force=True)
		# The framework leaves the table of a custom DocType behind.
		frappe.db.sql_ddl(f"drop table if exists `tab{BARE}`")
		frappe.db.commit()


def form(fields: tuple[dict, ...]) -> Document:
	"""A published Web Form on the bare DocType with these fields."""
	title = f"Bare {frappe.generate_hash(length=6)}"
	document = {"doctype": "Web Form", "title": title, "route": frappe.scrub(title), "doc_type": BARE}
	document |= {"module": "Custom", "published": 1, "web_form_fields": list(fields)}
	return frappe.get_doc(document).insert()


def forget_people() -> None:
	"""Delete the records made from `person`.

	Deletes by table, because the framework's deletion takes longer than all that is measured.
	"""
	frappe.db.rollback()
	# What they left behind is known by the leads alone.
	leads = frappe.get_all(LEAD, filters={"email": PEOPLE}, pluck="name")
	for some in create_batch(leads, 500):
		for doctype, field in ((STATUS_LOG, "lead"), (LEAD_KEY, "lead"), (LEAD, "name")):
			frappe.db.delete(doctype, {field: ("in", some)})
		frappe.db.delete("__global_search", {"doctype": LEAD, "name": ("in", some)})
	frappe.db.delete("Communication", {"sender": PEOPLE})
	frappe.db.delete("Pipeline Held Enquiry", {"email": PEOPLE})
	frappe.db.delete("Pipeline Enquiry Receipt")
	frappe.db.commit()


def person() -> dict:
	"""What one of those who write says about themselves."""
	return {
		"email": f"measured-{frappe.generate_hash(length=10)}@example.com",
		"first_name": "Ada",
		"last_name": "Visitor",
		"company_name": "Engines",
		"phone": "+49 30 901820",
		"description": "How much is it?",
	}

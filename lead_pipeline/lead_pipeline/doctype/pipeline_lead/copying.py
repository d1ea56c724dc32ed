"""Decide what a copy of a lead contains: what lsFusion copies, nothing else.

`no_copy` in the DocType names the rest. Every lead keeps its own name in `copy_source`, a field that all ways of
copying carry along: the desk's Duplicate, `frappe.copy_doc` (which ignores `no_copy` unless told otherwise), a client
that posts what it has got. So an insert knows that it is a copy, and of which lead.
"""

import frappe
from frappe.model.document import Document

from lead_pipeline.activities import probability
from lead_pipeline.constants import LEAD


def empty_copy(lead: Document) -> None:
	"""Empty the fields that a copy must not have.

	It starts with its first status and has a history of its own.
	"""
	# An import states what each field has to be, whatever file its rows came from.
	if not lead.copy_source or frappe.flags.in_import:
		return
	lead.flags.copied_from = lead.copy_source
	probability.follow_own_status(lead)
	for field in lead.meta.get("fields", {"no_copy": 1}):
		lead.set(field.fieldname, None)


def take_addresses(lead: Document) -> None:
	"""Link the Addresses of its source to a copy.

	They are records of their own, not fields of the lead.
	"""
	source = lead.flags.pop("copied_from", None)
	if not source or not frappe.db.exists(LEAD, source) or not frappe.has_permission(LEAD, doc=source):
		return
	# Without permissions: whoever may read the lead is shown its Addresses on the form.
	addresses = frappe.get_all(
		"Dynamic Link",
		filters={"link_doctype": LEAD, "link_name": source, "parenttype": "Address"},
		pluck="parent",
		order_by="creation asc",
	)
	for address in addresses:
		link_address(address, lead)


def link_address(address: str, lead: Document) -> None:
	"""Add the row for the lead to the Address, without saving the Address.

	What may be wrong with the Address is no reason against the copy.
	"""
	link = frappe.new_doc("Dynamic Link")
	link.update({"parent": address, "parenttype": "Address", "parentfield": "links"})
	link.update({"link_doctype": LEAD, "link_name": lead.name, "link_title": lead.name})
	link.idx = frappe.db.count("Dynamic Link", {"parent": address, "parenttype": "Address"}) + 1
	# See above.
	link.db_insert()
	frappe.clear_document_cache("Address", address)


def remember_name(lead: str) -> None:
	"""Keep the new name of a lead that was renamed."""
	frappe.db.set_value(LEAD, lead, "copy_source", lead, update_modified=False)

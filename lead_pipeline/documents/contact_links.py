"""Find the Contacts and Addresses of a lead or a party, and link them to another."""

from typing import NamedTuple

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import LEAD

LINK = "Dynamic Link"


class Record(NamedTuple):
	"""A document by its DocType and name: a lead, a party."""

	doctype: str
	name: str


def linked_names(record: Record, doctype: str) -> list[str]:
	"""Return names of the Contacts or Addresses of `record`, the first one first.

	Without permissions: whoever may work with a lead may use its Contacts and Addresses.
	"""
	link = frappe.qb.DocType(LINK)
	return (
		frappe.qb.from_(link)
		.select(link.parent)
		.where((link.parenttype == doctype) & (link.parentfield == "links"))
		.where((link.link_doctype == record.doctype) & (link.link_name == record.name))
		.orderby(link.creation)
		.orderby(link.parent)
		.run(pluck=True)
	)


def add_link(doctype: str, name: str, record: Record) -> None:
	"""Link a Contact or Address to `record`, too, unless it is."""
	if name in linked_names(record, doctype):
		return
	document = frappe.get_doc(doctype, name, for_update=True)
	document.append("links", {"link_doctype": record.doctype, "link_name": record.name})
	# Only a link is added, by somebody who may work with the lead that has this Contact or Address already.
	document.save(ignore_permissions=True)


def make_address_template(address: Document, method: str | None = None) -> None:
	"""Hook (before_save): Create an address template with the first address of a lead.

	Only if the site has no template for it. Without ERPNext nobody makes one, and the framework then opens no form
	that shows an address; ERPNext 16 saves none.
	"""
	if not address.country or not any(link.link_doctype == LEAD for link in address.links):
		return
	if frappe.db.exists("Address Template", {"is_default": 1}) or frappe.db.exists(
		"Address Template", address.country
	):
		return
	template = frappe.new_doc("Address Template")
	template.update({"country": address.country, "is_default": 1})
	# The framework's own text; System Managers may change it, whoever wrote the address.
	template.insert(ignore_permissions=True)

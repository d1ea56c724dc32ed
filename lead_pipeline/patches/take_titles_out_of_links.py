"""Replace lead titles by names in the links of Contacts and Addresses.

Everybody who reads those would see the title.
"""

import frappe

from lead_pipeline.constants import LEAD


def execute() -> None:
	link = frappe.qb.DocType("Dynamic Link")
	frappe.qb.update(link).set(link.link_title, link.link_name).where(link.link_doctype == LEAD).run()

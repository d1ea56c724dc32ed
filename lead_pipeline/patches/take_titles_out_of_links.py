"""Links of Contacts and Addresses to leads keep the lead's name, not its title, which all who read them would see."""

import frappe

from lead_pipeline.constants import LEAD


def execute() -> None:
	link = frappe.qb.DocType("Dynamic Link")
	frappe.qb.update(link).set(link.link_title, link.link_name).where(link.link_doctype == LEAD).run()

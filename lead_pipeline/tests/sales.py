"""A lead and its sales documents as other connections see them.

They are committed, and gone after the test.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import CARD_PLACE, LEAD, STATUS_FAILURE, STATUS_LOG
from lead_pipeline.documents.renaming import linked_doctypes
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_customer, make_lead, make_quotation, needs

BUYER = "Buyer in the Tests of Sales"


def buyer() -> str:
	"""Return a customer who stays on the site.

	Making one takes longer than most of what it is used for.
	"""
	needs("Customer")
	found = frappe.db.get_value("Customer", {"customer_name": BUYER})
	return found or make_customer(customer_name=BUYER).name


def submitted_quotation(lead: Document | None, **values) -> Document:
	quotation = make_quotation(lead, buyer(), **values)
	quotation.submit()
	return quotation


@contextmanager
def committed_leads(count: int = 1, **values) -> Iterator[list[Document]]:
	"""Provide leads that are gone after the block, with all their documents.

	They are deleted by SQL, whatever state they are in.
	"""
	buyer()
	leads = [make_lead(**values) for _number in range(count)]
	forget_errors()
	frappe.db.commit()
	try:
		yield leads
	finally:
		site.start_over()
		wipe([lead.name for lead in leads])
		forget_errors()
		frappe.db.commit()


@contextmanager
def committed_record(doctype: str, **values) -> Iterator[Document]:
	"""A record of the site's set-up as other connections see it, gone after the block."""
	document = frappe.get_doc({"doctype": doctype} | values).insert()
	frappe.db.commit()
	try:
		yield document
	finally:
		frappe.db.rollback()
		frappe.delete_doc(doctype, document.name, force=True)
		frappe.db.commit()


@contextmanager
def notification_on_status(**values) -> Iterator[Document]:
	"""A notification in the bell whenever the status of a lead changes."""
	defaults = {
		"name": "Status of a Lead in the Tests",
		"enabled": 1,
		"channel": "System Notification",
		"document_type": LEAD,
		"event": "Value Change",
		"value_changed": "status",
		"subject": "{{ doc.name }} is at {{ doc.status }}",
		"message": "See the lead",
		"recipients": [{"receiver_by_document_field": "lead_owner"}],
	}
	with committed_record("Notification", **defaults | values) as notification:
		yield notification


def wipe(leads: list[str]) -> None:
	for doctype in linked_doctypes():
		meta = frappe.get_meta(doctype)
		if meta.istable:
			continue
		for name in frappe.get_all(doctype, filters={"pipeline_lead": ("in", leads)}, pluck="name"):
			for field in meta.get_table_fields():
				frappe.db.delete(field.options, {"parenttype": doctype, "parent": name})
			frappe.db.delete(doctype, {"name": name})
	for doctype in (STATUS_LOG, STATUS_FAILURE, CARD_PLACE):
		frappe.db.delete(doctype, {"lead": ("in", leads)})
	frappe.db.delete("Version", {"ref_doctype": LEAD, "docname": ("in", leads)})
	frappe.db.delete(LEAD, {"name": ("in", leads)})


def forget_errors() -> None:
	frappe.db.delete("Error Log", {"method": ("like", "%lead%")})
	frappe.db.delete("Error Log", {"method": ("like", "Status rule%")})


def errors() -> list[str]:
	"""What the app has written into the Error Log, with its title."""
	rows = frappe.get_all("Error Log", fields=["method", "error"], order_by="creation asc")
	return [
		f"{row.method}\n{row.error}" for row in rows if "lead" in row.method or "Status rule" in row.method
	]


def failure(lead) -> frappe._dict | None:
	"""What a manager sees of a lead that could not follow."""
	fields = ["attempts", "error", "document_type", "document_name", "error_log"]
	return frappe.db.get_value(STATUS_FAILURE, {"lead": lead.name}, fields, as_dict=True)


@contextmanager
def hooked(doctype: str, event: str, path: str) -> Iterator[None]:
	"""Another app's hook, as the framework knows it within this process."""
	hooks = frappe.get_doc_hooks()
	hooks.setdefault(doctype, {}).setdefault(event, []).append(path)
	try:
		yield
	finally:
		hooks[doctype][event].remove(path)


@contextmanager
def without_the_app(*doctypes: str) -> Iterator[None]:
	"""Remove the app's hooks from this process for the block.

	The framework's other hooks stay. Applies to all DocTypes when none is named.
	"""
	hooks = frappe.get_doc_hooks()
	before = {doctype: hooks[doctype] for doctype in doctypes or tuple(hooks)}
	for doctype, events in before.items():
		hooks[doctype] = {
			event: [path for path in paths if not path.startswith("lead_pipeline.")]
			for event, paths in events.items()
		}
	try:
		yield
	finally:
		hooks.update(before)


def mapped(source: Document, method: str, target: Document | None = None) -> Document:
	"""The document that ERPNext's own button makes, not saved yet."""
	areas = {"Opportunity": "crm", "Quotation": "selling", "Sales Order": "selling"}
	name = frappe.scrub(source.doctype)
	path = f"erpnext.{areas[source.doctype]}.doctype.{name}.{name}.{method}"
	override = frappe.get_hooks("override_whitelisted_methods").get(path)
	return frappe.get_attr(override[-1] if override else path)(source.name, target)


def ordered(*quotations: Document) -> Document:
	"""An order with the rows of all these quotations, as by Get Items From."""
	order = None
	for quotation in quotations:
		order = mapped(quotation, "make_sales_order", order)
	return with_dates(order)


def with_dates(order: Document) -> Document:
	order.delivery_date = frappe.utils.add_days(frappe.utils.nowdate(), 7)
	for row in order.items:
		row.delivery_date = order.delivery_date
	return order

"""What can be wrong with a lead while its documents are sold.

Also what happens to documents.
"""

from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass

import frappe
from frappe.model.document import Document

from lead_pipeline.constants import ALL_LEADS, LEAD, OWN_LEADS, RULE, SETTINGS, STATUS
from lead_pipeline.status import rules
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_quotation, make_user
from lead_pipeline.tests.sales import (
	buyer,
	hooked,
	notification_on_status,
	submitted_quotation,
)

HERE = "lead_pipeline.tests.troubles."


@contextmanager
def script():
	"""A console or a script: the lead follows within its transaction."""
	yield
	frappe.db.commit()


MODES = {"in a request": site.action, "in a script": script}


# What can be wrong. Each is a context manager around the sale and whatever follows it.


@contextmanager
def a_rule_with_a_missing_field(lead):
	with changed_rule('[["Quotation", "no_such_field", "=", "1"]]'):
		yield


@contextmanager
def a_rule_whose_filters_are_no_json(lead):
	with changed_rule("[[Quotation"):
		yield


@contextmanager
def changed_rule(filters: str):
	"""Give a rule `filters` that cannot be saved, for the block.

	A field that is removed later, or SQL, leaves such a rule behind.
	"""
	rule = frappe.get_doc(RULE, {"rule_name": "Quotation in progress"})
	original = rule.filters
	set_filters(rule, filters)
	try:
		yield
	finally:
		frappe.db.rollback()
		set_filters(rule, original)


def set_filters(rule, filters: str) -> None:
	frappe.db.set_value(RULE, rule.name, "filters", filters, update_modified=False)
	rules.clear()
	frappe.db.commit()


@contextmanager
def deleted_statuses(lead):
	names = ("Quotation", "Lost Quotation")
	rows = frappe.get_all(STATUS, filters={"name": ("in", names)}, fields=["*"])
	frappe.db.delete(STATUS, {"name": ("in", names)})
	forget_reference_data()
	try:
		yield
	finally:
		frappe.db.rollback()
		for row in rows:
			frappe.get_doc({"doctype": STATUS} | row).db_insert()
		forget_reference_data()


def forget_reference_data() -> None:
	from lead_pipeline.reference_data import lead_statuses

	lead_statuses.clear()
	frappe.db.commit()


@contextmanager
def another_apps_hook_that_raises(lead):
	with hooked(LEAD, "validate", HERE + "raise_something"):
		yield


def raise_something(document, method=None):
	raise ZeroDivisionError("another app has divided by zero")


@contextmanager
def another_app_that_sends_wrong_sql(lead):
	with hooked(LEAD, "on_update", HERE + "send_wrong_sql"):
		yield


def send_wrong_sql(document, method=None):
	frappe.db.sql("select no_such_column from `tabPipeline Lead`")


@contextmanager
def a_notification_that_cannot_be_rendered(lead):
	broken = notification_on_status(
		name="Broken Notification of the Tests",
		subject="Changed",
		message="Changed",
		condition="doc.status",
		recipients=[{"receiver_by_document_field": "owner"}],
	)
	with broken as notification:
		# It cannot be saved; what it refers to can go later.
		notification.db_set("condition", "no_such_name", commit=True)
		yield


@contextmanager
def a_lead_that_somebody_holds(lead):
	with site.somebody_else(lambda: frappe.db.get_value(LEAD, lead.name, "name", for_update=True)):
		yield


@contextmanager
def a_locked_file_of_the_lead(lead):
	frappe.get_doc(LEAD, lead.name).lock()
	try:
		yield
	finally:
		frappe.get_doc(LEAD, lead.name).unlock()


@contextmanager
def a_lead_that_is_gone(lead):
	"""Deleted by SQL, so that nothing could be done about its documents."""
	(row,) = frappe.get_all(LEAD, filters={"name": lead.name}, fields=["*"])
	frappe.db.delete(LEAD, {"name": lead.name})
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.get_doc({"doctype": LEAD} | row).db_insert()
		frappe.db.commit()


@contextmanager
def an_invalid_lead(lead):
	"""As an import by SQL could leave one behind: nobody could save it by the form."""
	names = ("lead_name", "company_name", "email", "expected_revenue", "priority", "lead_owner")
	values = (None, None, "nobody", -5, "No Such Priority", "nobody@example.com")
	good = frappe.db.get_value(LEAD, lead.name, names, as_dict=True)
	frappe.db.set_value(LEAD, lead.name, dict(zip(names, values, strict=True)))
	frappe.db.commit()
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.db.set_value(LEAD, lead.name, good)
		frappe.db.commit()


@contextmanager
def an_author_who_may_not_see_the_lead(lead):
	author = make_user("Sales User", email="author-without-lead@example.com")
	see(OWN_LEADS, lead, owner="Administrator")
	frappe.set_user(author)
	try:
		assert not frappe.has_permission(LEAD, doc=lead.name)
		yield
	finally:
		frappe.db.rollback()
		frappe.set_user("Administrator")
		see(ALL_LEADS, lead, owner=None)


def see(visibility: str, lead, owner: str | None) -> None:
	frappe.db.set_single_value(SETTINGS, "lead_visibility", visibility)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	frappe.db.set_value(LEAD, lead.name, "lead_owner", owner)
	frappe.db.commit()


# What is wrong → how many entries say so in the Error Log.
TROUBLES = {
	a_lead_that_is_gone: 0,
	an_invalid_lead: 1,
	an_author_who_may_not_see_the_lead: 0,
	a_rule_with_a_missing_field: 1,
	a_rule_whose_filters_are_no_json: 1,
	deleted_statuses: 0,
	another_apps_hook_that_raises: 1,
	another_app_that_sends_wrong_sql: 1,
	a_notification_that_cannot_be_rendered: 1,
	a_lead_that_somebody_holds: 1,
	a_locked_file_of_the_lead: 1,
}


@dataclass(frozen=True)
class Event:
	"""What happens to a document of a lead.

	`prepare` gives the document as it is before, `act` does it and gives the document that is to be stored afterwards;
	`status`: what the lead is to be at; `links`: the author names the lead anew.
	"""

	prepare: Callable[[Document], Document | None]
	act: Callable[[Document | None, Document], Document | None]
	status: str
	links: bool = False


def unnoticed_draft(lead: Document) -> Document:
	"""Return a draft that got its lead by SQL.

	So the next event is the first that shows it.
	"""
	quotation = make_quotation(None, buyer())
	frappe.db.set_value("Quotation", quotation.name, "pipeline_lead", lead.name, update_modified=False)
	quotation.reload()
	return quotation


def draft(lead: Document) -> Document:
	return make_quotation(lead, buyer())


def does(action: Callable[[Document], object]) -> Callable[[Document, Document], Document]:
	"""`act` of an event that is done to the document alone."""

	def act(quotation: Document, lead: Document) -> Document:
		action(quotation)
		return quotation

	return act


def delete(quotation: Document, lead: Document) -> None:
	quotation.delete()


def give_lead(quotation: Document, lead: Document) -> Document:
	quotation.pipeline_lead = lead.name
	quotation.save()
	return quotation


def take_lead_away(quotation: Document, lead: Document) -> Document:
	quotation.pipeline_lead = None
	quotation.save()
	return quotation


EVENTS = {
	"a draft is made": Event(lambda lead: None, lambda _none, lead: draft(lead), "Quotation", links=True),
	"a draft is saved": Event(unnoticed_draft, does(lambda quotation: quotation.save()), "Quotation"),
	"it is submitted": Event(unnoticed_draft, does(lambda quotation: quotation.submit()), "Quotation"),
	"a value is set directly": Event(
		submitted_quotation, does(lambda quotation: quotation.db_set("status", "Lost")), "Lost Quotation"
	),
	"it is changed after submit": Event(
		lambda lead: submitted_quotation(None), give_lead, "Quotation", links=True
	),
	"it is declared lost": Event(
		submitted_quotation, does(lambda quotation: quotation.declare_enquiry_lost([], [])), "Lost Quotation"
	),
	"it is cancelled": Event(submitted_quotation, does(lambda quotation: quotation.cancel()), "Lead"),
	"a draft is deleted": Event(draft, delete, "Lead"),
	"it gets another lead": Event(draft, take_lead_away, "Lead"),
}


def events_of(trouble) -> list[str]:
	"""Return the events that can happen under `trouble`.

	A user who may not see a lead cannot link a document to it in the first place.
	"""
	is_hidden = trouble is an_author_who_may_not_see_the_lead
	return [name for name, event in EVENTS.items() if not (is_hidden and event.links)]


def unsettle(lead) -> None:
	frappe.db.set_value(LEAD, lead.name, "status", "Lead")
	frappe.db.commit()

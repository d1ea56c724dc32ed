"""A sale never fails because of a lead; the lead catches up afterwards."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import pytest

from lead_pipeline.status import recompute
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_quotation


@pytest.fixture
def committed_lead():
	"""A lead that another connection can see; it is gone after the test."""
	lead = make_lead()
	frappe.db.commit()
	yield lead
	site.start_over()
	frappe.delete_doc("Pipeline Lead", lead.name)
	frappe.db.commit()


@contextmanager
def locked_by_somebody_else(lead: str) -> Iterator[None]:
	"""The lead's row, held by a second real connection."""
	held, release = threading.Event(), threading.Event()

	def hold() -> None:
		site.connect()
		frappe.db.get_value("Pipeline Lead", lead, "name", for_update=True)
		held.set()
		release.wait(30)
		frappe.db.rollback()
		frappe.destroy()

	somebody = threading.Thread(target=hold)
	somebody.start()
	assert held.wait(30)
	try:
		yield
	finally:
		release.set()
		somebody.join()


def status(lead) -> str:
	return frappe.db.get_value("Pipeline Lead", lead.name, "status")


def failures(lead) -> list[str]:
	return frappe.get_all("Error Log", filters={"reference_name": lead.name}, pluck="error")


def test_a_sale_does_not_wait_for_a_locked_lead_and_the_lead_follows_later(committed_lead):
	with locked_by_somebody_else(committed_lead.name):
		quotation = make_quotation(committed_lead)
		assert frappe.db.exists("Quotation", quotation.name)
		assert status(committed_lead) == "Lead"
		(entry,) = failures(committed_lead)
		assert quotation.name in entry
		assert "hourly repair" in entry

	recompute.retry(committed_lead.name)
	assert status(committed_lead) == "Quotation"


def test_a_rule_that_cannot_be_evaluated_does_not_stop_a_sale():
	lead = make_lead()
	rule = frappe.get_doc("Pipeline Status Rule", {"rule_name": "Quotation in progress"})
	# Such a rule cannot be saved; a field that is removed later leaves one behind.
	rule.db_set("filters", '[["Quotation", "no_such_field", "=", "1"]]')
	rule.on_update()

	quotation = make_quotation(lead)
	assert frappe.db.exists("Quotation", quotation.name)
	assert len(failures(lead)) >= 1

	rule.db_set("filters", "[]")
	rule.on_update()
	recompute.recompute(lead.name)
	assert status(lead) == "Quotation"


def test_a_rule_with_a_missing_field_is_refused_with_the_reason():
	rule = frappe.get_doc("Pipeline Status Rule", {"rule_name": "Quotation in progress"})
	rule.filters = '[["Quotation", "no_such_field", "=", "1"]]'
	with pytest.raises(frappe.ValidationError, match="no_such_field"):
		rule.save()


def test_a_rule_for_a_document_that_cannot_reach_a_lead_is_refused_with_the_way_out():
	rule = frappe.new_doc("Pipeline Status Rule")
	rule.update({"document_type": "ToDo", "status": "Open"})
	with pytest.raises(frappe.ValidationError, match="Customize Form"):
		rule.insert()


def test_a_dangling_lead_does_not_stop_a_change_of_its_document():
	lead = make_lead()
	quotation = make_quotation(lead)
	frappe.db.delete("Pipeline Lead", lead.name)
	quotation.db_set("status", "Open")
	assert frappe.db.get_value("Quotation", quotation.name, "status") == "Open"

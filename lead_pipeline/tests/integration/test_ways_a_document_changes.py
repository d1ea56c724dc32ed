"""Every change of a document reaches its lead (promise P6).

This holds for every way in which a document changes (product page, section 3).
"""

import json

import frappe
import pytest
from frappe.desk.doctype.bulk_update.bulk_update import submit_cancel_or_update_docs

from lead_pipeline.constants import LEAD
from lead_pipeline.status import recompute, reconcile
from lead_pipeline.tests import worker
from lead_pipeline.tests.factories import make_lead, make_opportunity, make_order, make_quotation
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import buyer, committed_leads, submitted_quotation


def test_a_draft_counts_when_it_is_saved():
	lead = make_lead()
	make_quotation(lead, buyer())
	assert status(lead) == "Quotation"


def test_a_submit_counts():
	lead = make_lead()
	quotation = make_quotation(None, buyer())
	frappe.db.set_value("Quotation", quotation.name, "pipeline_lead", lead.name)
	frappe.get_doc("Quotation", quotation.name).submit()
	assert status(lead) == "Quotation"


def test_a_value_that_is_set_directly_counts():
	lead = make_lead()
	submitted_quotation(lead).db_set("status", "Lost")
	assert status(lead) == "Lost Quotation"


def test_a_change_after_submit_counts():
	lead = make_lead()
	quotation = submitted_quotation(None)
	quotation.pipeline_lead = lead.name
	quotation.save()
	assert status(lead) == "Quotation"


def test_lost_and_reopened_quotations_count():
	lead = make_lead()
	quotation = submitted_quotation(lead)
	quotation.declare_enquiry_lost([], [])
	assert status(lead) == "Lost Quotation"
	quotation.db_set("status", "Open")
	assert status(lead) == "Quotation"


def test_lost_reopened_and_closed_opportunities_count():
	lead = make_lead()
	opportunity = make_opportunity(lead, buyer())
	opportunity.declare_enquiry_lost([], [])
	assert status(lead) == "Lost"
	opportunity.reload()
	opportunity.status = "Open"
	opportunity.save()
	assert status(lead) == "Opportunity"
	opportunity.db_set("status", "Closed")
	assert status(lead) == "Lead"


def test_expiry_by_sql_is_repaired_and_a_second_repair_does_nothing(clean_transaction):
	with committed_leads() as (lead,):
		quotation = submitted_quotation(lead)
		frappe.db.set_value("Quotation", quotation.name, "status", "Expired")
		frappe.db.commit()
		reconcile.reconcile()
		assert status(lead) == "Lead"
		assert log(lead)[-1].cause == "Repair"
		reconcile.reconcile()
		assert len(log(lead)) == 3


def test_cancel_amend_and_delete_count():
	lead = make_lead()
	quotation = submitted_quotation(lead)
	quotation.cancel()
	assert status(lead) == "Lead"
	amended = frappe.copy_doc(quotation)
	amended.amended_from = quotation.name
	amended.insert()
	assert status(lead) == "Quotation"
	amended.delete()
	assert status(lead) == "Lead"
	quotation.reload()
	quotation.delete()
	assert status(lead) == "Lead"


def test_bulk_actions_of_the_list_count(clean_transaction):
	with committed_leads(2) as leads:
		drafts = [make_quotation(lead, buyer()).name for lead in leads]
		frappe.db.commit()
		for action in ("submit", "cancel"):
			assert not submit_cancel_or_update_docs("Quotation", json.dumps(drafts), action)
		assert [status(lead) for lead in leads] == ["Lead", "Lead"]
		opportunities = [make_opportunity(lead, buyer()).name for lead in leads]
		frappe.db.commit()
		submit_cancel_or_update_docs("Opportunity", json.dumps(opportunities), "update", {"status": "Lost"})
		assert [status(lead) for lead in leads] == ["Lost", "Lost"]
		# Deleted for good below, whoever they belong to by then.
		assert all(len(log(lead)) == 5 for lead in leads)


def test_bulk_delete_counts(clean_transaction):
	from frappe.desk.reportview import delete_bulk

	with committed_leads(2) as leads:
		names = [make_opportunity(lead, buyer()).name for lead in leads]
		frappe.db.commit()
		delete_bulk("Opportunity", names)
		assert [status(lead) for lead in leads] == ["Lead", "Lead"]


def test_submitting_in_the_background_counts(clean_transaction, free_worker):
	"""`queue_action` locks the document with a file and submits it in a job."""
	with committed_leads() as (lead,):
		quotation = make_quotation(None, buyer())
		frappe.db.set_value("Quotation", quotation.name, "pipeline_lead", lead.name)
		frappe.db.commit()
		frappe.get_doc("Quotation", quotation.name).queue_action("submit")
		frappe.db.commit()
		worker.wait_until_idle()
		frappe.db.rollback()
		assert status(lead) == "Quotation"
		assert frappe.db.get_value("Quotation", quotation.name, "docstatus") == 1
		assert [row.to_status for row in log(lead)] == ["Lead", "Quotation"]


def test_an_import_of_documents_counts(clean_transaction):
	from frappe.core.doctype.data_import.data_import import (
		DataImport,  # noqa: F401 - the controller must load
	)

	with committed_leads() as (lead,):
		imported = frappe.get_doc(
			{
				"doctype": "Data Import",
				"reference_doctype": "Opportunity",
				"import_type": "Insert New Records",
			}
		).insert()
		rows = f"Opportunity From,Party,Pipeline Lead\nCustomer,{buyer()},{lead.name}\n"
		file = frappe.get_doc(
			{"doctype": "File", "file_name": "opportunities.csv", "content": rows, "is_private": 1}
		).insert()
		imported.import_file = file.file_url
		imported.save()
		frappe.db.commit()
		frappe.get_attr("frappe.core.doctype.data_import.data_import.start_import")(imported.name)
		frappe.db.rollback()
		assert status(lead) == "Opportunity"
		assert [row.to_status for row in log(lead)] == ["Lead", "Opportunity"]
		frappe.delete_doc("Data Import", imported.name, force=True)
		frappe.delete_doc("File", file.name, force=True)
		frappe.db.commit()


@pytest.mark.parametrize("directly", (False, True), ids=("saved", "set directly"))
def test_linking_relinking_and_unlinking_count(directly):
	first, second = make_lead(), make_lead()
	order = make_order(None, buyer())
	order.submit()
	for lead, wanted in (
		(first, ("Converted", "Lead")),
		(second, ("Lead", "Converted")),
		(None, ("Lead", "Lead")),
	):
		name = lead and lead.name
		if directly:
			order.db_set("pipeline_lead", name)
		else:
			order.pipeline_lead = name
			order.save()
		assert (status(first), status(second)) == wanted


def test_every_event_seen_twice_changes_nothing_the_second_time():
	lead = make_lead()
	quotation = submitted_quotation(lead)
	before = frappe.db.get_value(LEAD, lead.name, ["status", "modified"]), len(log(lead))
	quotation.run_method("on_change")
	recompute.recompute(lead.name)
	recompute.recompute_locked(lead.name)
	assert (frappe.db.get_value(LEAD, lead.name, ["status", "modified"]), len(log(lead))) == before

"""A lead's status follows its documents (product page, section 3).

It does so in both directions.
"""

import frappe
import pytest

from lead_pipeline.tests.factories import (
	make_customer,
	make_lead,
	make_lead_type,
	make_opportunity,
	make_order,
	make_quotation,
)
from lead_pipeline.tests.leads import status


def log(lead) -> list:
	return frappe.get_all(
		"Pipeline Status Log",
		filters={"lead": lead.name},
		fields=["from_status", "to_status", "cause", "rule", "reference_doctype", "reference_name", "reason"],
		order_by="changed_on asc, creation asc",
	)


def last(lead) -> frappe._dict:
	return log(lead)[-1]


def test_a_new_lead_has_the_first_status_and_one_log_row():
	lead = make_lead()
	assert lead.status == "Lead"
	assert lead.status_category == "New"
	assert [(row.from_status, row.to_status, row.cause) for row in log(lead)] == [(None, "Lead", "Created")]


def test_names_come_from_the_sequence_with_the_prefix_of_the_settings():
	frappe.db.set_single_value("Lead Pipeline Settings", "lead_prefix", "ANFRAGE")
	first, second = make_lead(), make_lead()
	assert first.name.startswith(f"ANFRAGE-{frappe.utils.getdate().year}-")
	assert int(second.name.rsplit("-", 1)[1]) == int(first.name.rsplit("-", 1)[1]) + 1


def test_an_opportunity_moves_the_lead_and_its_deletion_moves_it_back():
	lead = make_lead()
	opportunity = make_opportunity(lead)
	assert status(lead) == "Opportunity"
	row = last(lead)
	assert (row.cause, row.reference_doctype, row.reference_name) == (
		"Document",
		"Opportunity",
		opportunity.name,
	)
	assert frappe.db.get_value("Pipeline Status Rule", row.rule, "rule_name") == "Opportunity in progress"

	opportunity.delete()
	assert status(lead) == "Lead"
	assert opportunity.name in last(lead).reason
	assert len(log(lead)) == 3


def test_a_lost_opportunity_loses_the_lead_and_reopening_it_wins_it_back():
	lead = make_lead()
	opportunity = make_opportunity(lead)
	opportunity.status = "Lost"
	opportunity.save()
	assert status(lead) == "Lost"
	opportunity.reload()
	opportunity.db_set("status", "Open")
	assert status(lead) == "Opportunity"


def test_a_draft_quotation_counts_and_cancelling_it_undoes_its_effect():
	lead = make_lead()
	quotation = make_quotation(lead)
	assert status(lead) == "Quotation"
	quotation.submit()
	assert status(lead) == "Quotation"
	quotation.cancel()
	assert status(lead) == "Lead"
	assert [row.to_status for row in log(lead)] == ["Lead", "Quotation", "Lead"]


def test_a_quotation_declared_lost_gives_lost_quotation():
	lead = make_lead()
	quotation = make_quotation(lead)
	quotation.submit()
	quotation.declare_enquiry_lost([], [], "too expensive")
	assert status(lead) == "Lost Quotation"


def test_a_lost_quotation_beside_an_open_one_does_not_lose_the_lead():
	lead = make_lead()
	lost = make_quotation(lead)
	lost.submit()
	make_quotation(lead)
	lost.declare_enquiry_lost([], [], "too expensive")
	assert status(lead) == "Quotation"


def test_an_order_converts_the_lead_and_its_cancellation_gives_the_quotation_back():
	lead = make_lead()
	quotation = make_quotation(lead)
	quotation.submit()
	order = make_order(lead)
	assert status(lead) == "Converted"
	order.submit()
	order.cancel()
	assert status(lead) == "Quotation"
	row = last(lead)
	assert (row.reference_doctype, row.reference_name) == ("Quotation", quotation.name)
	assert order.name in row.reason


def test_a_customer_made_from_the_lead_converts_it():
	lead = make_lead()
	customer = make_customer(pipeline_lead=lead.name)
	assert status(lead) == "Converted"
	customer.delete()
	assert status(lead) == "Lead"


def test_an_amended_quotation_speaks_for_the_lead_again():
	lead = make_lead()
	quotation = make_quotation(lead)
	quotation.submit()
	quotation.cancel()
	amended = frappe.copy_doc(quotation)
	amended.amended_from = quotation.name
	amended.insert()
	assert amended.pipeline_lead == lead.name
	assert status(lead) == "Quotation"


@pytest.mark.parametrize("by", ["save", "db_set"])
def test_relinking_a_document_moves_both_leads(by):
	old, new = make_lead(), make_lead()
	opportunity = make_opportunity(old)
	if by == "save":
		opportunity.pipeline_lead = new.name
		opportunity.save()
	else:
		opportunity.db_set("pipeline_lead", new.name)
	assert (status(old), status(new)) == ("Lead", "Opportunity")

	opportunity.db_set("pipeline_lead", None)
	assert status(new) == "Lead"


def test_relinking_twice_with_one_object_leaves_no_lead_behind():
	first, second, third = make_lead(), make_lead(), make_lead()
	opportunity = make_opportunity(first)
	opportunity.pipeline_lead = second.name
	opportunity.save()
	opportunity.db_set("pipeline_lead", third.name)
	assert [status(lead) for lead in (first, second, third)] == ["Lead", "Lead", "Opportunity"]


def test_the_link_is_filled_from_the_party_when_exactly_one_open_lead_has_it():
	customer = make_customer()
	lead = make_lead(party_type="Customer", party=customer.name)
	assert make_opportunity(customer=customer.name).pipeline_lead == lead.name
	make_lead(party_type="Customer", party=customer.name)
	assert not make_quotation(customer=customer.name).pipeline_lead


def test_a_persons_choice_stands_until_the_documents_say_something_new():
	lead = make_lead()
	quotation = make_quotation(lead)
	lead.reload()
	lead.status = "Interested"
	lead.save()
	assert last(lead).cause == "Person"

	quotation.submit()
	assert status(lead) == "Interested"
	make_quotation(lead)
	assert status(lead) == "Quotation"


def test_without_documents_the_lead_returns_to_what_a_person_last_chose():
	lead = make_lead()
	lead.status = "Interested"
	lead.save()
	opportunity = make_opportunity(lead)
	assert status(lead) == "Opportunity"
	opportunity.delete()
	assert status(lead) == "Interested"


def test_a_protected_status_is_never_left_automatically_but_by_a_person():
	lead = make_lead(status="Do Not Contact")
	make_quotation(lead)
	assert status(lead) == "Do Not Contact"
	explanation = frappe.call("lead_pipeline.status.explain.explain", lead=lead.name)
	assert (explanation["held_by"], explanation["wanted"]) == ("protection", "Quotation")

	lead.reload()
	lead.status = "Open"
	lead.save()
	assert status(lead) == "Open"


def test_a_held_lead_keeps_its_status_and_catches_up_when_the_hold_is_taken_off():
	lead = make_lead(hold_status=1)
	make_quotation(lead)
	assert status(lead) == "Lead"
	lead.reload()
	lead.hold_status = 0
	lead.save()
	assert status(lead) == "Quotation"
	assert last(lead).cause == "Document"


def test_a_status_that_the_type_forbids_is_skipped_for_the_next_rule_and_the_log_says_so():
	lead_type = make_lead_type("Lead", "Open", "Opportunity")
	lead = make_lead(lead_type=lead_type.name)
	opportunity = make_opportunity(lead)
	opportunity.db_set("status", "Lost")
	quotation = make_quotation(lead)
	opportunity.db_set("status", "Open")
	assert status(lead) == "Opportunity"
	assert quotation.name in last(lead).reason


def test_a_changed_type_keeps_an_allowed_status_and_else_takes_the_first_allowed():
	keeps, forbids = make_lead_type("Open", "Interested"), make_lead_type("Open", "Replied")
	lead = make_lead(status="Interested")
	lead.lead_type = keeps.name
	lead.save()
	assert lead.status == "Interested"
	lead.lead_type = forbids.name
	lead.save()
	assert lead.status == "Open"
	assert last(lead).cause == "Type Change"


def test_a_forbidden_status_is_refused_with_the_type_and_the_allowed_statuses_named():
	lead_type = make_lead_type("Open", "Replied")
	lead = make_lead(lead_type=lead_type.name)
	lead.status = "Interested"
	with pytest.raises(frappe.ValidationError) as error:
		lead.save()
	for name in (lead_type.name, "Interested", "Open", "Replied"):
		assert name in str(error.value)


def test_expiry_by_raw_sql_is_found_by_the_reconcile():
	from lead_pipeline.status.reconcile import disagreements

	lead = make_lead()
	quotation = make_quotation(lead)
	quotation.submit()
	frappe.db.set_value("Quotation", quotation.name, "status", "Expired")
	assert status(lead) == "Quotation"
	found = {row.lead: row for row in disagreements()}
	assert (found[lead.name].status, found[lead.name].wanted) == ("Quotation", "Lead")


def test_an_automatic_change_runs_notifications_assignment_and_version_like_a_persons():
	lead = make_lead()
	quotation = make_quotation(lead)
	versions = frappe.get_all(
		"Version", filters={"ref_doctype": "Pipeline Lead", "docname": lead.name}, pluck="data"
	)
	assert len(versions) == 1
	assert quotation.name in versions[0]

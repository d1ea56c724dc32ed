"""Known defects of a lead's status in ERPNext do not occur in this app.

They are D1 to D17 of the comparison.
"""

import frappe

from lead_pipeline.activities import follow_up
from lead_pipeline.capture import carts
from lead_pipeline.constants import LEAD
from lead_pipeline.documents import create
from lead_pipeline.status import reconcile
from lead_pipeline.status.explain import explain
from lead_pipeline.tests.factories import (
	make_cart,
	make_customer,
	make_item,
	make_lead,
	make_opportunity,
	make_order,
	make_quotation,
	needs,
)
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import buyer, committed_leads, ordered, submitted_quotation


def test_a_status_goes_when_its_only_document_goes():
	"""D1: A status is taken back when its only document is cancelled, lost or deleted.

	In ERPNext the status stays after the only quotation is cancelled, or the only opportunity is deleted or lost.
	"""
	lead = make_lead()
	submitted_quotation(lead).cancel()
	assert status(lead) == "Lead"
	opportunity = make_opportunity(lead, buyer())
	opportunity.delete()
	assert status(lead) == "Lead"
	make_opportunity(lead, buyer()).db_set("status", "Lost")
	assert status(lead) == "Lost"


def test_a_lost_opportunity_reaches_the_lead():
	"""D2."""
	lead = make_lead()
	make_opportunity(lead, buyer()).declare_enquiry_lost([], [])
	assert status(lead) == "Lost"


def test_a_persons_choice_does_not_flip_back_on_the_next_save():
	"""D3: Do Not Contact and Interested."""
	lead = make_lead()
	quotation = submitted_quotation(lead)
	for chosen in ("Interested", "Do Not Contact"):
		lead.reload()
		lead.status = chosen
		lead.save()
		lead.job_title = f"After {chosen}"
		lead.save()
		quotation.save()
		assert status(lead) == chosen


def test_a_draft_quotation_counts():
	"""D4."""
	lead = make_lead()
	make_quotation(lead, buyer())
	assert status(lead) == "Quotation"


def test_an_expired_quotation_does_not_keep_the_lead_for_ever():
	"""D5: the framework's own job expires by SQL; the hourly repair finds it."""
	lead = make_lead()
	quotation = submitted_quotation(lead)
	frappe.db.set_value(
		"Quotation", quotation.name, {"transaction_date": "2020-01-01", "valid_till": "2020-02-01"}
	)
	frappe.get_attr(f"{type(quotation).__module__}.set_expired_status")()
	assert frappe.db.get_value("Quotation", quotation.name, "status") == "Expired"
	assert lead.name in {row.lead for row in reconcile.disagreements()}
	quotation.reload()
	quotation.run_method("on_change")
	assert status(lead) == "Lead"


def test_an_order_that_is_never_saved_does_not_convert_and_a_cancelled_one_converts_back():
	"""D6: mapping alone converts, and nothing undoes it."""
	lead = make_lead()
	quotation = submitted_quotation(lead)
	order = ordered(quotation)
	assert status(lead) == "Quotation"
	order.insert()
	order.submit()
	assert status(lead) == "Converted"
	order.cancel()
	assert status(lead) == "Quotation"


def test_assignment_rules_run_on_automatic_changes():
	"""D7. Taking back and the whole way through requests: test_one_change_per_action."""
	from lead_pipeline.tests.assignment import DAYS
	from lead_pipeline.tests.factories import make_user

	user = make_user("Sales User")
	frappe.get_doc(
		{
			"doctype": "Assignment Rule",
			"name": "Defect D7",
			"document_type": LEAD,
			"description": "Follow up",
			"assign_condition": 'status == "Quotation"',
			"rule": "Round Robin",
			"users": [{"user": user}],
			"assignment_days": [{"day": day} for day in DAYS],
		}
	).insert()
	lead = make_lead()
	make_quotation(lead, buyer())
	assert frappe.get_all("ToDo", {"reference_name": lead.name}, pluck="allocated_to") == [user]


def test_every_automatic_change_is_a_save_with_all_its_events():
	"""D8: values set past all events leave no comment, notification or webhook."""
	from lead_pipeline.tests.sales import hooked

	seen.clear()
	lead = make_lead()
	here = "lead_pipeline.tests.integration.test_defects_of_others.see"
	with hooked(LEAD, "validate", here), hooked(LEAD, "on_update", here), hooked(LEAD, "on_change", here):
		make_customer(pipeline_lead=lead.name).delete()
	assert seen == ["validate", "on_update", "on_change"] * 2


seen: list[str] = []


def see(document, method=None) -> None:
	seen.append(method)


def test_a_customer_that_was_there_converts_the_lead_when_it_is_linked():
	"""D9."""
	lead, customer = make_lead(), make_customer()
	customer.pipeline_lead = lead.name
	customer.save()
	assert status(lead) == "Converted"


def test_nothing_stored_elsewhere_goes_stale_when_documents_move_a_lead():
	"""D10: The lead's own copies are updated with every automatic change.

	The copies are the category and the moment of the change.
	"""
	lead = make_lead()
	for make, category in ((make_opportunity, "Qualified"), (make_order, "Won")):
		make(lead, buyer())
		row = frappe.db.get_value(
			LEAD, lead.name, ["status_category", "status_changed_on", "modified"], as_dict=True
		)
		assert row.status_category == category
		assert abs((row.status_changed_on - row.modified).total_seconds()) < 5


def test_a_due_day_does_not_reopen_converted_or_protected_leads(clean_transaction):
	"""D11."""
	with committed_leads(3) as (converted, protected, waiting):
		make_order(converted, buyer())
		protected.status = "Do Not Contact"
		protected.save()
		for lead in (converted, protected, waiting):
			frappe.db.set_value(LEAD, lead.name, "next_contact_date", frappe.utils.add_days(None, -1))
		frappe.db.commit()
		follow_up.remind()
		assert [status(lead) for lead in (converted, protected, waiting)] == [
			"Converted",
			"Do Not Contact",
			"Open",
		]


def test_lead_and_documents_agree_after_an_order():
	"""D12: The lead and its documents agree after an order.

	In ERPNext an opportunity behind an ordered quotation has another status than the lead.
	"""
	lead = make_lead()
	opportunity = make_opportunity(lead, buyer())
	quotation = make_quotation(lead, buyer(), opportunity=opportunity.name)
	quotation.submit()
	order = ordered(quotation).insert()
	order.submit()
	told = explain(lead.name)
	assert (told["status"], told["wanted"], told["fact"]["document_name"]) == (
		"Converted",
		"Converted",
		order.name,
	)
	order.cancel()
	assert explain(lead.name)["fact"]["document_name"] == quotation.name


def test_what_hides_a_lost_quotation_is_said_and_can_be_ordered_otherwise():
	"""D13: The rules show what hides a lost quotation, and their order can be changed.

	In ERPNext an open opportunity hides a lost quotation.
	"""
	lead = make_lead()
	make_opportunity(lead, buyer())
	quotation = submitted_quotation(lead)
	quotation.declare_enquiry_lost([], [])
	told = explain(lead.name)
	assert told["status"] == "Opportunity"
	assert quotation.name in {fact["document_name"] for fact in told["others"]}
	rule = frappe.get_doc("Pipeline Status Rule", {"rule_name": "Quotation lost"})
	rule.position = 35
	rule.save()
	quotation.run_method("on_change")
	assert status(lead) == "Lost Quotation"


def test_there_is_a_history():
	"""D14."""
	lead = make_lead()
	submitted_quotation(lead).cancel()
	assert [row.to_status for row in log(lead)] == ["Lead", "Quotation", "Lead"]
	assert frappe.get_meta(LEAD).track_changes


def test_what_is_chosen_by_its_age_is_older_not_younger():
	"""D15: Records chosen by a minimum age are older, not younger.

	A report of ERPNext on leads of a minimum age shows the younger ones. What the app chooses by age:
	abandoned carts.
	"""
	left, fresh = make_cart(hours=30), make_cart(hours=2)
	found = carts.abandoned(frappe.utils.add_to_date(None, hours=-24, as_datetime=True))
	assert left.name in found and fresh.name not in found


def test_making_documents_of_a_lead_disables_nobody():
	"""D17: Making documents of a lead disables neither lead nor customer.

	In ERPNext an opportunity disabled the lead, and the customer that was made of it was disabled.
	"""
	lead = make_lead(
		email=f"{frappe.generate_hash(length=8)}@example.com", first_name="Ada", last_name="Enabled"
	)
	for document_type, party_type in (("Opportunity", "Lead"), ("Sales Order", "Customer")):
		needs(party_type)
		prepared = create.prepare(lead.name, document_type)
		assert prepared["party_type"] == party_type
		create.new_document(lead.name, document_type, prepared["contact"])
		assert not frappe.get_doc(party_type, prepared["party"]).get("disabled")
	assert not frappe.get_meta(LEAD).has_field("disabled")


def test_a_quotation_made_for_the_lead_is_seen_from_its_order_and_customer_on():
	"""D16: A quotation made for the lead is seen from its order and customer.

	In ERPNext what was offered to the lead is not found at the customer later. Here all of them name the lead.
	"""
	lead = make_lead()
	opportunity = make_opportunity(lead, buyer())
	opportunity.append("items", {"item_code": make_item(), "qty": 1, "rate": 1})
	opportunity.save()
	quotation = submitted_quotation(lead)
	order = ordered(quotation).insert()
	assert {opportunity.pipeline_lead, quotation.pipeline_lead, order.pipeline_lead} == {lead.name}

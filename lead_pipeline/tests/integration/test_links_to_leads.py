"""Which leads a document belongs to.

From its sources, its party, several leads, renamed and merged ones.
"""

import json

import frappe
import pytest
from frappe.model.document import Document
from frappe.utils import add_to_date, now_datetime

from lead_pipeline.constants import LEAD, STATUS_LOG
from lead_pipeline.status import explain, recompute
from lead_pipeline.status import log as history
from lead_pipeline.tests.factories import (
	make_customer,
	make_item,
	make_lead,
	make_opportunity,
	make_order,
	make_quotation,
)
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import buyer, mapped, ordered, submitted_quotation, with_dates


def test_the_way_from_opportunity_to_order_keeps_the_lead():
	lead = make_lead()
	opportunity = make_opportunity(lead, buyer())
	opportunity.append("items", {"item_code": make_item(), "qty": 1, "rate": 5})
	opportunity.save()
	quotation = mapped(opportunity, "make_quotation")
	assert quotation.pipeline_lead == lead.name
	quotation.insert().submit()
	order = ordered(quotation)
	assert order.pipeline_lead == lead.name
	order.insert()
	assert status(lead) == "Converted"
	order.submit()
	invoice = mapped(order, "make_sales_invoice")
	assert invoice.pipeline_lead == lead.name


def test_an_amended_document_and_a_duplicate_belong_to_the_same_lead():
	"""A duplicate of a quotation is a variant for the same customer."""
	lead = make_lead()
	quotation = submitted_quotation(lead)
	duplicate = frappe.copy_doc(quotation, ignore_no_copy=False)
	assert duplicate.insert().pipeline_lead == lead.name
	quotation.cancel()
	amended = frappe.copy_doc(quotation)
	amended.amended_from, amended.pipeline_lead = quotation.name, None
	assert amended.insert().pipeline_lead == lead.name


def test_an_empty_link_is_filled_from_the_source_even_when_the_party_has_several_leads():
	customer = buyer()
	lead = make_lead(party_type="Customer", party=customer)
	make_lead(party_type="Customer", party=customer)
	opportunity = make_opportunity(lead, customer)
	quotation = make_quotation(None, customer, opportunity=opportunity.name)
	assert quotation.pipeline_lead == lead.name


def test_the_party_counts_only_when_exactly_one_open_lead_has_it():
	customer = make_customer().name
	lead = make_lead(party_type="Customer", party=customer)
	lost = make_lead(party_type="Customer", party=customer, status="Do Not Contact")
	assert make_quotation(None, customer).pipeline_lead == lead.name
	make_lead(party_type="Customer", party=customer)
	assert not make_quotation(None, customer).pipeline_lead
	assert status(lost) == "Do Not Contact"


@pytest.mark.usefixtures("sales_documents")
def test_a_customer_that_erpnext_makes_of_its_own_lead_belongs_to_the_lead_behind_it():
	prospect = frappe.get_doc({"doctype": "Lead", "lead_name": "Ada", "company_name": "Ada Ltd"}).insert()
	lead = make_lead(party_type="Lead", party=prospect.name)
	customer = make_customer(lead_name=prospect.name)
	assert customer.pipeline_lead == lead.name
	assert status(lead) == "Converted"


def test_a_link_that_a_user_takes_away_stays_away():
	customer = make_customer().name
	lead = make_lead(party_type="Customer", party=customer)
	quotation = make_quotation(None, customer)
	quotation.pipeline_lead = None
	quotation.save()
	quotation.submit()
	assert not quotation.pipeline_lead
	assert status(lead) == "Lead"


def test_all_leads_behind_one_order_follow_it_and_all_go_back():
	first, second = make_lead(), make_lead()
	order = ordered(submitted_quotation(first), submitted_quotation(second)).insert()
	assert (status(first), status(second)) == ("Converted", "Converted")
	for lead in (first, second):
		assert log(lead)[-1].reference_name == order.name
	order.submit()
	order.cancel()
	assert (status(first), status(second)) == ("Quotation", "Quotation")


def test_an_order_without_a_lead_of_its_own_gives_each_of_its_sources_leads():
	"""Made over the API: no button has carried the lead."""
	first, second = make_lead(), make_lead()
	order = ordered(submitted_quotation(first), submitted_quotation(second))
	order.pipeline_lead = None
	for row in order.items:
		row.pipeline_lead = None
	order.insert()
	assert not order.pipeline_lead
	assert sorted(row.pipeline_lead for row in order.items) == sorted([first.name, second.name])
	assert (status(first), status(second)) == ("Converted", "Converted")


def test_rows_that_are_added_to_a_draft_bring_their_lead_and_removed_ones_take_it_along():
	first, second = make_lead(), make_lead()
	order = ordered(submitted_quotation(first)).insert()
	order = frappe.get_doc("Sales Order", order.name)
	order = with_dates(mapped(submitted_quotation(second), "make_sales_order", order))
	order.save()
	assert (status(first), status(second)) == ("Converted", "Converted")
	order.items = [row for row in order.items if row.pipeline_lead != first.name]
	order.pipeline_lead = second.name
	order.save()
	assert (status(first), status(second)) == ("Quotation", "Converted")


@pytest.mark.parametrize("removed", [0, 1])
def test_either_lead_of_two_is_free_when_its_rows_leave_a_draft(removed):
	leads = [make_lead(), make_lead()]
	order = ordered(*map(submitted_quotation, leads)).insert()
	order = frappe.get_doc("Sales Order", order.name)
	order.items = [row for row in order.items if row.idx != removed + 1]
	order.save()
	assert status(leads[removed]) == "Quotation"
	assert status(leads[1 - removed]) == "Converted"
	assert order.pipeline_lead == leads[1 - removed].name
	order.submit()
	order.cancel()
	assert [status(lead) for lead in leads] == ["Quotation", "Quotation"]


@pytest.mark.parametrize("removed", [0, 1])
def test_either_lead_of_two_is_free_when_its_rows_are_updated_away(removed):
	leads = [make_lead(), make_lead()]
	order = ordered(*map(submitted_quotation, leads)).insert()
	order.submit()
	update_items(order, order.items[1 - removed])
	assert status(leads[removed]) == "Quotation"
	assert status(leads[1 - removed]) == "Converted"
	order.reload()
	order.cancel()
	assert [status(lead) for lead in leads] == ["Quotation", "Quotation"]


def update_items(order: Document, *rows: Document) -> None:
	"""ERPNext's button *Update Items* on a submitted order: these rows stay."""
	if "erpnext" in frappe.get_installed_apps():
		kept = [{"docname": row.name, "item_code": row.item_code, "qty": 1, "rate": row.rate} for row in rows]
		for row in kept:
			row |= {"delivery_date": str(order.delivery_date), "conversion_factor": 1}
		frappe.get_attr("erpnext.controllers.accounts_controller.update_child_qty_rate")(
			"Sales Order", json.dumps(kept), order.name
		)
		return
	names = {row.name for row in rows}
	for row in [row for row in order.items if row.name not in names]:
		row.cancel()
		row.delete()
	order.reload()
	order.flags.ignore_validate_update_after_submit = True
	order.save()


def test_a_third_lead_that_a_person_chose_for_an_order_of_two_stays():
	first, second, chosen = make_lead(), make_lead(), make_lead()
	order = ordered(submitted_quotation(first), submitted_quotation(second))
	order.pipeline_lead = chosen.name
	order.insert()
	assert [status(lead) for lead in (first, second, chosen)] == ["Converted"] * 3
	order = frappe.get_doc("Sales Order", order.name)
	order.items = order.items[:1]
	order.save()
	assert [status(lead) for lead in (first, second, chosen)] == ["Converted", "Quotation", "Converted"]


def test_an_order_whose_only_source_is_replaced_by_other_rows_still_belongs_to_its_lead():
	lead = make_lead()
	order = ordered(submitted_quotation(lead)).insert()
	order = frappe.get_doc("Sales Order", order.name)
	order.items = []
	order.append(
		"items", {"item_code": make_item(), "qty": 1, "rate": 7, "delivery_date": order.delivery_date}
	)
	order.save()
	assert (order.pipeline_lead, status(lead)) == (lead.name, "Converted")


def test_with_one_source_the_users_choice_of_another_lead_is_respected():
	first, other = make_lead(), make_lead()
	order = ordered(submitted_quotation(first))
	order.pipeline_lead = other.name
	order.insert()
	assert (status(first), status(other)) == ("Quotation", "Converted")


def test_an_invoice_of_several_leads_carries_them_on():
	first, second = make_lead(), make_lead()
	order = ordered(submitted_quotation(first), submitted_quotation(second)).insert()
	order.submit()
	invoice = mapped(order, "make_sales_invoice")
	leads = {invoice.pipeline_lead, *(row.pipeline_lead for row in invoice.items)} - {None, ""}
	assert leads == {first.name, second.name}


def test_a_lead_behind_a_row_is_not_deleted_by_people():
	first, second = make_lead(), make_lead()
	order = ordered(submitted_quotation(first), submitted_quotation(second)).insert()
	for quotation in frappe.get_all("Quotation", filters={"pipeline_lead": first.name}, pluck="name"):
		frappe.db.set_value("Quotation", quotation, "pipeline_lead", None)
	frappe.db.set_value("Sales Order", order.name, "pipeline_lead", second.name)
	frappe.db.set_value("Sales Order Item", order.items[0].name, "pipeline_lead", first.name)
	with pytest.raises(frappe.LinkExistsError, match=order.name):
		frappe.delete_doc(LEAD, first.name)


def choose(lead, status_name: str) -> None:
	lead.reload()
	lead.status = status_name
	lead.save()


def test_a_renamed_document_is_no_news_for_a_persons_choice():
	lead = make_lead()
	customer = make_customer(pipeline_lead=lead.name)
	choose(lead, "Interested")
	renamed = frappe.rename_doc("Customer", customer.name, f"{customer.name} Renamed")
	assert status(lead) == "Interested"
	assert json.loads(frappe.db.get_value(LEAD, lead.name, "manual_basis"))[2] == renamed
	assert recompute.recompute(lead.name).status == "Interested"
	(row,) = frappe.get_all(STATUS_LOG, {"lead": lead.name, "to_status": "Converted"}, ["reference_name"])
	assert row.reference_name == renamed


def test_a_renamed_lead_keeps_documents_log_and_status():
	lead = make_lead()
	quotation = make_quotation(lead, buyer())
	renamed = frappe.rename_doc(LEAD, lead.name, f"{lead.name}-R")
	quotation.reload()
	assert quotation.pipeline_lead == renamed
	assert [row.to_status for row in log(renamed)] == ["Lead", "Quotation"]
	quotation.delete()
	assert status(renamed) == "Lead"


def test_a_merged_lead_brings_its_documents_to_the_other_which_follows_them():
	lead, other = make_lead(), make_lead()
	quotation = make_quotation(lead, buyer())
	frappe.rename_doc(LEAD, lead.name, other.name, merge=True)
	assert status(other) == "Quotation"
	quotation.reload()
	assert quotation.pipeline_lead == other.name
	quotation.delete()
	assert status(other) == "Lead"


def aged(**values):
	"""A lead that was made some hours ago, so that there are durations to add up."""
	lead = make_lead(**values)
	then = add_to_date(now_datetime(), hours=-5)
	frappe.db.set_value(LEAD, lead.name, {"creation": then, "status_changed_on": then}, update_modified=False)
	frappe.db.set_value(STATUS_LOG, {"lead": lead.name}, "changed_on", then, update_modified=False)
	return frappe.get_doc(LEAD, lead.name)


def assert_exact(lead: str) -> list[frappe._dict]:
	"""Check that the lead's own rows tell its history without a gap (P7).

	Return the other rows, those of merged leads, oldest first.
	"""
	rows = history.status_history_of(lead)[::-1]
	own = [row for row in rows if not row.merged_from]
	doc = frappe.get_doc(LEAD, lead)
	assert [row.from_status for row in own] == [None, *(row.to_status for row in own[:-1])]
	assert own[-1].to_status == doc.status
	whole = [moment.replace(microsecond=0) for moment in (doc.creation, doc.status_changed_on)]
	assert sum(row.seconds_in_previous for row in own) == (whole[1] - whole[0]).total_seconds()
	return [row for row in rows if row.merged_from]


def test_the_log_of_a_merged_lead_keeps_saying_whose_it_was():
	first, second, survivor = aged(), aged(), aged()
	choose(first, "Open")
	choose(survivor, "Replied")
	choose(second, "Interested")
	quotation = make_quotation(first, buyer())
	frappe.rename_doc(LEAD, first.name, second.name, merge=True)
	frappe.rename_doc(LEAD, second.name, survivor.name, merge=True)
	told = [(row.merged_from, row.to_status) for row in assert_exact(survivor.name)]
	assert [status for lead, status in told if lead == first.name] == ["Lead", "Open", "Quotation"]
	assert [status for lead, status in told if lead == second.name] == ["Lead", "Interested", "Quotation"]
	assert status(survivor) == "Quotation"
	quotation.delete()
	assert status(survivor) == "Replied"
	assert_exact(survivor.name)
	assert (
		explain.explain(survivor.name)["change"]["reason"]
		== f"Quotation {quotation.name} does not count any more"
	)


def test_a_merge_that_came_to_nothing_changes_no_history():
	"""The desk queues a merge, and asks before that whether it would be possible."""
	lead, other = aged(), aged()
	lead.run_method("before_rename", lead.name, other.name, True)
	choose(lead, "Open")
	assert assert_exact(lead.name) == []
	renamed = frappe.rename_doc(LEAD, lead.name, f"{lead.name}-R")
	choose(frappe.get_doc(LEAD, renamed), "Interested")
	assert assert_exact(renamed) == []
	assert history.last(renamed).to_status == "Interested"


def test_a_merged_customer_keeps_the_lead_that_it_was_made_from():
	lead = make_lead()
	customer, other = make_customer(pipeline_lead=lead.name), make_customer()
	choose(lead, "Interested")
	frappe.rename_doc("Customer", customer.name, other.name, merge=True)
	assert frappe.db.get_value("Customer", other.name, "pipeline_lead") == lead.name
	assert status(lead) == "Interested"
	choose(lead, "Open")
	frappe.delete_doc("Customer", other.name)
	assert status(lead) == "Open"


def test_two_customers_of_two_leads_merged_keep_the_survivors_lead():
	first, second = make_lead(), make_lead()
	customer, survivor = make_customer(pipeline_lead=first.name), make_customer(pipeline_lead=second.name)
	frappe.rename_doc("Customer", customer.name, survivor.name, merge=True)
	assert (status(first), status(second)) == ("Lead", "Converted")


def test_relinking_an_order_with_an_object_that_is_used_on_leaves_no_lead_behind():
	first, second, third = make_lead(), make_lead(), make_lead()
	order = make_order(first, buyer())
	order.pipeline_lead = second.name
	order.save()
	order.submit()
	order.db_set("pipeline_lead", third.name)
	assert [status(lead) for lead in (first, second, third)] == ["Lead", "Lead", "Converted"]

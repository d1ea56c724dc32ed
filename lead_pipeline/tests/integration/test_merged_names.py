"""The name of a lead that was merged leads to the one that stays."""

import threading

import frappe
import pytest

from lead_pipeline.capture import enquiries
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.capture.importing import existing_leads
from lead_pipeline.constants import (
	LEAD,
	LEAD_MERGE,
)
from lead_pipeline.documents import renaming
from lead_pipeline.duplicates import merging, redirects, undo
from lead_pipeline.exceptions import LeadMergedError, MergeRefusedError
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_quotation, make_user
from lead_pipeline.tests.merges import address, merge, own_leads, stored, token
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.sales import committed_leads


def test_the_old_name_names_the_survivor():
	kept, other = make_lead(), make_lead()
	merge(kept, other)
	with refused(LeadMergedError) as refusal:
		frappe.get_doc(LEAD, other.name)
	assert f"{other.name} was merged into {kept.name}. Use that lead." in refusal
	assert redirects.successor(other.name) == kept.name
	assert redirects.successor(kept.name) is None


def test_whoever_may_not_see_the_survivor_does_not_learn_its_name():
	kept, other = make_lead(lead_owner=make_user("Sales User")), make_lead()
	merge(kept, other)
	own_leads()
	frappe.set_user(make_user("Sales User"))
	assert redirects.successor(other.name) is None
	with refused(frappe.DoesNotExistError) as refusal:
		frappe.get_doc(LEAD, other.name)
	assert kept.name not in refusal and "not found" in refusal


@pytest.mark.usefixtures("sales_documents")
def test_a_late_document_of_an_old_name_goes_to_the_survivor():
	kept, other = make_lead(), make_lead()
	open_form = make_quotation(other)
	merge(kept, other)
	frappe.db.value_cache.clear()
	late = make_quotation(None, pipeline_lead=other.name)
	assert late.pipeline_lead == kept.name
	draft = make_quotation(kept)
	draft.pipeline_lead = draft.items[0].pipeline_lead = other.name
	draft.save()
	assert (draft.pipeline_lead, draft.items[0].pipeline_lead) == (kept.name, kept.name)
	open_form.save()
	assert open_form.pipeline_lead == kept.name


@pytest.mark.usefixtures("sales_documents")
def test_a_document_that_was_saved_during_the_merge_is_found_by_the_hourly_repair():
	kept, other = make_lead(), make_lead()
	quotation = make_quotation(kept)
	merge(kept, other)
	frappe.db.set_value("Quotation", quotation.name, "pipeline_lead", other.name)
	renaming.release_dangling()
	assert frappe.db.get_value("Quotation", quotation.name, "pipeline_lead") == kept.name


def test_enquiries_of_the_merged_lead_arrive_at_the_survivor():
	origin, number = token(), f"+49 30 {10**6 + int(token(), 16) % 10**6}"
	made = enquiries.receive(
		Enquiry(
			"Web Form", {"first_name": "V", "email": address(), "phone": number}, noted={"origin_key": origin}
		)
	)
	other = stored(made.lead)
	kept = make_lead(email=address(), phone="+49 40 9998887")
	merge(kept, other)
	again = Enquiry("Web Form", {"first_name": "V", "email": address()}, noted={"origin_key": origin})
	assert enquiries.receive(again) == (kept.name, False)
	assert existing_leads.imported([origin]) == {origin: kept.name}
	assert redirects.survivors([other.name, kept.name]) == {other.name: kept.name}
	assert enquiries.receive(Enquiry("Web Form", {"email": other.email.upper()})) == (kept.name, False)
	assert enquiries.receive(Enquiry("Web Form", {"phone": number})) == (kept.name, False)


def merge_elsewhere(kept: str, other: str) -> None:
	site.connect()
	try:
		merging.merge(kept, [other])
		frappe.db.commit()
	finally:
		frappe.destroy()


def test_an_enquiry_at_the_very_moment_of_the_merge_arrives_at_the_survivor(clean_transaction, monkeypatch):
	"""It has found the lead, and somebody else merges it before anything is written."""
	with committed_leads(2) as (kept, other):
		for lead in (kept, other):
			lead.update({"email": address()}).save()
		frappe.db.commit()
		count, seen = enquiries.count_enquiry, []

		def count_late(lead: str, *arguments) -> None:
			if not seen:
				somebody = threading.Thread(target=merge_elsewhere, args=(kept.name, other.name))
				somebody.start()
				somebody.join()
			seen.append(lead)
			count(lead, *arguments)

		monkeypatch.setattr(enquiries, "count_enquiry", count_late)
		arrival = enquiries.receive(Enquiry("Web Form", {"email": other.email}))
		assert (arrival, seen) == ((kept.name, False), [other.name, kept.name])
		assert not frappe.db.exists("Communication", {"reference_name": other.name})
		assert frappe.db.exists("Communication", {"reference_name": kept.name})


def test_the_frameworks_own_merge_leaves_the_old_name_too():
	kept, other = make_lead(), make_lead()
	frappe.rename_doc(LEAD, other.name, kept.name, merge=True)
	assert redirects.survivor_of(other.name) == kept.name
	(row,) = undo.merges_of(kept.name)
	assert not row["can_undo"]
	with refused(MergeRefusedError) as refusal:
		undo.undo(row["name"])
	assert "This merge cannot be undone any more" in refusal


def test_a_deleted_survivor_takes_its_merges_along():
	kept, other = make_lead(), make_lead()
	merge(kept, other)
	frappe.delete_doc(LEAD, kept.name)
	assert redirects.survivor_of(other.name) is None
	assert not frappe.db.exists(LEAD_MERGE, {"merged_lead": other.name})

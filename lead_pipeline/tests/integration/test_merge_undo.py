"""Undo of a merge: every row is where it was, and what moved on since stays."""

import frappe
import pytest
from frappe.utils import add_days, now_datetime

from lead_pipeline.constants import (
	LEAD,
	LEAD_MERGE,
	SETTINGS,
)
from lead_pipeline.duplicates import redirects
from lead_pipeline.duplicates import undo as undoing
from lead_pipeline.exceptions import LeadMergedError, MergeRefusedError
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_customer, make_lead, make_quotation, make_user
from lead_pipeline.tests.merges import address, merge, picture, rich_pair, stored, undo
from lead_pipeline.tests.messages import refused


def test_undo_puts_every_row_back_where_it_was():
	user = make_user("Sales User")
	kept, other, _contact = rich_pair(user)
	before = picture(kept.name, other.name)
	answer = merge(kept, other)
	done = undo(answer)
	assert done == {"lead": other.name, "survivor": kept.name, "missing": {}}
	after = picture(kept.name, other.name)
	said = {key for key, row in after.items() if key[0] == "Comment" and row["comment_type"] == "Info"}
	versions = {key for key in after if key[0] == "Version"} - set(before)
	for key in said | versions:
		del after[key]
	assert {key for key in before if key not in after} == set()
	assert {key for key in after if key not in before} == set()
	different = {
		(*key, field): (value, after[key][field])
		for key, row in before.items()
		for field, value in row.items()
		if after[key][field] != value and field != "_comments"
	}
	assert different == {}


@pytest.mark.usefixtures("sales_documents")
def test_submitted_documents_move_and_the_status_follows_them_there_and_back():
	kept, other = make_lead(), make_lead()
	quotation = make_quotation(other)
	quotation.submit()
	site.follow_now()
	customer = make_customer(pipeline_lead=other.name)
	assert stored(other).status != "Lead"
	answer = merge(kept, other)
	assert frappe.db.get_value("Quotation", quotation.name, ["pipeline_lead", "docstatus"]) == (kept.name, 1)
	assert frappe.db.get_value("Customer", customer.name, "pipeline_lead") == kept.name
	assert stored(kept).status == "Converted"
	undo(answer)
	assert frappe.db.get_value("Quotation", quotation.name, "pipeline_lead") == other.name
	assert (stored(kept).status, stored(other).status) == ("Lead", "Converted")


@pytest.mark.usefixtures("sales_documents")
def test_what_moved_on_since_the_merge_is_not_put_back_and_said():
	kept, other, third = make_lead(), make_lead(), make_lead()
	first, second = make_quotation(other), make_quotation(other)
	answer = merge(kept, other)
	frappe.db.set_value("Quotation", first.name, "pipeline_lead", third.name)
	late = make_quotation(kept)
	kept = stored(kept)
	kept.job_title = "Changed since"
	kept.save()
	done = undo(answer)
	assert done["missing"] == {"Quotation": 1}
	links = {
		name: frappe.db.get_value("Quotation", name, "pipeline_lead")
		for name in (first.name, second.name, late.name)
	}
	assert links == {first.name: third.name, second.name: other.name, late.name: kept.name}
	assert stored(kept).job_title == "Changed since"


def test_what_the_merge_brought_and_somebody_changed_since_stays():
	kept, other = make_lead(), make_lead(job_title="Clerk", website="https://other.example")
	answer = merge(kept, other)
	lead = stored(kept)
	assert lead.job_title == "Clerk"
	lead.job_title = "Director"
	lead.save()
	undo(answer)
	assert (stored(kept).job_title, stored(kept).website) == ("Director", None)
	assert stored(other).job_title == "Clerk"


def test_up_to_five_at_once_each_undone_alone():
	leads = [make_lead(email=address()) for _number in range(5)]
	answer = merge(*leads)
	lead = stored(leads[0])
	assert sorted(row.email_id for row in lead.email_ids) == sorted(one.email for one in leads)
	undo(answer, 1)
	lead = stored(leads[0])
	assert leads[2].email not in [row.email_id for row in lead.email_ids]
	assert len(lead.email_ids) == 4
	assert stored(leads[2]).email == leads[2].email
	assert [row["merged_lead"] for row in undoing.merges_of(lead.name)] != []
	with refused(LeadMergedError):
		frappe.get_doc(LEAD, leads[1].name)


def test_chains_lead_to_the_last_and_can_be_undone_in_any_order():
	first, second, third = (make_lead(email=address()) for _number in range(3))
	one = merge(second, first)
	two = merge(third, second)
	assert redirects.survivor_of(first.name) == redirects.survivor_of(second.name) == third.name
	undo(one)
	assert stored(first).email == first.email
	assert redirects.survivor_of(first.name) is None
	undo(two)
	assert stored(second).email == second.email
	assert [row.email_id for row in stored(third).email_ids] in ([], [third.email])


def test_a_chain_undone_from_its_end_leads_to_the_middle_again():
	first, second, third = (make_lead(email=address()) for _number in range(3))
	merge(second, first)
	two = merge(third, second)
	undo(two)
	assert redirects.survivor_of(first.name) == second.name
	assert {row["merged_lead"] for row in undoing.merges_of(second.name)} == {first.name}


def test_an_undone_merge_can_be_done_again():
	kept, other = make_lead(email=address()), make_lead(email=address())
	undo(merge(kept, other))
	undo(merge(kept, other))
	assert stored(other).email == other.email
	merge(other, kept)
	assert redirects.survivor_of(kept.name) == other.name


def test_after_the_deadline_only_the_names_are_kept():
	kept, other = make_lead(), make_lead(origin_key=None)
	answer = merge(kept, other)
	name = answer["merges"][0]
	row = frappe.get_doc(LEAD_MERGE, name)
	assert other.company_name in row.snapshot
	assert abs((row.undo_until - add_days(now_datetime(), 30)).total_seconds()) < 60
	undoing.forget_snapshots()
	assert frappe.db.get_value(LEAD_MERGE, name, "snapshot")
	frappe.db.set_value(LEAD_MERGE, name, "undo_until", add_days(now_datetime(), -1))
	with refused(MergeRefusedError) as refusal:
		undoing.undo(name)
	assert "This merge cannot be undone any more: what the merged lead was is not kept longer." in refusal
	undoing.forget_snapshots()
	row.reload()
	assert (row.snapshot, row.merged_title, row.survivor) == (None, None, kept.name)
	assert redirects.survivor_of(other.name) == kept.name
	assert other.company_name not in frappe.as_json(row.as_dict())


def test_a_site_that_keeps_nothing_cannot_undo():
	frappe.db.set_single_value(SETTINGS, "merge_undo_days", 0)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	kept, other = make_lead(), make_lead()
	answer = merge(kept, other)
	assert frappe.db.get_value(LEAD_MERGE, answer["merges"][0], ["snapshot", "merged_title"]) == (None, None)
	assert undoing.merges_of(kept.name)[0]["can_undo"] is False


def test_a_merge_is_undone_once():
	kept, other = make_lead(), make_lead()
	answer = merge(kept, other)
	undo(answer)
	with refused(MergeRefusedError) as refusal:
		undoing.undo(answer["merges"][0])
	assert "This merge has been undone already." in refusal
	assert undoing.merges_of(kept.name) == []


def test_a_name_that_was_given_again_is_not_overwritten():
	kept, other = make_lead(), make_lead()
	answer = merge(kept, other)
	third = make_lead()
	frappe.rename_doc(LEAD, third.name, other.name)
	with refused(MergeRefusedError) as refusal:
		undoing.undo(answer["merges"][0])
	assert f"There is another lead named {other.name} now." in refusal


def forge(answer: dict, **parts) -> None:
	"""Replace parts of what was noted of a merge by things it has not done.

	Nobody can do this by the app's own means.
	"""
	(name,) = answer["merges"]
	noted = frappe.parse_json(frappe.db.get_value(LEAD_MERGE, name, "snapshot"))
	for part, value in parts.items():
		noted[part] = noted[part] | value if isinstance(noted[part], dict) else value
	frappe.db.set_value(LEAD_MERGE, name, "snapshot", frappe.as_json(noted))


def test_undo_writes_nothing_but_what_merges_do():
	kept, other = make_lead(), make_lead()
	answer, user = merge(kept, other), make_user()
	role = {"name": "forged-row", "parent": user, "parenttype": "User", "parentfield": "roles"}
	role |= {"role": "System Manager"}
	done = {
		"removed": [["Has Role", role | {"name": "forged-removed"}]],
		"moved": [["User", "first_name", [user]]],
		"changed": [["User", user, "enabled", 1, 0]],
		"singles": [["System Settings", "language"]],
	}
	lead_type = frappe.db.get_value(LEAD, kept.name, "lead_type")
	forge(
		answer,
		parts={"Has Role": [role]},
		row={"docstatus": 1, "name": "LEAD-1999-66666"},
		done=done,
		columns={"lead_type": [None, lead_type], "docstatus": [1, 0]},
	)
	undo(answer)
	assert not frappe.db.exists("Has Role", {"parent": user, "role": "System Manager"})
	assert frappe.db.get_value("User", user, "enabled") == 1
	assert not frappe.db.exists(LEAD, "LEAD-1999-66666")
	assert (stored(other).docstatus, stored(kept).docstatus, stored(kept).lead_type) == (0, 0, lead_type)


@pytest.mark.parametrize("noted", ["{", "[]", '{"row": {}}'])
def test_what_cannot_be_read_is_not_undone(noted):
	answer = merge(make_lead(), make_lead())
	frappe.db.set_value(LEAD_MERGE, answer["merges"][0], "snapshot", noted)
	with refused(MergeRefusedError) as said:
		undo(answer)
	assert "cannot be read any more" in said

"""Who may merge which leads, who may undo it, and how refusals are worded."""

import frappe
import pytest

from lead_pipeline.constants import (
	LEAD,
	LEAD_MERGE,
	SETTINGS,
)
from lead_pipeline.duplicates import merging
from lead_pipeline.duplicates import undo as undoing
from lead_pipeline.exceptions import LeadMergedError, MergeRefusedError
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.merges import merge, numbers, own_leads, picture, stored, undo
from lead_pipeline.tests.messages import refused

UNSEEN, UNWRITABLE = "There is no such lead, or you may not see it.", "You may not change it."


def test_sales_users_merge_what_they_may_change_and_undo_it():
	kept, other = make_lead(), make_lead()
	frappe.set_user(make_user("Sales User"))
	answer = merge(kept, other)
	assert undo(answer)["lead"] == other.name


@pytest.mark.parametrize(
	("kept", "other", "message"),
	[
		("mine", "hidden", UNSEEN),
		("hidden", "mine", UNSEEN),
		("mine", "read only", UNWRITABLE),
		("read only", "mine", UNWRITABLE),
	],
)
def test_nobody_merges_a_lead_that_they_may_not_change(kept, other, message):
	user, colleague = make_user("Sales User"), make_user("Sales User")
	leads = {
		"mine": make_lead(lead_owner=user),
		"hidden": make_lead(lead_owner=colleague),
		"read only": make_lead(lead_owner=colleague),
	}
	frappe.share.add(LEAD, leads["read only"].name, user)
	own_leads()
	frappe.set_user(user)
	with refused(frappe.PermissionError) as refusal:
		merge(leads[kept], leads[other])
	assert message in refusal
	assert all(stored(lead) for lead in leads.values() if lead is not leads["hidden"])
	assert not frappe.db.exists(LEAD_MERGE, {"survivor": leads[kept].name})


def test_a_site_can_leave_merging_to_managers():
	frappe.db.set_single_value(SETTINGS, "sales_users_merge", 0)
	frappe.clear_document_cache(SETTINGS, SETTINGS)
	kept, other = make_lead(), make_lead()
	frappe.set_user(make_user("Sales User"))
	for ask in (
		lambda: merge(kept, other),
		lambda: merging.compare([kept.name, other.name]),
	):
		with refused(frappe.PermissionError) as refusal:
			ask()
		assert "Only Sales Managers merge leads on this site." in refusal
	frappe.set_user(make_user("Sales Manager", "Sales User"))
	answer = merge(kept, other)
	frappe.set_user(make_user("Sales User"))
	assert undoing.merges_of(kept.name)[0]["can_undo"] is False
	with refused(frappe.PermissionError) as refusal:
		undoing.undo(answer["merges"][0])
	assert "Only Sales Managers merge leads on this site." in refusal


def test_nobody_undoes_a_merge_of_a_lead_that_they_may_not_change():
	user = make_user("Sales User")
	kept, other = make_lead(lead_owner=make_user("Sales User")), make_lead()
	answer = merge(kept, other)
	own_leads()
	frappe.set_user(user)
	for name in (answer["merges"][0], "there-is-none"):
		with refused(frappe.PermissionError) as refusal:
			undoing.undo(name)
		assert "There is no such lead, or you may not see it." in refusal


def test_the_other_sales_person_is_told_and_still_sees_it():
	colleague = make_user("Sales User")
	user = make_user("Sales User")
	kept = make_lead(lead_owner=user)
	other = make_lead(lead_owner=colleague)
	own_leads()
	answer = merge(kept, other)
	assert frappe.has_permission(LEAD, "write", doc=kept.name, user=colleague)
	(subject,) = frappe.get_all(
		"Notification Log", {"for_user": colleague, "document_name": kept.name}, pluck="subject"
	)
	assert kept.lead_name in subject and other.lead_name in subject
	undo(answer)
	assert not frappe.has_permission(LEAD, doc=kept.name, user=colleague)


@pytest.mark.parametrize("number", [1, 6])
def test_two_to_five_leads_are_merged(number):
	leads = [make_lead().name for _number in range(number)]
	with refused(MergeRefusedError) as refusal:
		merging.merge(leads[0], leads)
	assert "Choose two to 5 leads to merge." in refusal


@pytest.mark.parametrize(
	"values", [{"status": "kept"}, {"job_title": "LEAD-0"}, {"nothing": "kept"}, ["job_title"]]
)
def test_a_choice_that_there_is_not_is_refused(values):
	kept, other = make_lead(), make_lead()
	if isinstance(values, dict):
		values = {field: kept.name if lead == "kept" else lead for field, lead in values.items()}
	with refused(MergeRefusedError) as refusal:
		merging.merge(kept.name, [other.name], values)
	assert "For each field, choose one of the leads that are merged." in refusal
	assert frappe.db.exists(LEAD, other.name)


def test_a_lead_that_was_merged_meanwhile_is_named():
	kept, other, third = make_lead(), make_lead(), make_lead()
	merge(kept, other)
	with refused(LeadMergedError) as refusal:
		merge(third, other)
	assert f"{other.name} was merged into {kept.name}." in refusal


def test_what_cannot_be_saved_is_not_merged_at_all():
	from lead_pipeline.tests.factories import make_lead_type

	kept = make_lead()
	strict = make_lead_type("Open", "Lost")
	other = make_lead(lead_type=strict.name, status="Open")
	before = numbers(picture(kept.name, other.name))
	frappe.db.set_value(LEAD, kept.name, "lost_reason", None)
	frappe.db.savepoint("whole_or_not")
	frappe.db.set_value(LEAD, other.name, "website", "no address", update_modified=False)
	with pytest.raises(frappe.ValidationError):
		merging.merge(kept.name, [other.name])
	frappe.db.rollback(save_point="whole_or_not")
	assert numbers(picture(kept.name, other.name)) == before

"""Two leads become one, and two again: what goes along, who may, and what the old name stands for."""

import json
import threading

import frappe
import pytest
from frappe.desk.form import assign_to
from frappe.utils import add_days, now_datetime

from lead_pipeline import merged
from lead_pipeline.capture import enquiries
from lead_pipeline.capture.duplicates import merging, undoing
from lead_pipeline.capture.enquiries import Enquiry
from lead_pipeline.capture.importing import known
from lead_pipeline.constants import (
	DISTINCT_LEADS,
	LEAD,
	LEAD_KEY,
	LEAD_MERGE,
	OWN_LEADS,
	SETTINGS,
	STATUS_FAILURE,
	STATUS_LOG,
)
from lead_pipeline.documents import renaming
from lead_pipeline.exceptions import LeadMergedError, MergeRefusedError
from lead_pipeline.status import log
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_customer, make_lead, make_quotation, make_user
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.sales import committed_leads

needs_sales = pytest.mark.skipif("not __import__('frappe').db.exists('DocType', 'Quotation')")


def token() -> str:
	return frappe.generate_hash(length=10)


def address() -> str:
	return f"{token()}@{token()}.example"


def merge(kept, *others, **values) -> dict:
	names = [kept.name, *(lead.name for lead in others)]
	answer = merging.merge(kept.name, names, values)
	site.follow_now()
	return answer


def undo(answer: dict, number: int = 0) -> dict:
	done = undoing.undo(answer["merges"][number])
	site.follow_now()
	return done


def stored(lead) -> frappe._dict:
	return frappe.get_doc(LEAD, lead if isinstance(lead, str) else lead.name)


def test_the_survivors_values_stay_and_gaps_are_filled():
	kept = make_lead(company_name="Kept Ltd", job_title="Buyer", email=address())
	other = make_lead(
		company_name="Other Ltd", job_title="Clerk", website="https://other.example", probability=40
	)
	merge(kept, other)
	lead = stored(kept)
	assert (lead.company_name, lead.job_title) == ("Kept Ltd", "Buyer")
	assert (lead.website, lead.probability) == ("https://other.example", 40)
	assert not frappe.db.exists(LEAD, other.name)


def test_each_value_can_be_chosen():
	kept = make_lead(company_name="Kept Ltd", job_title="Buyer", email=address())
	other = make_lead(company_name="Other Ltd", job_title="Clerk", email=address())
	merge(kept, other, job_title=other.name, email=other.name)
	lead = stored(kept)
	assert (lead.company_name, lead.job_title, lead.email) == ("Kept Ltd", "Clerk", other.email)
	assert sorted(row.email_id for row in lead.email_ids) == sorted([kept.email, other.email])
	assert [row.email_id for row in lead.email_ids if row.is_primary] == [other.email]


def test_an_amount_takes_its_currency_along():
	kept = make_lead(currency="EUR")
	other = make_lead(currency="USD", expected_revenue=500)
	merge(kept, other)
	lead = stored(kept)
	assert (lead.expected_revenue, lead.currency) == (500, "USD")


def test_all_addresses_are_kept_once():
	shared = address()
	kept = make_lead(email=shared, phone="+49 30 1000001")
	other = make_lead(
		email=address(),
		email_ids=[{"email_id": shared.upper()}],
		phone="+49 (30) 1000001",
		mobile_no="+49 171 1000002",
	)
	merge(kept, other)
	lead = stored(kept)
	assert sorted(row.email_id for row in lead.email_ids) == sorted([shared, other.email])
	assert sorted(row.phone for row in lead.phone_nos) == ["+49 171 1000002", "+49 30 1000001"]
	assert (lead.email, lead.phone, lead.mobile_no) == (shared, "+49 30 1000001", "+49 171 1000002")


def test_what_was_not_taken_is_said_on_the_timeline():
	kept = make_lead(job_title="Buyer")
	other = make_lead(job_title="<img src=x onerror=alert(1)>Clerk", company_name=f"Other {token()}")
	frappe.db.set_value(LEAD, other.name, "job_title", "<img src=x>Clerk")
	merge(kept, other)
	(text,) = frappe.get_all(
		"Comment", {"reference_name": kept.name, "comment_type": "Info"}, pluck="content"
	)
	assert other.name in text and other.company_name in text and "Clerk" in text
	assert "<img" not in text


def test_enquiries_are_added_up_and_the_latest_counts():
	email = address()
	kept, other = make_lead(email=email), make_lead(email=address())
	enquiries.count(kept.name, "2026-01-05 10:00:00")
	enquiries.count(other.name, "2026-02-05 10:00:00")
	enquiries.count(other.name, "2026-02-06 10:00:00")
	answer = merge(kept, other)
	lead = stored(kept)
	assert (lead.enquiries, str(lead.last_enquiry_on)) == (3, "2026-02-06 10:00:00")
	enquiries.count(kept.name)
	undo(answer)
	assert (stored(kept).enquiries, stored(other).enquiries) == (2, 2)


def rich_pair(user: str) -> tuple:
	"""Two leads with everything that can belong to one."""
	email = address()
	kept = make_lead(
		email=email, tags=[{"tag": "Hot"}] if frappe.db.exists("Pipeline Lead Tag", "Hot") else []
	)
	tag = frappe.get_all("Pipeline Lead Tag", pluck="name", limit=1)[0]
	other = make_lead(
		email=address(),
		email_ids=[{"email_id": address()}],
		phone="+49 30 2000001",
		phone_nos=[{"phone": "+49 30 2000002"}],
		tags=[{"tag": tag}],
		job_title="Clerk",
		website="https://rich.example",
	)
	for lead in (kept, other):
		lead.add_comment("Comment", f"Said of {lead.name}")
		lead.add_tag("Fair")
		assign_to.add({"doctype": LEAD, "name": lead.name, "assign_to": [user]})
		frappe.share.add(LEAD, lead.name, user, write=int(lead is other))
		frappe.get_doc(
			{
				"doctype": "Communication",
				"communication_type": "Communication",
				"content": "<p>Hello</p>",
				"subject": "Hello",
				"reference_doctype": LEAD,
				"reference_name": lead.name,
			}
		).insert()
		frappe.get_doc(
			{
				"doctype": "File",
				"file_name": f"{lead.name}.txt",
				"content": lead.name,
				"attached_to_doctype": LEAD,
				"attached_to_name": lead.name,
				"is_private": 1,
			}
		).insert()
	contact = frappe.get_doc(
		{
			"doctype": "Contact",
			"first_name": "Shared",
			"links": [{"link_doctype": LEAD, "link_name": lead.name} for lead in (kept, other)],
		}
	).insert()
	frappe.get_doc(
		{
			"doctype": "Address",
			"address_title": "Theirs",
			"address_line1": "Street 1",
			"city": "Town",
			"country": frappe.get_all("Country", pluck="name", limit=1)[0],
			"links": [{"link_doctype": LEAD, "link_name": other.name}],
		}
	).insert()
	other.add_tag("Berlin")
	other.status = "Open"
	other.save()
	return kept, other, contact


TABLES = (
	*("Communication", "Comment", "ToDo", "File", "DocShare", "Tag Link", "Dynamic Link", "Contact Email"),
	*("Contact Phone", "Pipeline Lead Tag Item", LEAD, LEAD_KEY, STATUS_LOG, STATUS_FAILURE, DISTINCT_LEADS),
	*("Communication Link", "Version", "Document Follow"),
)

# What says when, or is added by the merge itself and stays.
IGNORED = {"modified", "modified_by", "idx"}


def picture(*names: str) -> dict:
	"""Everything that belongs to these leads, row by row."""
	found = {}
	for doctype in TABLES:
		table = frappe.qb.DocType(doctype)
		rows = frappe.qb.from_(table).select("*").run(as_dict=True)
		for row in rows:
			values = {key: value for key, value in row.items() if key not in IGNORED}
			if any(name in map(str, values.values()) for name in names):
				found[doctype, row.name] = values
	return found


def numbers(picture: dict) -> dict:
	found = {}
	for doctype, _name in picture:
		found[doctype] = found.get(doctype, 0) + 1
	return found


def test_everything_that_belonged_to_the_lead_belongs_to_the_survivor():
	user = make_user("Sales User")
	kept, other, contact = rich_pair(user)
	before = numbers(picture(kept.name, other.name))
	merge(kept, other)
	assert not {
		key
		for key in picture(other.name)
		if key[0] not in (STATUS_LOG, LEAD_MERGE, "Comment", "File", "Version")
	}
	after = numbers(picture(kept.name))
	for doctype in ("Communication", "File", "ToDo", STATUS_LOG):
		assert after[doctype] == before[doctype], doctype
	assert len(frappe.get_all("Comment", {"reference_name": kept.name, "comment_type": "Comment"})) == 2
	# One of each: the contact that both had, the share and the tag of both.
	links = frappe.get_all(
		"Dynamic Link", {"link_doctype": LEAD, "link_name": kept.name}, ["parent", "parenttype"]
	)
	assert sorted(link.parenttype for link in links) == ["Address", "Contact"]
	assert contact.name in [link.parent for link in links]
	(share,) = frappe.get_all("DocShare", {"share_name": kept.name}, ["user", "write"])
	assert (share.user, share.write) == (user, 1)
	lead = stored(kept)
	assert sorted(lead.get("_user_tags").strip(",").split(",")) == ["Berlin", "Fair"]
	assert sorted(frappe.get_all("Tag Link", {"document_name": kept.name}, pluck="tag")) == ["Berlin", "Fair"]
	assert json.loads(lead.get("_assign")) == [user]
	open_ones = frappe.get_all("ToDo", {"reference_name": kept.name, "status": "Open"})
	assert len(open_ones) == 1
	assert lead.job_title == "Clerk"


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


def test_the_history_of_each_stays_exact():
	kept, other = make_lead(), make_lead()
	for status in ("Open", "Replied", "Open"):
		other.status = status
		other.save()
	answer = merge(kept, other)
	own = [row for row in log.history(kept.name) if not row.merged_from]
	assert [(row.from_status, row.to_status) for row in own] == [(None, "Lead")]
	assert len(log.history(kept.name)) == 5
	assert log.last(kept.name).to_status == stored(kept).status == "Lead"
	undo(answer)
	assert [row.to_status for row in log.history(other.name)] == ["Open", "Replied", "Open", "Lead"]
	assert len(log.history(kept.name)) == 1


@needs_sales
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


@needs_sales
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
	assert merged.survivor_of(first.name) == merged.survivor_of(second.name) == third.name
	undo(one)
	assert stored(first).email == first.email
	assert merged.survivor_of(first.name) is None
	undo(two)
	assert stored(second).email == second.email
	assert [row.email_id for row in stored(third).email_ids] in ([], [third.email])


def test_a_chain_undone_from_its_end_leads_to_the_middle_again():
	first, second, third = (make_lead(email=address()) for _number in range(3))
	merge(second, first)
	two = merge(third, second)
	undo(two)
	assert merged.survivor_of(first.name) == second.name
	assert {row["merged_lead"] for row in undoing.merges_of(second.name)} == {first.name}


def test_an_undone_merge_can_be_done_again():
	kept, other = make_lead(email=address()), make_lead(email=address())
	undo(merge(kept, other))
	undo(merge(kept, other))
	assert stored(other).email == other.email
	merge(other, kept)
	assert merged.survivor_of(kept.name) == other.name


# The old name


def test_the_old_name_names_the_survivor():
	kept, other = make_lead(), make_lead()
	merge(kept, other)
	with refused(LeadMergedError) as refusal:
		frappe.get_doc(LEAD, other.name)
	assert f"{other.name} was merged into {kept.name}. Use that lead." in refusal
	assert merged.successor(other.name) == kept.name
	assert merged.successor(kept.name) is None


def test_whoever_may_not_see_the_survivor_does_not_learn_its_name():
	kept, other = make_lead(lead_owner=make_user("Sales User")), make_lead()
	merge(kept, other)
	own_leads()
	frappe.set_user(make_user("Sales User"))
	assert merged.successor(other.name) is None
	with refused(frappe.DoesNotExistError) as refusal:
		frappe.get_doc(LEAD, other.name)
	assert kept.name not in refusal and "not found" in refusal


@needs_sales
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


@needs_sales
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
	assert known.imported([origin]) == {origin: kept.name}
	assert merged.survivors([other.name, kept.name]) == {other.name: kept.name}
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
		count, seen = enquiries.count, []

		def count_late(lead: str, *arguments) -> None:
			if not seen:
				somebody = threading.Thread(target=merge_elsewhere, args=(kept.name, other.name))
				somebody.start()
				somebody.join()
			seen.append(lead)
			count(lead, *arguments)

		monkeypatch.setattr(enquiries, "count", count_late)
		arrival = enquiries.receive(Enquiry("Web Form", {"email": other.email}))
		assert (arrival, seen) == ((kept.name, False), [other.name, kept.name])
		assert not frappe.db.exists("Communication", {"reference_name": other.name})
		assert frappe.db.exists("Communication", {"reference_name": kept.name})


def test_the_frameworks_own_merge_leaves_the_old_name_too():
	kept, other = make_lead(), make_lead()
	frappe.rename_doc(LEAD, other.name, kept.name, merge=True)
	assert merged.survivor_of(other.name) == kept.name
	(row,) = undoing.merges_of(kept.name)
	assert not row["can_undo"]
	with refused(MergeRefusedError) as refusal:
		undoing.undo(row["name"])
	assert "This merge cannot be undone any more" in refusal


def test_a_deleted_survivor_takes_its_merges_along():
	kept, other = make_lead(), make_lead()
	merge(kept, other)
	frappe.delete_doc(LEAD, kept.name)
	assert merged.survivor_of(other.name) is None
	assert not frappe.db.exists(LEAD_MERGE, {"merged_lead": other.name})


# Who may, and when


def own_leads() -> None:
	settings = frappe.get_doc(SETTINGS)
	settings.lead_visibility = OWN_LEADS
	settings.save()


def test_sales_users_merge_what_they_may_change_and_undo_it():
	kept, other = make_lead(), make_lead()
	frappe.set_user(make_user("Sales User"))
	answer = merge(kept, other)
	assert undo(answer)["lead"] == other.name


UNSEEN, UNWRITABLE = "There is no such lead, or you may not see it.", "You may not change it."


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


# Time


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
	assert merged.survivor_of(other.name) == kept.name
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


# The comparison


def test_the_comparison_shows_what_differs_and_suggests():
	far = make_lead(
		company_name="Same Ltd",
		job_title="Buyer",
		status="Qualified" if frappe.db.exists("Pipeline Lead Status", "Qualified") else "Interested",
		expected_revenue=1200,
		currency="EUR",
	)
	new = make_lead(company_name="Same Ltd", job_title="Clerk", website="https://new.example")
	lost = make_lead(company_name="Same Ltd", status="Disqualified")
	frappe.set_user(make_user("Sales User"))
	shown = merging.compare([lost.name, new.name, far.name])
	assert shown["survivor"] == far.name
	assert [lead["name"] for lead in shown["leads"]] == [far.name, lost.name, new.name]
	fields = {field["fieldname"]: field for field in shown["fields"]}
	assert "company_name" not in fields and "status" not in fields
	assert fields["job_title"]["texts"] == {far.name: "Buyer", lost.name: "", new.name: "Clerk"}
	assert (fields["job_title"]["source"], fields["website"]["source"]) == (far.name, new.name)
	assert "1,200" in fields["expected_revenue"]["texts"][far.name]
	assert merging.compare([lost.name, new.name, far.name], survivor=new.name)["survivor"] == new.name


def test_the_comparison_is_for_those_who_see_all_of_them():
	user = make_user("Sales User")
	mine, hidden = (
		make_lead(lead_owner=user),
		make_lead(lead_owner=make_user("Sales User"), job_title="Secret"),
	)
	own_leads()
	frappe.set_user(user)
	with refused(frappe.PermissionError) as refusal:
		merging.compare([mine.name, hidden.name])
	assert "There is no such lead, or you may not see it." in refusal

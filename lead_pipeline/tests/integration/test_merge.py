"""Two leads are merged into one, and a merge is undone.

What is taken along, who may, and what the old name stands for.
"""

import json

import frappe

from lead_pipeline.capture import enquiries
from lead_pipeline.constants import (
	LEAD,
	LEAD_MERGE,
	STATUS_LOG,
)
from lead_pipeline.duplicates import merging
from lead_pipeline.status import log
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.merges import (
	address,
	merge,
	numbers,
	own_leads,
	picture,
	rich_pair,
	stored,
	token,
	undo,
)
from lead_pipeline.tests.messages import refused


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
	enquiries.count_enquiry(kept.name, "2026-01-05 10:00:00")
	enquiries.count_enquiry(other.name, "2026-02-05 10:00:00")
	enquiries.count_enquiry(other.name, "2026-02-06 10:00:00")
	answer = merge(kept, other)
	lead = stored(kept)
	assert (lead.enquiries, str(lead.last_enquiry_on)) == (3, "2026-02-06 10:00:00")
	enquiries.count_enquiry(kept.name)
	undo(answer)
	assert (stored(kept).enquiries, stored(other).enquiries) == (2, 2)


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


def test_the_history_of_each_stays_exact():
	kept, other = make_lead(), make_lead()
	for status in ("Open", "Replied", "Open"):
		other.status = status
		other.save()
	answer = merge(kept, other)
	own = [row for row in log.status_history_of(kept.name) if not row.merged_from]
	assert [(row.from_status, row.to_status) for row in own] == [(None, "Lead")]
	assert len(log.status_history_of(kept.name)) == 5
	assert log.last(kept.name).to_status == stored(kept).status == "Lead"
	undo(answer)
	assert [row.to_status for row in log.status_history_of(other.name)] == ["Open", "Replied", "Open", "Lead"]
	assert len(log.status_history_of(kept.name)) == 1


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

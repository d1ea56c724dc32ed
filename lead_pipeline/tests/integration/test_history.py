"""Every way in which a status can change writes one row of history.

The rows together tell the whole story.
"""

import json

import frappe
import pytest
from frappe import client
from frappe.utils import add_days, add_to_date, get_datetime, now_datetime, nowdate

from lead_pipeline.activities import actions, follow_up
from lead_pipeline.activities.timezones import today_of
from lead_pipeline.status import reconcile
from lead_pipeline.tests.answers import mail_from, mail_to
from lead_pipeline.tests.factories import SELLER, make_lead, make_lead_type, make_opportunity
from lead_pipeline.tests.leads import story
from lead_pipeline.tests.rest import Client

LEAD, LOG = "Pipeline Lead", "Pipeline Status Log"

pytestmark = pytest.mark.usefixtures("stored_seller")


def aged_lead(**values):
	"""A lead that was made a day and a bit ago, so that there are durations to add up."""
	lead = make_lead(**values)
	then = add_to_date(now_datetime(), days=-1, seconds=-7.5)
	frappe.db.set_value(LEAD, lead.name, {"creation": then, "status_changed_on": then}, update_modified=False)
	frappe.db.set_value(LOG, {"lead": lead.name}, "changed_on", then, update_modified=False)
	return frappe.get_doc(LEAD, lead.name)


# Each gives a lead that is at Lead the status Open and then Interested, the way its name says.


def by_the_form(lead):
	from frappe.desk.form.save import savedocs

	for status in ("Open", "Interested"):
		lead.reload()
		frappe.local.response = frappe._dict(docs=[])
		savedocs(json.dumps(lead.as_dict() | {"status": status}, default=str), "Save")


def in_the_list(lead):
	for status in ("Open", "Interested"):
		client.set_value(LEAD, lead.name, "status", status)


def by_bulk_edit(lead):
	from frappe.desk.doctype.bulk_update.bulk_update import submit_cancel_or_update_docs

	for status in ("Open", "Interested"):
		assert not submit_cancel_or_update_docs(LEAD, json.dumps([lead.name]), "update", {"status": status})


def by_the_bulk_api(lead):
	for status in ("Open", "Interested"):
		documents = [{"doctype": LEAD, "docname": lead.name, "status": status}]
		assert not client.bulk_update(json.dumps(documents))["failed_docs"]


def by_the_api_of_the_desk(lead):
	for status in ("Open", "Interested"):
		lead.reload()
		client.save(lead.as_dict() | {"status": status})


def by_code(lead):
	for status in ("Open", "Interested"):
		lead.reload()
		lead.status = status
		lead.save()


@pytest.mark.parametrize(
	"change", [by_the_form, in_the_list, by_bulk_edit, by_the_bulk_api, by_the_api_of_the_desk, by_code]
)
def test_what_a_person_changes_has_one_row_a_change(change):
	frappe.set_user(SELLER)
	lead = aged_lead()
	change(lead)
	assert [(row.to_status, row.cause, row.changed_by) for row in story(lead)] == [
		("Lead", "Created", SELLER),
		("Open", "Person", SELLER),
		("Interested", "Person", SELLER),
	]


def test_what_comes_over_rest_has_one_row_a_change():
	over_rest = Client(SELLER)
	lead = over_rest.create(LEAD, first_name="Over REST")
	for status in ("Open", "Interested", "Interested"):
		over_rest.update(lead, status=status)
	frappe.db.rollback()
	assert [(row.to_status, row.cause) for row in story(frappe._dict(lead))] == [
		("Lead", "Created"),
		("Open", "Person"),
		("Interested", "Person"),
	]


def import_csv(kind: str, text: str) -> None:
	from frappe.core.doctype.data_import.data_import import start_import

	file = frappe.get_doc({"doctype": "File", "file_name": "leads.csv", "content": text}).insert()
	data_import = frappe.new_doc("Data Import")
	data_import.update({"reference_doctype": LEAD, "import_type": kind, "import_file": file.file_url})
	data_import.insert()
	frappe.db.commit()
	start_import(data_import.name)
	data_import.reload()
	assert data_import.status == "Success", frappe.get_all(
		"Data Import Log", {"data_import": data_import.name}, ["messages", "exception"]
	)


def test_what_is_imported_has_one_row_a_change_and_says_so():
	name = f"Imported {frappe.generate_hash(length=6)}"
	import_csv("Insert New Records", f"Lead Name,Status\n{name},Open\n")
	lead = frappe.get_doc(LEAD, {"lead_name": name})
	import_csv("Update Existing Records", f"ID,Status\n{lead.name},Interested\n")
	assert [(row.to_status, row.cause) for row in story(lead)] == [
		("Open", "Import"),
		("Interested", "Import"),
	]


def by_buttons(lead):
	actions.qualify(lead.name)
	actions.lose(lead.name, "No budget")
	actions.reactivate(lead.name)
	actions.disqualify(lead.name)
	return [("Opportunity", "Person"), ("Lost", "Person"), ("Lead", "Person"), ("Disqualified", "Person")]


def by_mails_and_calls(lead):
	mail_to(lead)
	mail_from(lead)
	frappe.set_user(SELLER)
	actions.log_call(lead.name)
	return [("Replied", "Outgoing Mail"), ("Open", "Incoming Mail"), ("Replied", "Call")]


def by_the_next_contact(lead):
	actions.follow_up(lead.name, str(today_of(SELLER)), SELLER)
	follow_up.remind_of_lead(lead.name)
	return [("Open", "Follow-up")]


def by_documents(lead):
	frappe.set_user("Administrator")
	opportunity = make_opportunity(lead)
	opportunity.db_set("status", "Lost")
	opportunity.delete()
	return [("Opportunity", "Document"), ("Lost", "Document"), ("Lead", "Document")]


def by_another_type(lead):
	frappe.set_user("Administrator")
	lead.lead_type = make_lead_type("Interested", "Lost").name
	lead.save()
	return [("Interested", "Type Change")]


def by_the_repair(lead):
	frappe.set_user("Administrator")
	opportunity = make_opportunity(lead)
	frappe.db.set_value("Opportunity", opportunity.name, "status", "Lost")
	frappe.db.commit()
	reconcile.reconcile()
	return [("Opportunity", "Document"), ("Lost", "Repair")]


@pytest.mark.parametrize(
	"change",
	[by_buttons, by_mails_and_calls, by_the_next_contact, by_documents, by_another_type, by_the_repair],
)
def test_what_follows_from_something_else_has_one_row_a_change(change):
	frappe.set_user(SELLER)
	lead = aged_lead()
	expected = change(lead)
	rows = story(lead)
	assert [(row.to_status, row.cause) for row in rows] == [("Lead", "Created"), *expected]
	assert rows[1].seconds_in_previous >= 24 * 60 * 60


def test_a_save_that_leaves_the_status_alone_writes_no_row():
	lead = aged_lead()
	lead.description = "Something else"
	lead.save()
	lead.add_comment("Comment", "Nice people")
	actions.follow_up(lead.name, add_days(nowdate(), 7))
	assert len(story(lead)) == 1


def test_a_save_that_is_refused_writes_no_row():
	lead = aged_lead()
	lead.status = "Lost"
	frappe.db.savepoint("refused")
	with pytest.raises(frappe.ValidationError):
		lead.save()
	frappe.db.rollback(save_point="refused")
	assert len(story(lead)) == 1


def test_a_lead_begins_in_its_first_status_at_the_moment_of_its_creation():
	lead = make_lead()
	assert get_datetime(lead.status_changed_on) == get_datetime(lead.creation)
	assert len(story(lead)) == 1


# One line a change in the framework's timeline


def versions(lead) -> list[dict]:
	data = frappe.get_all(
		"Version", {"ref_doctype": LEAD, "docname": lead.name}, pluck="data", order_by="creation"
	)
	return [json.loads(text) for text in data]


def shown(version: dict) -> list:
	"""What the timeline shows of a version: fields that are not hidden."""
	meta = frappe.get_meta(LEAD)
	return [change for change in version["changed"] if not meta.get_field(change[0]).hidden]


def test_the_timeline_has_one_line_a_change_without_the_hidden_fields_that_follow_from_it():
	frappe.set_user(SELLER)
	lead = aged_lead()
	mail_to(lead)
	mail_from(lead)
	frappe.set_user(SELLER)
	actions.qualify(lead.name)
	assert [shown(version) for version in versions(lead)] == [
		[["status", "Lead", "Replied"], ["probability", "10.0%", "30.0%"]],
		[["status", "Replied", "Open"], ["probability", "30.0%", "20.0%"]],
		[["status", "Open", "Opportunity"], ["probability", "20.0%", "50.0%"]],
	]


def by_an_opportunity(lead):
	frappe.set_user("Administrator")
	make_opportunity(lead)


@pytest.mark.parametrize(
	"begin, act, because, link",
	[
		("Lead", mail_to, "because of a mail to the lead", "Communication"),
		("Replied", mail_from, "because of a mail from the lead", "Communication"),
		("Lead", lambda lead: actions.log_call(lead.name), "because of a call", "Communication"),
		("Replied", by_the_next_contact, "because the day of the next contact has come", None),
		("Lead", by_an_opportunity, "because of Opportunity {0}", "Opportunity"),
	],
)
def test_the_line_in_the_timeline_says_why_with_a_link(begin, act, because, link):
	frappe.set_user(SELLER)
	lead = aged_lead(status=begin)
	act(lead)
	reason = versions(lead)[-1]["updater_reference"]
	assert reason["label"] == because.format(reason["docname"])
	assert reason["doctype"] == link
	assert not link or frappe.db.exists(link, reason["docname"])


def test_the_history_stays_in_order_when_the_clock_is_set_back():
	"""P7: a machine whose clock was an hour ahead has written what comes first now."""
	lead = make_lead()
	ahead = add_to_date(now_datetime(), hours=1)
	then = {"creation": ahead, "status_changed_on": ahead}
	frappe.db.set_value(LEAD, lead.name, then, update_modified=False)
	frappe.db.set_value(LOG, {"lead": lead.name}, "changed_on", ahead, update_modified=False)
	for status in ("Open", "Replied", "Interested"):
		lead.reload()
		lead.status = status
		lead.save()
	assert [row.to_status for row in story(lead)] == ["Lead", "Open", "Replied", "Interested"]

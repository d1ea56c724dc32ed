"""A copy has what lsFusion copies and nothing else, whichever way it is made."""

import json

import frappe
import pytest

from lead_pipeline.status import log
from lead_pipeline.tests.factories import (
	make_customer,
	make_lead,
	make_lead_type,
	make_opportunity,
	make_user,
)
from lead_pipeline.tests.rest import Client

# What lsFusion copies: name, type, customer, sales person, description, priority, expected revenue,
# probability, phone, e-mail, website, legal entity name, contact person, position. Tags and addresses apart.
COPIED = {
	"lead_name": "Relaunch",
	"party_type": "Customer",
	"description": "<p>Wants a new site</p>",
	"priority": "High",
	"expected_revenue": 1200.0,
	"currency": "EUR",
	"probability": 40.0,
	"phone": "030 1234567",
	"mobile_no": "0170 1234567",
	"email": "jane@example.com",
	"website": "https://example.com",
	"is_organization": 1,
	"company_name": "Example Ltd",
	"salutation": "Ms",
	"first_name": "Jane",
	"last_name": "Example",
	"gender": "Female",
	"job_title": "Buyer",
}
NOT_COPIED = {
	"channel": "Referral",
	"campaign": "Spring",
	"utm_source": "newsletter",
	"utm_medium": "mail",
	"utm_campaign": "spring",
	"market_segment": "Retail",
	"industry": "Food",
	"expected_closing": "2030-05-01",
	"next_contact_date": "2030-02-01",
	"next_contact_by": "Administrator",
	"lost_reason": "No budget",
	"lost_note": "Asked twice",
	"hold_status": 1,
	"status": "Interested",
}


@pytest.fixture
def source():
	"""A lead with every field filled and a history."""
	lead = make_lead(
		lead_type=make_lead_type("Open", "Interested", "Opportunity").name,
		party=make_customer().name,
		lead_owner="Administrator",
		tags=[{"tag": "Exhibition"}, {"tag": "Urgent"}],
		email_ids=[{"email_id": "jane@example.com", "is_primary": 1}, {"email_id": "office@example.com"}],
		**COPIED,
		**NOT_COPIED,
	)
	lead.hold_status = 0
	lead.save()
	make_opportunity(lead)
	lead.reload()
	lead.hold_status = 1
	lead.save()
	assert lead.status == "Opportunity"
	return lead


def copied_by_framework(source):
	return frappe.copy_doc(source).insert()


def copied_without_no_copy_fields(source):
	return frappe.copy_doc(source, ignore_no_copy=False).insert()


def copied_by_desk(source):
	"""Return the fields that the desk's Duplicate sends.

	It sends every field of the form that is not marked as not to be copied.
	"""
	values = {
		field.fieldname: source.get(field.fieldname)
		for field in source.meta.fields
		if not field.no_copy and field.fieldtype not in frappe.model.no_value_fields
	}
	for table in ("tags", "email_ids", "phone_nos"):
		rows = source.get(table)
		values[table] = [
			{field.fieldname: row.get(field.fieldname) for field in row.meta.fields} for row in rows
		]
	return frappe.get_doc(json.loads(frappe.as_json({"doctype": "Pipeline Lead", **values}))).insert()


WAYS = pytest.mark.parametrize("copied", [copied_by_framework, copied_without_no_copy_fields, copied_by_desk])


@WAYS
def test_a_copy_has_what_is_to_be_copied(source, copied):
	copy = copied(source)
	for field in (*COPIED, "lead_type", "party", "lead_owner"):
		assert copy.get(field) == source.get(field), field
	assert [row.tag for row in copy.tags] == ["Exhibition", "Urgent"]
	assert [(row.email_id, row.is_primary) for row in copy.email_ids] == [
		("jane@example.com", 1),
		("office@example.com", 0),
	]


@WAYS
def test_a_copy_has_nothing_else(source, copied):
	copy = copied(source)
	copy.reload()
	for field in NOT_COPIED.keys() - {"status"}:
		assert not copy.get(field), field
	own = {"name", "copy_source", "status", "status_category", "status_changed_on", "manual_status"}
	# Nothing is planned, and the probability that was typed for the source stays typed.
	own |= {"next_step", "own_probability", "stuck_on"}
	keys = {"email_key", "phone_key", "mobile_key", "contact_keys", "domain_key", "company_key"}
	keys |= {"person_key", "company_sound", "search_words"}
	filled = {field.fieldname for field in copy.meta.fields if copy.get(field.fieldname)}
	assert filled - own - keys == {*COPIED, "lead_type", "party", "lead_owner", "tags", "email_ids"}


@WAYS
def test_a_copy_starts_at_the_first_status_with_a_log_of_its_own(source, copied):
	copy = copied(source)
	assert (copy.status, copy.status_category, copy.manual_status) == ("Open", "Working", "Open")
	assert copy.manual_basis is None
	rows = log.status_history_of(copy.name)
	assert [(row.from_status, row.to_status, row.cause) for row in rows] == [(None, "Open", "Created")]
	assert copy.copy_source == copy.name


@WAYS
def test_a_copy_has_the_addresses_and_not_the_contacts(source, copied):
	address = linked("Address", source, address_line1="Street 1", city="Town", country="Germany")
	contact = linked("Contact", source, first_name="Jane")
	copy = copied(source)
	assert links(copy) == [("Address", address.name)]
	assert len(frappe.get_doc("Address", address.name).links) == 2
	assert sorted(links(source)) == sorted([("Address", address.name), ("Contact", contact.name)])


def linked(doctype: str, lead, **values):
	document = frappe.get_doc({"doctype": doctype, **values})
	document.append("links", {"link_doctype": lead.doctype, "link_name": lead.name})
	return document.insert()


def links(lead) -> list[tuple[str, str]]:
	rows = frappe.get_all("Dynamic Link", {"link_name": lead.name}, ["parenttype", "parent"])
	return [(row.parenttype, row.parent) for row in rows]


def test_documents_stay_with_the_source(source):
	copy = copied_by_framework(source)
	assert not frappe.db.exists("Opportunity", {"pipeline_lead": copy.name})


def test_a_copy_of_a_copy_knows_its_own_source(source):
	address = linked("Address", source, address_line1="Street 1", city="Town", country="Germany")
	first = copied_by_framework(source)
	frappe.db.delete("Dynamic Link", {"link_name": source.name})
	second = copied_by_framework(first)
	assert links(second) == [("Address", address.name)]


def test_a_renamed_lead_can_be_copied(source):
	address = linked("Address", source, address_line1="Street 1", city="Town", country="Germany")
	frappe.rename_doc("Pipeline Lead", source.name, "LEAD-RENAMED")
	copy = copied_by_framework(frappe.get_doc("Pipeline Lead", "LEAD-RENAMED"))
	assert links(copy) == [("Address", address.name)]


def test_a_copy_of_a_lead_that_is_gone_has_no_addresses(source):
	copy = frappe.copy_doc(source)
	copy.copy_source = "LEAD-GONE"
	assert links(copy.insert()) == []


def test_nobody_gets_the_addresses_of_a_lead_that_they_may_not_read(source):
	address = linked("Address", source, address_line1="Street 1", city="Town", country="Germany")
	user = make_user("Sales User")
	other = make_lead()
	frappe.get_doc(
		{"doctype": "User Permission", "user": user, "allow": "Pipeline Lead", "for_value": other.name}
	).insert()
	frappe.set_user(user)
	lead = frappe.new_doc("Pipeline Lead")
	lead.update({"first_name": "Curious", "copy_source": source.name})
	# As a web form inserts: the right to create is not in question here.
	lead.insert(ignore_permissions=True)
	assert links(lead) == []
	assert address.name


def test_a_lead_that_is_posted_as_it_was_got_is_a_copy():
	client = Client(make_user("Sales User"))
	first = client.create("Pipeline Lead", first_name="Jane", status="Interested", campaign="Spring")
	second = client.create(
		"Pipeline Lead", **{field: value for field, value in first.items() if field != "name"}
	)
	assert second["name"] != first["name"]
	assert (second["status"], second.get("campaign"), second["first_name"]) == ("Lead", None, "Jane")

"""Who may delete a lead, what keeps it, and what goes with it."""

import frappe
import pytest
from frappe.desk.form.assign_to import add as assign
from frappe.desk.reportview import delete_bulk

from lead_pipeline.exceptions import LeadHasDocumentsError
from lead_pipeline.status import log
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import (
	make_customer,
	make_lead,
	make_opportunity,
	make_order,
	make_quotation,
	make_user,
)
from lead_pipeline.tests.rest import Client


def is_there(doctype: str, name: str) -> bool:
	return bool(frappe.db.exists(doctype, name))


# Rights.


def test_a_sales_manager_deletes_a_lead_and_its_log():
	lead = make_lead(
		tags=[{"tag": "Urgent"}], email="a@example.com", email_ids=[{"email_id": "b@example.com"}]
	)
	frappe.set_user(make_user("Sales Manager"))
	frappe.delete_doc("Pipeline Lead", lead.name)
	assert not is_there("Pipeline Lead", lead.name)
	assert log.status_history_of(lead.name) == []
	for table in ("Pipeline Lead Tag Item", "Contact Email"):
		assert not frappe.db.exists(table, {"parent": lead.name})


def test_a_sales_user_does_not_delete_a_lead():
	lead = make_lead()
	frappe.set_user(make_user("Sales User"))
	with pytest.raises(frappe.PermissionError):
		frappe.delete_doc("Pipeline Lead", lead.name)
	assert is_there("Pipeline Lead", lead.name)


def test_over_rest_a_sales_user_is_refused_and_a_manager_is_not():
	lead = Client(make_user("Sales User")).create("Pipeline Lead", first_name="Jane")
	address = f"{site.URL}/api/resource/Pipeline Lead/{lead['name']}"
	assert Client(make_user("Sales User")).session.delete(address, timeout=60).status_code == 403
	assert Client(make_user("Sales Manager")).session.delete(address, timeout=60).status_code == 202
	frappe.db.rollback()
	assert not is_there("Pipeline Lead", lead["name"])


# Documents.


@pytest.mark.parametrize("make", [make_opportunity, make_quotation, make_order])
def test_a_lead_with_documents_is_kept_and_the_message_says_what_to_do(make):
	lead = make_lead()
	document = make(lead)
	with pytest.raises(LeadHasDocumentsError) as refused:
		frappe.delete_doc("Pipeline Lead", lead.name)
	message = frappe.utils.strip_html(str(refused.value))
	named = f"{document.doctype} {document.name}"
	assert f"{lead.name} cannot be deleted as long as these belong to it: {named}." in message
	assert "Give these documents another lead, or delete them." in message
	assert "keep it and disqualify it or set it to lost" in message
	assert frappe.utils.get_url_to_form(document.doctype, document.name) in str(refused.value)
	assert is_there("Pipeline Lead", lead.name)


def test_a_customer_made_from_the_lead_keeps_it():
	lead = make_lead()
	customer = make_customer(pipeline_lead=lead.name)
	with pytest.raises(LeadHasDocumentsError, match=customer.name):
		frappe.delete_doc("Pipeline Lead", lead.name)


def test_a_cancelled_document_still_keeps_its_lead():
	lead = make_lead()
	quotation = make_quotation(lead)
	quotation.submit()
	quotation.cancel()
	with pytest.raises(LeadHasDocumentsError, match=quotation.name):
		frappe.delete_doc("Pipeline Lead", lead.name)


def test_only_a_few_documents_are_named():
	lead, customer = make_lead(), make_customer().name
	names = [make_opportunity(lead, customer=customer).name for _ in range(7)]
	with pytest.raises(LeadHasDocumentsError) as refused:
		frappe.delete_doc("Pipeline Lead", lead.name)
	message = frappe.utils.strip_html(str(refused.value))
	assert sum(name in message for name in names) == 5
	assert ", documents that are not shown here." in message


def test_a_document_that_the_user_may_not_see_is_not_named():
	lead = make_lead()
	quotation = make_quotation(lead)
	user = make_user("Sales Manager")
	frappe.permissions.add_user_permission("Quotation", make_quotation().name, user)
	frappe.set_user(user)
	with pytest.raises(LeadHasDocumentsError) as refused:
		frappe.delete_doc("Pipeline Lead", lead.name)
	message = frappe.utils.strip_html(str(refused.value))
	assert quotation.name not in message
	assert "as long as these belong to it: documents that are not shown here." in message


def test_the_way_out_works_another_lead_or_no_document():
	lead, other = make_lead(), make_lead()
	opportunity, quotation = make_opportunity(lead), make_quotation(lead)
	opportunity.pipeline_lead = other.name
	opportunity.save()
	quotation.delete()
	frappe.delete_doc("Pipeline Lead", lead.name)
	assert not is_there("Pipeline Lead", lead.name)
	assert is_there("Opportunity", opportunity.name)


def test_an_event_with_the_lead_keeps_it():
	lead = make_lead()
	event = frappe.get_doc({"doctype": "Event", "subject": "Call", "starts_on": "2030-01-01 10:00:00"})
	event.append("event_participants", {"reference_doctype": lead.doctype, "reference_docname": lead.name})
	event.insert()
	with pytest.raises(LeadHasDocumentsError, match=event.name):
		frappe.delete_doc("Pipeline Lead", lead.name)


def test_in_the_list_the_free_leads_go_and_the_others_stay():
	free, kept = make_lead(), make_lead()
	make_opportunity(kept)
	frappe.db.commit()
	try:
		delete_bulk("Pipeline Lead", [kept.name, free.name])
		assert (is_there("Pipeline Lead", free.name), is_there("Pipeline Lead", kept.name)) == (False, True)
	finally:
		frappe.db.delete("Opportunity", {"pipeline_lead": kept.name})
		frappe.delete_doc("Pipeline Lead", kept.name)
		frappe.db.commit()


# Contacts and Addresses.


def linked(doctype: str, *parties, **values):
	document = frappe.get_doc({"doctype": doctype, **values})
	for party in parties:
		document.append("links", {"link_doctype": party.doctype, "link_name": party.name})
	return document.insert()


ADDRESS = {"address_title": "Office", "address_line1": "Street 1", "city": "Town", "country": "Germany"}


def test_contacts_and_addresses_of_the_lead_alone_go_with_it():
	lead = make_lead()
	contact, address = linked("Contact", lead, first_name="Jane"), linked("Address", lead, **ADDRESS)
	frappe.set_user(make_user("Sales Manager"))
	frappe.delete_doc("Pipeline Lead", lead.name)
	assert not is_there("Contact", contact.name)
	assert not is_there("Address", address.name)


def test_contacts_and_addresses_of_others_stay_and_lose_the_lead():
	lead, customer = make_lead(), make_customer()
	contact = linked("Contact", lead, customer, first_name="Jane")
	address = linked("Address", lead, customer, **ADDRESS)
	frappe.set_user(make_user("Sales Manager"))
	frappe.delete_doc("Pipeline Lead", lead.name)
	for document in (contact, address):
		document.reload()
		assert [(row.link_doctype, row.link_name) for row in document.links] == [("Customer", customer.name)]


def test_a_contact_that_a_document_uses_stays():
	lead = make_lead()
	contact = linked("Contact", lead, first_name="Jane")
	address = linked("Address", lead, **ADDRESS)
	contact.address = address.name
	contact.save()
	opportunity = make_opportunity()
	frappe.db.set_value("Opportunity", opportunity.name, "contact_person", contact.name)
	frappe.delete_doc("Pipeline Lead", lead.name)
	assert is_there("Contact", contact.name)
	assert is_there("Address", address.name)
	assert frappe.get_doc("Contact", contact.name).links == []


def test_the_contact_of_a_user_stays():
	lead = make_lead()
	user = make_user("Sales User")
	contact = linked("Contact", lead, first_name="Jane", user=user)
	frappe.delete_doc("Pipeline Lead", lead.name)
	assert is_there("Contact", contact.name)


# What the framework does.


def test_todos_shares_comments_and_files_go_and_communications_stay():
	lead, user = make_lead(), make_user("Sales User")
	assign({"doctype": lead.doctype, "name": lead.name, "assign_to": [user]})
	frappe.share.add(lead.doctype, lead.name, user)
	lead.add_comment("Comment", "Call again")
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": "offer.txt",
			"content": "offer",
			"is_private": 1,
			"attached_to_doctype": lead.doctype,
			"attached_to_name": lead.name,
		}
	).insert()
	mail = frappe.get_doc(
		{
			"doctype": "Communication",
			"communication_medium": "Email",
			"sent_or_received": "Received",
			"subject": "Question",
			"content": "How much?",
			"reference_doctype": lead.doctype,
			"reference_name": lead.name,
		}
	).insert()
	frappe.delete_doc("Pipeline Lead", lead.name)
	# A background job of the framework.
	frappe.get_attr("frappe.model.delete_doc.delete_dynamic_links")(lead.doctype, lead.name)
	assert not frappe.db.exists("ToDo", {"reference_name": lead.name})
	assert not frappe.db.exists("DocShare", {"share_name": lead.name})
	assert not frappe.db.exists("Comment", {"reference_name": lead.name})
	assert not is_there("File", file.name)
	mail.reload()
	assert not mail.reference_name

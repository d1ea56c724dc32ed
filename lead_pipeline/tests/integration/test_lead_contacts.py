"""The framework's Contacts and Addresses on a lead.

Also the Contact that a lead becomes.
"""

import frappe
import pytest
from frappe.desk.form.load import getdoc

from lead_pipeline.documents import contact
from lead_pipeline.tests.factories import make_lead, make_user


@pytest.fixture(autouse=True)
def no_gravatar(monkeypatch):
	"""Keep the framework from asking the Internet for a picture of each new Contact.

	The picture is not part of what is tested.
	"""
	monkeypatch.setattr("frappe.contacts.doctype.contact.contact.has_gravatar", lambda email: "")


def shown_on_the_form(lead) -> tuple[list[str], list[str]]:
	"""Names of the Contacts and Addresses that the form of the lead is given."""
	frappe.response.docs = []
	getdoc("Pipeline Lead", lead.name)
	onload = frappe.response.docs[0].get("__onload")
	return [row["name"] for row in onload["contact_list"]], [row["name"] for row in onload["addr_list"]]


def new_on_form(doctype: str, lead, **values):
	"""What *New Contact* and *New Address* of the form insert."""
	document = frappe.get_doc({"doctype": doctype, **values})
	document.append("links", {"link_doctype": lead.doctype, "link_name": lead.name})
	return document.insert()


def test_a_sales_user_adds_several_contacts_and_addresses():
	frappe.set_user(make_user("Sales User"))
	lead = make_lead()
	assert shown_on_the_form(lead) == ([], [])
	contacts = [new_on_form("Contact", lead, first_name=name).name for name in ("Jane", "Joe")]
	addresses = [
		new_on_form(
			"Address", lead, address_title=title, address_line1="1", city="Town", country="Germany"
		).name
		for title in ("Office", "Store")
	]
	assert shown_on_the_form(lead) == (contacts, addresses)


def test_a_lead_with_an_address_opens_on_a_site_that_had_no_template_for_addresses():
	frappe.db.delete("Address Template")
	frappe.set_user(make_user("Sales User"))
	lead = make_lead()
	for title, country in (("Office", "Germany"), ("Store", "France")):
		new_on_form("Address", lead, address_title=title, address_line1="1", city="Town", country=country)
	assert len(shown_on_the_form(lead)[1]) == 2
	assert frappe.get_all("Address Template", pluck="name") == ["Germany"]


def test_a_contact_keeps_no_title_of_its_lead_that_all_its_readers_would_see():
	lead = make_lead(company_name="Example Ltd")
	contact = new_on_form("Contact", lead, first_name="Jane")
	assert contact.links[0].link_title == lead.name
	contact.save()
	contact.reload()
	assert contact.links[0].link_title == lead.name


def test_who_may_not_read_contacts_can_still_open_the_lead():
	lead = make_lead()
	new_on_form("Contact", lead, first_name="Jane")
	user = make_user()
	frappe.share.add("Pipeline Lead", lead.name, user, read=1)
	frappe.set_user(user)
	contacts, _addresses = shown_on_the_form(lead)
	allowed = frappe.get_list("Contact", pluck="name") if frappe.has_permission("Contact", "read") else []
	assert set(contacts) <= set(allowed)


def test_a_lead_becomes_a_contact_with_all_that_it_knows():
	frappe.set_user(make_user("Sales User"))
	lead = make_lead(
		salutation="Ms",
		first_name="Jane",
		last_name="Example",
		gender="Female",
		job_title="Buyer",
		company_name="Example Ltd",
		email="jane@example.com",
		email_ids=[{"email_id": "office@example.com"}],
		phone="030 1234567",
		mobile_no="0170 1234567",
		phone_nos=[{"phone": "030 7654321"}],
	)
	made = contact.from_lead(lead)
	assert made.is_new()
	made.insert()
	made.reload()
	values = {
		"salutation": "Ms",
		"first_name": "Jane",
		"last_name": "Example",
		"gender": "Female",
		"designation": "Buyer",
		"company_name": "Example Ltd",
		"email_id": "jane@example.com",
		"phone": "030 1234567",
		"mobile_no": "0170 1234567",
	}
	assert {field: made.get(field) for field in values} == values
	assert [(row.email_id, row.is_primary) for row in made.email_ids] == [
		("jane@example.com", 1),
		("office@example.com", 0),
	]
	assert {(row.phone, row.is_primary_phone, row.is_primary_mobile_no) for row in made.phone_nos} == {
		("030 1234567", 1, 0),
		("0170 1234567", 0, 1),
		("030 7654321", 0, 0),
	}
	assert shown_on_the_form(lead)[0] == [made.name]


def test_a_lead_with_one_email_and_number_has_them_ticked_in_its_contact():
	made = contact.from_lead(
		make_lead(email="a@example.com", phone="030 1234567", mobile_no="030 1234567")
	).insert()
	assert (made.email_id, made.phone, made.mobile_no) == ("a@example.com", "030 1234567", "030 1234567")
	assert len(made.phone_nos) == 1


def test_the_title_names_a_person_who_has_no_other_name():
	assert (
		contact.from_lead(make_lead(company_name=None, is_organization=0, lead_name="Jane")).first_name
		== "Jane"
	)
	assert contact.from_lead(make_lead(is_organization=0, lead_name="Jane")).first_name == "Jane"


def test_a_company_alone_is_no_person():
	for is_organization in (0, 1):
		made = contact.from_lead(
			make_lead(company_name="Example Ltd", is_organization=is_organization)
		).insert()
		assert (made.first_name, made.company_name) == (None, "Example Ltd")
		assert made.name.startswith("Example Ltd")
	made = contact.from_lead(make_lead(company_name=None, is_organization=0, email="a@example.com")).insert()
	assert made.first_name == "a@example.com"


def test_an_internationalised_address_reaches_the_contact_as_mail_programs_need_it():
	made = contact.from_lead(make_lead(email="Info@Bücher.example")).insert()
	assert made.email_id == "Info@xn--bcher-kva.example"


def test_who_may_not_create_contacts_makes_none_of_a_lead():
	lead = make_lead(first_name="Jane")
	# Some versions let everybody who can log in make Contacts.
	frappe.set_user("Guest")
	with pytest.raises(frappe.PermissionError):
		contact.from_lead(lead).insert()

"""Several e-mails and phones of a lead, one primary each.

What is accepted, kept as typed, and compared.
"""

import pickle

import frappe
import pytest

from lead_pipeline.exceptions import InvalidContactError
from lead_pipeline.status import recompute
from lead_pipeline.tests.factories import make_lead, make_opportunity, make_user
from lead_pipeline.tests.rest import Client


def emails(lead) -> list[str]:
	"""The rows as they are stored; a star is the tick."""
	rows = frappe.get_all(
		"Contact Email", {"parent": lead.name}, ["email_id", "is_primary", "parenttype"], order_by="idx"
	)
	assert {row.parenttype for row in rows} <= {"Pipeline Lead"}
	return [row.email_id + "*" * row.is_primary for row in rows]


def phones(lead) -> list[str]:
	"""The rows as they are stored; p and m are the ticks."""
	fields = ["phone", "is_primary_phone", "is_primary_mobile_no"]
	rows = frappe.get_all("Contact Phone", {"parent": lead.name}, fields, order_by="idx")
	return [
		f"{row.phone} {'p' * row.is_primary_phone}{'m' * row.is_primary_mobile_no}".strip() for row in rows
	]


def stored(lead, *fields: str) -> tuple:
	return frappe.db.get_value("Pipeline Lead", lead.name, fields)


def lead_with_emails(*addresses: str):
	return make_lead(
		email=addresses[0],
		email_ids=[{"email_id": address, "is_primary": address == addresses[0]} for address in addresses],
	)


# Field and table.


def test_a_lead_with_one_email_and_phone_has_no_rows():
	lead = make_lead(email="a@example.com", phone="030 123456")
	lead.phone = "030 654321"
	lead.save()
	assert (emails(lead), phones(lead)) == ([], [])


def test_a_further_email_brings_the_main_one_into_the_table():
	lead = make_lead(email="a@example.com")
	lead.append("email_ids", {"email_id": "b@example.com"})
	lead.save()
	assert emails(lead) == ["a@example.com*", "b@example.com"]
	assert stored(lead, "email", "email_key") == ("a@example.com", "a@example.com")


def test_ticking_another_email_makes_it_the_main_one_and_unticks_the_first():
	lead = lead_with_emails("a@example.com", "b@example.com")
	lead.email_ids[1].is_primary = 1
	lead.save()
	assert emails(lead) == ["a@example.com", "b@example.com*"]
	assert stored(lead, "email", "email_key") == ("b@example.com", "b@example.com")


def test_changing_the_main_email_changes_its_row():
	lead = lead_with_emails("a@example.com", "b@example.com")
	row = lead.email_ids[0].name
	lead.email = "c@example.com"
	lead.save()
	assert emails(lead) == ["c@example.com*", "b@example.com"]
	assert lead.email_ids[0].name == row


def test_emptying_the_main_email_lets_the_next_one_move_up():
	lead = lead_with_emails("a@example.com", "b@example.com")
	lead.email = ""
	lead.save()
	assert emails(lead) == ["b@example.com*"]
	assert stored(lead, "email") == "b@example.com"


def test_deleting_the_main_row_lets_the_next_one_move_up():
	lead = lead_with_emails("a@example.com", "b@example.com", "c@example.com")
	lead.remove(lead.email_ids[0])
	lead.save()
	assert emails(lead) == ["b@example.com*", "c@example.com"]
	assert stored(lead, "email") == "b@example.com"


def test_the_same_email_twice_is_one_row():
	lead = make_lead(
		email_ids=[{"email_id": address} for address in ("a@example.com", "A@Example.com ", "b@example.com")]
	)
	assert emails(lead) == ["a@example.com*", "b@example.com"]
	lead.append("email_ids", {"email_id": "B@example.com", "is_primary": 1})
	lead.save()
	assert emails(lead) == ["a@example.com", "b@example.com*"]


def test_phone_and_mobile_have_one_tick_each():
	lead = make_lead(phone="030 1234560", mobile_no="0170 1234567")
	lead.append("phone_nos", {"phone": "030 9876543"})
	lead.save()
	assert phones(lead) == ["0170 1234567 m", "030 1234560 p", "030 9876543"]
	lead.phone_nos[2].is_primary_phone = 1
	lead.save()
	assert phones(lead) == ["0170 1234567 m", "030 1234560", "030 9876543 p"]
	assert stored(lead, "phone", "mobile_no") == ("030 9876543", "0170 1234567")


def test_two_spellings_of_a_phone_are_one_row(country):
	country("Germany")
	lead = make_lead(
		phone_nos=[{"phone": "030 123456"}, {"phone": "+49 30 123456", "is_primary_mobile_no": 1}]
	)
	assert phones(lead) == ["030 123456 m"]
	assert stored(lead, "phone", "mobile_no") == (None, "030 123456")


def test_rows_sent_over_rest_become_the_main_ones():
	client = Client(make_user("Sales User"))
	lead = client.create(
		"Pipeline Lead",
		first_name="Jane",
		email_ids=[{"email_id": "a@example.com"}, {"email_id": "b@example.com", "is_primary": 1}],
		phone_nos=[{"phone": "030 1234560"}],
	)
	assert (lead["email"], lead["phone"]) == ("b@example.com", "030 1234560")
	lead = client.update(lead, email="a@example.com")
	assert [row["is_primary"] for row in lead["email_ids"]] == [1, 0]
	assert lead["email"] == "a@example.com"


def test_a_change_of_rows_alone_is_seen_by_the_version_history():
	lead = lead_with_emails("a@example.com", "b@example.com")
	frappe.get_doc("Pipeline Lead", lead.name).save()
	lead.reload()
	lead.email_ids[1].is_primary = 1
	lead.save(ignore_version=False)
	version = frappe.get_last_doc("Version", {"docname": lead.name})
	assert "b@example.com" in version.data


# Accepted and refused.


@pytest.mark.parametrize(
	"email",
	[
		"nobody",
		"a@example",
		"a@example.com, b@example.com",
		"Jane <a@example.com>",
		"a b@example.com",
		"<script>alert(1)</script>@example.com",
		'"onclick="@example.com',
	],
)
def test_what_is_no_email_is_refused_in_field_and_row(email):
	message = r" is not an e-mail address. Enter one like name@example.com in each field or row."
	with pytest.raises(InvalidContactError, match=message) as refused:
		make_lead(email=email)
	assert "<script" not in str(refused.value)
	with pytest.raises(InvalidContactError, match=message):
		make_lead(email="a@example.com", email_ids=[{"email_id": email}])


@pytest.mark.parametrize("phone", ["call me", "030-y12", "--", "030 123456 030 123456 030 123456"])
def test_what_is_no_phone_is_refused_in_field_and_row(phone):
	message = r" is not a phone number. Use at most 20 digits, spaces and "
	for values in ({"phone": phone}, {"mobile_no": phone}, {"phone_nos": [{"phone": phone}]}):
		with pytest.raises(InvalidContactError, match=message):
			make_lead(**values)


@pytest.mark.parametrize(
	"website",
	[
		"example.com",
		"javascript:alert(1)",
		" JavaScript:alert(1)",
		"data:text/html,x",
		"ftp://example.com",
		"http://",
	],
)
def test_a_website_that_is_not_http_is_refused(website):
	message = r" is not the address of a website. It has to begin with http:// or https://."
	with pytest.raises(InvalidContactError, match=message):
		make_lead(website=website)
	lead = make_lead(website="https://example.com")
	lead.website = website
	with pytest.raises(InvalidContactError, match=message):
		lead.save()


def test_what_was_typed_stays_as_typed():
	typed = {
		"email": "Jane.Example@Bücher.Example",
		"phone": "(030) 12-34 56",
		"mobile_no": "+49 (0)170 1234567",
		"website": "HTTPS://Example.com/Über",
	}
	lead = make_lead(**{field: f" {value} " for field, value in typed.items()})
	assert stored(lead, *typed) == tuple(typed.values())


def test_a_number_given_as_a_number_is_taken():
	assert stored(make_lead(phone=49301234567), "phone") == "49301234567"


def test_an_old_mistake_does_not_keep_anybody_from_saving_something_else():
	lead = lead_with_emails("a@example.com", "b@example.com")
	lead.update({"phone": "030 123456", "website": "https://example.com"})
	lead.append("phone_nos", {"phone": "030 654321"})
	lead.save()
	spoil(lead)
	lead.reload()
	lead.job_title = "Buyer"
	lead.save()
	assert stored(lead, "job_title", "email", "phone", "website") == (
		"Buyer",
		"old mistake",
		"call me",
		"javascript:1",
	)
	lead.website = "javascript:2"
	with pytest.raises(InvalidContactError):
		lead.save()


def test_an_old_mistake_does_not_keep_documents_from_moving_the_lead():
	lead = lead_with_emails("a@example.com", "b@example.com")
	lead.update({"phone": "030 123456"})
	lead.append("phone_nos", {"phone": "030 654321"})
	lead.save()
	spoil(lead)
	make_opportunity(lead)
	recompute.recompute(lead.name)
	assert stored(lead, "status") == "Opportunity"


def spoil(lead) -> None:
	"""What an older version, a patch or SQL may have left."""
	frappe.db.set_value(
		"Pipeline Lead", lead.name, {"email": "old mistake", "phone": "call me", "website": "javascript:1"}
	)
	for row in lead.email_ids:
		frappe.db.set_value(
			"Contact Email", row.name, "email_id", f"old mistake {row.idx}"[: 11 if row.idx == 1 else 13]
		)
	for row in lead.phone_nos:
		frappe.db.set_value(
			"Contact Phone", row.name, "phone", "call me" if row.is_primary_phone else "or me"
		)


def test_fields_that_a_site_adds_are_checked_by_the_framework():
	frappe.get_meta("Pipeline Lead").append(
		"fields", {"fieldname": "second_site", "fieldtype": "Data", "options": "URL", "label": "Second Site"}
	)
	frappe.get_meta("Pipeline Lead").__dict__.pop("_data_fields", None)
	try:
		with pytest.raises(frappe.ValidationError, match="is not a valid URL"):
			make_lead(second_site="nowhere")
	finally:
		frappe.clear_cache(doctype="Pipeline Lead")


def test_a_saved_lead_can_be_cached():
	lead = lead_with_emails("a@example.com", "b@example.com")
	assert pickle.loads(pickle.dumps(lead)).email_ids[1].email_id == "b@example.com"


# Keys.


@pytest.mark.parametrize(
	"where, typed, key",
	[
		("Germany", "030 123456", "+4930123456"),
		("Germany", "0049 30 123456", "+4930123456"),
		("United States", "(650) 253-0000", "+16502530000"),
		("United States", "+49 30 123456", "+4930123456"),
		(None, "030 123456", "030123456"),
		("Germany", "4711", None),
	],
)
def test_the_key_of_a_phone_is_its_number_for_the_whole_world(country, where, typed, key):
	country(where)
	lead = make_lead(phone=typed, mobile_no=typed)
	assert stored(lead, "phone", "phone_key", "mobile_key") == (typed, key, key)


def test_the_key_of_an_email_is_lower_case_and_ascii():
	assert stored(make_lead(email="Jane@Bücher.Example"), "email_key") == "jane@xn--bcher-kva.example"


def test_keys_go_with_what_they_are_keys_of():
	lead = make_lead(email="a@example.com", phone="+49 30 123456", mobile_no="+49 170 1234567")
	lead.update({"email": "", "phone": "", "mobile_no": ""})
	lead.save()
	assert stored(lead, "email_key", "phone_key", "mobile_key", "contact_keys") == (None, None, None, None)


def test_nobody_writes_a_key_by_hand():
	lead = make_lead(email="a@example.com", email_key="b@example.com", phone_key="+49301")
	assert stored(lead, "email_key", "phone_key") == ("a@example.com", None)
	lead.update({"email_key": "c@example.com", "contact_keys": "d@example.com", "job_title": "Buyer"})
	lead.save()
	assert stored(lead, "email_key", "contact_keys") == ("a@example.com", "a@example.com")


def test_a_new_country_reaches_a_lead_when_it_is_saved(country):
	country(None)
	lead = make_lead(phone="030 123456")
	country("Germany")
	lead.save()
	assert stored(lead, "phone_key") == "+4930123456"

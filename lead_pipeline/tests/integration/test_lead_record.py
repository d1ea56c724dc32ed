"""What a lead must have, what it gets by itself, and what it refuses."""

import threading
from datetime import date

import frappe
import pytest

from lead_pipeline.exceptions import InvalidValueError, MissingIdentityError
from lead_pipeline.patches import empty_descriptions
from lead_pipeline.status import log
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_customer, make_lead, make_lead_type, make_user
from lead_pipeline.tests.rest import Client


def new_lead(**values):
	"""A lead that has nothing but `values`."""
	lead = frappe.new_doc("Pipeline Lead")
	lead.update(values)
	return lead.insert()


# Minimum: a person, a company or an e-mail.


@pytest.mark.parametrize(
	"given, title",
	[
		({"first_name": "Jane"}, "Jane"),
		({"last_name": "Example"}, "Example"),
		({"first_name": "Jane", "last_name": "Example"}, "Jane Example"),
		({"lead_name": "Somebody at the fair"}, "Somebody at the fair"),
		({"company_name": "Example Ltd"}, "Example Ltd"),
		({"email": "jane@example.com"}, "jane@example.com"),
		({"email_ids": [{"email_id": "jane@example.com"}]}, "jane@example.com"),
		({"first_name": "Jane", "company_name": "Example Ltd"}, "Jane"),
		({"first_name": "Jane", "company_name": "Example Ltd", "is_organization": 1}, "Example Ltd"),
		({"lead_name": "Relaunch", "company_name": "Example Ltd", "is_organization": 1}, "Relaunch"),
		({"lead_name": "  Jane  "}, "Jane"),
		({"lead_name": " ", "company_name": " Example Ltd "}, "Example Ltd"),
	],
)
def test_a_lead_gets_its_title_from_what_is_known(given, title):
	lead = new_lead(**given)
	assert lead.lead_name == title
	assert lead.get_title() == title


@pytest.mark.parametrize(
	"given",
	[
		{},
		{"first_name": " ", "company_name": "\t"},
		{"phone": "+49 30 123456"},
		{"salutation": "Mr", "job_title": "Buyer", "description": "Met at the fair"},
	],
)
def test_a_lead_of_nobody_is_refused(given):
	with pytest.raises(
		MissingIdentityError, match=r"needs a name, a company or an e-mail address. Enter at least one"
	):
		new_lead(**given)


def test_an_organization_needs_its_company_name():
	message = r"needs its company name. Enter it, or untick <(b|strong)>Lead is an Organization"
	with pytest.raises(MissingIdentityError, match=message):
		new_lead(is_organization=1, first_name="Jane", email="jane@example.com")


def test_a_saved_lead_cannot_lose_its_last_name():
	lead = new_lead(email="jane@example.com")
	lead.update({"email": None, "lead_name": None})
	with pytest.raises(MissingIdentityError):
		lead.save()


def test_the_title_that_somebody_typed_stays():
	lead = new_lead(lead_name="Relaunch", company_name="Example Ltd")
	lead.company_name = "Other Ltd"
	lead.save()
	assert lead.lead_name == "Relaunch"


def test_an_emptied_title_is_filled_again():
	lead = new_lead(lead_name="Relaunch", company_name="Example Ltd")
	lead.lead_name = ""
	lead.save()
	assert lead.lead_name == "Example Ltd"


def test_a_title_made_of_long_names_fits_its_column():
	lead = new_lead(first_name="x" * 140, last_name="y" * 140)
	assert lead.lead_name == "x" * 140


def test_an_old_lead_without_a_company_can_still_change_its_status():
	lead = make_lead()
	frappe.db.set_value("Pipeline Lead", lead.name, "company_name", None)
	lead.reload()
	lead.status = "Open"
	lead.save()
	assert log.last(lead.name).to_status == "Open"


# Defaults: owner, type, status.


@pytest.mark.parametrize("role", ["Sales User", "Sales Manager"])
def test_a_sales_person_becomes_the_owner(role):
	user = make_user(role)
	frappe.set_user(user)
	assert new_lead(first_name="Jane").lead_owner == user


def test_an_owner_that_was_chosen_stays():
	chosen = make_user("Sales User")
	frappe.set_user(make_user("Sales User"))
	assert new_lead(first_name="Jane", lead_owner=chosen).lead_owner == chosen


def test_who_does_not_sell_does_not_become_the_owner():
	# Administrator has every role, and all jobs run in that name.
	assert new_lead(first_name="Jane").lead_owner is None
	frappe.set_user(make_user("System Manager", email="no-sales@example.com"))
	assert new_lead(first_name="Jane").lead_owner is None
	frappe.set_user("Guest")
	lead = frappe.new_doc("Pipeline Lead")
	lead.first_name = "Jane"
	# A web form inserts so in the name of a visitor.
	assert lead.insert(ignore_permissions=True).lead_owner is None


def test_the_only_type_is_given():
	for name in frappe.get_all("Pipeline Lead Type", pluck="name"):
		frappe.delete_doc("Pipeline Lead Type", name, force=True)
	assert new_lead(first_name="Jane").lead_type is None
	only = make_lead_type()
	assert new_lead(first_name="Jane").lead_type == only.name
	make_lead_type()
	assert new_lead(first_name="Jane").lead_type is None


def test_the_first_status_that_the_type_allows_is_given():
	assert new_lead(first_name="Jane").status == "Lead"
	lead_type = make_lead_type("Interested", "Open")
	assert new_lead(first_name="Jane", lead_type=lead_type.name).status == "Open"
	assert new_lead(first_name="Jane", lead_type=lead_type.name, status="Interested").status == "Interested"


def test_defaults_are_given_over_rest():
	user = make_user("Sales User")
	lead = Client(user).create("Pipeline Lead", first_name="Jane", last_name="Example")
	assert (lead["lead_owner"], lead["status"], lead["lead_name"]) == (user, "Lead", "Jane Example")
	assert lead["status_category"] == "New"


def test_the_minimum_holds_over_rest():
	client = Client(make_user("Sales User"))
	answer = client.session.post(
		f"{site.URL}/api/resource/Pipeline Lead", json={"phone": "030 123456"}, timeout=60
	)
	assert answer.status_code == 417
	assert "needs a name, a company or an e-mail address" in answer.text


# Figures and dates.


@pytest.mark.parametrize(("probability", "kept"), [(0, None), (12.4, 12), (100, 100), (None, None)])
def test_a_probability_is_a_whole_percentage(probability, kept):
	lead = new_lead(first_name="Jane", probability=probability)
	# What nobody has typed is that of the status.
	of_status = frappe.db.get_value("Pipeline Lead Status", lead.status, "probability")
	assert frappe.db.get_value("Pipeline Lead", lead.name, "probability") == (kept or of_status)


@pytest.mark.parametrize("probability", [-1, 100.01, "1000", float("nan")])
def test_any_other_probability_is_refused(probability):
	with pytest.raises(
		InvalidValueError, match=r"Probability</.*> is a percentage. Enter a number from 0 to 100"
	):
		new_lead(first_name="Jane", probability=probability)


def test_a_negative_revenue_is_refused():
	with pytest.raises(frappe.NonNegativeError, match=r"Value cannot be negative.*Expected Revenue"):
		new_lead(first_name="Jane", expected_revenue=-1)


@pytest.mark.parametrize("revenue", [10**12, 1e300, float("inf"), float("nan")])
def test_a_revenue_that_no_column_holds_is_refused(revenue):
	with pytest.raises(
		InvalidValueError, match=r"Expected Revenue</.*> is too large. Enter an amount of at most 12"
	):
		new_lead(first_name="Jane", expected_revenue=revenue)


@pytest.mark.parametrize("field", ["expected_closing", "next_contact_date"])
def test_what_is_no_date_is_refused(field):
	with pytest.raises(frappe.ValidationError, match=r"soon.* is not a valid date"):
		new_lead(first_name="Jane", **{field: "soon"})


@pytest.mark.parametrize("day", ["3/4/2027", "2027", "4"])
def test_a_day_that_can_be_another_one_is_refused_and_no_other(day):
	with pytest.raises(
		InvalidValueError, match=r"Expected Closing</.*> is no day that can be read in one way only"
	):
		new_lead(first_name="Jane", expected_closing=day)
	assert new_lead(first_name="Jane", expected_closing="15/3/2027").expected_closing == date(2027, 3, 15)


def test_a_closing_in_the_past_is_possible():
	lead = new_lead(first_name="Jane", expected_closing="2020-02-29")
	lead.reload()
	assert str(lead.expected_closing) == "2020-02-29"


def test_only_a_customer_lead_or_prospect_can_be_behind_a_lead():
	customer = make_customer()
	lead = new_lead(first_name="Jane", party_type="Customer", party=customer.name)
	assert lead.party == customer.name
	with pytest.raises(InvalidValueError, match=r"Party Type.* Choose one of: Customer, Lead, Prospect"):
		new_lead(first_name="Jane", party_type="User", party="Administrator")


@pytest.mark.parametrize("field", ["lead_name", "company_name", "job_title", "utm_source"])
def test_a_text_longer_than_its_column_is_refused(field):
	values = {"first_name": "Jane", field: "x" * 141}
	with pytest.raises(
		frappe.CharacterLengthExceededError, match=r"will get truncated, as max characters allowed is 140"
	):
		new_lead(**values)


# Text from anywhere.

SCRIPT = '<img src=x onerror="alert(1)"><script>alert(2)</script>'


def test_scripts_are_taken_out_of_what_is_stored():
	fields = (
		"lead_name",
		"company_name",
		"first_name",
		"job_title",
		"description",
		"lost_note",
		"utm_source",
	)
	lead = new_lead(**dict.fromkeys(fields, f"Jane {SCRIPT}"))
	stored = frappe.db.get_value("Pipeline Lead", lead.name, fields)
	assert all(value.startswith("Jane ") for value in stored)
	assert not any("onerror" in value or "<script" in value for value in stored)


def test_messages_show_typed_text_and_do_not_run_it():
	with pytest.raises(frappe.ValidationError) as refused:
		new_lead(first_name="Jane", website=SCRIPT)
	assert "&lt;img" in str(refused.value)
	assert "<img" not in str(refused.value)


# Names.


def test_names_come_from_a_sequence_with_the_prefix_of_the_settings():
	first, second = new_lead(first_name="Jane").name, new_lead(first_name="Joe").name
	prefix, year, number = first.split("-")
	assert (prefix, year) == ("LEAD", str(frappe.utils.getdate().year))
	assert int(second.split("-")[2]) == int(number) + 1
	settings = frappe.get_doc("Lead Pipeline Settings")
	settings.lead_prefix = "ENQUIRY"
	settings.save()
	assert new_lead(first_name="Jim").name.startswith(f"ENQUIRY-{year}-")


def test_the_sequence_stays_ahead_of_names_that_were_given_otherwise():
	number = int(new_lead(first_name="Jane").name.rpartition("-")[2])
	year = frappe.utils.getdate().year
	lead = new_lead(first_name="Joe")
	frappe.rename_doc("Pipeline Lead", lead.name, f"LEAD-{year}-{number + 5:05d}")
	following = [int(new_lead(first_name="Jim").name.rpartition("-")[2]) for _ in range(3)]
	assert min(following) > number + 5


@pytest.mark.parametrize("field", ["manual_status", "manual_basis", "status_changed_on", "reminded_for"])
def test_what_the_app_notes_down_cannot_be_sent(field):
	sent = {
		"manual_status": "Lost",
		"manual_basis": "no list at all",
		"status_changed_on": "2020-01-01 00:00:00",
		"reminded_for": "2020-01-01",
	}
	created = new_lead(first_name="Jane", **{field: sent[field]})
	assert str(created.get(field)) != sent[field]
	before = frappe.db.get_value("Pipeline Lead", created.name, field)
	created.reload()
	created.set(field, sent[field])
	with pytest.raises(InvalidValueError, match="follows from other fields"):
		created.save()
	created.reload()
	created.update({field: sent[field], "job_title": "Buyer"})
	created.save()
	assert frappe.db.get_value("Pipeline Lead", created.name, field) == before


@pytest.mark.parametrize("docstatus", [1, 2])
def test_a_lead_is_never_submitted(docstatus):
	"""A lead cannot be submitted.

	Not even when it is saved without permissions; else its log and its history would have no beginning.
	"""
	lead = frappe.new_doc("Pipeline Lead")
	lead.update({"first_name": "Jane", "docstatus": docstatus})
	with pytest.raises(frappe.ValidationError):
		lead.insert(ignore_permissions=True)
	lead = new_lead(first_name="Jane")
	lead.docstatus = docstatus
	with pytest.raises(frappe.ValidationError):
		lead.save(ignore_permissions=True)
	assert frappe.db.get_value("Pipeline Lead", lead.name, "docstatus") == 0


def test_two_leads_are_inserted_at_once_without_waiting():
	"""Two leads are inserted at the same time without waiting for a lock.

	The other connection inserts while this one has not committed.
	"""
	inserted = []

	def insert_elsewhere():
		site.connect()
		try:
			statement = {"mariadb": "set innodb_lock_wait_timeout = 1", "postgres": "set lock_timeout = '1s'"}
			frappe.db.sql(statement[frappe.db.db_type])
			inserted.append(make_lead().name)
		finally:
			frappe.destroy()

	lead = make_lead()
	other = threading.Thread(target=insert_elsewhere)
	other.start()
	other.join(timeout=60)
	assert len(inserted) == 1, "the second connection waited for the first or failed"
	assert inserted[0] != lead.name


# What it costs.


def test_an_insert_needs_at_most_five_statements(count_sql):
	"""An insert of a lead needs at most five statements (quality.md R1).

	Warm, with keys and status log, as a sales person; tables without rows cost nothing.
	"""
	frappe.set_user(make_user("Sales User"))
	values = {
		"email": "jane@example.com",
		"phone": "030 123456",
		"mobile_no": "0170 1234567",
		"status": "Open",
	}
	new_lead(**values)
	with count_sql() as statements:
		lead = new_lead(**values)
	assert len(statements) <= 5, statements
	assert (lead.email_ids, lead.phone_nos) == ([], [])
	assert lead.email_key and lead.phone_key and log.last(lead.name)


# A description that was emptied.


def without_description(*leads) -> set[str]:
	"""Which of these the list shows with the filter `description is not set`."""
	filters = [["description", "is", "not set"], ["name", "in", [lead.name for lead in leads]]]
	return {row.name for row in frappe.get_list("Pipeline Lead", filters=filters)}


def test_leads_whose_description_was_emptied_in_the_editor_are_found_as_leads_without():
	never, emptied, described = new_lead(first_name="A"), new_lead(first_name="B"), new_lead(first_name="C")
	described.description = "<p>Wants twenty seats</p>"
	described.save()
	emptied.description = "<p>Wants twenty seats</p>"
	emptied.save()
	emptied.description = '<div class="ql-editor read-mode"><p><br></p></div>'
	emptied.save()
	assert without_description(never, emptied, described) == {never.name, emptied.name}


def test_descriptions_that_were_emptied_before_become_empty_by_the_migration():
	lead, described = new_lead(first_name="A"), new_lead(first_name="B", description="<p>Seats</p>")
	emptied = '<div class="ql-editor read-mode"><p><br></p></div>'
	frappe.db.set_value("Pipeline Lead", lead.name, "description", emptied)
	empty_descriptions.execute()
	assert without_description(lead, described) == {lead.name}

"""The framework's Data Import follows the same rules as the form.

It inserts and updates leads.
"""

import frappe
import pytest

from lead_pipeline.status import log
from lead_pipeline.tests.data_imports import UPDATE, Import
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_user


@pytest.fixture
def imported():
	run = Import()
	yield run
	run.undo()


def lead(name: str):
	return frappe.get_doc("Pipeline Lead", name)


def test_rows_become_leads_with_title_defaults_and_keys(imported, country):
	country("Germany")
	user = make_user("Sales Manager")
	frappe.set_user(user)
	done = imported.run(
		[
			[
				"Lead Name",
				"Lead is an Organization",
				"Company Name",
				"Email",
				"Phone",
				"Status",
				"Probability",
			],
			["Jane Example", 0, "", "Jane@Example.com", "030 123456", "", 40],
			["", 1, "Example Ltd", "", "", "Interested", ""],
			["", 0, "", "joe@example.com", "", "", ""],
		]
	)
	assert done.status == "Success"
	jane, company, joe = (lead(name) for name in imported.results(done))
	assert [one.lead_name for one in (jane, company, joe)] == [
		"Jane Example",
		"Example Ltd",
		"joe@example.com",
	]
	assert [one.status for one in (jane, company, joe)] == ["Lead", "Interested", "Lead"]
	assert {one.lead_owner for one in (jane, company, joe)} == {user}
	assert (jane.email_key, jane.phone, jane.phone_key) == ("jane@example.com", "030 123456", "+4930123456")
	assert jane.probability == 40


def test_the_log_says_that_an_import_made_the_lead(imported):
	user = make_user("Sales Manager")
	frappe.set_user(user)
	done = imported.run([["Lead Name", "Status"], ["Jane", "Interested"]])
	rows = log.status_history_of(imported.results(done)[0])
	assert [(row.from_status, row.to_status, row.cause, row.changed_by) for row in rows] == [
		(None, "Interested", "Import", user)
	]


def test_who_does_not_sell_does_not_become_the_owner(imported):
	frappe.set_user(make_user("System Manager", email="no-sales@example.com"))
	done = imported.run([["Lead Name"], ["Jane"]])
	assert lead(imported.results(done)[0]).lead_owner is None


def test_several_emails_and_phones_are_rows_of_the_file(imported):
	done = imported.run(
		[
			["Lead Name", "Email", "Email ID (E-mails)", "Is Primary (E-mails)", "Number (Phones)"],
			["Jane", "", "a@example.com", 0, "030 1234567"],
			["", "", "b@example.com", 1, "030 7654321"],
		]
	)
	jane = lead(imported.results(done)[0])
	assert (jane.email, jane.phone) == ("b@example.com", "030 1234567")
	assert [(row.email_id, row.is_primary) for row in jane.email_ids] == [
		("a@example.com", 0),
		("b@example.com", 1),
	]


def test_an_update_changes_what_the_file_has_and_logs_a_changed_status(imported):
	first, second = make_lead(job_title="Buyer"), make_lead()
	done = imported.run(
		[
			["ID", "Status", "Email"],
			[first.name, "Interested", "new@example.com"],
			[second.name, "Lead", "x@example.com"],
		],
		kind=UPDATE,
	)
	assert imported.results(done) == [first.name, second.name]
	first, second = lead(first.name), lead(second.name)
	assert (first.status, first.email_key, first.job_title) == ("Interested", "new@example.com", "Buyer")
	assert [(row.to_status, row.cause) for row in log.status_history_of(first.name)] == [
		("Interested", "Import"),
		("Lead", "Created"),
	]
	assert [(row.to_status, row.cause) for row in log.status_history_of(second.name)] == [("Lead", "Created")]


def test_after_an_import_people_change_statuses_again(imported):
	done = imported.run([["Lead Name"], ["Jane"]])
	jane = lead(imported.results(done)[0])
	jane.status = "Open"
	jane.save()
	assert log.last(jane.name).cause == "Person"


def test_each_bad_row_is_refused_with_its_reason_and_the_others_are_imported(imported):
	# Two of them, as the only one would be the type of every row.
	lead_type, other = make_lead_type("Lead", "Open"), make_lead_type()
	imported.made += [("Pipeline Lead Type", lead_type.name), ("Pipeline Lead Type", other.name)]
	done = imported.run(
		[
			[
				"Lead Name",
				"Email",
				"Phone",
				"Website",
				"Lead Type",
				"Status",
				"Probability",
				"Expected Closing",
			],
			["Good", "", "", "", "", "", "", ""],
			["", "", "030 123456", "", "", "", "", ""],
			["Bad e-mail", "nobody", "", "", "", "", "", ""],
			["Bad phone", "", "call me", "", "", "", "", ""],
			["Bad site", "", "", "javascript:alert(1)", "", "", "", ""],
			["Forbidden", "", "", "", lead_type.name, "Interested", "", ""],
			["Lost", "", "", "", "", "Lost", "", ""],
			["Sure", "", "", "", "", "", 101, ""],
			["Also good", "", "", "", lead_type.name, "Open", "", ""],
		]
	)
	assert done.status == "Partial Success"
	good, *bad, also_good = imported.results(done)
	assert (lead(good).lead_name, lead(also_good).status) == ("Good", "Open")
	assert [message.strip() for message in bad] == [
		"A lead needs a name, a company or an e-mail address. Enter at least one of them.",
		"nobody is not an e-mail address. Enter one like name@example.com in each field or row.",
		"call me is not a phone number. Use at most 20 digits, spaces and + - . , ( ) # * / ext.",
		"javascript:alert(1) is not the address of a website. It has to begin with http:// or https://.",
		f"Status Interested is not allowed for leads of type {lead_type.name}. Allowed are: Lead, Open.",
		"Choose a Lost Reason before you set the status Lost.",
		"Probability is a percentage. Enter a number from 0 to 100.",
	]


def test_a_forbidden_status_is_refused_in_an_update_too(imported):
	lead_type = make_lead_type("Lead", "Open")
	one, other = make_lead(lead_type=lead_type.name), make_lead(lead_type=lead_type.name)
	rows = [[one.name, "Interested"], [other.name, "Replied"]]
	done = imported.run([["ID", "Status"], *rows], kind=UPDATE)
	assert [text.split(" is not")[0] for text in imported.results(done)] == [
		"Status Interested",
		"Status Replied",
	]
	assert [lead(each.name).status for each in (one, other)] == ["Lead", "Lead"]
	imported.made += [
		("Pipeline Lead Type", lead_type.name),
		("Pipeline Lead", one.name),
		("Pipeline Lead", other.name),
	]


@pytest.mark.parametrize(
	"column, value",
	[("Status", "Nonsense"), ("Lead Type", "No Such Type"), ("Sales Person", "nobody@example.com")],
)
def test_an_unknown_record_stops_the_import_before_its_first_row(imported, column, value):
	names = [f"Stopped {frappe.generate_hash(length=8)}" for _ in range(2)]
	done = imported.run([["Lead Name", column], [names[0], ""], [names[1], value]])
	assert (done.status, imported.results(done)) == ("Pending", [])
	assert value in done.template_warnings
	assert not frappe.db.exists("Pipeline Lead", {"lead_name": ("in", names)})


def test_an_imported_row_is_no_copy_of_the_lead_that_it_was_exported_from(imported):
	done = imported.run(
		[["Lead Name", "Status", "Campaign", "Copy Source"], ["Jane", "Interested", "Spring", "LEAD-1"]]
	)
	jane = lead(imported.results(done)[0])
	assert (jane.status, jane.campaign) == ("Interested", "Spring")

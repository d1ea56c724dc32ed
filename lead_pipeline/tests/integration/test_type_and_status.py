"""Which statuses a lead of a type may have.

Checked on save, on a change of the lead's type, and when the type or status itself changes.
"""

import csv
import io

import frappe
import pytest
from frappe.core.doctype.data_import.data_import import start_import

from lead_pipeline.exceptions import DisabledValueError, StatusNotAllowedError
from lead_pipeline.status.recompute import recompute
from lead_pipeline.tests.factories import (
	make_lead,
	make_lead_type,
	make_opportunity,
	make_quotation,
	new_lead_type,
)
from lead_pipeline.tests.messages import forget, messages, refused

FORBIDDEN = "Status Interested is not allowed for leads of type {0}. Allowed are: Open, Replied."


def set_disabled(doctype: str, name: str, disabled: int = 1) -> None:
	document = frappe.get_doc(doctype, name)
	document.disabled = disabled
	document.save()


def last_cause(lead) -> str:
	return frappe.get_all(
		"Pipeline Status Log",
		{"lead": lead.name},
		pluck="cause",
		order_by="changed_on desc, creation desc",
		limit=1,
	)[0]


def test_a_type_with_an_empty_table_allows_every_status():
	lead = make_lead(lead_type=make_lead_type().name)
	for status in ("Interested", "Quotation", "Do Not Contact"):
		lead.status = status
		lead.save()
	assert lead.status == "Do Not Contact"


def test_a_new_lead_gets_the_first_status_that_its_type_allows_by_position():
	lead_type = make_lead_type("Interested", "Replied", "Lost")
	assert make_lead(lead_type=lead_type.name).status == "Replied"


def test_a_new_lead_gets_the_type_when_there_is_just_one():
	frappe.db.delete("Pipeline Lead Type")
	lead_type = make_lead_type("Replied", "Interested")
	lead = make_lead()
	assert (lead.lead_type, lead.status) == (lead_type.name, "Replied")
	make_lead_type()
	assert not make_lead().lead_type


def test_a_new_lead_does_not_get_a_disabled_status():
	set_disabled("Pipeline Lead Status", "Lead")
	assert make_lead().status == "Open"


def test_without_a_type_no_status_is_forbidden():
	lead = make_lead(lead_type=make_lead_type("Open", "Replied").name)
	lead.lead_type = None
	lead.status = "Interested"
	lead.save()
	assert lead.status == "Interested"


def test_a_new_lead_with_a_forbidden_status_is_refused():
	lead_type = make_lead_type("Open", "Replied").name
	with refused(StatusNotAllowedError) as refusal:
		make_lead(lead_type=lead_type, status="Interested")
	assert FORBIDDEN.format(lead_type) in refusal


def test_a_disabled_status_cannot_be_given():
	set_disabled("Pipeline Lead Status", "Interested")
	lead = make_lead()
	lead.status = "Interested"
	with refused(StatusNotAllowedError) as refusal:
		lead.save()
	assert "Status Interested is disabled. Choose one of: Lead, Open, Replied" in refusal


@pytest.mark.parametrize("fieldname, value", [("lost_reason", "No budget"), ("channel", "Directory")])
def test_a_disabled_reason_or_channel_cannot_be_given_but_stays(fieldname, value):
	doctype = frappe.get_meta("Pipeline Lead").get_field(fieldname).options
	had_it, new = make_lead(**{fieldname: value}), make_lead()
	set_disabled(doctype, value)
	new.set(fieldname, value)
	with refused(DisabledValueError) as refusal:
		new.save()
	assert f"{value} is disabled. Choose another one, or enable it again." in refusal
	had_it.company_name = "Another name"
	had_it.save()
	assert had_it.get(fieldname) == value


class TestChangedType:
	def test_an_allowed_status_stays(self):
		lead = make_lead(status="Interested")
		lead.lead_type = make_lead_type("Open", "Interested").name
		lead.save()
		assert lead.status == "Interested"

	def test_a_forbidden_status_gives_way_to_the_first_allowed_one(self):
		lead = make_lead(status="Interested")
		lead.lead_type = make_lead_type("Replied", "Open").name
		lead.save()
		assert (lead.status, lead.status_category, last_cause(lead)) == ("Open", "Working", "Type Change")

	def test_a_disabled_status_that_the_new_type_allows_stays(self):
		lead = make_lead(status="Interested")
		set_disabled("Pipeline Lead Status", "Interested")
		lead.lead_type = make_lead_type("Open", "Interested").name
		lead.save()
		assert lead.status == "Interested"

	@pytest.mark.parametrize("kept_by", [{"hold_status": 1}, {"status": "Do Not Contact"}])
	def test_neither_hold_nor_protection_keeps_a_forbidden_status(self, kept_by):
		lead = make_lead(**({"status": "Interested"} | kept_by))
		lead.lead_type = make_lead_type("Open", "Replied").name
		lead.save()
		assert lead.status == "Open"

	def test_what_a_type_has_made_of_a_status_stays_with_the_next_type(self):
		lead = make_lead(status="Open")
		lead.lead_type = make_lead_type("Interested", "Lost").name
		lead.save()
		assert lead.status == "Interested"
		lead.lead_type = None
		lead.save()
		assert lead.status == "Interested"

	def test_a_status_chosen_together_with_the_type_counts_when_the_type_allows_it(self):
		lead = make_lead()
		lead.update({"lead_type": make_lead_type("Open", "Replied").name, "status": "Replied"})
		lead.save()
		assert (lead.status, last_cause(lead)) == ("Replied", "Person")

	def test_a_status_chosen_together_with_the_type_is_refused_when_the_type_forbids_it(self):
		lead_type = make_lead_type("Open", "Replied").name
		lead = make_lead()
		lead.update({"lead_type": lead_type, "status": "Interested"})
		with refused(StatusNotAllowedError) as refusal:
			lead.save()
		assert FORBIDDEN.format(lead_type) in refusal

	def test_the_status_of_a_document_is_taken_as_soon_as_the_type_allows_it(self):
		lead = make_lead(lead_type=make_lead_type("Lead", "Opportunity").name)
		make_opportunity(lead)
		make_quotation(lead)
		lead.reload()
		assert lead.status == "Opportunity"
		lead.lead_type = make_lead_type("Lead", "Quotation").name
		lead.save()
		assert lead.status == "Quotation"


class TestChangedPipeline:
	"""What people do to a type or a status does nothing to leads by itself."""

	def test_taking_a_status_from_a_type_says_how_many_leads_have_it_and_leaves_them(self):
		lead_type = make_lead_type("Open", "Interested", "Replied")
		leads = [make_lead(lead_type=lead_type.name, status="Interested") for _ in range(3)]
		make_lead(lead_type=lead_type.name, status="Open")
		forget()
		lead_type.set(
			"allowed_statuses", [row for row in lead_type.allowed_statuses if row.status != "Interested"]
		)
		lead_type.save()
		assert "Interested: 3" in messages()
		assert "They keep them until a person or a document gives them another one" in messages()
		for lead in leads:
			recompute(lead.name)
			lead.reload()
			assert lead.status == "Interested"

	def test_a_lead_with_a_status_that_its_type_does_not_allow_any_more_can_be_saved(self):
		lead_type = make_lead_type("Open", "Interested")
		lead = make_lead(lead_type=lead_type.name, status="Interested")
		lead_type.set("allowed_statuses", [{"status": "Open"}])
		lead_type.save()
		lead.company_name = "Another name"
		lead.save()
		assert lead.status == "Interested"

	def test_a_first_row_in_the_table_says_how_many_leads_have_other_statuses(self):
		lead_type = make_lead_type()
		make_lead(lead_type=lead_type.name, status="Interested")
		forget()
		lead_type.append("allowed_statuses", {"status": "Open"})
		lead_type.save()
		assert "Interested: 1" in messages()

	@pytest.mark.parametrize("how", ["disabled", "taken from the type"])
	def test_a_lead_whose_document_gave_it_the_status_keeps_it(self, how):
		lead_type = make_lead_type("Lead", "Opportunity", "Quotation")
		lead = make_lead(lead_type=lead_type.name)
		quotation = make_quotation(lead)
		if how == "disabled":
			set_disabled("Pipeline Lead Status", "Quotation")
		else:
			lead_type.set("allowed_statuses", [{"status": "Lead"}, {"status": "Opportunity"}])
			lead_type.save()
		recompute(lead.name)
		lead.reload()
		assert lead.status == "Quotation"
		make_opportunity(lead)
		quotation.delete()
		lead.reload()
		assert lead.status == "Opportunity"

	def test_a_disabled_choice_does_not_come_back_when_the_documents_are_gone(self):
		lead = make_lead(status="Interested")
		opportunity = make_opportunity(lead)
		set_disabled("Pipeline Lead Status", "Interested")
		opportunity.delete()
		lead.reload()
		assert lead.status == "Lead"

	def test_a_status_twice_in_the_table_is_once_in_it(self):
		lead_type = make_lead_type("Open", "Interested", "Open", "Open")
		assert [(row.idx, row.status) for row in lead_type.allowed_statuses] == [
			(1, "Open"),
			(2, "Interested"),
		]
		lead_type.reload()
		assert len(lead_type.allowed_statuses) == 2

	def test_a_disabled_status_in_the_table_is_pointed_out(self):
		set_disabled("Pipeline Lead Status", "Interested")
		forget()
		new_lead_type("Open", "Interested").insert()
		assert (
			"These statuses are disabled, so no lead gets them although the type allows it: Interested."
			in messages()
		)


class TestEveryWay:
	"""The same rules by list, API and import as by the form."""

	def test_bulk_edit(self, committed):
		free, lead_type = make_lead(), make_lead_type("Open", "Replied")
		allowed = make_lead(lead_type=lead_type.name)
		committed += [allowed, free, lead_type]
		frappe.db.commit()
		failed = frappe.call(
			"frappe.desk.doctype.bulk_update.bulk_update.submit_cancel_or_update_docs",
			doctype="Pipeline Lead",
			docnames=[allowed.name, free.name],
			action="update",
			data={"status": "Interested"},
		)
		assert failed == [allowed.name]
		assert frappe.db.get_value("Pipeline Lead", free.name, "status") == "Interested"
		assert frappe.db.get_value("Pipeline Lead", allowed.name, "status") == "Open"

	def test_set_value(self):
		lead_type = make_lead_type("Open", "Replied").name
		lead = make_lead(lead_type=lead_type)
		with refused(StatusNotAllowedError) as refusal:
			frappe.call("frappe.client.set_value", "Pipeline Lead", lead.name, "status", "Interested")
		assert FORBIDDEN.format(lead_type) in refusal

	def test_set_value_of_the_type(self):
		lead = make_lead(status="Interested")
		frappe.call(
			"frappe.client.set_value",
			"Pipeline Lead",
			lead.name,
			"lead_type",
			make_lead_type("Open", "Replied").name,
		)
		assert frappe.db.get_value("Pipeline Lead", lead.name, "status") == "Open"

	def test_import(self, committed):
		committed.append(make_lead_type("Open", "Replied"))
		lead_type = committed[0].name
		good, bad, company = (f"Import {frappe.generate_hash(length=6)}" for _ in range(3))
		rows = [(good, lead_type, "Replied"), (bad, lead_type, "Interested"), (company, lead_type, "")]
		log = run_import("Insert New Records", ("Company Name", "Lead Type", "Status"), rows)
		assert [entry.success for entry in log] == [1, 0, 1]
		assert FORBIDDEN.format(lead_type) in frappe.utils.strip_html(log[1].messages)
		found = frappe.get_all("Pipeline Lead", {"lead_type": lead_type}, ["name", "company_name", "status"])
		committed[:0] = [frappe.get_doc("Pipeline Lead", lead.name) for lead in found]
		assert {lead.company_name: lead.status for lead in found} == {good: "Replied", company: "Open"}

	def test_import_that_changes_the_type(self, committed):
		committed += [make_lead(status="Interested"), make_lead_type("Open", "Replied")]
		lead, lead_type = committed[0], committed[1].name
		log = run_import("Update Existing Records", ("ID", "Lead Type"), [(lead.name, lead_type)])
		assert [entry.success for entry in log] == [1], log
		lead.reload()
		assert (lead.lead_type, lead.status, last_cause(lead)) == (lead_type, "Open", "Type Change")


def run_import(kind: str, header: tuple, rows: list[tuple]) -> list[frappe._dict]:
	"""Run a Data Import of leads with these columns.

	Return its log, a row for each lead. Commits.
	"""
	text = io.StringIO()
	csv.writer(text).writerows([header, *rows])
	file = frappe.get_doc(
		{
			"doctype": "File",
			"file_name": f"{frappe.generate_hash(length=6)}.csv",
			"content": text.getvalue(),
			"is_private": 1,
		}
	).insert()
	data_import = frappe.get_doc(
		{
			"doctype": "Data Import",
			"reference_doctype": "Pipeline Lead",
			"import_type": kind,
			"import_file": file.file_url,
			"mute_emails": 1,
		}
	).insert()
	start_import(data_import.name)
	data_import.reload()
	assert data_import.status in ("Success", "Partial Success"), data_import.template_warnings
	return frappe.get_all(
		"Data Import Log",
		{"data_import": data_import.name},
		["success", "messages", "exception"],
		order_by="log_index",
	)

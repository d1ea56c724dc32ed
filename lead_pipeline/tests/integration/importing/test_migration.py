"""Leads of ERPNext and of Frappe CRM become Pipeline Leads, each exactly once.

Nothing of the original leads is lost or changed.
"""

import frappe
import pytest
from frappe.desk.form.load import get_communication_data
from frappe.utils import add_days, now_datetime

from lead_pipeline.capture.importing import jobs
from lead_pipeline.capture.migration import api, sources
from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import ActionRefusedError, InvalidActionError
from lead_pipeline.status import log
from lead_pipeline.tests.command_line import bench
from lead_pipeline.tests.factories import (
	make_lead,
	make_lead_type,
	make_opportunity,
	make_quotation,
	make_user,
)
from lead_pipeline.tests.imports import ROW, counted, erase
from lead_pipeline.tests.migrations import PAST, RUN, needs, outcomes, row_of
from lead_pipeline.tests.sales import mapped


def test_a_lead_of_erpnext_becomes_a_lead_with_all_that_it_has(manager, migrations):
	seller = make_user("Sales User")
	old = migrations.lead(
		middle_name="M.",
		company_name=f"Company {migrations.mark}",
		job_title="Buyer",
		phone="030 1234567",
		website="www.example.com",
		lead_owner=seller,
		status="Interested",
		salutation="Ms",
		industry="Software",
		no_of_employees="11-50",
	)
	frappe.db.set_value("Lead", old.name, "_user_tags", f",Tag {migrations.mark}")
	doc = migrations.done()
	lead = migrations.migrated(old.name)
	assert (lead.first_name, lead.last_name, lead.company_name) == (
		"Old M.",
		migrations.mark,
		f"Company {migrations.mark}",
	)
	assert (lead.email, lead.phone, lead.website) == (old.email_id, "030 1234567", "https://www.example.com")
	assert (lead.job_title, lead.salutation, lead.industry) == ("Buyer", "Ms", "Software")
	assert (lead.status, lead.lead_owner, str(lead.creation)) == ("Interested", seller, PAST)
	assert (lead.party_type, lead.party, lead.owner) == ("Lead", old.name, old.owner)
	assert [row.tag for row in lead.tags] == [f"Tag {migrations.mark}"]
	rows = log.status_history_of(lead.name)
	assert [(row.to_status, row.cause, row.reference_name, str(row.changed_on)) for row in rows] == [
		("Interested", "Import", old.name, PAST)
	]
	comments = " ".join(frappe.get_all("Comment", {"reference_name": lead.name}, pluck="content"))
	assert "11-50" in comments, "what has no field is told in a comment"
	assert row_of(doc, migrations.mark)["lead"] == lead.name


def test_what_belongs_to_a_lead_is_shown_at_the_new_one_and_stays_at_the_old(manager, migrations):
	old = migrations.lead()
	frappe.set_user("Administrator")
	held = {"link_doctype": "Lead", "link_name": old.name}
	address = migrations.insert(
		"Address",
		address_title=migrations.mark,
		address_line1="1 Street",
		city="Town",
		country="Germany",
		links=[held],
	)
	mail = migrations.insert(
		"Communication",
		subject="Hello",
		content="Hello",
		communication_type="Communication",
		sent_or_received="Received",
		reference_doctype="Lead",
		reference_name=old.name,
	)
	comment = old.add_comment("Comment", "Call them in May")
	file = migrations.insert(
		"File",
		file_name=f"{migrations.mark}.txt",
		content="x",
		attached_to_doctype="Lead",
		attached_to_name=old.name,
	)
	worker = make_user("Sales User")
	task = migrations.insert(
		"ToDo", description="Call", allocated_to=worker, reference_type="Lead", reference_name=old.name
	)
	before = {
		(doctype, name): frappe.db.get_value(doctype, name, "*", as_dict=True)
		for doctype, name in (
			*(("Lead", old.name), ("Communication", mail.name), ("Comment", comment.name)),
			*(("File", file.name), ("ToDo", task.name)),
		)
	}
	news = frappe.db.count("Notification Log"), frappe.db.count("Email Queue")
	frappe.set_user(manager)
	migrations.done()
	lead = migrations.migrated(old.name)
	contacts = frappe.get_all(
		"Dynamic Link", {"link_doctype": LEAD, "link_name": lead.name}, ["parenttype", "parent"]
	)
	assert ("Address", address.name) in [(row.parenttype, row.parent) for row in contacts]
	assert "Contact" in [row.parenttype for row in contacts]
	assert mail.name in [row.name for row in get_communication_data(LEAD, lead.name)]
	assert mail.name in [row.name for row in get_communication_data("Lead", old.name)]
	copied = frappe.get_all("Comment", {"reference_name": lead.name}, ["content", "owner", "creation"])
	assert ("Call them in May", comment.owner) in [(row.content, row.owner) for row in copied]
	assert frappe.get_all("File", {"attached_to_name": lead.name}, pluck="file_url") == [file.file_url]
	assert lead.get("_assign") == f'["{worker}"]'
	for (doctype, name), values in before.items():
		assert frappe.db.get_value(doctype, name, "*", as_dict=True) == values, (doctype, "has been changed")
	told = [
		row.subject
		for row in frappe.get_all("Notification Log", fields=["subject"], limit=5, order_by="creation desc")
	]
	# The end of the rehearsal and of the migration are told to who has asked for them.
	assert frappe.db.count("Notification Log") - news[0] <= 2, told
	assert frappe.db.count("Email Queue") == news[1]


def test_documents_get_the_lead_and_its_status_follows_them(manager, migrations):
	old = migrations.lead(status="Opportunity")
	frappe.set_user("Administrator")
	opportunity = make_opportunity(opportunity_from="Lead", party_name=old.name)
	quotation = make_quotation(quotation_to="Lead", party_name=old.name)
	migrations.made += [("Opportunity", opportunity.name), ("Quotation", quotation.name)]
	frappe.db.set_value("Opportunity", opportunity.name, "pipeline_lead", None)
	frappe.db.set_value("Quotation", quotation.name, "pipeline_lead", None)
	frappe.db.commit()
	frappe.set_user(manager)
	migrations.done()
	lead = migrations.migrated(old.name)
	assert lead.status == "Quotation"
	for document in (opportunity, quotation):
		assert frappe.db.get_value(document.doctype, document.name, "pipeline_lead") == lead.name
	last = log.last(lead.name)
	assert (last.cause, last.reference_name) == ("Document", quotation.name)


def test_a_customer_that_erpnext_made_for_an_order_says_nothing_about_the_lead(manager, migrations):
	old = migrations.lead(status="Opportunity")
	frappe.set_user("Administrator")
	quotation = make_quotation(quotation_to="Lead", party_name=old.name)
	quotation.submit()
	customer = mapped(quotation, "make_sales_order").customer
	migrations.made += [("Customer", customer), ("Quotation", quotation.name)]
	frappe.db.commit()
	frappe.set_user(manager)
	migrations.done()
	lead = migrations.migrated(old.name)
	frappe.set_user("Administrator")
	assert frappe.db.get_value("Customer", customer, ["pipeline_lead", "pipeline_made_for_sale"]) == (
		lead.name,
		1,
	)
	assert lead.status == "Quotation"
	quotation.reload()
	quotation.cancel()
	frappe.db.commit()


def belongings() -> dict[str, int]:
	"""How many leads there are, and records of each kind that belong to leads."""
	linked = {"link_doctype": LEAD}
	return {
		LEAD: frappe.db.count(LEAD),
		"Comment": frappe.db.count("Comment", {"reference_doctype": LEAD, "comment_type": "Comment"}),
		"Communication Link": frappe.db.count("Communication Link", linked),
		"Dynamic Link": frappe.db.count("Dynamic Link", linked),
		"ToDo": frappe.db.count("ToDo", {"reference_type": LEAD}),
	}


def test_the_second_run_makes_nothing(manager, migrations):
	old = migrations.lead()
	first = migrations.done()
	assert outcomes(first)["Created"] >= 1
	before = belongings()
	again = migrations.done()
	assert "Created" not in outcomes(again)
	assert belongings() == before
	lead = migrations.migrated(old.name)
	assert row_of(again, migrations.mark)["message"] == f"Is here already, as {lead.name}."


def test_the_dry_run_writes_no_lead_and_says_what_would_be_added(manager, migrations):
	old = migrations.lead()
	frappe.db.set_value("Lead", old.name, "_user_tags", f",New Tag {migrations.mark}")
	before = frappe.db.count(LEAD)
	doc = migrations.rehearsed()
	assert (doc.status, frappe.db.count(LEAD)) == ("Rehearsed", before)
	assert f"New Tag {migrations.mark}" in doc.notes
	assert row_of(doc, migrations.mark)["kind"] == "New"


def test_the_table_of_statuses_decides_and_can_be_edited(manager, migrations):
	old = migrations.lead(status="Do Not Contact")
	proposed = {row["source_status"]: row["status"] for row in api.propose("Lead")}
	assert proposed["Do Not Contact"] == "Do Not Contact"
	doc = migrations.new()
	for row in doc.statuses:
		if row.source_status == "Do Not Contact":
			row.status = "Disqualified"
	doc.save()
	migrations.work(migrations.work(doc, jobs.REHEARSAL), jobs.IMPORT)
	assert migrations.migrated(old.name).status == "Disqualified"


def test_a_status_without_a_counterpart_or_forbidden_for_the_type_is_said(manager, migrations):
	migrations.lead(status="Interested")
	doc = migrations.new()
	for row in doc.statuses:
		row.status = None
	doc.save()
	doc = migrations.work(doc, jobs.REHEARSAL)
	assert row_of(doc, migrations.mark)["message"] == (
		"Choose what becomes of the status “Interested” in the table above."
	)
	lead_type, other = make_lead_type("Lead", "Open"), make_lead_type()
	migrations.made += [("Pipeline Lead Type", lead_type.name), ("Pipeline Lead Type", other.name)]
	doc = migrations.rehearsed(lead_type=lead_type.name)
	assert "is not allowed for leads of type" in row_of(doc, migrations.mark)["message"]


def test_a_known_sender_is_left_out_unless_one_wants_both(manager, migrations):
	old = migrations.lead()
	here = make_lead(email=old.email_id)
	frappe.db.commit()
	try:
		doc = migrations.rehearsed()
		assert row_of(doc, migrations.mark)["message"] == f"Belongs to the open lead {here.name}."
		doc = migrations.rehearsed(known="Create Anyway")
		assert row_of(doc, migrations.mark)["kind"] == "New"
	finally:
		erase([here.name])
		frappe.db.commit()


def test_a_lead_that_was_made_from_one_of_ours_is_no_second_lead(manager, migrations):
	old = migrations.lead()
	here = make_lead(party_type="Lead", party=old.name)
	frappe.db.commit()
	try:
		doc = migrations.rehearsed(known="Create Anyway")
		assert row_of(doc, migrations.mark)["message"] == f"Is here already, as {here.name}."
	finally:
		erase([here.name])
		frappe.db.commit()


def test_a_migrated_lead_is_not_handed_out(manager, migrations):
	frappe.set_user("Administrator")
	seller = make_user("Sales User")
	rule = migrations.insert(
		"Assignment Rule",
		name=f"Rule {migrations.mark}",
		document_type=LEAD,
		assign_condition="True",
		rule="Round Robin",
		description="New lead",
		users=[{"user": seller}],
		assignment_days=[
			{"day": day}
			for day in ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
		],
	)
	frappe.db.commit()
	frappe.set_user(manager)
	old = migrations.lead(lead_owner=None)
	frappe.db.set_value("Lead", old.name, "lead_owner", None)
	migrations.done()
	lead = migrations.migrated(old.name)
	assert not lead.get("_assign")
	assert not lead.lead_owner, "who migrates it is nobody's choice"
	assert rule.name


def test_what_a_lead_cannot_hold_does_not_stop_it(manager, migrations):
	old = migrations.lead()
	frappe.db.set_value(
		"Lead",
		old.name,
		{"phone": "call the office", "website": "on the card", "lead_owner": "gone@example.com"},
	)
	migrations.done()
	lead = migrations.migrated(old.name)
	assert not (lead.phone or lead.website or lead.lead_owner)
	told = " ".join(frappe.get_all("Comment", {"reference_name": lead.name}, pluck="content"))
	assert all(said in told for said in ("call the office", "on the card", "gone@example.com"))


def test_an_interrupted_migration_goes_on_where_it_was(manager, migrations, monkeypatch):
	for _number in range(4):
		migrations.lead()
	doc = migrations.rehearsed()
	from lead_pipeline.capture.migration import run

	migrate, done = run.migrate, []

	def die(*arguments):
		if len(done) == 2:
			raise SystemExit
		done.append(migrate(*arguments))
		return done[-1]

	with monkeypatch.context() as patch:
		patch.setattr(run, "migrate", die)
		with pytest.raises(SystemExit):
			migrations.work(doc, jobs.IMPORT)
	frappe.db.rollback()
	frappe.set_user(manager)
	doc.reload()
	jobs.set_progress(doc, worked_on=add_days(now_datetime(), -1))
	frappe.db.commit()
	assert api.state(doc.name)["status"] == "Stopped"
	verdicts = counted(api.state(doc.name)["verdicts"])
	migrations.work(doc, jobs.IMPORT)
	assert outcomes(doc)["Created"] == verdicts["New"]
	assert frappe.db.count(LEAD, {"origin_key": ("like", "Lead/%"), "last_name": migrations.mark}) == 4


def said_of(doc, lead) -> str:
	return frappe.db.get_value(ROW, {"run": doc.name, "origin_key": f"Lead/{lead.name}"}, "message")


def test_a_lead_that_changes_meanwhile_stops_no_other(manager, migrations, monkeypatch):
	"""A lead that changes during a migration does not stop the other leads.

	Somebody gives it a status that the table does not name; otherwise nobody could continue the run.
	"""
	changed, other = migrations.lead(), migrations.lead()
	doc = migrations.rehearsed()
	from lead_pipeline.capture.migration import run

	settle_all = run.row_store.set_outcome_of_all

	def change(*arguments):
		settle_all(*arguments)
		frappe.db.set_value("Lead", changed.name, "status", "Left for Mars")

	# After the second look at all leads, with which every run begins.
	monkeypatch.setattr(run.row_store, "set_outcome_of_all", change)
	migrations.work(doc, jobs.IMPORT)
	assert doc.status == "Done"
	assert "Choose what becomes of the status “Left for Mars”" in said_of(doc, changed)
	assert migrations.migrated(other.name)


def test_a_lead_that_fails_in_an_unforeseen_way_stops_no_other(manager, migrations, monkeypatch):
	broken, other = migrations.lead(), migrations.lead()
	from lead_pipeline.capture.migration import related_records

	bring = related_records.bring

	def fail(source):
		bring(source)
		if source.name == broken.name:
			raise KeyError("of another app")

	monkeypatch.setattr(related_records, "bring", fail)
	doc = migrations.done()
	assert doc.status == "Done"
	assert "KeyError: 'of another app' (Error Log" in said_of(doc, broken)
	assert not frappe.db.exists(LEAD, {"origin_key": f"Lead/{broken.name}"})
	assert migrations.migrated(other.name)


def test_who_may_not_import_may_not_migrate(migrations):
	frappe.set_user(make_user("Sales User"))
	with pytest.raises(frappe.PermissionError, match="You may not migrate leads"):
		api.offered()
	with pytest.raises(frappe.PermissionError):
		frappe.get_doc({"doctype": RUN, "source": "Lead"}).insert()


def test_a_source_that_the_site_does_not_have_is_refused(manager, migrations):
	with pytest.raises(InvalidActionError, match="no leads of that kind"):
		api.propose("Customer")
	needs("Lead")
	assert "Lead" in api.offered()
	assert set(sources.available()) <= set(sources.SOURCES)


def test_nothing_is_migrated_before_its_rehearsal(manager, migrations):
	doc = migrations.new()
	with pytest.raises(ActionRefusedError, match="Rehearse the migration first"):
		api.start(doc.name)


class TestCommand:
	def test_a_dry_run_says_what_would_become_of_the_leads_and_the_run_makes_each_once(self, migrations):
		old = migrations.lead()
		frappe.db.commit()
		tried = bench("migrate-leads", "Lead", "--dry-run")
		assert "New" in tried.stdout and not frappe.db.exists(LEAD, {"origin_key": f"Lead/{old.name}"})
		done = bench("migrate-leads", "Lead")
		assert "Created" in done.stdout, done.stderr
		assert migrations.migrated(old.name)
		name = done.stdout.split(":")[0]
		again = bench("migrate-leads", "--migration", name)
		assert "Created" in again.stdout
		migrations.made += [
			(RUN, run) for run in frappe.get_all(RUN, {"owner": "Administrator"}, pluck="name")
		]
		assert frappe.db.count(LEAD, {"origin_key": f"Lead/{old.name}"}) == 1

	def test_wrong_usage_says_what_to_name(self, migrations):
		assert "Name either a SOURCE or a --migration." in bench("migrate-leads").stderr
		done = bench("migrate-leads", "--migration", "NO-1")
		assert (done.returncode, "There is no Pipeline Migration NO-1" in done.stderr) == (1, True)

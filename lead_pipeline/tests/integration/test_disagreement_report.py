"""The report “Leads That Disagree”."""

import frappe
import pytest
import requests
from frappe.desk.query_report import run

from lead_pipeline.constants import JOB, LEAD
from lead_pipeline.framework import job_records
from lead_pipeline.lead_pipeline.report.leads_that_disagree import leads_that_disagree
from lead_pipeline.status import disagreements, reconcile
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_opportunity, make_quotation, make_user
from lead_pipeline.tests.messages import refused

REPORT = "Leads That Disagree"


def rows(**filters) -> dict[str, frappe._dict]:
	return {row["lead"]: frappe._dict(row) for row in run(REPORT, filters=filters)["result"]}


@pytest.fixture
def lead():
	"""Its quotation has expired without an event; an opportunity speaks for it now."""
	lead = make_lead()
	lead.opportunity = make_opportunity(lead)
	quotation = make_quotation(lead)
	frappe.db.set_value("Quotation", quotation.name, "status", "Expired", update_modified=False)
	return lead


def test_it_lists_what_is_and_what_should_be_and_why(lead):
	fine = make_lead()
	make_quotation(fine)
	found = rows()
	row = found[lead.name]
	assert (row.lead_name, row.status, row.wanted) == (lead.lead_name, "Quotation", "Opportunity")
	assert (
		row.why == f"Opportunity {lead.opportunity.name} says Opportunity (rule “Opportunity in progress”)."
	)
	assert (row.document_type, row.document_name) == ("Opportunity", lead.opportunity.name)
	assert row.since == frappe.db.get_value("Opportunity", lead.opportunity.name, "modified")
	assert not row.failed_on and not row.error_log
	assert fine.name not in found


def test_a_failed_repair_is_named_until_the_status_changes(lead):
	log = frappe.log_error("Status could not be updated", reference_doctype=LEAD, reference_name=lead.name)
	row = rows()[lead.name]
	assert (row.error_log, row.failed_on) == (str(log.name), log.creation) or row.error_log == log.name
	frappe.db.set_value(LEAD, lead.name, "status_changed_on", frappe.utils.add_days(None, 1))
	assert not rows()[lead.name].error_log


def test_a_lead_that_cannot_be_examined_is_named(lead):
	broken = make_lead()
	frappe.db.set_value(LEAD, broken.name, "manual_basis", "{")
	row = rows()[broken.name]
	assert row.why.startswith("It cannot be examined: the Error Log says why.")
	assert not row.wanted
	assert rows()[lead.name].wanted == "Opportunity"


def test_held_and_protected_leads_are_shown_when_asked_for():
	held, protected = make_lead(hold_status=1), make_lead(status="Do Not Contact")
	make_quotation(held), make_quotation(protected)
	assert not {held.name, protected.name} & set(rows())
	found = rows(include_held=1)
	assert (found[held.name].held_by, found[protected.name].held_by) == ("Hold", "Protection")
	assert found[held.name].wanted == "Quotation"


def test_it_shows_so_many_and_says_that_there_are_more(lead, monkeypatch):
	monkeypatch.setattr(leads_that_disagree, "MAX_ROWS", 1)
	other = make_lead()
	frappe.db.set_value(LEAD, other.name, "status", "Open")
	answer = run(REPORT, filters={})
	assert len(answer["result"]) == 1
	assert "These are the first 1. There are more" in answer["message"]


def test_a_lead_that_is_repaired_is_gone(lead):
	frappe.call("lead_pipeline.status.repair.repair", leads=[lead.name])
	assert lead.name not in rows()


def test_a_manager_sees_only_the_leads_that_he_may_see(lead):
	other = make_lead()
	frappe.db.set_value(LEAD, other.name, "status", "Open")
	manager = make_user("Sales Manager")
	frappe.permissions.add_user_permission(LEAD, other.name, manager)
	frappe.set_user(manager)
	assert set(rows()) == {other.name}


@pytest.mark.parametrize("roles", [("Sales User",), ("Stock User",), ()])
def test_others_are_refused(lead, roles):
	frappe.set_user(make_user(*roles) if roles else "Guest")
	with refused(frappe.PermissionError):
		rows()


def test_a_guest_is_refused_by_rest():
	answer = requests.get(
		f"{site.URL}/api/method/frappe.desk.query_report.run", params={"report_name": REPORT}, timeout=60
	)
	assert answer.status_code in (401, 403)


def test_the_workspace_leads_to_it():
	workspace = frappe.get_doc("Workspace", "Lead Pipeline")
	shortcut = next(row for row in workspace.shortcuts if row.link_to == REPORT)
	assert shortcut.type == "Report"
	assert f'"shortcut_name":"{shortcut.label}"' in workspace.content.replace('": "', '":"')


class TestManyLeads:
	"""With many leads it shows what the jobs have found, and looks when asked to."""

	@pytest.fixture(autouse=True)
	def many(self, monkeypatch, no_commits):
		monkeypatch.setattr(leads_that_disagree, "LOOKED_AT", 0)
		job_records.keep_state(disagreements.LOOK, {})

	def test_it_shows_what_was_found_and_says_when(self, lead):
		held = make_lead(hold_status=1)
		make_quotation(held)
		answer = run(REPORT, filters={})
		assert lead.name not in {row["lead"] for row in answer["result"]}
		assert "All leads have not been looked at yet. Choose Look Now" in answer["message"]
		disagreements.look()
		answer = run(REPORT, filters={})
		assert {row["lead"]: row["wanted"] for row in answer["result"]}[lead.name] == "Opportunity"
		assert held.name in rows(include_held=1)
		assert answer["message"].startswith("Found on ")

	def test_what_was_repaired_meanwhile_is_not_shown(self, lead):
		disagreements.look()
		frappe.call("lead_pipeline.status.repair.repair", leads=[lead.name])
		assert lead.name not in rows()

	def test_what_the_repair_could_not_do_is_shown(self):
		broken = make_lead()
		frappe.db.set_value(LEAD, broken.name, "manual_basis", "{")
		outcome = reconcile.Outcome()
		reconcile.repair_rows(reconcile.rows_of([broken.name]), outcome)
		disagreements.keep(outcome.failed, outcome.held)
		assert broken.name in rows()

	def test_a_look_that_was_killed_goes_on_where_it_was(self, lead, monkeypatch):
		monkeypatch.setattr(reconcile, "BATCH_SIZE", max(1, frappe.db.count(LEAD) // 3))
		find, seen = reconcile.find_disagreements, []

		def dies(found, *args):
			if len(seen) == 1:
				raise KeyboardInterrupt
			seen.append([row.name for row in found])
			return find(found, *args)

		monkeypatch.setattr(reconcile, "find_disagreements", dies)
		with pytest.raises(KeyboardInterrupt):
			disagreements.look()
		seen.append([])
		told = disagreements.look()
		assert not set(seen[0]) & {name for names in seen[1:] for name in names}
		assert told.startswith(f"{frappe.db.count(LEAD)} leads looked at, ")
		assert lead.name in rows()

	def test_a_look_can_be_stopped(self, lead, monkeypatch):
		monkeypatch.setattr(reconcile, "BATCH_SIZE", 1)
		make_lead()

		def stop(*args, **kwargs) -> None:
			job_records.write(disagreements.LOOK, {"stop_wanted": 1})

		monkeypatch.setattr(frappe, "publish_progress", stop)
		assert "goes on there" in disagreements.look()
		record = frappe.get_doc(JOB, disagreements.LOOK)
		assert (record.status, record.done) == ("Stopped", 2)


def test_only_managers_look_at_all_leads():
	frappe.set_user(make_user("Sales User"))
	with refused(frappe.PermissionError) as told:
		frappe.call("lead_pipeline.status.disagreements.look_now")
	assert "You may not look at all leads." in told

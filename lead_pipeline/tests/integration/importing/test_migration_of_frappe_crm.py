"""Leads of Frappe CRM with all that belongs to them."""

import frappe
import pytest

from lead_pipeline.capture.migration import api
from lead_pipeline.tests.deals import use_one_currency
from lead_pipeline.tests.factories import make_user
from lead_pipeline.tests.migrations import PAST, needs


class TestFrappeCrm:
	@pytest.fixture(autouse=True)
	def statuses(self, manager, migrations):
		needs("CRM Lead")
		use_one_currency()
		for name, kind in (
			("New", "Open"),
			("Contacted", "Ongoing"),
			("Junk", "Lost"),
			("Gone", "Lost"),
			("Qualified", "Won"),
		):
			if not frappe.db.exists("CRM Lead Status", name):
				migrations.insert("CRM Lead Status", lead_status=name, type=kind)
		self.source = migrations.insert("CRM Lead Source", source_name=f"Fair {migrations.mark}").name
		self.reason = migrations.insert("CRM Lost Reason", lost_reason=f"Reason {migrations.mark}").name

	def crm_lead(self, migrations, **values):
		return migrations.insert(
			"CRM Lead",
			past=True,
			naming_series="CRM-LEAD-.YYYY.-",
			first_name="Crm",
			lead_name=f"Crm {migrations.mark}",
			# Its newer versions keep no lost lead without one.
			**({"lost_reason": self.reason} | values),
		)

	def test_its_leads_come_with_source_reason_notes_tasks_and_history(self, manager, migrations):
		worker = make_user("Sales User")
		old = self.crm_lead(
			migrations,
			organization=f"Org {migrations.mark}",
			email=f"{migrations.mark}@example.com",
			status="Gone",
			lost_reason=self.reason,
			lost_notes="Bought elsewhere",
			source=self.source,
			status_change_log=[{"from": "New", "to": "Gone", "to_date": PAST, "log_owner": manager}],
		)
		held = {"reference_doctype": "CRM Lead", "reference_docname": old.name}
		migrations.insert("FCRM Note", title="Visit", content="They like blue", **held)
		migrations.insert("CRM Task", title="Call them", assigned_to=worker, status="Todo", **held)
		migrations.done("CRM Lead")
		lead = migrations.migrated(old.name, "CRM Lead")
		assert (lead.company_name, lead.status, lead.status_category) == (
			f"Org {migrations.mark}",
			"Lost Quotation",
			"Lost",
		)
		assert (lead.lost_reason, lead.lost_note, lead.channel) == (
			self.reason,
			"Bought elsewhere",
			self.source,
		)
		assert str(lead.creation) == PAST
		told = " ".join(frappe.get_all("Comment", {"reference_name": lead.name}, pluck="content"))
		assert "They like blue" in told and "New → Gone" in told
		assert frappe.get_all("ToDo", {"reference_name": lead.name}, pluck="allocated_to") == [worker]
		assert not lead.party

	def test_its_deals_belong_to_the_lead_from_then_on(self, manager, migrations):
		for name, meaning in (("Qualification", "Open"), ("Won", "Won")):
			if not frappe.db.exists("CRM Deal Status", name):
				migrations.insert("CRM Deal Status", deal_status=name, type=meaning)
		old = self.crm_lead(migrations, status="Contacted", email=f"{migrations.mark}@example.com")
		deal = migrations.insert("CRM Deal", lead=old.name, status="Won")
		foreign = migrations.insert("CRM Deal", status="Won")
		migrations.done("CRM Lead")
		lead = migrations.migrated(old.name, "CRM Lead")
		assert lead.status == "Converted"
		linked = [frappe.db.get_value("CRM Deal", each.name, "pipeline_lead") for each in (deal, foreign)]
		assert linked == [lead.name, None]

	def test_statuses_are_proposed_by_name_and_meaning(self, manager, migrations):
		for status in ("New", "Contacted", "Junk", "Qualified"):
			self.crm_lead(migrations, status=status, email=f"{status}-{migrations.mark}@example.com")
		proposed = {row["source_status"]: row["status"] for row in api.propose("CRM Lead")}
		assert {status: proposed[status] for status in ("New", "Contacted", "Junk", "Qualified")} == {
			"New": "Lead",
			"Contacted": "Open",
			"Junk": "Disqualified",
			"Qualified": "Opportunity",
		}

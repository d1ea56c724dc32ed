"""A renamed, merged or redefined status, type or other record updates its leads.

Everything that refers to the record is taken along.
"""

import frappe
import pytest
from frappe.utils import add_days, getdate, now_datetime

from lead_pipeline.constants import JOB, SETTINGS, STATUS
from lead_pipeline.framework import cache, job_records
from lead_pipeline.reference_data import categories, lead_statuses
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_quotation, make_status, make_user
from lead_pipeline.tests.messages import forget, messages
from lead_pipeline.tests.rest import Client

STOP = "lead_pipeline.lead_pipeline.doctype.pipeline_job.pipeline_job.stop"


class TestChangedCategory:
	@pytest.fixture
	def leads(self, committed):
		"""Return three leads at a status whose category has just changed.

		The job that makes the leads follow commits.
		"""
		callback = make_status("Callback", category="Working")
		leads = [make_lead(status="Callback") for _ in range(3)]
		committed += [*leads, callback]
		forget()
		callback.category = "Qualified"
		callback.save()
		return leads

	def values(self, leads, *fields: str) -> list[tuple]:
		names = [lead.name for lead in leads]
		return frappe.get_all("Pipeline Lead", {"name": ("in", names)}, fields, as_list=True, order_by="name")

	def test_says_what_will_happen(self, leads):
		assert "3 leads at Callback take over the category Qualified in the background." in messages()

	def test_the_leads_follow_in_batches_without_being_changed(self, leads):
		before = self.values(leads, "modified", "modified_by", "status_changed_on")
		logged = frappe.db.count("Pipeline Status Log")
		assert set(self.values(leads, "status_category")) == {("Working",)}
		assert categories.follow("Callback", batch=2) == 3
		assert set(self.values(leads, "status_category")) == {("Qualified",)}
		assert self.values(leads, "modified", "modified_by", "status_changed_on") == before
		assert frappe.db.count("Pipeline Status Log") == logged

	def test_running_twice_changes_nothing_and_the_status_says_what_was_done(self, leads):
		# The framework deletes the comments of a status that is gone a little later.
		about = {"reference_doctype": STATUS, "reference_name": "Callback", "creation": (">", now_datetime())}
		assert categories.follow("Callback") == 3
		assert categories.follow("Callback") == 0
		said = frappe.get_all("Comment", about, pluck="content")
		assert [text for text in said if "leads" in text] == [
			"3 leads at Callback have taken over the category Qualified."
		]

	def test_the_hourly_job_finds_what_a_lost_job_has_left(self, leads):
		frappe.db.set_value("Pipeline Lead", leads[0].name, "status_category", None)
		assert categories.follow_all() >= 3
		assert categories.follow_all() == 0
		assert set(self.values(leads, "status_category")) == {("Qualified",)}

	def test_it_is_stopped_half_way_and_goes_on_the_next_day(self, leads, monkeypatch):
		monkeypatch.setattr(categories, "STEP", 1)
		manager, shown = make_user("Sales Manager"), []
		frappe.db.commit()
		stopper = Client(manager)

		def stop(percent, **texts) -> None:
			if not shown:
				job = stopper.get(JOB, categories.CATEGORIES)
				assert (job["status"], job["done"], job["total"]) == ("Running", 1, 3)
				stopper.call("POST", f"method/{STOP}", job=categories.CATEGORIES)
			shown.append(texts["description"])

		monkeypatch.setattr(frappe, "publish_progress", stop)
		before = self.values(leads, "modified", "status")
		assert categories.follow("Callback") == 1
		assert shown == ["1 of 3 leads"]
		half = list(self.values(leads, "status_category"))
		assert sorted(half) == [("Qualified",), ("Working",), ("Working",)]
		assert frappe.db.get_value(JOB, categories.CATEGORIES, ["status", "done"]) == ("Stopped", 0)
		# A lead that was saved meanwhile is right in itself.
		waits = leads[half.index(("Working",))]
		frappe.get_doc("Pipeline Lead", waits.name).save()
		assert set(self.values([waits], "status_category")) == {("Qualified",)}
		assert categories.follow_all() == 0
		tomorrow = add_days(getdate(), 1)
		monkeypatch.setattr(categories, "getdate", lambda: tomorrow)
		assert categories.follow_all() >= 1
		assert set(self.values(leads, "status_category")) == {("Qualified",)}
		assert len(set(before) & set(self.values(leads, "modified", "status"))) == 2
		assert frappe.db.get_value(JOB, categories.CATEGORIES, "status") == "Done"
		job_records.keep_state(categories.CATEGORIES, {})
		frappe.db.commit()

	def test_somebody_who_saves_the_status_again_lets_it_go_on(self, leads, monkeypatch):
		job_records.write(categories.CATEGORIES, {"status": job_records.STOPPED})
		job_records.keep_state(categories.CATEGORIES, {"stopped_on": str(getdate())})
		assert categories.follow_all() == 0
		assert categories.follow("Callback") == 3
		assert frappe.db.get_value(JOB, categories.CATEGORIES, "status") == "Done"
		job_records.keep_state(categories.CATEGORIES, {})
		frappe.db.commit()

	def test_a_status_that_is_gone_meanwhile_does_no_harm(self):
		assert categories.follow("Never There") == 0

	def test_a_merged_status_takes_its_leads_along(self, leads):
		categories.follow("Callback")
		frappe.rename_doc(STATUS, "Callback", "Interested", merge=True)
		assert categories.follow("Interested") >= 3
		followed = self.values(leads, "status", "manual_status", "status_category")
		assert set(followed) == {("Interested", "Interested", "Working")}

	def test_the_worker_does_it_after_a_save_by_rest(self, committed, free_worker):
		manager = Client(make_user("Sales Manager"))
		callback = make_status("Callback", category="Working")
		lead = make_lead(status="Callback")
		committed += [lead, callback]
		frappe.db.commit()
		manager.call("PUT", "resource/Pipeline Lead Status/Callback", category="Qualified")
		site.wait_until(
			lambda: set(self.values([lead], "status_category")) == {("Qualified",)}, "the lead has followed"
		)


class TestRename:
	@pytest.mark.usefixtures("sales_documents")
	def test_everything_follows_a_renamed_status(self):
		lead_type = make_lead_type("Open", "Interested")
		lead = make_lead(lead_type=lead_type.name, status="Open")
		rule = frappe.get_doc("Pipeline Status Rule", {"document_type": "Customer"})
		rule.status = "Open"
		rule.save()
		frappe.rename_doc(STATUS, "Open", "To Do")
		lead.reload(), lead_type.reload(), rule.reload()
		assert (lead.status, lead.manual_status, lead.status_category) == ("To Do", "To Do", "Working")
		assert [row.status for row in lead_type.allowed_statuses] == ["To Do", "Interested"]
		assert rule.status == "To Do"
		assert frappe.get_all("Pipeline Status Log", {"lead": lead.name}, pluck="to_status") == ["To Do"]
		assert frappe.get_doc(SETTINGS).open_status == "To Do"
		assert lead_statuses.category("To Do") == "Working" and "Open" not in lead_statuses.statuses()
		lead.company_name = "Another name"
		lead.save()
		lead.status = "Interested"
		lead.save()

	def test_a_renamed_status_is_given_by_its_rule_at_once(self):
		frappe.rename_doc(STATUS, "Quotation", "Offer")
		lead = make_lead()
		make_quotation(lead)
		assert frappe.db.get_value("Pipeline Lead", lead.name, "status") == "Offer"

	def test_everything_follows_a_merged_status(self):
		lead_type = make_lead_type("Interested", "Open", "Replied")
		lead = make_lead(lead_type=lead_type.name, status="Open")
		frappe.rename_doc(STATUS, "Open", "Interested", merge=True)
		lead.reload(), lead_type.reload()
		assert (lead.status, lead.manual_status) == ("Interested", "Interested")
		assert [row.status for row in lead_type.allowed_statuses] == ["Interested", "Replied"]
		assert frappe.get_doc(SETTINGS).open_status == "Interested"
		assert not frappe.db.exists(STATUS, "Open")
		assert lead_statuses.allowed_by_type(lead_type.name) == ["Interested", "Replied"]

	@pytest.mark.usefixtures("sales_documents")
	def test_leads_and_rules_follow_a_renamed_and_a_merged_type(self):
		first, second = make_lead_type(), make_lead_type("Open", "Replied")
		lead = make_lead(lead_type=first.name, status="Interested")
		rule = frappe.get_doc("Pipeline Status Rule", {"document_type": "Customer"})
		rule.lead_type = first.name
		rule.save()
		renamed = frappe.rename_doc("Pipeline Lead Type", first.name, "Renamed Type")
		forget()
		frappe.rename_doc("Pipeline Lead Type", renamed, second.name, merge=True)
		lead.reload(), rule.reload()
		assert (lead.lead_type, rule.lead_type) == (second.name, second.name)
		assert "Interested: 1" in messages()
		assert lead_statuses.allowed_by_type(lead.lead_type) == ["Open", "Replied"]
		assert "Renamed Type" not in lead_statuses.lead_types()

	@pytest.mark.parametrize(
		"doctype, fieldname, old, other",
		[
			("Pipeline Lead Priority", "priority", "High", "Urgent"),
			("Pipeline Lost Reason", "lost_reason", "No budget", "Other"),
			("Pipeline Channel", "channel", "Directory", "Referral"),
		],
	)
	def test_leads_follow_a_renamed_and_a_merged_record(self, doctype, fieldname, old, other):
		lead = make_lead(**{fieldname: old})
		frappe.rename_doc(doctype, old, "Renamed")
		assert frappe.db.get_value("Pipeline Lead", lead.name, fieldname) == "Renamed"
		frappe.rename_doc(doctype, "Renamed", other, merge=True)
		assert frappe.db.get_value("Pipeline Lead", lead.name, fieldname) == other


class TestRecordsKeptInRedis:
	def test_what_an_old_transaction_has_put_there_does_not_last(self, monkeypatch):
		"""Who reads in a transaction older than a change puts the old records back."""
		records = cache.CachedRecords("lead_pipeline_test_records", lambda: ["old"])
		monkeypatch.setattr(cache, "LIFETIME", 1)
		try:
			assert records.get() == ["old"]
			records.load = lambda: ["new"]
			site.wait_until(lambda: seen_by_the_next_request(records) == ["new"], "the old records to go")
		finally:
			frappe.cache.delete_value(records.key)

	def test_they_are_read_once_for_a_request_and_for_the_next_ones(self):
		loaded = []
		records = cache.CachedRecords("lead_pipeline_test_records", lambda: loaded.append(1) or loaded)
		try:
			assert records.get() is records.get()
			assert seen_by_the_next_request(records) == [1]
			assert loaded == [1]
		finally:
			frappe.cache.delete_value(records.key)


def seen_by_the_next_request(records: cache.CachedRecords) -> object:
	records.look_again()
	return records.get()

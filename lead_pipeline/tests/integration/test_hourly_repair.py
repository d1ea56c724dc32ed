"""The hourly repair looks at what has changed, daily at all leads, and goes on."""

from datetime import timedelta

import frappe
import pytest

from lead_pipeline.constants import JOB, LEAD
from lead_pipeline.framework import job_records
from lead_pipeline.status import after_commit, changed_leads, hourly_repair, reconcile, repair
from lead_pipeline.tests.factories import make_lead, make_quotation, make_rule, make_user, needs
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.rest import Client

REPAIR = hourly_repair.JOB
LONG_AGO = "2020-01-01 00:00:00"


@pytest.fixture
def settled(clean_transaction, monkeypatch):
	"""The job has looked at all leads today, and nothing has changed since then.

	What other tests have done in the minutes before is not looked at again.
	"""
	monkeypatch.setattr(hourly_repair, "OVERLAP", timedelta(0))
	now = frappe.utils.now_datetime()
	state = {
		"since": str(now),
		"rules": changed_leads.fingerprint(),
		"days": changed_leads.timespans(),
		"raw": changed_leads.runs_of_raw_updates(),
		"last_round": str(now.date()),
	}
	job_records.keep_state(REPAIR, state, status="Done", stop_wanted=0, asked_by="")
	frappe.db.commit()
	yield
	frappe.db.rollback()
	job_records.keep_state(REPAIR, state, status="Done", stop_wanted=0, asked_by="")
	frappe.db.commit()


@pytest.fixture
def quoted(committed, settled):
	"""Provide a function that makes a lead with a quotation; both changed long ago."""

	def make(**values):
		lead = make_lead()
		lead.quotation = make_quotation(lead, **values)
		committed[0:0] = [lead.quotation]
		committed.append(lead)
		for document in (lead, lead.quotation):
			change(document, modified=LONG_AGO)
		frappe.db.commit()
		return lead

	return make


def change(document, **values) -> None:
	"""Change a document by SQL, without an event."""
	frappe.db.set_value(document.doctype, document.name, values, update_modified=False)


def expire(lead, **values) -> None:
	change(lead.quotation, status="Expired", **values)
	frappe.db.commit()


def run():
	return hourly_repair.repair_changed().outcome


def forget_that_today_was_done() -> None:
	state = job_records.state_of(REPAIR)
	state.pop("last_round")
	job_records.keep_state(REPAIR, state)
	frappe.db.commit()


@pytest.fixture
def examined(monkeypatch):
	"""The leads that were looked at, in their order."""
	found, repair_rows = [], reconcile.repair_rows

	def noted(rows, *args):
		found.extend(row.name for row in rows)
		return repair_rows(rows, *args)

	monkeypatch.setattr(reconcile, "repair_rows", noted)
	return found


class TestWhatHasChanged:
	def test_a_document_that_was_changed_without_an_event_is_seen_within_the_hour(self, quoted, examined):
		changed, other = quoted(), quoted()
		expire(changed, modified=frappe.utils.now())
		assert run().repaired == 1
		assert (status(changed), status(other)) == ("Lead", "Quotation")
		assert other.name not in examined

	def test_what_leaves_no_trace_is_seen_by_the_round(self, quoted, examined):
		lead, unchanged = quoted(), quoted()
		expire(lead)
		assert run().examined == 0
		forget_that_today_was_done()
		assert run().repaired >= 1
		assert (status(lead), len(set(examined))) == ("Lead", frappe.db.count(LEAD))
		examined.clear()
		run()
		assert unchanged.name not in examined

	def test_a_lead_that_the_document_had_before_is_seen(self, quoted):
		before, after = quoted(), quoted()
		change(after.quotation, pipeline_lead=None)
		change(before.quotation, pipeline_lead=after.name, modified=frappe.utils.now())
		frappe.db.commit()
		run()
		assert status(before) == "Lead"

	def test_a_deleted_document_is_seen_when_its_event_was_lost(self, quoted, committed, monkeypatch):
		lead = quoted()
		monkeypatch.setattr(after_commit, "schedule_recompute", lambda *args, **kwargs: None)
		committed.remove(lead.quotation)
		frappe.delete_doc("Quotation", lead.quotation.name)
		change(lead, modified=LONG_AGO)
		frappe.db.commit()
		assert status(lead) == "Quotation"
		run()
		assert status(lead) == "Lead"

	def test_a_lead_that_was_changed_itself_is_seen(self, quoted):
		lead = quoted()
		change(lead, status="Open", modified=frappe.utils.now())
		frappe.db.commit()
		run()
		assert status(lead) == "Quotation"

	def test_a_changed_rule_calls_for_all_leads(self, quoted, committed, examined):
		lead = quoted()
		committed.append(make_rule(position=1))
		frappe.db.commit()
		run()
		assert status(lead) == "Interested"
		assert set(examined) >= set(frappe.get_all(LEAD, pluck="name"))

	def test_a_relative_date_is_followed_as_the_days_go_by(self, quoted, committed):
		rule = {"position": 1, "filters": [["transaction_date", "Timespan", "today"]]}
		committed.append(make_rule(**rule))
		lead = quoted()
		frappe.db.commit()
		run()
		assert status(lead) == "Interested"
		change(lead, modified=LONG_AGO)
		yesterday = frappe.utils.add_days(frappe.utils.today(), -1)
		change(lead.quotation, transaction_date=yesterday)
		state = job_records.state_of(REPAIR)
		state["days"] = {"today": [yesterday, yesterday]}
		job_records.keep_state(REPAIR, state)
		frappe.db.commit()
		run()
		assert status(lead) == "Quotation"

	def test_a_record_that_a_rule_asks_for_is_seen(self, quoted, committed):
		needs("Quotation")
		field = "customer_address" if frappe.get_meta("Quotation").has_field("customer_address") else None
		if not field:
			pytest.skip("no link to ask for")
		address = frappe.get_doc(
			{"doctype": "Address", "address_title": "Hourly", "address_line1": "1", "city": "Kiel"}
		)
		address.update({"address_type": "Billing", "country": "Germany"}).insert()
		filters = [["Quotation", f"{field}.city", "=", "Kiel"]]
		committed += [make_rule(position=1, filters=filters), address]
		lead = quoted()
		change(lead.quotation, customer_address=address.name)
		change(address, modified=LONG_AGO)
		frappe.db.commit()
		forget_that_today_was_done()
		run()
		assert status(lead) == "Interested"
		change(lead, modified=LONG_AGO)
		change(address, city="Bonn", modified=frappe.utils.now())
		frappe.db.commit()
		run()
		assert status(lead) == "Quotation"

	def test_what_a_known_job_expires_by_sql_is_seen_after_it_ran(self, quoted):
		job = frappe.db.get_value(
			"Scheduled Job Type", {"method": ("like", "%.quotation.set_expired_status")}
		)
		if not job:
			pytest.skip("no such job")
		lead = quoted()
		expire(lead, valid_till=frappe.utils.add_days(frappe.utils.today(), -1))
		run()
		assert status(lead) == "Quotation"
		before = frappe.db.get_value("Scheduled Job Type", job, "last_execution")
		ran = frappe.utils.now()
		frappe.db.set_value("Scheduled Job Type", job, "last_execution", ran, update_modified=False)
		frappe.db.commit()
		try:
			run()
			assert status(lead) == "Lead"
		finally:
			frappe.db.set_value("Scheduled Job Type", job, "last_execution", before, update_modified=False)
			frappe.db.commit()


class Killed(BaseException):
	"""As when the process ends."""


class TestItGoesOn:
	@pytest.mark.parametrize("everything", [False, True])
	def test_a_run_that_is_killed_goes_on_where_it_was(self, quoted, examined, monkeypatch, everything):
		"""Promise P11."""
		leads = [quoted() for _number in range(4)]
		for lead in leads:
			expire(lead, **({} if everything else {"modified": frappe.utils.now()}))
		if everything:
			forget_that_today_was_done()
		monkeypatch.setattr(reconcile, "BATCH_SIZE", max(1, frappe.db.count(LEAD) // 3) if everything else 1)
		repair_rows = reconcile.repair_rows

		def dies(rows, *args):
			if leads[1].name in (row.name for row in rows):
				raise Killed
			return repair_rows(rows, *args)

		with monkeypatch.context() as patch:
			patch.setattr(reconcile, "repair_rows", dies)
			with pytest.raises(Killed):
				run()
		frappe.db.rollback()
		before = list(examined)
		examined.clear()
		run()
		assert {status(lead) for lead in leads} == {"Lead"}
		again = set(before) & set(examined)
		# What the round has repaired has changed, and is looked at by the next run.
		assert before and not (again - {lead.name for lead in leads} if everything else again)

	def test_a_round_takes_as_many_runs_as_it_needs(self, quoted, examined, monkeypatch):
		lead = quoted()
		expire(lead)
		forget_that_today_was_done()
		monkeypatch.setattr(hourly_repair, "MAX_SECONDS", -1)
		run()
		assert (examined, frappe.db.get_value(JOB, REPAIR, "status")) == ([], "Running")
		monkeypatch.setattr(hourly_repair, "MAX_SECONDS", 600)
		run()
		assert (status(lead), frappe.db.get_value(JOB, REPAIR, "status")) == ("Lead", "Done")

	def test_two_runs_at_once_do_not_do_it_twice(self, quoted, examined, monkeypatch):
		quoted()
		monkeypatch.setattr(hourly_repair.locks, "take_lock", lambda key, patience: None)
		forget_that_today_was_done()
		assert run().examined == 0
		assert not examined


class TestOnDemand:
	STOP = "lead_pipeline.lead_pipeline.doctype.pipeline_job.pipeline_job.stop"

	def test_it_is_stopped_and_goes_on_where_it_was(self, quoted, examined, monkeypatch):
		leads = [quoted() for _number in range(3)]
		for lead in leads:
			expire(lead)
		monkeypatch.setattr(reconcile, "BATCH_SIZE", max(1, frappe.db.count(LEAD) // 3))
		manager, publish = make_user("Sales Manager"), []
		frappe.db.commit()
		stopper = Client(manager)

		def stop(percent, **texts) -> None:
			if not publish:
				stopper.call("POST", f"method/{self.STOP}", job=REPAIR)
			publish.append(percent)

		monkeypatch.setattr(frappe, "publish_progress", stop)
		repair.in_background(manager)
		assert frappe.db.get_value(JOB, REPAIR, "status") == "Stopped"
		told = frappe.get_last_doc("Notification Log", {"for_user": manager})
		assert "It goes on there tomorrow, or when you start it again." in told.subject
		before = list(examined)
		assert 0 < len(before) < frappe.db.count(LEAD)
		frappe.set_user("Administrator")
		repaired = {lead.name for lead in leads}
		examined.clear()
		run()
		assert set(examined) <= repaired
		examined.clear()
		repair.in_background(manager)
		assert {status(lead) for lead in leads} == {"Lead"}
		assert not set(before) & set(examined) - repaired
		assert frappe.db.get_value(JOB, REPAIR, "status") == "Done"

	def test_only_managers_stop_it(self):
		frappe.set_user(make_user("Sales User"))
		with pytest.raises(frappe.PermissionError):
			frappe.call(self.STOP, job=REPAIR)

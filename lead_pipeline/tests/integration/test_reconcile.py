"""The repair: every hour, set-based, and no lead keeps another one waiting."""

import threading
from unittest.mock import patch

import frappe
import pytest
import requests

from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import InvalidActionError
from lead_pipeline.framework import transactions
from lead_pipeline.status import recompute, reconcile, repair
from lead_pipeline.tests import site, worker
from lead_pipeline.tests.factories import make_lead, make_quotation, make_rule, make_user
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.rest import Client


def expire(quotation) -> None:
	"""As ERPNext does: by SQL, without an event."""
	frappe.db.set_value("Quotation", quotation.name, "status", "Expired", update_modified=False)


def break_lead(lead) -> None:
	"""What is stored of its choice cannot be read."""
	frappe.db.set_value(LEAD, lead.name, "manual_basis", "{", update_modified=False)


@pytest.fixture
def expired(committed):
	"""Provide a function that makes leads with an expired quotation.

	It makes as many as asked for; their quotations have expired without an event.
	"""

	def make(number: int) -> list:
		leads = []
		for _ in range(number):
			lead = make_lead()
			quotation = make_quotation(lead)
			expire(quotation)
			leads.append(lead)
			committed[0:0] = [quotation, lead]
		committed.sort(key=lambda document: document.doctype == LEAD)
		frappe.db.commit()
		return leads

	return make


class TestFinding:
	def test_leads_that_disagree_are_found_and_others_are_not(self):
		fine, expired = make_lead(), make_lead()
		make_quotation(fine)
		expire(make_quotation(expired))
		found = {row.lead: row for row in reconcile.disagreements()}
		assert (found[expired.name].status, found[expired.name].wanted) == ("Quotation", "Lead")
		assert fine.name not in found

	def test_a_lead_that_nobody_chose_a_status_for_is_found(self):
		lead = make_lead(status="Open")
		frappe.db.set_value(LEAD, lead.name, "manual_status", None)
		assert next(row for row in reconcile.disagreements() if row.lead == lead.name).wanted == "Lead"

	def test_relative_dates_in_a_rule_are_honoured_as_the_days_go_by(self):
		make_rule(
			document_type="Quotation",
			position=1,
			status="Interested",
			filters=[["transaction_date", "Timespan", "today"]],
		)
		lead = make_lead()
		quotation = make_quotation(lead)
		assert status(lead) == "Interested"
		frappe.db.set_value("Quotation", quotation.name, "transaction_date", frappe.utils.add_days(None, -1))
		assert {row.lead: row.wanted for row in reconcile.disagreements()}[lead.name] == "Quotation"

	def test_all_batches_are_read_whatever_their_size(self):
		leads = [make_lead() for _ in range(5)]
		for lead in leads:
			expire(make_quotation(lead))
		total = reconcile.count_leads_to_examine()
		for size in (1, 2, total, total + 1):
			names = [row.name for rows in reconcile.leads_in_pieces(size=size) for row in rows]
			assert len(names) == len(set(names)) == total
		newest = [
			row.name
			for rows in reconcile.leads_in_pieces(["Quotation"], 2, newest_first=True)
			for row in rows
		]
		assert newest[:5] == [lead.name for lead in reversed(leads)]

	def test_the_number_of_queries_depends_on_the_rules_not_on_the_leads(self, count_sql):
		make_quotation(make_lead())
		list(reconcile.disagreements())
		with count_sql() as few:
			list(reconcile.disagreements())
		for _ in range(10):
			make_quotation(make_lead())
		with count_sql() as many:
			list(reconcile.disagreements())
		assert len(many) == len(few)


class TestRepairing:
	def test_each_change_is_a_real_one_with_its_row_in_the_log(self, expired):
		leads = expired(3)
		assert reconcile.reconcile() >= 3
		assert {status(lead) for lead in leads} == {"Lead"}
		for lead in leads:
			row = frappe.get_last_doc("Pipeline Status Log", {"lead": lead.name})
			assert (row.from_status, row.to_status, row.cause) == ("Quotation", "Lead", "Repair")
			assert frappe.db.exists("Version", {"docname": lead.name})
		assert reconcile.repair_each().found == 0

	def test_a_lead_that_cannot_be_read_is_logged_and_keeps_no_other_waiting(self, expired):
		first, broken, last = expired(3)
		break_lead(broken)
		frappe.db.commit()
		outcome = reconcile.repair_each(batch=2)
		assert broken.name in outcome.failed
		assert (status(first), status(broken), status(last)) == ("Lead", "Quotation", "Lead")
		log = frappe.get_last_doc("Error Log", {"reference_doctype": LEAD, "reference_name": broken.name})
		assert log.method == f"Status of lead {broken.name} could not be examined"
		assert "The lead was left as it is. Open it and correct what the error names" in log.error

	def test_a_lead_that_cannot_be_saved_keeps_no_other_waiting(self, expired, committed):
		first, refusing, last = expired(3)
		notification = frappe.get_doc(
			{
				"doctype": "Notification",
				"name": "Broken for one lead",
				"subject": "x",
				"document_type": LEAD,
				"event": "Save",
				"channel": "System Notification",
				"condition": f"doc.name == '{refusing.name}' and 1 / 0",
				"recipients": [{"receiver_by_role": "Sales Manager"}],
				"message": "x",
			}
		).insert()
		committed.append(notification)
		frappe.db.set_value(LEAD, refusing.name, "lead_type", "Gone")
		frappe.db.commit()
		outcome = reconcile.repair_each()
		assert (status(first), status(last)) == ("Lead", "Lead")
		assert outcome.repaired >= 2

	def test_three_at_once_repair_every_lead_once_and_call_nobody_a_failure(self, expired):
		"""Promise P11."""
		leads = expired(12)
		names = [lead.name for lead in leads]
		before = frappe.db.count("Pipeline Status Failure")
		together, failed, errors = threading.Barrier(3), [], []

		def run() -> None:
			site.connect()
			try:
				found = [one for one in reconcile.disagreements() if one.lead in names]
				together.wait(60)
				failed.extend(one.lead for one in found if not reconcile.repair_disagreement(one))
			except Exception as error:
				errors.append(error)
			finally:
				frappe.destroy()

		threads = [threading.Thread(target=run) for _number in range(3)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		frappe.db.rollback()
		assert (errors, failed) == ([], [])
		assert {status(lead) for lead in leads} == {"Lead"}
		assert frappe.db.count("Pipeline Status Log", {"lead": ("in", names), "cause": "Repair"}) == 12
		assert frappe.db.count("Pipeline Status Failure") == before

	def test_a_lead_that_is_never_free_is_left_to_a_job_and_is_no_failure(self, expired):
		(lead,) = expired(1)
		(found,) = [one for one in reconcile.disagreements() if one.lead == lead.name]
		with (
			patch.object(recompute, "repair_lead", side_effect=frappe.QueryTimeoutError("locked")),
			patch.object(transactions, "enqueue_after_commit") as asked,
		):
			assert not reconcile.repair_disagreement(found)
		assert asked.call_args.kwargs == {"lead": lead.name}
		assert not frappe.db.exists("Pipeline Status Failure", {"lead": lead.name})

	def test_when_nothing_can_be_examined_it_raises_instead_of_filling_the_log(self, expired):
		leads = expired(3)
		for lead in leads:
			break_lead(lead)
		rows = [
			frappe.db.get_value(LEAD, lead.name, reconcile.recompute.STATE_FIELDS, as_dict=True)
			for lead in leads
		]
		with pytest.raises(ValueError):
			reconcile.find_disagreements(rows, [])

	def test_progress_is_told_batch_by_batch(self, expired):
		expired(3)
		told = []
		outcome = reconcile.repair_each(told.append, batch=2)
		assert sum(told) == outcome.examined == reconcile.count_leads_to_examine()
		assert max(told) <= 2

	def test_progress_moves_with_every_lead_that_is_repaired(self, expired):
		expired(3)
		told = []
		outcome = reconcile.repair_each(told.append)
		assert told.count(1) >= outcome.repaired >= 3
		assert sum(told) == outcome.examined


class TestOnDemand:
	ALL, CHOSEN = "lead_pipeline.status.repair.recompute_all", "lead_pipeline.status.repair.repair"

	def test_the_background_job_tells_the_result_in_the_bell(self, expired):
		leads = expired(2)
		manager = make_user("Sales Manager")
		frappe.db.commit()
		repair.in_background(manager)
		assert {status(lead) for lead in leads} == {"Lead"}
		told = frappe.get_last_doc("Notification Log", {"for_user": manager})
		assert "leads recomputed: 2 got another status." in told.subject
		repair.in_background(manager)
		told = frappe.get_last_doc("Notification Log", {"for_user": manager})
		assert "leads recomputed: all agree with their documents." in told.subject

	def test_the_desk_sees_the_progress_grow_to_the_end_one_step_a_percent(self, expired, monkeypatch):
		expired(3)
		manager, shown = make_user("Sales Manager"), []
		monkeypatch.setattr(frappe, "publish_progress", lambda percent, **_texts: shown.append(percent))
		repair.in_background(manager)
		assert shown == sorted(set(shown)) and shown[-1] == 100

	def test_the_bell_names_the_report_when_something_is_left(self, expired):
		_good, broken = expired(2)
		break_lead(broken)
		manager = make_user("Sales Manager")
		frappe.db.commit()
		repair.in_background(manager)
		told = frappe.get_last_doc("Notification Log", {"for_user": manager})
		assert "1 could not be repaired: the report “Leads That Disagree” names them." in told.subject

	def test_the_worker_does_it_after_a_call_by_rest(self, expired, free_worker):
		(lead,) = expired(1)
		manager = Client(make_user("Sales Manager"))
		answer = manager.call("POST", f"method/{self.ALL}")
		assert "All leads are being recomputed in the background." in answer["message"]
		worker.wait_until_idle()
		frappe.db.rollback()
		assert status(lead) == "Lead"
		assert frappe.db.exists("Notification Log", {"for_user": manager.user})

	def test_chosen_leads_are_repaired_at_once(self):
		lead = make_lead()
		expire(make_quotation(lead))
		frappe.set_user(make_user("Sales Manager"))
		answer = frappe.call(self.CHOSEN, leads=frappe.as_json([lead.name]))
		assert answer == {
			"repaired": [lead.name],
			"failed": [],
			"message": "The lead agrees with its documents now.",
		}
		assert status(lead) == "Lead"

	def test_too_many_and_none_are_refused(self):
		with refused(InvalidActionError) as told:
			frappe.call(self.CHOSEN, leads=[f"LEAD-{number}" for number in range(201)])
		assert "Choose at most 200 leads, or recompute all of them in the background." in told
		with refused(InvalidActionError) as told:
			frappe.call(self.CHOSEN, leads=[])
		assert "No lead was chosen." in told

	@pytest.mark.parametrize("roles", [(), ("Sales User",), ("Stock User",)])
	def test_only_managers_repair(self, roles):
		lead = make_lead()
		frappe.set_user(make_user(*roles) if roles else "Guest")
		for ask in (lambda: frappe.call(self.ALL), lambda: frappe.call(self.CHOSEN, leads=[lead.name])):
			with refused(frappe.PermissionError) as told:
				ask()
			assert "You may not repair leads. Ask somebody with the role Sales Manager." in told

	def test_a_lead_that_the_manager_may_not_see_is_no_lead(self):
		mine, hidden = make_lead(), make_lead()
		manager = make_user("Sales Manager")
		frappe.permissions.add_user_permission(LEAD, mine.name, manager)
		frappe.set_user(manager)
		for name in (hidden.name, "LEAD-0"):
			with refused(frappe.PermissionError) as told:
				frappe.call(self.CHOSEN, leads=[mine.name, name])
			assert f"There is no lead {name}, or you may not change it." in told

	def test_a_guest_is_refused_by_rest(self):
		for method in (self.ALL, self.CHOSEN):
			answer = requests.post(f"{site.URL}/api/method/{method}", json={"leads": "[]"}, timeout=60)
			assert answer.status_code in (401, 403), (method, answer.text[:200])
			answer = requests.get(f"{site.URL}/api/method/{method}", timeout=60)
			assert answer.status_code in (401, 403)

"""One sales action is one change of the lead.

It is a real change for the log, for people, for rules and for other systems.
"""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import frappe
import pytest
import requests

from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site, worker
from lead_pipeline.tests.assignment import DAYS
from lead_pipeline.tests.factories import make_opportunity, make_order, make_quotation, make_user
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import buyer, committed_record, notification_on_status


@pytest.fixture
def quoted(lead):
	"""A submitted quotation that was made from an opportunity, both of the lead."""
	opportunity = make_opportunity(lead, buyer())
	quotation = make_quotation(lead, buyer(), opportunity=opportunity.name)
	quotation.submit()
	frappe.db.commit()
	return quotation


def test_losing_a_quotation_made_from_an_opportunity_is_one_change(lead, quoted):
	before = len(log(lead))
	with site.action():
		quoted.declare_enquiry_lost([], [])
	rows = log(lead)[before:]
	assert [(row.from_status, row.to_status) for row in rows] == [("Quotation", "Lost Quotation")]
	assert (rows[0].reference_doctype, rows[0].reference_name) == ("Quotation", quoted.name)


def test_losing_it_over_rest_is_one_change(lead, quoted):
	before = len(log(lead))
	session = requests.Session()
	session.post(f"{site.URL}/api/method/login", data={"usr": "Administrator", "pwd": "admin"}, timeout=60)
	csrf = session.get(f"{site.URL}/app", timeout=60).text.split('csrf_token = "')[-1].split('"')[0]
	answer = session.post(
		f"{site.URL}/api/method/run_doc_method",
		data={
			"dt": "Quotation",
			"dn": quoted.name,
			"method": "declare_enquiry_lost",
			"args": json.dumps({"lost_reasons_list": [], "competitors": []}),
		},
		headers={"X-Frappe-CSRF-Token": csrf},
		timeout=60,
	)
	assert answer.status_code == 200, answer.text
	frappe.db.rollback()
	rows = log(lead)[before:]
	assert [(row.from_status, row.to_status) for row in rows] == [("Quotation", "Lost Quotation")]


def test_many_documents_in_one_action_are_one_change(lead):
	with site.action():
		make_opportunity(lead, buyer())
		make_quotation(lead, buyer()).submit()
		order = make_order(lead, buyer())
	assert [row.to_status for row in log(lead)] == ["Lead", "Converted"]
	assert log(lead)[-1].reference_name == order.name


def test_what_ends_as_it_began_is_no_change(lead):
	with site.action():
		quotation = make_quotation(lead, buyer())
		quotation.delete()
	assert [row.to_status for row in log(lead)] == ["Lead"]


def test_an_action_that_is_undone_leaves_nothing_behind(lead):
	with pytest.raises(ZeroDivisionError), site.action():
		make_quotation(lead, buyer())
		raise ZeroDivisionError
	assert (status(lead), len(log(lead))) == ("Lead", 1)
	with site.action():
		make_opportunity(lead, buyer())
	assert [row.to_status for row in log(lead)] == ["Lead", "Opportunity"]


def test_a_background_job_is_one_action(lead, quoted, free_worker):
	"""Submitting in the background, importing and bulk actions run in jobs."""
	before = len(log(lead))
	frappe.enqueue_doc(
		"Quotation", quoted.name, "declare_enquiry_lost", lost_reasons_list=[], competitors=[], queue="short"
	)
	site.wait_until(lambda: status(lead) == "Lost Quotation", "the job is done")
	assert len(log(lead)) == before + 1


def test_an_automatic_change_is_in_version_and_timeline_with_because_of(lead):
	with site.action():
		quotation = make_quotation(lead, buyer())
	(version,) = frappe.get_all("Version", filters={"ref_doctype": LEAD, "docname": lead.name}, pluck="data")
	data = json.loads(version)
	assert ["status", "Lead", "Quotation"] in data["changed"]
	assert data["updater_reference"]["docname"] == quotation.name
	assert f"because of Quotation {quotation.name}" in data["updater_reference"]["label"]


def test_a_notification_is_sent_exactly_once(lead, quoted, free_worker):
	owner = make_user("Sales User", email="notified@example.com")
	frappe.db.set_value(LEAD, lead.name, "lead_owner", owner)
	frappe.db.commit()
	with notification_on_status():
		with site.action():
			quoted.declare_enquiry_lost([], [])
		worker.wait_until_idle()
		frappe.db.rollback()
		assert notified(lead) == [f"{lead.name} is at Lost Quotation"]


def notified(lead) -> list[str]:
	filters = {"document_type": LEAD, "document_name": lead.name}
	return frappe.get_all("Notification Log", filters=filters, pluck="subject")


@contextmanager
def assignment_rule(user: str):
	rule = committed_record(
		"Assignment Rule",
		name="Quoted Leads in the Tests",
		document_type=LEAD,
		description="Follow the quotation up",
		assign_condition='status == "Quotation"',
		unassign_condition='status != "Quotation"',
		rule="Round Robin",
		users=[{"user": user}],
		assignment_days=[{"day": day} for day in DAYS],
	)
	with rule as made:
		try:
			yield
		finally:
			frappe.db.rollback()
			frappe.db.delete("ToDo", {"reference_type": LEAD, "assignment_rule": made.name})
			frappe.db.commit()


def test_assignment_rules_assign_and_take_back_on_automatic_changes(lead):
	user = make_user("Sales User", email="assigned@example.com")
	with assignment_rule(user):
		with site.action():
			quotation = make_quotation(lead, buyer())
		filters = {"reference_type": LEAD, "reference_name": lead.name}
		assert frappe.get_all("ToDo", filters, ["allocated_to", "status"]) == [
			{"allocated_to": user, "status": "Open"}
		]
		with site.action():
			quotation.delete()
		assert frappe.get_all("ToDo", filters, pluck="status") == ["Cancelled"]


@pytest.fixture
def receiver():
	"""A real HTTP server; the bodies of the requests that it has received."""
	bodies = []

	class Handler(BaseHTTPRequestHandler):
		def do_POST(self):
			bodies.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
			self.send_response(200)
			self.end_headers()
			self.wfile.write(b"{}")

		def log_message(self, *_arguments):
			pass

	server = HTTPServer(("127.0.0.1", 0), Handler)
	thread = threading.Thread(target=server.serve_forever)
	thread.start()
	yield f"http://127.0.0.1:{server.server_port}/", bodies
	server.shutdown()
	thread.join()


@contextmanager
def webhook(url: str):
	hook = committed_record(
		"Webhook",
		name="Leads in the Tests",
		webhook_doctype=LEAD,
		webhook_docevent="on_update",
		request_url=url,
		request_method="POST",
		request_structure="JSON",
		webhook_json='{"lead": "{{ doc.name }}", "status": "{{ doc.status }}"}',
		enabled=1,
	)
	with hook:
		forget_webhooks()
		yield
	forget_webhooks()


def forget_webhooks() -> None:
	"""Clear the cached webhooks.

	Frappe 15.0 keeps them in the flags of a process, too, and does not notice that one is deleted.
	"""
	frappe.clear_cache()
	frappe.flags.webhooks = frappe.flags.webhooks_executed = None


def test_a_webhook_is_called_exactly_once(lead, quoted, receiver, free_worker):
	url, bodies = receiver
	with webhook(url):
		with site.action():
			quoted.declare_enquiry_lost([], [])
		worker.wait_until_idle()
	assert bodies == [{"lead": lead.name, "status": "Lost Quotation"}]


def test_an_open_form_hears_of_the_change_once(lead, monkeypatch):
	"""An open form is told of the change once.

	The desk reloads a lead that is on a screen when the framework publishes `doc_update`.
	"""
	from frappe import realtime

	published = []
	emit = realtime.emit_via_redis
	monkeypatch.setattr(
		realtime,
		"emit_via_redis",
		lambda event, message, room: (published.append((event, room)), emit(event, message, room)),
	)
	with site.action():
		make_opportunity(lead, buyer())
		make_quotation(lead, buyer())
	heard = [event for event, room in published if event == "doc_update" and lead.name in str(room)]
	assert len(heard) == 1

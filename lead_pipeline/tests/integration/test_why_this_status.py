"""What the form is told about why a lead has its status.

It is also true while the lead has not followed its documents yet.
"""

import json
from collections.abc import Iterator

import frappe
import pytest
from frappe.permissions import add_user_permission
from frappe.utils import now

from lead_pipeline.constants import LEAD, STATUS, STATUS_FAILURE, STATUS_LOG
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import log, recompute, reconcile
from lead_pipeline.status.explain import explain, status_history
from lead_pipeline.status.repair import repair
from lead_pipeline.tests import site, web_calls
from lead_pipeline.tests.factories import make_customer, make_order, make_quotation, make_user
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.sales import buyer, committed_leads, failure
from lead_pipeline.tests.troubles import another_apps_hook_that_raises


@pytest.fixture
def lead(clean_transaction):
	with committed_leads() as (lead,):
		yield lead


@pytest.fixture
def quotation(lead):
	return make_quotation(lead, buyer())


def expire(quotation) -> None:
	frappe.db.set_value("Quotation", quotation.name, "status", "Expired", update_modified=False)


def test_a_lead_that_has_not_followed_yet_is_said_to_disagree(lead, quotation):
	assert explain(lead.name)["agrees"] is True
	expire(quotation)
	told = explain(lead.name)
	assert (told["agrees"], told["status"], told["wanted"]) == (False, "Quotation", "Lead")
	assert told["failure"] is None
	assert told["gone"] == {"document_type": "Quotation", "document_name": quotation.name}


def test_what_holds_a_lead_back_is_no_disagreement(lead):
	lead.hold_status = 1
	lead.save()
	make_quotation(lead, buyer())
	told = explain(lead.name)
	assert (told["agrees"], told["held_by"], told["wanted"]) == (True, "hold", "Quotation")


def test_an_automatic_return_is_nobodys_choice_and_names_the_document_that_went(lead, quotation):
	quotation.delete()
	told = explain(lead.name)
	assert (told["status"], told["origin"], told["change"]["by_person"]) == ("Lead", "person", False)
	assert told["gone"] == {"document_type": "Quotation", "document_name": quotation.name}


def test_a_choice_is_a_persons_and_nothing_has_gone(lead, quotation):
	lead.reload()
	lead.status = "Interested"
	lead.save()
	told = explain(lead.name)
	assert (told["change"]["by_person"], told["gone"]) == (True, None)


def test_what_a_new_lead_has_says_that_it_was_created(lead):
	change = explain(lead.name)["change"]
	assert (change["to_status"], change["cause"], change["by_person"]) == ("Lead", "Created", True)


def test_a_lead_whose_status_was_deleted_by_sql_still_says_why(lead, quotation):
	frappe.db.delete(STATUS, {"name": "Quotation"})
	lead_statuses.clear()
	try:
		told = explain(lead.name)
		assert (told["status"], told["protected"]) == ("Quotation", False)
	finally:
		frappe.db.rollback()
		lead_statuses.clear()


def of_one_customer(role: str) -> Iterator[str]:
	"""Provide a user who sees the lead, but only another customer.

	Of all customers, with their orders and quotations, the user may see only that one.
	"""
	user = make_user(role, email=f"{frappe.scrub(role)}-of-one-customer@example.com")
	add_user_permission("Customer", make_customer().name, user)
	frappe.db.commit()
	yield user
	site.start_over()
	for permission in frappe.get_all("User Permission", {"user": user}, ["name", "for_value"]):
		site.delete("User Permission", permission.name)
		site.delete("Customer", permission.for_value)
	frappe.db.commit()


class TestADocumentThatTheUserMayNotRead:
	@pytest.fixture
	def seller(self, lead):
		yield from of_one_customer("Sales User")

	@pytest.fixture
	def manager(self, lead):
		yield from of_one_customer("Sales Manager")

	def test_is_named_nowhere_but_said_to_be_there(self, lead, seller):
		order = make_order(lead, buyer())
		frappe.db.commit()
		client = Client(seller)
		answers = [
			client.call("GET", f"method/lead_pipeline.{path}?lead={lead.name}")
			for path in ("form_panel.panel", "status.explain.explain", "status.explain.status_history")
		]
		assert order.name not in str(answers)
		told, why, history = answers
		assert (why["fact"]["unseen"], why["fact"]["status"]) == (True, "Converted")
		assert (why["fact"]["document_type"], history[0]["reference_doctype"]) == (None, None)
		assert (told["why"], told["history"]) == (why, history)
		assert history[0]["unseen"] and why["change"]["unseen"]

	def test_is_not_named_in_the_timeline_that_comes_with_the_form(self, lead, seller):
		order, quotation = make_order(lead, buyer()), make_quotation(lead, buyer())
		frappe.db.commit()
		path = f"method/frappe.desk.form.load.getdoc?doctype={LEAD}&name={lead.name}"
		assert order.name in str(frappe.get_all("Version", {"docname": lead.name}, pluck="data"))
		said = Client(seller).session.get(f"{site.URL}/api/{path}").text
		assert order.name not in said and quotation.name not in said
		assert "Converted" in said, "that it has changed is no secret"

	def test_is_not_named_either_when_it_has_gone(self, lead, seller):
		order = make_order(lead, buyer())
		order.delete()
		frappe.set_user(seller)
		assert explain(lead.name)["gone"] == {"document_type": None, "document_name": None, "unseen": True}
		assert order.name not in str(status_history(lead.name))

	def test_is_named_in_no_list(self, lead, manager):
		order = make_order(lead, buyer())
		order.delete()
		failing = {"doctype": STATUS_FAILURE, "lead": lead.name, "failed_on": now(), "error": "Broken"}
		document = {"document_type": "Sales Order", "document_name": order.name}
		frappe.get_doc(failing | document).insert(ignore_links=True)
		assert order.name in str(log.status_history_of(lead.name))
		asked = {STATUS_LOG: ["reference_name", "reason"], STATUS_FAILURE: ["document_name"]}
		exported = {"file_format_type": "CSV", "title": "Rows"}
		for doctype, hidden in asked.items():
			for method, further in (
				("frappe.client.get_list", {}),
				("frappe.desk.reportview.get", {}),
				("frappe.desk.reportview.export_query", exported),
			):
				for fields in (["*"], ["lead", *hidden], ["lead", f"max({hidden[0]}) as which"]):
					form = {"filters": json.dumps({"lead": lead.name}), "fields": json.dumps(fields)}
					said, error = web_calls.call(manager, method, form | further | {"doctype": doctype})
					assert order.name not in said, (method, fields)
					assert lead.name in said or error, (method, fields)

	def test_others_of_the_same_type_are_named(self, lead, seller):
		own = frappe.get_all("User Permission", {"user": seller}, pluck="for_value")[0]
		hidden, shown = make_order(lead, buyer()), make_order(lead, own)
		frappe.set_user(seller)
		told = str(explain(lead.name))
		assert shown.name in told and hidden.name not in told


class TestFailure:
	@pytest.fixture
	def failed(self, lead):
		with another_apps_hook_that_raises(lead), site.action():
			make_quotation(lead, buyer())
		assert failure(lead)
		return lead

	def test_the_form_says_that_it_could_not_follow_and_a_manager_sees_why(self, failed):
		frappe.set_user(make_user("Sales Manager"))
		told = explain(failed.name)
		assert (told["agrees"], told["failure"]["attempts"]) == (False, 1)
		assert "divided by zero" in told["failure"]["error"] and told["failure"]["name"]

	def test_a_sales_user_learns_that_it_failed_but_no_technical_error(self, failed):
		frappe.set_user(make_user("Sales User"))
		told = explain(failed.name)["failure"]
		assert told["failed_on"] and not told["error"] and not told["name"]

	def test_a_repair_in_the_report_ends_it(self, failed):
		repair([failed.name])
		assert (status(failed), failure(failed)) == ("Quotation", None)

	def test_the_hourly_repair_ends_it(self, failed):
		reconcile.reconcile()
		assert (status(failed), failure(failed)) == ("Quotation", None)

	def test_a_repair_that_fails_again_is_counted(self, failed):
		with another_apps_hook_that_raises(failed):
			assert repair([failed.name])["failed"] == [failed.name]
		assert (status(failed), failure(failed).attempts) == ("Lead", 2)

	def test_a_recompute_of_one_lead_ends_it(self, failed):
		recompute.repair_lead(failed.name)
		assert (frappe.db.get_value(LEAD, failed.name, "status"), failure(failed)) == ("Quotation", None)

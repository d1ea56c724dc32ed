"""What the form is told about why a lead has its status: true also while the lead has not followed yet."""

import frappe
import pytest

from lead_pipeline import reference
from lead_pipeline.constants import LEAD, STATUS
from lead_pipeline.repair import repair
from lead_pipeline.status import recompute, reconcile
from lead_pipeline.status.explain import explain
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_quotation, make_user
from lead_pipeline.tests.sales import buyer, committed_leads, failure, status
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
	reference.clear()
	try:
		told = explain(lead.name)
		assert (told["status"], told["protected"]) == ("Quotation", False)
	finally:
		frappe.db.rollback()
		reference.clear()


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
		recompute.repair(failed.name)
		assert (frappe.db.get_value(LEAD, failed.name, "status"), failure(failed)) == ("Quotation", None)

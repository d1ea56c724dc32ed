"""A lead that could not follow its document.

Who sees it, and when it is tried again.
"""

import frappe
import pytest

from lead_pipeline.constants import LEAD
from lead_pipeline.status import recompute
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_quotation, make_user
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import buyer, errors, failure, hooked
from lead_pipeline.tests.troubles import another_apps_hook_that_raises, unsettle

HERE = "lead_pipeline.tests.integration.test_failures_of_leads."


def test_a_failure_is_written_down_where_a_manager_sees_it(lead):
	with another_apps_hook_that_raises(lead), site.action():
		quotation = make_quotation(lead, buyer())
	# A manager need not see every document; the form of the lead names those that the manager may read.
	for role, document in (
		("Sales Manager", (None, None)),
		("System Manager", ("Quotation", quotation.name)),
	):
		frappe.set_user(make_user("Sales Manager", role))
		(row,) = frappe.get_list("Pipeline Status Failure", filters={"lead": lead.name}, fields=["*"])
		assert (row.document_type, row.document_name) == document
		assert "divided by zero" in row.error
		assert row.attempts == 1
	frappe.set_user("Administrator")
	frappe.db.rollback()
	(entry,) = errors()
	assert entry.startswith(f"Status of lead {lead.name} could not be updated")
	assert f"Document: Quotation {quotation.name}. It was saved nevertheless." in entry
	assert "open the lead and its status rules and correct what the error below names" in entry


def test_a_sales_user_sees_no_failures_and_nobody_writes_them(lead):
	frappe.set_user(make_user("Sales User"))
	assert not frappe.has_permission("Pipeline Status Failure", "read")
	frappe.set_user(make_user("Sales Manager"))
	assert not any(
		frappe.has_permission("Pipeline Status Failure", right) for right in ("write", "create", "delete")
	)


def test_the_same_failure_again_is_counted_and_not_logged_again(lead):
	with another_apps_hook_that_raises(lead):
		for _number in range(3):
			with site.action():
				make_quotation(lead, buyer())
		assert recompute.retry_failed() == 0
	assert failure(lead).attempts == 4
	assert len(errors()) == 1
	assert recompute.retry_failed() == 1
	assert failure(lead) is None
	assert status(lead) == "Quotation"


def test_a_failed_lead_is_retried_in_the_background_and_safe_to_run_twice(lead):
	with another_apps_hook_that_raises(lead), site.action():
		make_quotation(lead, buyer())
	with another_apps_hook_that_raises(lead), pytest.raises(frappe.RetryBackgroundJobError):
		recompute.retry(lead.name)
	frappe.db.rollback()
	assert failure(lead)
	recompute.retry(lead.name)
	assert (status(lead), failure(lead), len(log(lead))) == ("Quotation", None, 2)
	recompute.retry(lead.name)
	assert (status(lead), failure(lead), len(log(lead))) == ("Quotation", None, 2)


@pytest.mark.parametrize("error", ("QueryDeadlockError", "QueryTimeoutError"))
def test_a_job_that_meets_a_deadlock_or_a_lock_is_run_again_by_the_framework(lead, error):
	"""The framework of some versions does not retry these two by itself."""
	make_quotation(lead, buyer())
	unsettle(lead)
	hook = HERE + f"raise_{error}"
	with hooked(LEAD, "on_update", hook), pytest.raises(frappe.RetryBackgroundJobError) as raised:
		recompute.retry(lead.name)
	assert type(raised.value.__cause__).__name__ == error


def raise_QueryDeadlockError(document, method=None):
	raise frappe.QueryDeadlockError("another transaction")


def raise_QueryTimeoutError(document, method=None):
	raise frappe.QueryTimeoutError("another transaction")


def test_a_failure_during_the_retry_asks_for_one_more_run(lead):
	"""A job is not queued while its twin runs; the twin may have looked before."""
	with another_apps_hook_that_raises(lead), site.action():
		make_quotation(lead, buyer())
	with (
		hooked(LEAD, "on_update", HERE + "fail_elsewhere"),
		pytest.raises(frappe.RetryBackgroundJobError),
	):
		recompute.retry(lead.name)
	assert failure(lead).attempts == 2
	recompute.retry(lead.name)
	assert failure(lead) is None


def fail_elsewhere(document, method=None):
	"""Another request fails with the same lead while the job saves it."""

	def count() -> None:
		frappe.db.set_value("Pipeline Status Failure", {"lead": document.name}, "attempts", 2)
		frappe.db.commit()

	with site.somebody_else(count):
		pass

"""A sale never fails because of a lead (promises P1, P2, P11).

The lead catches up afterwards.
"""

import time
from contextlib import contextmanager
from functools import partial

import frappe
import pytest

from lead_pipeline.constants import LEAD, RULE
from lead_pipeline.framework import job_records, transactions
from lead_pipeline.status import failures, recompute, reconcile
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_order, make_quotation, make_user
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import buyer, committed_leads, errors, failure, forget_errors, hooked
from lead_pipeline.tests.troubles import (
	EVENTS,
	MODES,
	TROUBLES,
	a_rule_with_a_missing_field,
	events_of,
	unsettle,
)


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: trouble.__name__)
def test_the_sale_stands_and_the_lead_follows_once_the_trouble_is_over(clean_transaction, trouble):
	stories = [(event, mode) for event in events_of(trouble) for mode in MODES]
	with committed_leads(len(stories)) as leads:
		told = [tell(lead, trouble, event, mode) for lead, (event, mode) in zip(leads, stories, strict=True)]
		repair()
		for lead, (event, mode), (wanted, document) in zip(leads, stories, told, strict=True):
			where = f"{event}, {mode}"
			assert status(lead) == wanted, where
			assert failure(lead) is None, where
			rows = log(lead)
			assert [row.from_status for row in rows[1:]] == [row.to_status for row in rows[:-1]], where
			assert rows[-1].to_status == wanted, where
			if document:
				# One that has lost its lead is to go with it all the same.
				frappe.db.set_value(document.doctype, document.name, "pipeline_lead", lead.name)


def repair() -> None:
	"""Run the hourly jobs until no lead is left to retry.

	The worker beside the tests retries as well and may hold a lead for a moment.
	"""
	for _attempt in range(100):
		recompute.retry_failed()
		if not failures.leads():
			break
		time.sleep(0.1)
	reconcile.reconcile()


def tell(lead, trouble, name: str, mode: str) -> tuple[str, object]:
	"""Let the event happen while there is `trouble`.

	Return the status that the lead is to have, and the document.
	"""
	event, where = EVENTS[name], f"{name}, {mode}"
	document = event.prepare(lead)
	frappe.db.commit()
	with trouble(lead):
		with MODES[mode]():
			document = event.act(document, lead)
		frappe.db.rollback()
		assert_stored(document)
		entries = errors()
		assert len(entries) == TROUBLES[trouble], (where, entries)
		assert all("repair" in entry for entry in entries), (where, entries)
	forget_errors()
	frappe.db.commit()
	return event.status, document


def assert_stored(document) -> None:
	"""The document is in the database as its author has left it, rows included."""
	if document is None:
		return
	stored = frappe.get_doc(document.doctype, document.name)
	assert (stored.docstatus, stored.status) == (document.docstatus, document.status)
	assert stored.pipeline_lead == document.pipeline_lead
	assert len(stored.items) == len(document.items) == 1


def test_one_bad_rule_does_not_take_down_the_others(lead):
	from lead_pipeline.tests.factories import make_opportunity, make_order

	with a_rule_with_a_missing_field(lead):
		with site.action():
			make_opportunity(lead, buyer())
		assert status(lead) == "Opportunity"
		with site.action():
			make_order(lead, buyer())
		assert status(lead) == "Converted"
		(entry,) = errors()
		assert entry.startswith("Status rule Quotation in progress cannot be evaluated and is skipped")
		assert "no_such_field" in entry
		assert "correct its filters or disable it" in entry


def test_a_user_without_any_right_on_leads_moves_them_by_a_sale(lead):
	quotation = make_quotation(lead, buyer())
	unsettle(lead)
	frappe.set_user(make_user("Accounts User"))
	with site.action():
		quotation.flags.ignore_permissions = True
		quotation.save()
	assert status(lead) == "Quotation"


def test_a_deleted_lead_does_not_stop_a_change_of_its_document():
	lead = make_lead()
	quotation = make_quotation(lead)
	frappe.db.delete(LEAD, {"name": lead.name})
	quotation.db_set("status", "Open")
	assert frappe.db.get_value("Quotation", quotation.name, "status") == "Open"


def test_a_document_of_a_lead_that_is_gone_is_saved_submitted_and_sold_on():
	"""A document of a deleted lead can be saved, submitted and sold on (P2).

	A lead deleted by SQL is found by the hourly repair only; until then, too, the sale stands.
	"""
	gone, other = make_lead(), make_lead()
	quotation = make_quotation(gone, buyer())
	frappe.db.delete(LEAD, {"name": gone.name})
	frappe.db.value_cache.clear()
	quotation = frappe.get_doc("Quotation", quotation.name)
	quotation.save()
	quotation.submit()
	assert make_quotation(gone, buyer()).name
	order = frappe.get_doc("Sales Order", make_order(other, buyer()).name)
	order.items[0].pipeline_lead = gone.name
	order.save()
	order.submit()
	assert frappe.db.get_value("Sales Order", order.name, "docstatus") == 1
	quotation.pipeline_lead = other.name
	quotation.save()
	assert status(other) == "Converted"


def test_looking_whether_the_lead_is_there_is_no_change_of_the_document():
	"""The timeline has what people have changed, and nothing is refused after submit."""
	lead = make_lead()
	quotation = make_quotation(lead, buyer())
	changed = partial(
		frappe.get_all, "Version", {"ref_doctype": "Quotation", "docname": quotation.name}, ["data"]
	)
	quotation = frappe.get_doc("Quotation", quotation.name)
	# As the desk sends it: it fetches what a form fetches.
	quotation.pipeline_lead_found = lead.name
	quotation.save(ignore_version=False)
	quotation.submit()
	quotation = frappe.get_doc("Quotation", quotation.name)
	quotation.flags.ignore_version = False
	quotation.pipeline_lead_found = lead.name
	quotation.save(ignore_version=False)
	assert not [row.data for row in changed() if "pipeline_lead_found" in row.data]
	assert not frappe.db.has_column("Quotation", "pipeline_lead_found")


@contextmanager
def half_a_migration():
	"""The link of Quotations is not in their table for a while."""
	change = "alter table `tabQuotation` rename column {} to {}"
	frappe.db.sql_ddl(change.format("pipeline_lead", "pipeline_lead_gone"))
	try:
		yield
	finally:
		frappe.db.rollback()
		frappe.db.sql_ddl(change.format("pipeline_lead_gone", "pipeline_lead"))


def test_a_document_whose_lead_cannot_be_found_is_saved_and_the_error_log_says_so(lead):
	quotation = make_quotation(lead, buyer())
	quotation.submit()
	frappe.db.commit()
	with half_a_migration():
		with site.action():
			order = frappe.copy_doc(make_order(None, buyer()))
			order.items[0].prevdoc_docname = quotation.name
			order.insert()
		stored = frappe.get_doc("Sales Order", order.name)
		assert (len(stored.items), stored.pipeline_lead) == (1, None)
	(entry,) = [entry for entry in errors() if "Sales Order" in entry]
	assert entry.startswith("The lead of a Sales Order could not be found")
	assert "Set its field Pipeline Lead by hand, if it belongs to a lead." in entry
	stored.pipeline_lead = lead.name
	with site.action():
		stored.save()
	assert status(lead) == "Converted"


def test_a_link_to_a_deleted_lead_is_taken_away_by_the_hourly_repair():
	from lead_pipeline.documents.renaming import DANGLING, release_dangling

	# As in the first run of a day: what SQL deletes leaves no trace.
	job_records.keep_state(DANGLING, {})
	by_sql, by_force = make_lead(), make_lead()
	orphan, released = make_quotation(by_sql), make_quotation(by_force)
	frappe.db.delete(LEAD, {"name": by_sql.name})
	release_dangling()
	frappe.delete_doc(LEAD, by_force.name, ignore_on_trash=True, force=True)
	for quotation in (orphan, released):
		quotation.reload()
		assert not quotation.pipeline_lead
		quotation.submit()


@pytest.mark.usefixtures("sales_documents")
def test_a_rule_with_a_missing_field_is_refused_with_the_reason():
	rule = frappe.get_doc(RULE, {"rule_name": "Quotation in progress"})
	rule.filters = '[["Quotation", "no_such_field", "=", "1"]]'
	with pytest.raises(frappe.ValidationError, match="no_such_field"):
		rule.save()


def test_a_rule_for_a_document_that_cannot_reach_a_lead_is_refused_with_the_way_out():
	rule = frappe.new_doc(RULE)
	rule.update({"document_type": "ToDo", "status": "Open"})
	with pytest.raises(frappe.ValidationError, match="Customize Form"):
		rule.insert()


def test_what_another_app_does_after_the_commit_is_done_before_the_lead_follows(lead):
	"""What another app does after the commit is done before the lead follows.

	A lead that cannot follow is rolled back, but nothing that another app still has to do is rolled back with it.
	"""
	done = []
	with hooked(LEAD, "on_update", f"{__name__}.fail"), site.action():
		make_quotation(lead, buyer())
		frappe.db.after_commit.add(lambda: done.append(status(lead)))
	assert done == ["Lead"]
	assert failure(lead)


def fail(*_arguments) -> None:
	raise frappe.ValidationError("This lead cannot be saved.")


def test_a_lead_follows_although_another_app_fails_after_the_commit(lead):
	"""The framework calls the hooks at the end of a request all the same."""
	with pytest.raises(ZeroDivisionError), site.action():
		frappe.db.after_commit.add(lambda: 1 / 0)
		make_quotation(lead, buyer())
	assert status(lead) == "Lead"
	for hook in frappe.get_hooks("after_request"):
		frappe.call(hook, response=None, request=None)
	assert status(lead) == "Quotation"


def test_what_was_undone_is_not_followed_at_the_end_of_the_request(lead):
	with pytest.raises(ZeroDivisionError), site.action():
		make_quotation(lead, buyer())
		raise ZeroDivisionError
	transactions.run_waiting_work()
	assert status(lead) == "Lead"
	assert len(log(lead)) == 1

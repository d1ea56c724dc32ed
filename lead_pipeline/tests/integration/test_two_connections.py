"""Concurrency: deadlocks, locks and old snapshots (promises P1 and P4).

Only two real connections show them.
"""

import threading
import time
import traceback
from contextlib import contextmanager, nullcontext
from functools import partial

import frappe
import pytest
from frappe import client

from lead_pipeline.constants import LEAD
from lead_pipeline.status import failures, recompute
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_customer, make_opportunity, make_quotation
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import buyer, errors, failure, hooked

HERE = "lead_pipeline.tests.integration.test_two_connections."

# An update of one row is seen at its work only when it has to wait.
WAITING = """select count(*) from information_schema.processlist
	where id != connection_id() and command = 'Query' and info like 'UPDATE `tabToDo`%'"""
WAITING_POSTGRES = "select count(*) from pg_locks where not granted"


@pytest.fixture
def todos(clean_transaction):
	"""Rows that both connections want."""
	names = [
		frappe.get_doc({"doctype": "ToDo", "description": f"Wanted by two, {number}"}).insert().name
		for number in range(30)
	]
	frappe.db.commit()
	yield names
	frappe.db.rollback()
	frappe.db.delete("ToDo", {"name": ("in", names)})
	frappe.db.commit()


def set_priority(names: list[str]) -> None:
	table = frappe.qb.DocType("ToDo")
	frappe.qb.update(table).set(table.priority, "High").where(table.name.isin(names)).run()


def want_what_somebody_holds(document, method=None) -> None:
	set_priority(frappe.flags.wanted_todo)


@contextmanager
def deadlock(lead, todos):
	"""Whoever saves the lead in the block wants a row of somebody who wants the lead."""
	frappe.flags.wanted_todo = todos[:1]
	ready, errors = threading.Event(), []

	def run() -> None:
		site.connect()
		try:
			# The database undoes the transaction that has changed less: this one must not be it.
			set_priority(todos)
			ready.set()
			wait_until_somebody_waits()
			frappe.db.sql(
				f"update `tab{LEAD}` set description = 'from somebody else' where name = %s", lead.name
			)
			frappe.db.commit()
		except Exception as error:
			errors.append(error)
		finally:
			ready.set()
			frappe.destroy()

	somebody = threading.Thread(target=run)
	somebody.start()
	assert ready.wait(120)
	try:
		with hooked(LEAD, "on_update", HERE + "want_what_somebody_holds"):
			yield
	finally:
		somebody.join()
	assert not errors


def wait_until_somebody_waits() -> None:
	question = WAITING if frappe.db.db_type == "mariadb" else WAITING_POSTGRES
	for _moment in range(600):
		if frappe.db.sql(question)[0][0]:
			return
		time.sleep(0.1)
	raise AssertionError("Nobody has waited for a row within a minute.")


def test_in_a_request_a_deadlock_over_the_lead_leaves_the_sale_whole(lead, todos):
	with deadlock(lead, todos), site.action():
		quotation = make_quotation(lead, buyer())
		quotation.submit()
	frappe.db.rollback()
	stored = frappe.get_doc("Quotation", quotation.name)
	assert (stored.docstatus, len(stored.items)) == (1, 1)
	assert status(lead) == "Lead"
	assert "deadlock" in failure(lead).error.lower()
	assert len(errors()) == 1
	recovered(lead, "Quotation")


def recovered(lead, wanted: str) -> None:
	"""The background job may be at it already."""
	for _moment in range(100):
		recompute.retry_failed()
		if not failures.attempts(lead.name):
			break
		time.sleep(0.1)
	assert (status(lead), failure(lead)) == (wanted, None)
	assert [row.to_status for row in log(lead)].count(wanted) == 1


def test_in_a_script_a_deadlock_that_has_undone_the_sale_is_raised_and_nothing_is_left_of_it(lead, todos):
	name = None
	with deadlock(lead, todos):
		if frappe.db.db_type == "mariadb":
			with pytest.raises(frappe.QueryDeadlockError):
				make_quotation(lead, buyer())
		else:
			# PostgreSQL undoes no more than the savepoint: the sale goes on.
			name = make_quotation(lead, buyer()).name
		frappe.db.commit()
	frappe.db.rollback()
	found = frappe.get_all("Quotation", filters={"pipeline_lead": lead.name}, pluck="name")
	assert found == ([name] if name else [])


@contextmanager
def snapshot_isolation():
	"""Turn on MariaDB's snapshot isolation.

	It is the default of MariaDB from 11.6.2 on: a row that changed since the snapshot cannot be locked.
	"""
	if frappe.db.db_type == "mariadb":
		frappe.db.sql("set session innodb_snapshot_isolation = on")
	try:
		yield
	finally:
		frappe.db.rollback()
		if frappe.db.db_type == "mariadb":
			frappe.db.sql("set session innodb_snapshot_isolation = off")


def change_the_lead(name: str):
	def change() -> None:
		frappe.db.set_value(LEAD, name, "description", "changed meanwhile")
		frappe.db.commit()

	return change


def test_in_a_request_a_lead_that_changed_since_the_request_began_follows_at_once(lead):
	with snapshot_isolation():
		with site.action():
			quotation = make_quotation(lead, buyer())
			with site.somebody_else(change_the_lead(lead.name)):
				quotation.submit()
		assert frappe.db.get_value("Quotation", quotation.name, "docstatus") == 1
		assert (status(lead), failure(lead), errors()) == ("Quotation", None, [])
		assert frappe.db.get_value(LEAD, lead.name, "description") == "changed meanwhile"


def test_a_customer_of_a_lead_that_changed_since_the_request_began_is_saved_and_is_its_party(lead):
	with snapshot_isolation():
		with site.action():
			frappe.db.get_value(LEAD, lead.name, "status")
			with site.somebody_else(change_the_lead(lead.name)):
				customer = make_customer(pipeline_lead=lead.name)
		assert frappe.db.exists("Customer", customer.name)
		assert (errors(), failure(lead), status(lead)) == ([], None, "Converted")
		assert frappe.db.get_value(LEAD, lead.name, ["party_type", "party"]) == ("Customer", customer.name)


def look_around_after_the_commit(document, method=None) -> None:
	"""Read something after the commit, as another app may do.

	The other app's turn comes before ours, and somebody else makes a document at that moment.
	"""

	def look() -> None:
		frappe.db.get_value("User", frappe.session.user, "full_name")
		with site.somebody_else(partial(offer, document.pipeline_lead)):
			pass

	if not frappe.flags.has_looked_around:
		frappe.flags.has_looked_around = True
		frappe.db.after_commit.add(look)


def offer(lead: str) -> None:
	with site.action():
		make_quotation(frappe.get_doc(LEAD, lead), buyer())


@pytest.mark.parametrize("isolated", [False, True])
def test_what_another_app_reads_after_the_commit_does_not_let_the_lead_follow_the_past(lead, isolated):
	frappe.flags.has_looked_around = False
	with snapshot_isolation() if isolated else nullcontext():
		with hooked("Opportunity", "validate", HERE + "look_around_after_the_commit"), site.action():
			make_opportunity(lead, buyer())
		assert frappe.flags.has_looked_around
		frappe.db.rollback()
		assert (status(lead), failure(lead), errors()) == ("Quotation", None, [])
		assert_consistent(lead)


def test_in_a_script_it_is_all_or_an_error(lead):
	with snapshot_isolation():
		frappe.db.get_value(LEAD, lead.name, "status")
		with site.somebody_else(change_the_lead(lead.name)):
			pass
		try:
			quotation = make_quotation(lead, buyer())
			frappe.db.commit()
		except Exception as error:
			assert "1020" in str(error) or "serialize" in str(error)
			frappe.db.rollback()
			assert not frappe.get_all("Quotation", filters={"pipeline_lead": lead.name})
		else:
			assert frappe.get_doc("Quotation", quotation.name).items
			recovered(lead, "Quotation")


def test_two_documents_of_a_lead_at_once_both_count(lead):
	"""Each request sees what the other has committed, however they meet."""
	for _round in range(5):
		with site.action():
			opportunity = make_opportunity(lead, buyer())
		with site.action():
			quotation = make_quotation(lead, buyer())
		at_once(partial(make_opportunity, lead, buyer()), partial(delete, "Quotation", quotation.name))
		assert status(lead) == "Opportunity"
		at_once(partial(make_quotation, lead, buyer()), partial(delete, "Opportunity", opportunity.name))
		assert status(lead) == "Quotation"
		for doctype in ("Opportunity", "Quotation"):
			for name in frappe.get_all(doctype, filters={"pipeline_lead": lead.name}, pluck="name"):
				with site.action():
					delete(doctype, name)
		assert status(lead) == "Lead"
		assert_consistent(lead)


def delete(doctype: str, name: str) -> None:
	frappe.get_doc(doctype, name).delete()


def at_once(*actions) -> None:
	"""Run each action in a request of its own, all started together.

	The actions of a list run one after the other. Raises what one of them raises.
	"""
	barrier, errors = threading.Barrier(len(actions)), []

	def run(do) -> None:
		site.connect()
		try:
			barrier.wait()
			for step in do if isinstance(do, list) else [do]:
				insist(step)
		except Exception:
			errors.append(traceback.format_exc())
		finally:
			frappe.destroy()

	threads = [threading.Thread(target=run, args=(do,)) for do in actions]
	for thread in threads:
		thread.start()
	for thread in threads:
		thread.join()
	frappe.db.rollback()
	assert not errors, "\n".join(errors)
	for _moment in range(100):
		recompute.retry_failed()
		if not failures.leads():
			break
		time.sleep(0.1)


def insist(do) -> None:
	"""Repeat an action that failed because somebody else was first.

	A user would click again. It happens, for example, when two names of a series collide.
	"""
	for _time in range(20):
		try:
			with site.action():
				do()
			return
		except (frappe.TimestampMismatchError, frappe.QueryDeadlockError, frappe.QueryTimeoutError):
			pass
		except Exception as error:
			if "serialize" not in str(error):
				raise
		time.sleep(0.05)
	raise AssertionError("Somebody else was always first.")


def assert_consistent(lead) -> None:
	"""The log tells one story without a gap, and it ends where the lead is."""
	rows = log(lead)
	assert [row.from_status for row in rows] == [None, *(row.to_status for row in rows[:-1])]
	assert rows[-1].to_status == status(lead)


def save_the_form(lead: str, number: int) -> None:
	doc = frappe.get_doc(LEAD, lead)
	doc.job_title = f"Title {number}"
	doc.save()


def sell(lead) -> None:
	make_quotation(lead, buyer()).submit()


def test_forms_cards_and_documents_at_once_lose_nothing(lead):
	"""Forms, cards and documents saved at the same time lose nothing (P4).

	A form, a card on the board and sales documents; the result is one that some order of the actions explains.
	"""
	statuses = ("Open", "Interested", "Replied")
	at_once(
		[partial(save_the_form, lead.name, number) for number in range(5)],
		[partial(client.set_value, LEAD, lead.name, "status", name) for name in statuses],
		[partial(sell, lead)] * 3,
		partial(make_opportunity, lead, buyer()),
	)
	assert_consistent(lead)
	doc = frappe.get_doc(LEAD, lead.name)
	assert doc.job_title == "Title 4"
	assert {"Open", "Interested", "Replied"} <= {row.to_status for row in log(lead)}
	assert frappe.db.count("Quotation", {"pipeline_lead": lead.name, "docstatus": 1}) == 3
	assert doc.status == recompute.decide_for(doc).status
	assert doc.status in ("Quotation", "Replied")

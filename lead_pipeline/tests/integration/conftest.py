"""Fixtures for tests on a real site.

Every test runs as Administrator in a transaction that is rolled back.
"""

import re
from contextlib import contextmanager

import frappe
import pytest

from lead_pipeline.constants import SETTINGS
from lead_pipeline.tests import site, visitors, worker
from lead_pipeline.tests.factories import SELLER, make_user, needs
from lead_pipeline.tests.sales import committed_leads

# What is asked on PostgreSQL alone: savepoints around what may fail, and what MariaDB gives by itself or the framework keeps.
ONLY_POSTGRES = re.compile("savepoint|information_schema|nextval")


def stored_settings() -> dict[str, str]:
	"""Return what the database has of the app's settings, whoever has written it."""
	rows = frappe.db.sql("select field, value from `tabSingles` where doctype = %s", SETTINGS)
	return {field: value for field, value in rows if value not in (None, "", "0") and "modified" not in field}


@pytest.fixture(autouse=True)
def clean_transaction(connected_site):
	site.stay_off_midnight(20)
	site.start_over()
	settings = stored_settings()
	yield
	# What the test has left in caches is forgotten when the next one begins.
	site.undo()
	if (left := stored_settings()) != settings:
		for field in left | settings:
			frappe.db.set_single_value(SETTINGS, field, settings.get(field), update_modified=False)
		frappe.db.commit()
		pytest.fail("This test, or something that it calls, has committed other settings.")


@pytest.fixture(scope="package", autouse=True)
def resting_worker(connected_site):
	"""Keep the background worker idle.

	A test that waits for the worker asks for `free_worker`.
	"""
	with worker.resting():
		yield


@pytest.fixture
def count_sql(monkeypatch):
	"""Provide a context manager that lists the SQL statements executed in it.

	The statements are executed all the same.
	"""

	@contextmanager
	def count():
		statements = []
		execute = frappe.db.sql

		def sql(query, *args, **kwargs):
			# The framework is asked for the text of a statement in the same way.
			if kwargs.get("run", True) and not is_of_postgres(str(query)):
				statements.append(str(query))
			return execute(query, *args, **kwargs)

		def is_of_postgres(query: str) -> bool:
			"""Return whether the framework, or a reader, asks this on PostgreSQL alone."""
			return frappe.db.db_type == "postgres" and bool(ONLY_POSTGRES.search(query))

		with monkeypatch.context() as patch:
			patch.setattr(frappe.db, "sql", sql)
			yield statements

	return count


@pytest.fixture
def country():
	"""Set the site's country.

	It decides how a phone number without a country code is read.
	"""
	original = frappe.db.get_single_value("System Settings", "country")

	def choose(name: str | None) -> None:
		frappe.db.set_single_value("System Settings", "country", name)
		# Not by way of the cache, which other processes fill with what is committed.
		frappe.local.system_settings = frappe.get_doc("System Settings")

	yield choose
	frappe.db.rollback()
	choose(original)
	# For a test that commits; for all others nothing is left to write.
	frappe.db.commit()


@pytest.fixture
def stored_seller(clean_transaction):
	"""A Sales User who stays on the site, as making one takes longer than most tests."""
	user = make_user("Sales User", email=SELLER)
	frappe.db.commit()
	return user


@pytest.fixture
def seller(stored_seller):
	"""The same, as whom the test acts."""
	frappe.set_user(stored_seller)
	return stored_seller


@pytest.fixture
def no_commits(monkeypatch):
	"""For jobs, which commit after each of their steps: all of it is undone."""
	monkeypatch.setattr(frappe.db, "commit", lambda: None)


@pytest.fixture
def free_worker(connected_site):
	"""For what waits for the worker: it has nothing else to do."""
	with worker.working():
		yield


@pytest.fixture
def lead(clean_transaction):
	"""Provide a committed lead, as other connections see it.

	It is deleted after the test together with its documents.
	"""
	with committed_leads() as (lead,):
		yield lead


@pytest.fixture
def sales_documents(clean_transaction):
	"""Skip the test on a site without sales documents.

	The app works on such a site, too, but has nothing to follow.
	"""
	needs("Customer")


@pytest.fixture
def committed(clean_transaction):
	"""Provide a list of documents to be deleted after the test, in this order.

	For tests of code that commits or rolls back itself.
	"""
	documents = []
	yield documents
	site.start_over()
	for document in documents:
		site.delete(document.doctype, document.name)
	frappe.db.commit()


@pytest.fixture(scope="module")
def form(connected_site):
	"""A published web form that a visitor can send at once."""
	with visitors.open_form() as form:
		yield form


@pytest.fixture
def visitor(form):
	return visitors.Visitor(form.name)


@pytest.fixture
def further_forms(clean_transaction):
	"""Makes forms of other kinds and deletes them again."""
	made = []

	def make(*fields, **values):
		made.append(visitors.make_form(*fields, **values))
		frappe.db.commit()
		return made[-1]

	yield make
	site.start_over()
	for form in made:
		frappe.delete_doc("Web Form", form.name, force=True)
	frappe.db.commit()

"""framework/locks.py: the framework's errors for conflicting transactions.

By these errors, it says that somebody else was first.
"""

import frappe
from frappe.database.database import Database
from frappe.database.mariadb.database import MariaDBDatabase
from frappe.database.postgres.database import PostgresDatabase

from lead_pipeline.tests.contract.source import code


def test_the_framework_has_errors_for_locks():
	assert issubclass(frappe.QueryTimeoutError, Exception)
	assert issubclass(frappe.QueryDeadlockError, Exception)


def test_both_databases_know_them():
	for database in (MariaDBDatabase, PostgresDatabase):
		assert callable(database.is_deadlocked)
		assert callable(database.is_timedout)


def test_what_was_written_is_counted():
	assert "transaction_writes += 1" in code(Database.check_transaction_status)

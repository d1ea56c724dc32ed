"""The database errors which say that another transaction was first.

As each version of Frappe raises them.
"""

import pytest

frappe = pytest.importorskip("frappe")
pymysql = pytest.importorskip("pymysql")

locks = pytest.importorskip("lead_pipeline.framework.locks")

CHANGED = pymysql.err.OperationalError(1020, "Record has changed since last read in table 'tabPipeline Lead'")
DEADLOCK = pymysql.err.OperationalError(1213, "Deadlock found when trying to get lock")


@pytest.mark.parametrize("error", [CHANGED, frappe.QueryDeadlockError(CHANGED)])
def test_a_row_that_changed_meanwhile(error):
	assert locks.has_changed(error)
	assert locks.somebody_was_first(error)


def test_a_deadlock():
	error = frappe.QueryDeadlockError(DEADLOCK)
	assert not locks.has_changed(error)
	assert locks.somebody_was_first(error)


@pytest.mark.parametrize(
	"error", [ValueError(), ValueError("1020"), frappe.PermissionError(), KeyError(KeyError("x"))]
)
def test_other_errors(error):
	assert not locks.has_changed(error)
	assert not locks.somebody_was_first(error)

"""What databases say when somebody else was first, as questions."""

import frappe

# PostgreSQL: the row has changed since the transaction began; a deadlock; a lock that is not to be waited for.
CHANGED, DEADLOCK, LOCKED = "40001", "40P01", "55P03"

# MariaDB: the row has changed since the transaction began (by default from 11.6.2 on, and unknown to the framework).
RECORD_CHANGED = 1020


def somebody_was_first(error: Exception) -> bool:
	"""Whether `error` comes from meeting another transaction: the same may succeed in a new one."""
	return (
		isinstance(error, frappe.QueryTimeoutError | frappe.QueryDeadlockError)
		or getattr(error, "pgcode", None) in (DEADLOCK, LOCKED)
		or has_changed(error)
	)


def has_changed(error: Exception) -> bool:
	"""Whether `error` says that a row is not any more what this transaction sees; a new one sees it as it is."""
	return getattr(error, "pgcode", None) == CHANGED or error.args[:1] == (RECORD_CHANGED,)

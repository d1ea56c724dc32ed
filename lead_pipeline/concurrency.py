"""Several people at once: what databases say when somebody else was first, as questions; and locks with names."""

import hashlib
import time
from collections.abc import Callable

import frappe
from frappe.utils import cstr

# PostgreSQL: the row has changed since the transaction began; a deadlock; a lock that is not to be waited for.
CHANGED, DEADLOCK, LOCKED = "40001", "40P01", "55P03"

# MariaDB: the row has changed since the transaction began (by default from 11.6.2 on, and unknown to the framework).
RECORD_CHANGED = 1020

# Seconds between two attempts to take a lock that somebody else holds.
PAUSE = 0.02


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


def has_just_begun() -> bool:
	"""Whether nothing was asked of the database since the last commit or rollback; when in doubt, no."""
	return cstr(frappe.db.last_query).strip().lower().startswith(("start transaction", "commit"))


def take_lock(key: str, patience: float) -> Callable[[], None] | None:
	"""Lock whatever `key` stands for on this site; return what lets it go, None when others keep it for `patience` seconds.

	It is the connection's, not the transaction's: no commit ends it. Who has it gets it again, and lets it go as often.
	"""
	lock, unlock = locks(lock_name(key))
	deadline = time.monotonic() + patience
	while not lock():
		if time.monotonic() >= deadline:
			return None
		time.sleep(PAUSE)
	return unlock


def lock_name(key: str) -> str:
	"""What `locks` takes as the name of a lock for `key` on this site; shorter than the 64 characters of MariaDB's."""
	return hashlib.sha256(f"{frappe.conf.db_name}:{key}".encode()).hexdigest()[:40]


def locks(name: str) -> tuple[Callable[[], bool], Callable[[], None]]:
	"""The database's own named locks: they need no Redis, and end with the connection at the latest.

	`name` is a hexadecimal number. `frappe.qb` has no words for them.
	"""
	if frappe.db.db_type == "postgres":
		number = int(name[:15], 16)
		return (
			lambda: frappe.db.sql("select pg_try_advisory_lock(%s)", number)[0][0],
			lambda: frappe.db.sql("select pg_advisory_unlock(%s)", number),
		)
	return (
		lambda: frappe.db.sql("select get_lock(%s, 0)", name)[0][0],
		lambda: frappe.db.sql("select release_lock(%s)", name),
	)

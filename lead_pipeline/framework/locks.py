"""Recognise lock and serialization errors, and take named locks of the database."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import frappe

from lead_pipeline.framework.transactions import roll_back

Result = TypeVar("Result")

# PostgreSQL: the row has changed since the transaction began; a deadlock; a lock that is not to be waited for.
CHANGED, DEADLOCK, LOCKED = "40001", "40P01", "55P03"

# MariaDB: the row has changed since the transaction began (by default from 11.6.2 on, and unknown to the framework).
RECORD_CHANGED = 1020

# Seconds that an enquiry waits for another one of the same sender. After that it goes on: two leads of one sender
# are a smaller harm than a lost enquiry.
LOCK_TIMEOUT_SECONDS = 10

# How often work is begun again when the database says that somebody else was faster.
ATTEMPTS = 3

# Seconds between two attempts to take a lock that somebody else holds.
PAUSE_SECONDS = 0.02


def somebody_was_first(error: Exception) -> bool:
	"""Return whether `error` was caused by another transaction.

	A new attempt may then succeed.
	"""
	return (
		isinstance(error, frappe.QueryTimeoutError | frappe.QueryDeadlockError)
		or getattr(error, "pgcode", None) in (DEADLOCK, LOCKED)
		or has_changed(error)
	)


def has_changed(error: Exception) -> bool:
	"""Return whether `error` says that a row is no longer as this transaction sees it.

	A new transaction sees the row as it is.
	"""
	# Frappe 16 makes a deadlock of MariaDB's own error, which it keeps in this one.
	told = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
	return getattr(told, "pgcode", None) == CHANGED or told.args[:1] == (RECORD_CHANGED,)


def take_lock(key: str, patience: float) -> Callable[[], None] | None:
	"""Lock whatever `key` stands for on this site.

	Return what lets it go, None when others keep it for `patience` seconds.

	It is the connection's, not the transaction's: no commit ends it. Who has it gets it again, and lets it go as often.
	"""
	lock, unlock = locks(lock_name(key))
	deadline = time.monotonic() + patience
	while not lock():
		if time.monotonic() >= deadline:
			return None
		time.sleep(PAUSE_SECONDS)
	return unlock


def lock_name(key: str) -> str:
	"""Return what `locks` takes as the name of a lock for `key` on this site.

	Shorter than the 64 characters of MariaDB's.
	"""
	return hashlib.sha256(f"{frappe.conf.db_name}:{key}".encode()).hexdigest()[:40]


def locks(name: str) -> tuple[Callable[[], bool], Callable[[], None]]:
	"""Return the functions that take and release the database's named lock `name`.

	Named locks need no Redis, and end with the connection at the latest. `name` is a hexadecimal number.
	`frappe.qb` has no expression for them.
	"""
	if frappe.db.db_type == "postgres":
		number = int(name[:15], 16)
		# As above: no words for them.
		return (
			lambda: frappe.db.sql("select pg_try_advisory_lock(%s)", number)[0][0],
			lambda: frappe.db.sql("select pg_advisory_unlock(%s)", number),
		)
	# As above.
	return (
		lambda: frappe.db.sql("select get_lock(%s, 0)", name)[0][0],
		lambda: frappe.db.sql("select release_lock(%s)", name),
	)


def run_exclusively(key: str, work: Callable[[], Result]) -> Result:
	"""Run `work` while holding the site's lock for `key`, and return its result.

	At the beginning of a transaction `work` sees what all others have committed until now, and is begun again, from
	nothing, when the database had to undo it. Inside a transaction that has written something already it is done
	once, as that transaction sees the database. The lock ends with the transaction; who does not get it in time works
	without it. Raises what `work` raises.
	"""
	fresh = not frappe.db.transaction_writes

	def lock_and_work() -> Result:
		if unlock := wait_for_lock(key, LOCK_TIMEOUT_SECONDS, fresh):
			unlock_with_transaction(unlock)
		return work()

	return repeat_when_undone(lock_and_work)


@contextmanager
def held_through_commits(key: str, patience: float) -> Iterator[bool]:
	"""Hold the site's lock for `key` in the block, through commits in it.

	After the block it is held to the end of the transaction. Yields whether the lock was obtained within `patience`
	seconds.
	"""
	unlock = wait_for_lock(key, patience, fresh=not frappe.db.transaction_writes)
	try:
		yield unlock is not None
	finally:
		if unlock:
			unlock_with_transaction(unlock)


def repeat_when_undone(work: Callable[[], Result]) -> Result:
	"""Call `work`, and repeat it up to ATTEMPTS times when another transaction won.

	Each attempt starts from nothing in a new transaction. Not repeated inside a transaction that has written
	something already, which only its owner can repeat. Raises what `work` raises.
	"""
	fresh = not frappe.db.transaction_writes
	for attempt in range(1, ATTEMPTS + 1):
		try:
			return work()
		except Exception as error:
			if not fresh or attempt == ATTEMPTS or not somebody_was_first(error):
				raise
			roll_back()
	raise AssertionError("unreachable")


def wait_for_lock(key: str, patience: float, fresh: bool) -> Callable[[], None] | None:
	"""Take the lock within `patience` and return the function that releases it.

	Afterwards the transaction sees what others committed in the meantime. `fresh`: nothing was written in this
	transaction, so that only what was read is forgotten.
	"""
	unlock = take_lock(key, patience)
	if fresh:
		roll_back()
	return unlock


def unlock_with_transaction(unlock: Callable[[], None]) -> None:
	frappe.db.after_commit.add(unlock)
	frappe.db.after_rollback.add(unlock)

"""Work on a lead inside a transaction that is about something else, and that must not be harmed by it."""

from collections.abc import Callable
from contextlib import suppress

import frappe
from redis.exceptions import RedisError
from rq.timeouts import BaseTimeoutException


def attempt(work: Callable[[], object], on_failure: Callable[[Exception], object]) -> bool:
	"""Do `work` in a savepoint and say whether it went well.

	When it fails, everything it did is undone, what it had to say to the user is forgotten, and `on_failure`
	is called with the error. The one thing that is raised is an error by which the database has undone the
	whole transaction: going on would report something as saved that does not exist. It shows in the savepoint
	being gone.
	"""
	savepoint = "lead_pipeline_" + frappe.generate_hash(length=8)
	messages = len(frappe.local.message_log)
	frappe.db.savepoint(savepoint)
	try:
		work()
	except BaseTimeoutException:
		# The background job around us has run out of time, which has nothing to do with the lead.
		raise
	except Exception as error:
		# Any kind of failure: the rules, Notifications and scripts of a site run while a lead is saved.
		roll_back_or_raise(savepoint, error)
		del frappe.local.message_log[messages:]
		on_failure(error)
		return False
	frappe.db.release_savepoint(savepoint)
	return True


def roll_back_or_raise(savepoint: str, error: Exception) -> None:
	"""Undo what happened since `savepoint`; raise `error` when the database has undone the transaction."""
	writes = frappe.db.transaction_writes
	try:
		frappe.db.rollback(save_point=savepoint)
	except Exception:
		raise error
	# Frappe 15.0 takes this for the end of the transaction, and a request that has written nothing since then is
	# not committed: what was done before the savepoint would be reported and lost.
	frappe.db.transaction_writes = writes


def enqueue_after_commit(method: str, job_id: str, **arguments) -> None:
	"""Queue `method` once this transaction is committed, unless a job with this id waits already.

	Without Redis nothing is queued and nothing is raised: the transaction has been committed by then.
	"""

	def enqueue() -> None:
		with suppress(RedisError):
			frappe.enqueue(method, queue="short", job_id=job_id, deduplicate=True, **arguments)

	frappe.db.after_commit.add(enqueue)

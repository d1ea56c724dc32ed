"""Run lead updates in a savepoint or in a transaction of their own.

So a failure cannot undo the caller's work.
"""

from collections.abc import Callable
from contextlib import suppress

import frappe
from frappe import _
from redis.exceptions import RedisError
from rq.timeouts import BaseTimeoutException

from lead_pipeline.framework.per_request import per_request


def run_in_savepoint(work: Callable[[], object], on_failure: Callable[[Exception], object]) -> bool:
	"""Run `work` in a savepoint; return whether it succeeded.

	On failure its changes and its messages to the user are dropped and `on_failure` is called with the error. Raises
	only an error by which the database has undone the whole transaction (the savepoint is gone then): going on would
	report something as saved that does not exist.
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


def attempt_reading(work: Callable[[], object], on_failure: Callable[[Exception], object]) -> bool:
	"""`run_in_savepoint` for `work` that only reads.

	MariaDB undoes a statement that fails by itself; PostgreSQL refuses all that follow, but for a savepoint.
	"""
	if frappe.db.db_type != "mariadb":
		return run_in_savepoint(work, on_failure)
	messages = len(frappe.local.message_log)
	try:
		work()
	except BaseTimeoutException:
		raise
	except Exception as error:
		# As in `run_in_savepoint`.
		del frappe.local.message_log[messages:]
		on_failure(error)
		return False
	return True


def roll_back_or_raise(savepoint: str, error: Exception) -> None:
	"""Roll back to `savepoint`; raise `error` when the database undid the transaction."""
	writes = frappe.db.transaction_writes
	try:
		frappe.db.rollback(save_point=savepoint)
	except Exception:
		raise error
	if writes and not frappe.db.transaction_writes:
		keep_to_be_committed()


def keep_to_be_committed() -> None:
	"""Let the framework know that this transaction holds something.

	It takes the rollback to a savepoint for the end of the transaction, and does not commit a request that has written
	nothing since then: what was done before the savepoint would be reported and lost. Changes nothing.
	"""
	setting = frappe.qb.DocType("Singles")
	frappe.qb.update(setting).set(setting.value, setting.value).where(setting.doctype == "").run()


def after_other_callbacks(work: Callable[[], object]) -> None:
	"""Call `work` after the commit and after the callbacks of others.

	So `work` may commit and roll back: a commit would run what the others still have to do, a rollback forget it.
	When something of theirs raises, the hooks at the end of the request or the job (`run_waiting_work`) call it.
	"""
	waiting = work_to_do()
	waiting.append(work)
	frappe.db.after_rollback.add(lambda: work in waiting and waiting.remove(work))
	# What is added while the callbacks run is run after all that are there.
	frappe.db.after_commit.add(lambda: frappe.db.after_commit.add(run_waiting_work))


def run_waiting_work() -> None:
	"""Hook (after_request, after_job): do the work that is left for after the commit.

	It was passed to `after_other_callbacks` and is done one after the other. What such work asks for in its turn is
	done after it, not inside its commit.
	"""
	working = per_request("lead_pipeline_working", list)
	waiting = work_to_do()
	if working:
		return
	working.append(True)
	try:
		while waiting:
			waiting.pop(0)()
	finally:
		working.clear()


def work_to_do() -> list[Callable[[], object]]:
	return per_request("lead_pipeline_work", list)


def run_in_new_transaction(work: Callable[[], object], on_failure: Callable[[Exception], object]) -> bool:
	"""Do `work` in a transaction of its own, commit it, and say whether it went well.

	To be called when nothing is open that somebody may want to undo: by a job, or by way of `after_other_callbacks`.
	Whatever goes wrong, a deadlock included, undoes `work` alone; `on_failure` is then called with the error and
	committed, too. Raises nothing but the end of the time that a background job has.
	"""
	messages = len(frappe.local.message_log)
	committed = []
	try:
		# Whoever has looked at the database since the last commit has fixed what this transaction would see.
		frappe.db.commit()
		frappe.db.after_commit.add(lambda: committed.append(True))
		work()
		# The end of the work, which nobody else commits: in a hook of the request's end, or one lead of many in a job.
		frappe.db.commit()
		return True
	except BaseTimeoutException:
		frappe.db.rollback()
		raise
	except Exception as error:
		# Any kind of failure: the rules, Notifications and scripts of a site run while a lead is saved. What is
		# raised after the commit comes from what others do then (a webhook without Redis, for example).
		undo_and_tell(log_what_followed if committed else on_failure, error)
	finally:
		del frappe.local.message_log[messages:]
	return bool(committed)


def undo_and_tell(tell: Callable[[Exception], object], error: Exception) -> None:
	"""Roll back, report the error and commit the report, without raising.

	The caller's own work is committed already.
	"""
	try:
		frappe.db.rollback()
		tell(error)
		# What went wrong has to stay, whatever else ends this request or job.
		frappe.db.commit()
	except BaseTimeoutException:
		raise
	except Exception:
		write_to_file(error)
		with suppress(Exception):
			frappe.db.rollback()


def write_to_file(error: Exception) -> None:
	"""Write the error to the site's log file.

	For when the database accepts no more writes.
	"""
	frappe.logger("lead_pipeline").exception("A failure could not be written down: %s", error)


def log_what_followed(error: Exception) -> None:
	frappe.log_error(
		title=_("The status of a lead was changed, what was to follow it failed"),
		message="\n".join(
			[
				_("Nothing has to be done about the lead. Correct what the error below names."),
				"",
				frappe.get_traceback(),
			]
		),
	)


def enqueue_after_commit(method: str, job_id: str, **arguments) -> None:
	"""Queue `method` after the commit, unless a job with this id is waiting already.

	Without Redis nothing is queued and nothing is raised: the transaction has been committed by then.
	"""

	def enqueue() -> None:
		with suppress(RedisError):
			frappe.enqueue(method, queue="short", job_id=job_id, deduplicate=True, **arguments)

	frappe.db.after_commit.add(enqueue)


def roll_back() -> None:
	"""Undo the transaction, wherever we are, and begin a new one.

	Only for a transaction of which the caller knows that nobody else has written anything in it.
	"""
	happened: list[bool] = []
	frappe.db.after_rollback.add(lambda: happened.append(True))
	frappe.db.rollback()
	if happened:
		return
	frappe.db.before_commit.reset()
	frappe.db.after_commit.reset()
	frappe.db.before_rollback.run()
	# The framework's own rollback does nothing here, see above.
	frappe.db.sql("rollback and chain")
	frappe.db.value_cache.clear()
	frappe.db.after_rollback.run()

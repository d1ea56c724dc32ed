"""Work on a lead beside something else that must not be harmed by it: inside its transaction, or right after it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import frappe
from frappe import _
from frappe.utils import cstr
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


def attempt_reading(work: Callable[[], object], on_failure: Callable[[Exception], object]) -> bool:
	"""`attempt` for `work` that only reads.

	MariaDB undoes a statement that fails by itself; PostgreSQL refuses all that follow, but for a savepoint.
	"""
	if frappe.db.db_type != "mariadb":
		return attempt(work, on_failure)
	messages = len(frappe.local.message_log)
	try:
		work()
	except BaseTimeoutException:
		raise
	except Exception as error:
		# As in `attempt`.
		del frappe.local.message_log[messages:]
		on_failure(error)
		return False
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


def in_own_transaction(work: Callable[[], object], on_failure: Callable[[Exception], object]) -> bool:
	"""Do `work` in a transaction of its own, commit it, and say whether it went well.

	To be called right after a commit, from `frappe.db.after_commit`, when nothing of ours is open. Whatever goes wrong,
	a deadlock included, undoes `work` alone; `on_failure` is then called with the error and committed, too.
	Raises nothing but the end of the time that a background job has.
	"""
	messages = len(frappe.local.message_log)
	committed = []
	with callbacks_of_its_own():
		if not has_just_begun():
			# Somebody was here before us, after the same commit, and has looked at the database: as of then this
			# transaction would see everything, whatever others have committed meanwhile.
			frappe.db.commit()
		frappe.db.after_commit.add(lambda: committed.append(True))
		try:
			work()
			commit_without_beginning()
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


def commit_without_beginning() -> None:
	"""Commit, and leave it to the next statement to begin the next transaction, as it does on MariaDB.

	The framework begins it at once with a statement of its own. PostgreSQL needs that one: its driver does not know of
	the commit, which is an SQL statement to it like any other.
	"""
	if frappe.db.db_type != "mariadb":
		frappe.db.commit()
		return
	frappe.db.begin = lambda *_args, **_kwargs: None
	try:
		frappe.db.commit()
	finally:
		del frappe.db.begin


@contextmanager
def callbacks_of_its_own() -> Iterator[None]:
	"""Keep what others have asked for at the end of their transaction apart from the one in this block.

	`frappe.db.rollback` forgets all of them, and `frappe.db.commit` runs all of them.
	"""
	names = ("before_commit", "after_commit", "before_rollback", "after_rollback")
	outside = {name: getattr(frappe.db, name) for name in names}
	for name, callbacks in outside.items():
		setattr(frappe.db, name, type(callbacks)())
	try:
		yield
	finally:
		for name, callbacks in outside.items():
			setattr(frappe.db, name, callbacks)


def undo_and_tell(tell: Callable[[Exception], object], error: Exception) -> None:
	"""What is told must not fail either: the sale is in the database, and its author is to be told so."""
	try:
		frappe.db.rollback()
		tell(error)
		frappe.db.commit()
	except BaseTimeoutException:
		raise
	except Exception:
		write_to_file(error)
		with suppress(Exception):
			frappe.db.rollback()


def write_to_file(error: Exception) -> None:
	"""Without a database, or without room in it, the site's log file is the only place left."""
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
	"""Queue `method` once this transaction is committed, unless a job with this id waits already.

	Without Redis nothing is queued and nothing is raised: the transaction has been committed by then.
	"""

	def enqueue() -> None:
		with suppress(RedisError):
			frappe.enqueue(method, queue="short", job_id=job_id, deduplicate=True, **arguments)

	frappe.db.after_commit.add(enqueue)


def has_just_begun() -> bool:
	"""Whether nothing was asked of the database since the last commit or rollback; when in doubt, no."""
	return cstr(frappe.db.last_query).strip().lower().startswith(("start transaction", "commit"))


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
	frappe.db.sql("rollback and chain")
	frappe.db.value_cache.clear()
	frappe.db.after_rollback.run()

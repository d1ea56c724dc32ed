"""framework/transactions.py: the end of a transaction.

Also what the framework does then.
"""

import pytest
from frappe import app
from frappe.database.database import Database
from frappe.utils import CallbackManager, background_jobs

from lead_pipeline.tests.contract.source import code, in_order


def test_what_is_asked_for_meanwhile_is_done_after_all_others():
	done = []
	callbacks = CallbackManager()
	callbacks.add(lambda: callbacks.add(lambda: done.append("behind")))
	callbacks.add(lambda: done.append("other"))
	callbacks.run()
	assert done == ["other", "behind"]


def test_what_raises_is_gone_and_the_others_stay():
	done = []
	callbacks = CallbackManager()
	callbacks.add(lambda: 1 / 0)
	callbacks.add(lambda: done.append("other"))
	with pytest.raises(ZeroDivisionError):
		callbacks.run()
	callbacks.run()
	assert done == ["other"]


def test_the_end_of_a_request_and_of_a_job_is_told():
	assert "after_request" in code(app.run_after_request_hooks)
	assert '"after_job"' in code(background_jobs.execute_job)


def test_a_commit_forgets_what_was_to_be_undone_and_calls_those_who_wait():
	assert in_order(code(Database.commit), "after_rollback.reset()", "after_commit.run()")


def test_a_rollback_forgets_those_who_wait_but_a_rollback_to_a_savepoint_does_not():
	text = code(Database.rollback)
	assert in_order(text, "if save_point:", "rollback to savepoint", "after_commit.reset()")


def test_a_rollback_to_a_savepoint_looks_like_the_end_of_the_transaction():
	"""As soon as it does not, `keep_to_be_committed` can go."""
	text = code(Database.check_transaction_status)
	assert "rollback" in text.lower()
	assert "self.transaction_writes = 0" in text

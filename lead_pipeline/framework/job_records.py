"""Record when each of the app's jobs last ran, how long, and what it did.

One Pipeline Job for each, written anew at the end of each run, so that the list does not grow. It also keeps how far long
work has come (`state`), so that a run that was killed goes on where it was; Redis forgets such things.
"""

import json
import time
from collections.abc import Callable
from functools import wraps
from typing import TypeVar

import frappe
from frappe import _
from frappe.utils import add_to_date, get_datetime, now_datetime

from lead_pipeline.constants import JOB

Work = TypeVar("Work", bound=Callable)

DONE, RUNNING, STOPPED, FAILED = "Done", "Running", "Stopped", "Failed"

# What only runs when somebody asks for it.
LOOK = "Look for Disagreements"
ON_DEMAND = (LOOK,)

# A job that has not run for so many hours stands still. All of them run daily at least.
EXPECTED_HOURS = 24
# The daily jobs begin when a worker is free.
GRACE_HOURS = 2

MAX_OUTCOME = 500


def titles() -> dict[str, str]:
	"""Return the names of the jobs for people, by the name of their record."""
	return {
		"Repair of Statuses": _("Repair of Statuses"),
		"Retry of Failed Leads": _("Retry of Failed Leads"),
		"Links to Deleted Leads": _("Links to Deleted Leads"),
		"Categories of Leads": _("Categories of Leads"),
		"Turn of the Day": _("Turn of the Day"),
		"Reminders of Next Contacts": _("Reminders of Next Contacts"),
		"Reminders of Steps": _("Reminders of Steps"),
		"Stuck Leads": _("Stuck Leads"),
		"Abandoned Carts": _("Abandoned Carts"),
		"Merges of Leads": _("Merges of Leads"),
		"Snapshots of Merges": _("Snapshots of Merges"),
		"Places of Cards": _("Places of Cards"),
		"Health of the Setup": _("Health of the Setup"),
		LOOK: _("Look for Disagreements"),
	}


def recorded(job: str, outcome: Callable[[object], str] | None = None) -> Callable[[Work], Work]:
	"""Return a decorator that records each run of a scheduled job.

	`job`: one of `titles`. `outcome`: makes of what the job returns a sentence that says what it did. A run that fails is
	recorded too, after what it has not committed was undone, and its error is raised.
	"""

	def decorate(work: Work) -> Work:
		@wraps(work)
		def run(*args, **kwargs):
			began, clock = now_datetime(), time.monotonic()
			try:
				answer = work(*args, **kwargs)
			except Exception as error:
				frappe.db.rollback()
				note_run(job, began, time.monotonic() - clock, FAILED, f"{type(error).__name__}: {error}")
				# The framework undoes what a failed job has left open.
				frappe.db.commit()
				raise
			note_run(job, began, time.monotonic() - clock, DONE, outcome(answer) if outcome else "")
			return answer

		run.job = job
		return run

	return decorate


def note_run(job: str, began, seconds: float, status: str, outcome: str) -> None:
	values = {"last_run": began, "seconds": round(seconds, 1), "outcome": outcome[:MAX_OUTCOME]}
	# Work that is still under way, or was stopped, says so itself.
	if status == FAILED or kept(job, "status") not in (RUNNING, STOPPED):
		values["status"] = status
	write(job, values)


def write(job: str, values: dict) -> None:
	"""Write fields of the record of `job`, and make it when there is none."""
	if not frappe.db.exists(JOB, job):
		record = frappe.get_doc({"doctype": JOB, "job": job})
		# Nobody has a right to write these by hand, and two runs may make it at once.
		record.insert(ignore_permissions=True, ignore_if_duplicate=True)
	if values:
		frappe.db.set_value(JOB, job, values)


def kept(job: str, field: str):
	"""Return what the record of `job` has in `field`, as the database has it now."""
	return frappe.db.get_value(JOB, job, field)


def state_of(job: str) -> dict:
	"""Return how far the long work of `job` has come; empty at first."""
	text = kept(job, "state")
	return json.loads(text) if text else {}


def keep_state(job: str, state: dict, **values) -> None:
	"""Keep how far the long work of `job` has come, and write further `values`."""
	write(job, {"state": json.dumps(state, default=str)} | values)


def change_state(job: str, change: Callable[[dict], dict], **values) -> None:
	"""Keep what `change` makes of the state of `job`, which others may change, too.

	Locks the record until the end of the transaction.
	"""
	write(job, {})
	text = frappe.db.get_value(JOB, job, "state", for_update=True)
	keep_state(job, change(json.loads(text) if text else {}), **values)


def prepare() -> None:
	"""Give each job its record, so that one that never runs is seen as well."""
	for job in titles():
		write(job, {})
	frappe.db.delete(JOB, {"job": ("not in", list(titles()))})


def standing_still() -> list[frappe._dict]:
	"""Return the jobs that have not run for a day: `job`, `last_run` (None: never)."""
	# Without permissions: that a job does not run concerns everybody whom this is told.
	rows = frappe.get_all(JOB, fields=["job", "last_run", "creation"], order_by="job asc")
	return [row for row in rows if is_overdue(row)]


def is_overdue(record: dict) -> bool:
	"""Return whether a job, given by its record, should have run since it last did."""
	if record.job not in titles() or record.job in ON_DEMAND:
		return False
	long_ago = add_to_date(now_datetime(), hours=-(EXPECTED_HOURS + GRACE_HOURS))
	return get_datetime(record.last_run or record.creation) < long_ago

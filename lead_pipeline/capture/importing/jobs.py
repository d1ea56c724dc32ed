"""Jobs for the dry run and the import.

Started once, with progress, and recognized as dead when their worker is.

A job holds one of the database's named locks while it works. The lock goes with the connection, so a worker that was
killed does not hold it any more.
"""

from collections.abc import Callable
from datetime import datetime, timezone

import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import now_datetime, time_diff_in_seconds
from frappe.utils.background_jobs import get_job
from redis.exceptions import RedisError
from rq.job import JobStatus

from lead_pipeline.capture.importing import file_limits, files, row_messages, row_store
from lead_pipeline.constants import IMPORT_ROW
from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.framework import locks
from lead_pipeline.framework.notifications import tell

# Gets the number of rows done and of all rows.
Progress = Callable[[int, int], None]

REHEARSAL, IMPORT = "Rehearsing", "Importing"
AFTER = {REHEARSAL: "Rehearsed", IMPORT: "Done"}
STOPPED = "Stopped"

# Shorter files are rehearsed while the user waits.
IN_REQUEST = 200

# Rows per second on a slow machine, and the shortest time that a job gets, in seconds.
PER_SECOND = 5
SHORTEST = 1500

# A job that has just been taken from its queue has not taken its lock yet.
GRACE = 15


def start_work(doc: Document, work: str) -> None:
	"""Start `work` on the file of `doc`.

	Short dry runs at once, everything else in the background.

	Raises ActionRefusedError while work on it is under way.
	"""
	if state_of_work(doc)[0] in (REHEARSAL, IMPORT):
		frappe.throw(
			_("This is under way already. Wait until it is done."), ActionRefusedError, title=_("Import")
		)
	rows = size(doc, work)
	set_progress(doc, status=work, done=0, total=rows or 0, error=None, worked_on=now_datetime())
	if work == REHEARSAL and rows is not None and rows <= IN_REQUEST:
		worker(doc, work)(doc, lambda done, total: None)
		set_progress(doc, status=AFTER[work])
		return
	frappe.enqueue(
		"lead_pipeline.capture.importing.jobs.in_background",
		queue="long",
		timeout=max(SHORTEST, (file_limits.MAX_ROWS if rows is None else rows) // PER_SECOND),
		job_id=job_id(doc.name),
		enqueue_after_commit=True,
		run_type=doc.doctype,
		name=doc.name,
		work=work,
		on_behalf_of=frappe.session.user,
	)


def size(doc: Document, work: str) -> int | None:
	"""Return the number of rows to work on.

	None for a file that only the job itself reads.
	"""
	if work == IMPORT:
		return frappe.db.count(IMPORT_ROW, {"run_type": doc.doctype, "run": doc.name})
	if doc.get("source"):
		return frappe.db.count(doc.source)
	return None if files.is_large(doc.file) else len(files.read_file(doc.file, doc.encoding))


def worker(doc: Document, work: str) -> Callable[[Document, Progress], None]:
	return frappe.get_attr(doc.workers[work])


def job_id(name: str) -> str:
	return f"lead_pipeline_import_{name}"


def in_background(run_type: str, name: str, work: str, on_behalf_of: str) -> None:
	"""Background job: do the work and say where it has come to. Commits as it goes."""
	# A job that the framework starts a second time has forgotten for whom it runs.
	frappe.set_user(on_behalf_of)
	frappe.set_user_lang(on_behalf_of)
	lock, unlock = locks.locks(name_of_run_lock(name))
	if not lock():
		return
	try:
		doc = frappe.get_doc(run_type, name)
		worker(doc, work)(doc, lambda done, total: show(doc, done, total))
		set_progress(doc, status=AFTER[work])
		tell(on_behalf_of, result_text(doc, work), run=(run_type, name))
		# The end of the job's work; what fails later is told apart from it.
		frappe.db.commit()
	except Exception as error:
		# Whatever ends the job, the form says why and how to go on: nobody waits for a job's own error.
		frappe.db.rollback()
		reason = row_messages.plain_message(error) or type(error).__name__
		set_progress(doc, status=STOPPED if work == IMPORT and has_begun(doc) else "Draft", error=reason)
		frappe.log_error(_("An import of leads has stopped"), reference_doctype=run_type, reference_name=name)
		stopped = _("The import {0} has stopped: {1}").format(name, frappe.utils.escape_html(reason))
		tell(on_behalf_of, stopped, run=(run_type, name))
		# The end of a job that has failed: what it says of itself has to stay.
		frappe.db.commit()
	finally:
		unlock()


def has_begun(doc: Document) -> bool:
	"""Return whether leads may have been created already.

	Then the run continues, else it begins with a new dry run.
	"""
	done = {"run_type": doc.doctype, "run": doc.name, "outcome": ("is", "set")}
	return bool(doc.get("data_import") or frappe.db.exists(IMPORT_ROW, done))


def name_of_run_lock(name: str) -> str:
	"""Hexadecimal, as the locks of PostgreSQL are numbers."""
	return locks.lock_name(f"import:{name}")


def show(doc: Document, done: int, total: int) -> None:
	"""Progress: for the form that asks, and for those who listen."""
	set_progress(doc, done=done, total=total, worked_on=now_datetime())
	# The form asks from another transaction.
	frappe.db.commit()
	frappe.publish_progress(
		done * 100 / max(1, total), title=_("Leads"), doctype=doc.doctype, docname=doc.name
	)


def set_progress(doc: Document, **values) -> None:
	"""Write fields of a run to the database without the form's own rules.

	The fields are the app's.
	"""
	frappe.db.set_value(doc.doctype, doc.name, values, update_modified="status" in values)
	doc.update(values)


def state_of_work(doc: Document) -> tuple[str, int, int]:
	"""Return the status, the number of rows done, and the number of all rows.

	Work whose worker has died is Stopped, and can be started again.
	"""
	if doc.status not in (REHEARSAL, IMPORT):
		return doc.status or "Draft", doc.done, doc.total
	if not is_alive(doc):
		return STOPPED if doc.status == IMPORT else "Draft", doc.done, doc.total
	done = doc.done
	if doc.status == IMPORT and doc.get("data_import"):
		done = max(done, frappe.db.count("Data Import Log", {"data_import": doc.data_import}))
	return doc.status, done, doc.total


def is_alive(doc: Document) -> bool:
	if doc.worked_on and time_diff_in_seconds(now_datetime(), doc.worked_on) < GRACE:
		return True
	if waits_or_begins(job_id(doc.name)):
		return True
	lock, unlock = locks.locks(name_of_run_lock(doc.name))
	if lock():
		unlock()
		return False
	return True


def waits_or_begins(job_id: str) -> bool:
	"""Return whether the job is in its queue still, or was taken from it a moment ago."""
	try:
		job = get_job(job_id)
		status = job and job.get_status()
	except RedisError:
		return False
	if status != JobStatus.STARTED or not job.started_at:
		return status == JobStatus.QUEUED
	began = job.started_at.replace(tzinfo=job.started_at.tzinfo or timezone.utc)
	return (datetime.now(timezone.utc) - began).total_seconds() < GRACE


def result_text(doc: Document, work: str) -> str:
	"""Return the result as a sentence for the bell."""
	if work == REHEARSAL:
		return _("The file of the import {0} was rehearsed: see what would become of its rows.").format(
			doc.name
		)
	counts = row_store.count_by(doc, "outcome")
	return _("Import {0}: {1}.").format(
		doc.name,
		", ".join(f"{row_messages.outcomes()[kind]} {number}" for kind, number in counts.items() if kind),
	)

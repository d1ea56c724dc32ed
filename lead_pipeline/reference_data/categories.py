"""Update the status category on all leads when that of a status changes.

The category on a lead is a copy; lists, board and look-ups filter by it, as it is indexed. The copy is no change of
the lead: `modified` and the log stay as they are. The leads are found once and updated one by one, so that no lead waits
for another one; running twice or stopping half way does no harm.
"""

from contextlib import suppress

import frappe
from frappe import _
from frappe.utils import add_to_date, create_batch, getdate, now_datetime
from redis.exceptions import RedisError

from lead_pipeline.constants import LEAD, STATUS
from lead_pipeline.framework import job_records

# The record of the job, which also shows how far a change has come (Pipeline Job).
CATEGORIES = "Categories of Leads"

# So many leads are found at a time; each time reads all of the status.
BATCH_SIZE = 100_000

# After so many leads it is told how many are done.
STEP = 200

# So long may a transaction take whose lead is not missed.
OVERLAP_MINUTES = 15


def queue_category(status: str) -> None:
	"""Queue `follow` once the change of `status` is saved.

	Without Redis the hourly `follow_all` does it.
	"""

	def enqueue() -> None:
		with suppress(RedisError):
			frappe.enqueue("lead_pipeline.reference_data.categories.follow", queue="long", status=status)

	frappe.db.after_commit.add(enqueue)


def follow(status: str, batch: int = BATCH_SIZE) -> int:
	"""Background job: Give every lead at `status` its category.

	Return how many did not have it. Commits after each of them. When somebody else holds one of the leads, the
	framework runs the job again.
	"""
	job_records.write(CATEGORIES, {"stop_wanted": 0})
	done, is_stopped = 0, False
	try:
		while not is_stopped and (names := names_out_of_date(status, batch)):
			# Another change may have come since the last ones.
			category = frappe.db.get_value(STATUS, status, "category")
			for step in create_batch(names, STEP):
				for name in step:
					update_lead(name, status, category)
				done += len(step)
				if is_stopped := show_category_progress(status, done, max(done, len(names))):
					break
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError) as error:
		frappe.db.rollback()
		raise frappe.RetryBackgroundJobError from error
	if job_records.kept(CATEGORIES, "status") in (job_records.RUNNING, job_records.STOPPED):
		end_of_work(is_stopped)
	if done:
		frappe.clear_document_cache(LEAD)
		report_category_done(status, done)
	return done


def end_of_work(is_stopped: bool) -> None:
	values = {"status": job_records.STOPPED if is_stopped else job_records.DONE, "stop_wanted": 0}
	job_records.write(CATEGORIES, values | {"done": 0, "total": 0})
	if is_stopped:
		job_records.keep_state(CATEGORIES, job_records.state_of(CATEGORIES) | {"stopped_on": str(getdate())})
	# The end of the job's work; the next status is work of its own.
	frappe.db.commit()


@job_records.recorded(
	"Categories of Leads", lambda count: _("{0} leads got the category of their status.").format(count)
)
def follow_all() -> int:
	"""Scheduler job (hourly): Update the leads that `follow` has left behind.

	Because a job was lost or stopped, or a lead was saved at the same moment. Each hour for the statuses whose category
	has changed since all of their leads had it, and for the leads that have changed; once a day for all. Return how
	many leads were updated.
	"""
	state, began = job_records.state_of(CATEGORIES), add_to_date(now_datetime(), minutes=-OVERLAP_MINUTES)
	today, done = str(getdate()), 0
	if state.get("stopped_on") == today:
		return 0
	categories = dict(frappe.get_all(STATUS, fields=["name", "category"], as_list=True, order_by=None))
	known = state.get("categories", {}) if state.get("day") == today else {}
	followed = dict(known)
	for status, category in categories.items():
		if known.get(status) == category:
			for name in changed_since(state["since"], status, category):
				update_lead(name, status, category)
				done += 1
			continue
		# Leads that somebody holds right now are left to the next hour, those of the other statuses are not.
		with suppress(frappe.RetryBackgroundJobError):
			done += follow(status)
			followed[status] = category
		if (state := job_records.state_of(CATEGORIES)).get("stopped_on") == today:
			return done
	job_records.keep_state(CATEGORIES, {"since": str(began), "day": today, "categories": followed})
	return done


def changed_since(moment: str, status: str, category: str) -> list[str]:
	"""Return the leads at `status` changed since `moment` without its category."""
	lead = frappe.qb.DocType(LEAD)
	other = lead.status_category.isnull() | (lead.status_category != category)
	query = frappe.qb.from_(lead).select(lead.name).where((lead.modified >= moment) & other)
	return query.where(lead.status == status).run(pluck=True)


def leads_out_of_date(status: str) -> dict:
	"""Return filters for the leads whose copy is out of date.

	Asks the database: another change may have come meanwhile.
	"""
	category = frappe.db.get_value(STATUS, status, "category")
	return {"status": status, "status_category": ("!=", category)}


def names_out_of_date(status: str, limit: int) -> list[str]:
	"""Return up to `limit` leads at `status` that do not have its category."""
	filters = leads_out_of_date(status)
	if not filters["status_category"][1]:
		return []
	# Without permissions: what a status means does not depend on who changed it.
	return frappe.get_all(LEAD, filters=filters, pluck="name", limit=limit, order_by=None)


def update_lead(name: str, status: str, category: str) -> None:
	"""Give one lead the `category` of its `status`, unless it has left that.

	Commits, so that it holds no lead while it works on the next one.
	"""
	lead = frappe.qb.DocType(LEAD)
	frappe.qb.update(lead).set(lead.status_category, category).where(
		(lead.name == name) & (lead.status == status)
	).run()
	# Each lead stands alone: a long run holds no locks, and keeps what it has done when it is stopped.
	frappe.db.commit()


def show_category_progress(status: str, done: int, total: int) -> bool:
	"""Show how many leads have the category; return whether somebody wants it to stop."""
	values = {"status": job_records.RUNNING, "done": done, "total": total}
	job_records.write(CATEGORIES, values)
	frappe.db.commit()
	frappe.publish_progress(
		done * 100 / total,
		title=_("Category of {0}").format(_(status)),
		doctype=STATUS,
		docname=status,
		description=_("{0} of {1} leads").format(done, total),
	)
	return bool(job_records.kept(CATEGORIES, "stop_wanted"))


def report_category_done(status: str, done: int) -> None:
	"""Comment on the status that its leads are updated, and tell who changed it."""
	category = frappe.db.get_value(STATUS, status, "category")
	message = _("{0} leads at {1} have taken over the category {2}.").format(done, _(status), _(category))
	frappe.get_doc(STATUS, status).add_comment("Info", message)
	# Before the message is sent, so that whoever opens the status on it finds the comment.
	frappe.db.commit()
	frappe.publish_realtime("msgprint", {"message": message, "alert": True}, user=frappe.session.user)

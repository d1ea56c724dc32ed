"""Update the status category on all leads when that of a status changes.

The category on a lead is a copy; lists, board and look-ups filter by it, as it is indexed. The copy is no change of
the lead: `modified` and the log stay as they are. Set-based, in batches; running twice or stopping half way does no
harm.
"""

from contextlib import suppress

import frappe
from frappe import _
from redis.exceptions import RedisError

from lead_pipeline.constants import LEAD, STATUS

BATCH_SIZE = 2000


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

	Return how many did not have it. Commits after every batch. When somebody else holds one of the leads, the
	framework runs the job again.
	"""
	total, done = frappe.db.count(LEAD, leads_out_of_date(status)), 0
	try:
		while names := next_batch(status, batch):
			done += len(names)
			show_category_progress(status, done, max(total, done))
	except (frappe.QueryDeadlockError, frappe.QueryTimeoutError) as error:
		frappe.db.rollback()
		raise frappe.RetryBackgroundJobError from error
	if done:
		frappe.clear_document_cache(LEAD)
		report_category_done(status, done)
	return done


def follow_all() -> int:
	"""Scheduler job (hourly): Update the leads that `follow` has left behind.

	Because a job was lost, or a lead was saved at the same moment. Return how many leads were updated.
	"""
	done = 0
	for status in frappe.get_all(STATUS, pluck="name", order_by=None):
		# Leads that somebody holds right now are left to the next hour, those of the other statuses are not.
		with suppress(frappe.RetryBackgroundJobError):
			done += follow(status)
	return done


def leads_out_of_date(status: str) -> dict:
	"""Return filters for the leads whose copy is out of date.

	Asks the database: another change may have come meanwhile.
	"""
	category = frappe.db.get_value(STATUS, status, "category")
	return {"status": status, "status_category": ("!=", category)}


def next_batch(status: str, batch: int) -> list[str]:
	"""Bring up to `batch` more leads in step; return which."""
	filters = leads_out_of_date(status)
	category = filters["status_category"][1]
	# Without permissions: what a status means does not depend on who changed it.
	names = category and frappe.get_all(LEAD, filters=filters, pluck="name", limit=batch, order_by=None)
	if not names:
		return []
	lead = frappe.qb.DocType(LEAD)
	frappe.qb.update(lead).set(lead.status_category, category).where(
		lead.name.isin(names) & (lead.status == status)
	).run()
	# Each batch stands alone: a long run must hold no locks, nor lose what it has done when it is stopped.
	frappe.db.commit()
	return names


def show_category_progress(status: str, done: int, total: int) -> None:
	frappe.publish_progress(
		done * 100 / total,
		title=_("Category of {0}").format(_(status)),
		doctype=STATUS,
		docname=status,
		description=_("{0} of {1} leads").format(done, total),
	)


def report_category_done(status: str, done: int) -> None:
	"""Comment on the status that its leads are updated, and tell who changed it."""
	category = frappe.db.get_value(STATUS, status, "category")
	message = _("{0} leads at {1} have taken over the category {2}.").format(done, _(status), _(category))
	frappe.get_doc(STATUS, status).add_comment("Info", message)
	# Before the message is sent, so that whoever opens the status on it finds the comment.
	frappe.db.commit()
	frappe.publish_realtime("msgprint", {"message": message, "alert": True}, user=frappe.session.user)

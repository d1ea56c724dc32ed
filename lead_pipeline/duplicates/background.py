"""Merge leads that have many records: a job, one lead after the other.

Each lead is merged in a transaction of its own, which locks that lead and the survivor: it is merged wholly or not at all.
A stop (Pipeline Job) takes effect before the next lead; to stop within one would undo all that was moved of it. A run that
was killed goes on within the hour, a merge that was stopped when somebody asks for it again.
"""

from functools import partial

import frappe
from frappe import _
from frappe.utils import escape_html
from rq.timeouts import BaseTimeoutException

from lead_pipeline.constants import LEAD
from lead_pipeline.duplicates import merging, relink, waiting
from lead_pipeline.framework import job_records, locks
from lead_pipeline.framework.failure_log import log_failure
from lead_pipeline.framework.notifications import tell

# One run merges all leads that wait. So many seconds the next one waits for its end.
LOCK, PATIENCE = "merges in the background", 5

AT_END = {"done": 0, "total": 0, "stop_wanted": 0}


@job_records.recorded(waiting.MERGES, lambda count: _("{0} leads merged.").format(count))
def merge_waiting() -> int:
	"""Job, queued and hourly: merge the leads that wait; return how many."""
	merged, user = 0, frappe.session.user
	with locks.held_through_commits(LOCK, PATIENCE) as is_mine:
		try:
			while is_mine and (merges := waiting.waiting_merges()):
				if job_records.kept(waiting.MERGES, "stop_wanted"):
					stop_merges(merges)
					return merged
				merged += merge_next_lead(merges[0])
		finally:
			frappe.set_user(user)
		if is_mine and job_records.kept(waiting.MERGES, "status") == job_records.RUNNING:
			job_records.write(waiting.MERGES, {"status": job_records.DONE} | AT_END)
	return merged


def merge_next_lead(merge: dict) -> bool:
	"""Merge the first lead of `merge` that is left; return whether it was there.

	A merge that fails is given up, and its user told; one that another transaction has been in the way of is tried again
	by the next run.
	"""
	survivor, lead = merge["survivor"], merge["leads"][0]
	frappe.set_user(merge["user"])
	frappe.set_user_lang(merge["user"])
	numbers = {"done": merge["total"] - len(merge["leads"]), "total": merge["total"]}
	job_records.write(waiting.MERGES, numbers | {"status": job_records.RUNNING})
	# Seen by others while the lead is merged, which is a transaction of its own.
	frappe.db.commit()
	is_there = bool(frappe.db.exists(LEAD, lead))
	try:
		if is_there:
			show = partial(show_records, survivor)
			work = partial(merging.merge_one_lead, survivor, lead, merge["sources"], show)
			locks.run_exclusively(merging.MERGE_LOCK, work)
			# The lead is merged, whatever becomes of the others.
			frappe.db.commit()
			# What has come to it meanwhile was not there for the merge.
			relink.relink_all(lead, survivor, relink.records_of(lead))
		if not waiting.remove_lead(merge, lead):
			tell_merge_done(merge)
	except BaseTimeoutException:
		raise
	except Exception as error:
		frappe.db.rollback()
		if locks.somebody_was_first(error):
			raise
		give_up(merge, error)
		is_there = False
	# The end of this lead, as above.
	frappe.db.commit()
	return is_there


def show_records(survivor: str, done: int, total: int) -> None:
	frappe.publish_progress(
		done * 100 / total,
		title=_("Merging leads"),
		doctype=LEAD,
		docname=survivor,
		description=_("{0} of {1} records").format(done, total),
	)


def tell_merge_done(merge: dict) -> None:
	def say(language: str | None) -> str:
		text = _("The merge into {0} is done. Leads merged: {1}.", lang=language)
		return text.format(frappe.bold(escape_html(merge["survivor"])), merge["total"])

	tell(merge["user"], say, merge["survivor"])


def stop_merges(merges: list[dict]) -> None:
	"""Stop all merges that wait, and tell their users which leads are left."""
	for merge in merges:

		def say(language: str | None, merge: dict = merge) -> str:
			text = _(
				"The merge into {0} was stopped. These leads are not merged: {1}. Merge them again to go on.",
				lang=language,
			)
			names = (escape_html(text) for text in (merge["survivor"], ", ".join(merge["leads"])))
			return text.format(*map(frappe.bold, names))

		tell(merge["user"], say, merge["survivor"])
	waiting.remove_all()
	job_records.write(waiting.MERGES, {"status": job_records.STOPPED} | AT_END)
	# The end of the work: what people are told of it stays.
	frappe.db.commit()


def give_up(merge: dict, error: Exception) -> None:
	"""Forget a merge that cannot be done; tell its user what is left, and why."""
	log_failure(
		_("Merge into lead {0} failed").format(merge["survivor"]),
		_(
			"Leads that are not merged: {0}. Correct what the error below names, then merge them again."
		).format(", ".join(merge["leads"])),
		LEAD,
		merge["survivor"],
	)

	def say(language: str | None) -> str:
		text = _(
			"The merge into {0} has failed. These leads are not merged: {1}. The reason: {2}", lang=language
		)
		names = (escape_html(text) for text in (merge["survivor"], ", ".join(merge["leads"])))
		reason = frappe.utils.strip_html(str(error)) or type(error).__name__
		return text.format(*map(frappe.bold, names), escape_html(reason))

	is_left = frappe.db.exists(LEAD, merge["survivor"])
	tell(merge["user"], say, merge["survivor"] if is_left else None)
	waiting.remove_merge(merge)

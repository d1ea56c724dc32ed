"""Merge leads that have many records, and undo such merges, one after the other.

Each lead is merged in a transaction of its own, which locks that lead and the survivor: it is merged wholly or not at all.
A stop (Pipeline Job) takes effect before the next lead; to stop within one would undo all that was moved of it. An undo
restores the lead first, then puts back its records in batches, each in a transaction of its own, which locks the restored
lead; it stops after any of them. A run that was killed goes on within the hour, a merge or an undo that was stopped when
somebody asks for it again.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import frappe
from frappe import _
from frappe.utils import escape_html
from rq.timeouts import BaseTimeoutException

from lead_pipeline.constants import LEAD
from lead_pipeline.duplicates import merging, relink, undo, waiting
from lead_pipeline.framework import job_records, locks
from lead_pipeline.framework.failure_log import log_failure
from lead_pipeline.framework.notifications import tell

Result = TypeVar("Result")

# One run merges all leads that wait. So many seconds the next one waits for its end.
LOCK, PATIENCE = "merges in the background", 5

AT_END = {"done": 0, "total": 0, "stop_wanted": 0}


@job_records.recorded(waiting.MERGES, lambda count: _("{0} leads merged or taken out again.").format(count))
def merge_waiting() -> int:
	"""Job, queued and hourly: merge the leads that wait, undo the merges that do.

	Returns how many leads that were.
	"""
	merged, user = 0, frappe.session.user
	with locks.held_through_commits(LOCK, PATIENCE) as is_mine:
		try:
			while is_mine and (merges := waiting.waiting_merges()):
				if job_records.kept(waiting.MERGES, "stop_wanted"):
					stop_merges(merges)
					return merged
				work = undo_in_batches if "undo" in merges[0] else merge_next_lead
				merged += do_or_give_up(merges[0], work)
		finally:
			frappe.set_user(user)
		if is_mine and job_records.kept(waiting.MERGES, "status") == job_records.RUNNING:
			job_records.write(waiting.MERGES, {"status": job_records.DONE} | AT_END)
	return merged


def do_or_give_up(merge: dict, work: Callable[[dict], bool]) -> bool:
	"""Do a part of a merge, or an undo; return what `work` returns, else False.

	What fails is given up, and its user told; what another transaction has been in the way of is tried again by the
	next run.
	"""
	try:
		is_done = work(merge)
	except BaseTimeoutException:
		raise
	except Exception as error:
		frappe.db.rollback()
		if locks.somebody_was_first(error):
			raise
		give_up(merge, error)
		is_done = False
	# What was done stays whatever becomes of the others, and what people are told of it.
	frappe.db.commit()
	return is_done


def merge_next_lead(merge: dict) -> bool:
	"""Merge the first lead of `merge` that is left; return whether it was there."""
	survivor, lead = merge["survivor"], merge["leads"][0]
	work_for(merge, merge["total"] - len(merge["leads"]), merge["total"])
	if is_there := bool(frappe.db.exists(LEAD, lead)):
		show = partial(show_records, survivor)
		in_a_transaction(partial(merging.merge_one_lead, survivor, lead, merge["sources"], show))
		# What has come to it meanwhile was not there for the merge.
		relink.relink_all(lead, survivor, relink.records_of(lead))
	if not waiting.remove_lead(merge, lead):
		tell_merge_done(merge)
	return is_there


def work_for(merge: dict, done: int, total: int) -> None:
	"""Go on as the user of `merge`; show how far it is in the record of the job."""
	frappe.set_user(merge["user"])
	frappe.set_user_lang(merge["user"])
	numbers = {"done": done, "total": total}
	job_records.write(waiting.MERGES, numbers | {"status": job_records.RUNNING})
	# Seen by others while the work is done, in transactions of its own.
	frappe.db.commit()


def undo_in_batches(merge: dict) -> bool:
	"""Undo a merge that waits for it; return whether all of it was done.

	What a run that was killed has put back is not looked at again.
	"""
	name, lead = merge["undo"], merge["leads"][0]
	work_for(merge, 0, 0)
	in_a_transaction(partial(undo.begin_in_background, name))
	batches = list(undo.batches_of(name))
	total = sum(len(names) for *_place, names in batches)
	done = 0
	for doctype, fieldname, names in batches:
		if job_records.kept(waiting.MERGES, "stop_wanted"):
			return False
		in_a_transaction(partial(undo.move_back, name, doctype, fieldname, names))
		done += len(names)
		work_for(merge, done, total)
		show_records(merge["survivor"], done, total, _("Taking {0} out").format(lead))
	missing = in_a_transaction(partial(undo.finish_in_background, name))
	waiting.remove_merge(merge)
	tell_undone(merge, missing)
	return True


def in_a_transaction(work: Callable[[], Result]) -> Result:
	"""Do a piece of the work, which stays whatever becomes of the others."""
	result = locks.run_exclusively(merging.MERGE_LOCK, work)
	frappe.db.commit()
	return result


def tell_undone(merge: dict, missing: dict[str, int]) -> None:
	def say(language: str | None) -> str:
		text = _("{0} was taken out of {1} again.", lang=language)
		names = (escape_html(name) for name in (merge["leads"][0], merge["survivor"]))
		text = text.format(*map(frappe.bold, names))
		if not missing:
			return text
		gone = ", ".join(f"{count} {_(doctype, lang=language)}" for doctype, count in missing.items())
		left = _(
			"These could not be given back, because they are gone or belong to another lead by now: {0}.",
			lang=language,
		)
		return f"{text} {left.format(escape_html(gone))}"

	tell(merge["user"], say, merge["leads"][0])


def show_records(survivor: str, done: int, total: int, title: str | None = None) -> None:
	frappe.publish_progress(
		done * 100 / total,
		title=title or _("Merging leads"),
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
			if "undo" in merge:
				text = _(
					"Taking {1} out of {0} was stopped: a part of what belongs to it may still be there. Undo the merge "
					"again to go on.",
					lang=language,
				)
			else:
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
	if is_undo := "undo" in merge:
		title = _("Undo of a merge into lead {0} failed")
		text = _(
			"{0} is not taken out wholly. Correct what the error below names, then undo the merge again."
		)
	else:
		title = _("Merge into lead {0} failed")
		text = _("Leads that are not merged: {0}. Correct what the error below names, then merge them again.")
	leads = ", ".join(merge["leads"])
	log_failure(title.format(merge["survivor"]), text.format(leads), LEAD, merge["survivor"])

	def say(language: str | None) -> str:
		if is_undo:
			text = _("Taking {1} out of {0} has failed. The reason: {2}", lang=language)
		else:
			text = _(
				"The merge into {0} has failed. These leads are not merged: {1}. The reason: {2}",
				lang=language,
			)
		names = (escape_html(text) for text in (merge["survivor"], leads))
		reason = frappe.utils.strip_html(str(error)) or type(error).__name__
		return text.format(*map(frappe.bold, names), escape_html(reason))

	is_left = frappe.db.exists(LEAD, merge["survivor"])
	tell(merge["user"], say, merge["survivor"] if is_left else None)
	waiting.remove_merge(merge)

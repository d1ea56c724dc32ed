"""Repair each hour the leads that may have changed, and all of them once a day.

What it costs depends on what has changed, not on how many leads there are (`changed_leads.py`). The round through all
leads finds what has left no trace. It begins with the first run of a day, when a rule or a status has changed, and when a
manager asks for it; each run does a piece of it. How far both have come is in the record of the job (Pipeline Job), after
each batch: a run that was killed goes on there.
"""

import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial

import frappe
from frappe import _
from frappe.utils import create_batch, get_datetime, getdate, now_datetime
from redis.exceptions import RedisError

from lead_pipeline.framework import job_records, locks
from lead_pipeline.framework.notifications import tell
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import changed_leads, disagreements, messages, reconcile, rules
from lead_pipeline.status.reconcile import Outcome

JOB = "Repair of Statuses"

# Seconds for which one run works; the next one goes on. The queue allows 25 minutes.
MAX_SECONDS = 600

# What a transaction writes is seen when it ends: so long may one take whose documents are not missed.
OVERLAP = timedelta(minutes=15)

# Stands among those who have asked for a round for one that nobody is told of.
NOBODY = "-"

# Two runs would do the same work twice.
LOCK = "status-repair"


@dataclass
class Run:
	"""One run of the job: until when it works, what was kept, and what it did."""

	state: dict
	ends: float
	outcome: Outcome = field(default_factory=Outcome)
	is_at_end: bool = False
	shown: int = 0

	def is_over(self) -> bool:
		return time.monotonic() >= self.ends

	def show(self, done: dict, more: int, total: int) -> None:
		"""Show to the user who waits for it that `more` leads of the round are done."""
		done["examined"] += more
		percent = min(100, done["examined"] * 100 // max(1, total))
		# A bar has a hundred steps: a hundred messages, however many leads there are.
		if percent == self.shown or frappe.session.user not in done["users"]:
			return
		self.shown = percent
		frappe.publish_progress(
			percent,
			title=_("Recomputing the leads"),
			description=_("{0} of {1} leads").format(done["examined"], max(total, done["examined"])),
		)

	def keep(self, **values) -> None:
		"""Keep how far it has come, and commit what it has done."""
		job_records.keep_state(JOB, self.state, **values)
		frappe.db.commit()


@job_records.recorded(JOB, lambda run: outcome_text(run))
def repair_changed() -> Run:
	"""Scheduler job (hourly): repair what may have changed, and a piece of all leads."""
	return work_through(lambda run: repair_changes(run) and go_on_with_round(run))


def work_through(work: Callable[[Run], object]) -> Run:
	"""Do `work` with what was kept, unless another run is at it; return the run."""
	unlock = locks.take_lock(LOCK, 0)
	if not unlock:
		# The other one does it all.
		return Run({}, ends=0, is_at_end=True)
	try:
		run = Run(job_records.state_of(JOB), time.monotonic() + MAX_SECONDS)
		work(run)
		return run
	except Exception:
		# PostgreSQL lets no lock go in a transaction that has failed.
		frappe.db.rollback()
		raise
	finally:
		unlock()


def repair_changes(run: Run) -> bool:
	"""Repair the leads that something may have changed for since the last run.

	Returns whether all of them were looked at.
	"""
	rules.look_again()
	lead_statuses.look_again()
	state, began = run.state, now_datetime() - OVERLAP
	rule_print, days, raw = (
		changed_leads.fingerprint(),
		changed_leads.timespans(),
		changed_leads.runs_of_raw_updates(),
	)
	names: set[str] = set()
	if since := state.get("since"):
		names = changed_leads.changed_since(get_datetime(since))
		names.update(changed_leads.leads_by_days(state.get("days", {}), days))
		names.update(changed_leads.leads_by_raw_updates(state.get("raw", {}), raw))
	if rule_print != state.get("rules"):
		# Leads that the round has passed were examined by other rules.
		begin_round(state)
		names = set()
	state.setdefault("until", str(began))
	after = state.get("changed_after", "")
	for batch in create_batch(sorted(name for name in names if name > after), reconcile.BATCH_SIZE):
		if run.is_over():
			return False
		reconcile.repair_rows(reconcile.rows_of(batch), run.outcome)
		state["changed_after"] = batch[-1]
		run.keep()
	disagreements.keep(run.outcome.failed, run.outcome.held)
	# What has changed while this pass went on is looked at by the next one.
	state.update({"since": state.pop("until"), "rules": rule_print, "days": days})
	state["raw"] = {
		# A job that has just begun may not have committed yet.
		document_type: ran if get_datetime(ran) < began else state.get("raw", {}).get(document_type, "")
		for document_type, ran in raw.items()
	}
	state.pop("changed_after", None)
	run.keep()
	return True


def ask_for_round(user: str | None = None) -> None:
	"""Note that all leads are to be looked at; `user` is told what came of it.

	A run that is at work sees it after its present batch.
	"""
	asked = {*(job_records.kept(JOB, "asked_by") or "").split(), user or NOBODY}
	job_records.write(JOB, {"asked_by": "\n".join(sorted(asked)), "stop_wanted": 0})


def queue_round() -> None:
	"""Let all leads be looked at once the change that calls for it is committed.

	Without Redis the hourly job does it.
	"""
	ask_for_round()
	frappe.db.after_commit.add(queue_next_piece)


def queue_next_piece(user: str | None = None) -> None:
	with suppress(RedisError):
		frappe.enqueue(
			"lead_pipeline.status.hourly_repair.repair_pieces",
			queue="long",
			job_id="lead_pipeline_repair_pieces",
			deduplicate=True,
			on_behalf_of=user,
		)


def repair_pieces(on_behalf_of: str | None = None) -> None:
	"""Background job: do a piece of the round, and queue the next one until it ends.

	`on_behalf_of`: who sees how far it has come.
	"""
	if on_behalf_of:
		frappe.set_user(on_behalf_of)
	if not work_through(go_on_with_round).is_at_end:
		queue_next_piece(on_behalf_of)


def begin_round(state: dict, users: Iterable[str] = ()) -> None:
	"""Let the round through all leads begin anew; the `users` are told of its end."""
	users = {*state.get("round", {}).get("users", []), *users}
	numbers = dict.fromkeys(("examined", "found", "repaired", "failed"), 0)
	lists = {"left": [], "held": []}
	state["round"] = {"after": "", "began": str(now_datetime()), "users": sorted(users), **numbers, **lists}


def take_wishes(run: Run) -> None:
	"""Begin the round anew for those who have asked for it.

	One that was stopped goes on where it was.
	"""
	asked = job_records.kept(JOB, "asked_by")
	if not asked:
		return
	users = {*asked.split()} - {NOBODY}
	done = run.state.get("round", {})
	if done.pop("stopped_on", None):
		done["users"] = sorted({*done["users"], *users})
	else:
		begin_round(run.state, users)
	run.keep(asked_by="")


def go_on_with_round(run: Run) -> None:
	"""Do a piece of the round through all leads."""
	state, today = run.state, str(getdate())
	take_wishes(run)
	if "round" not in state and state.get("last_round") != today:
		begin_round(state)
	if "round" not in state or state["round"].get("stopped_on") == today:
		run.is_at_end = True
		return
	state["round"].pop("stopped_on", None)
	total = reconcile.count_leads_to_examine()
	run.keep(status=job_records.RUNNING, total=total)
	while not run.is_over():
		take_wishes(run)
		if job_records.kept(JOB, "stop_wanted"):
			stop_round(run, today)
			return
		rows = reconcile.next_rows(state["round"]["after"])
		if not rows:
			end_round(run)
			return
		repair_piece(run, rows, total)


def repair_piece(run: Run, rows: list[frappe._dict], total: int) -> None:
	lead_statuses.look_again()
	done, piece = run.state["round"], Outcome()
	reconcile.repair_rows(rows, piece, lambda more: run.show(done, more, total))
	run.outcome.add(piece)
	done["after"] = rows[-1].name
	for number in ("found", "repaired"):
		done[number] += getattr(piece, number)
	done["failed"] += len(piece.failed)
	done["left"] = disagreements.merged(done["left"], piece.failed)
	done["held"] = disagreements.merged(done["held"], piece.held)
	run.keep(done=done["examined"], total=max(total, done["examined"]))


def stop_round(run: Run, today: str) -> None:
	"""Stop the round; it goes on there the next day, or when asked for."""
	done = run.state["round"]
	done["stopped_on"] = today
	run.is_at_end = True
	run.keep(status=job_records.STOPPED, stop_wanted=0)
	for user in done["users"]:
		tell(user, partial(messages.stopped_after, done["examined"]))
	# The end of the work: what people are told of it stays.
	frappe.db.commit()


def end_round(run: Run) -> None:
	"""Tell those who have asked for the round what came of it."""
	done = run.state.pop("round")
	run.state["last_round"] = done["began"][:10]
	run.is_at_end = True
	disagreements.keep(done["left"], done["held"], anew=True)
	run.keep(status=job_records.DONE, done=0, total=0)
	for user in done["users"]:
		tell(user, partial(messages.repair_result, done))
	# As above.
	frappe.db.commit()


def outcome_text(run: Run) -> str:
	"""Return what a run did, for the list of jobs."""
	text = _("{0} leads examined, {1} disagreed, {2} repaired.")
	return text.format(run.outcome.examined, run.outcome.found, run.outcome.repaired)

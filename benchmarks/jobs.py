"""R15 and R16: the cost of looking for leads that disagree, and of the hourly jobs.

R15: leads recomputed set-based, of which one in a hundred disagrees, compared with one after the other. R16: all hourly
jobs when nothing has changed.
"""

import random
import statistics
from collections.abc import Callable

import frappe
from frappe.utils import create_batch

from benchmarks import many_leads
from benchmarks.figures import Cost, Figure, cost, in_turn, ratios
from lead_pipeline import hooks
from lead_pipeline.constants import LEAD
from lead_pipeline.framework import job_records
from lead_pipeline.status import recompute, reconcile
from lead_pipeline.tests.many_leads import say_that_all_jobs_are_done

ROUNDS = 5
# Leads of one side in a round, and those of them that disagree.
SAMPLE, WRONG = 3000, 30

GOAL_TOGETHER, GOAL_SECONDS = 20, 2


def measure() -> list[Figure]:
	with many_leads.leads():
		try:
			return [set_based(), nothing_changed()]
		finally:
			frappe.db.rollback()
			for job in job_records.titles():
				job_records.keep_state(job, {})
			frappe.db.commit()


def set_based() -> Figure:
	sample, wrong = chosen()
	pairs = in_turn(
		ROUNDS, lambda: measured(together, sample, wrong), lambda: measured(one_by_one, sample, wrong)
	)
	ours = min(own.processor for own, _other in pairs)
	each = measured(saved, sample[:100], wrong).processor * SAMPLE / 100
	saves = measured(one_by_one, wrong, wrong).processor
	return Figure(
		"R15",
		f"{SAMPLE} leads recomputed, {WRONG} of which disagree: one by one / set-based",
		GOAL_TOGETHER,
		at_least=True,
		ratios=[1 / ratio for ratio in ratios(pairs)],
		ours=f"{min(own.clock for own, _other in pairs):.2f} s",
		other=f"{min(other.clock for _own, other in pairs):.2f} s",
		notes=[
			f"processor time of this process: {statistics.median(1 / each for each in ratios(pairs, 'processor')):.2f}",
			f"processor time when every lead is loaded and saved / set-based: {each / ours:.0f}",
			f"processor time of the {WRONG} saves, which both sides have: {saves:.2f} s of {ours:.2f} s",
		],
	)


def chosen() -> tuple[list[str], list[str]]:
	"""Return SAMPLE leads from all over the table, and those of them to be spoilt."""
	rows = frappe.get_all(LEAD, fields=["name", "status"], as_list=True, order_by="name asc")
	rows = random.Random(SAMPLE).sample(rows, min(SAMPLE, len(rows)))
	right = [name for name, status in rows if status in ("Quotation", "Open")]
	return [name for name, _status in rows], right[:: max(1, len(right) // WRONG)][:WRONG]


def measured(work: Callable[[list[str]], None], sample: list[str], wrong: list[str]) -> Cost:
	"""Return the cost of `work` when the `wrong` leads disagree with their documents."""
	lead = frappe.qb.DocType(LEAD)
	frappe.qb.update(lead).set(lead.status, "Replied").where(lead.name.isin(wrong)).run()
	frappe.db.commit()
	return cost(lambda: work(sample))


def together(sample: list[str]) -> None:
	outcome = reconcile.Outcome()
	for batch in create_batch(sample, reconcile.BATCH_SIZE):
		reconcile.repair_rows(reconcile.rows_of(batch), outcome)
	assert (outcome.found, outcome.repaired) == (WRONG, WRONG), outcome


def one_by_one(sample: list[str]) -> None:
	for name in sample:
		assert recompute.repair_safely(name)
		frappe.db.commit()


def saved(sample: list[str]) -> None:
	for name in sample:
		frappe.get_doc(LEAD, name).save()
		frappe.db.commit()


def nothing_changed() -> Figure:
	"""The hourly jobs, once they have run today."""
	jobs = hooks.scheduler_events["hourly_long"]
	say_that_all_jobs_are_done()
	frappe.db.commit()
	for path in jobs:
		frappe.get_attr(path)()
	frappe.db.commit()
	rounds, notes = [], {}
	for _number in range(ROUNDS):
		each = {path: cost(frappe.get_attr(path)) for path in jobs}
		frappe.db.commit()
		rounds.append((sum(one.clock for one in each.values()), sum(one.processor for one in each.values())))
		for path, one in each.items():
			notes[path] = min(one.clock, notes.get(path, one.clock))
	clock, processor = min(rounds)
	return Figure(
		"R16",
		f"seconds of all hourly jobs when nothing has changed, {frappe.db.count(LEAD):,} leads, this process and the database",
		GOAL_SECONDS,
		at_least=False,
		ratios=[seconds for seconds, _processor in rounds],
		ours=f"{clock:.2f} s",
		other="",
		notes=[
			f"processor time of this process: {processor:.2f} s",
			*(
				f"{path.removeprefix('lead_pipeline.')}: {seconds * 1000:.0f} ms"
				for path, seconds in notes.items()
			),
		],
	)

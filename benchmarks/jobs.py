"""R15 and R16: the cost of looking for leads that disagree, and of the hourly jobs.

R15: leads recomputed set-based, of which one in a hundred disagrees, compared with one after the other. R16: all hourly
jobs when nothing has changed. Among as many leads as `LEAD_PIPELINE_BENCH_LEADS` says (100,000 without it); a fifth of them
has a Quotation. They are made by SQL, set-based, and are deleted afterwards.
"""

import os
import statistics
from collections.abc import Callable

import frappe
from frappe.utils import create_batch, now_datetime

from benchmarks.figures import Cost, Figure, cost, in_turn, ratios
from benchmarks.load import data
from lead_pipeline import hooks
from lead_pipeline.constants import LEAD, STATUS, STATUS_LOG
from lead_pipeline.framework import job_records
from lead_pipeline.status import changed_leads, recompute, reconcile
from lead_pipeline.tests.factories import make_lead, make_quotation

NUMBER = int(os.environ.get("LEAD_PIPELINE_BENCH_LEADS", "100000"))
TEMPLATE = "BENCH-QUOTATION"

ROUNDS = 5
# Leads of one side in a round, and those of them that disagree.
SAMPLE, WRONG = 3000, 30

GOAL_TOGETHER, GOAL_SECONDS = 20, 2


def measure() -> list[Figure]:
	try:
		data.fill(NUMBER)
		quote()
		return [set_based(), nothing_changed()]
	finally:
		frappe.db.rollback()
		forget()


def quote() -> None:
	"""Give a fifth of the leads a Quotation, and the status that it justifies."""
	lead = frappe.qb.DocType(LEAD)
	quoted = (lead.name >= f"{data.MARK}000") & (lead.name < f"{data.MARK}020")
	frappe.qb.update(lead).set(lead.status, "Quotation").set(lead.status_category, "Qualified").set(
		lead.manual_status, "Lead"
	).where(quoted).run()
	if frappe.db.exists("DocType", "Quotation"):
		quotation = make_quotation(make_lead(company_name="Benchmark of the Jobs"))
		columns = frappe.db.get_table_columns("Quotation")
		values = {
			"name": f"concat('{TEMPLATE}-', l.name)",
			"pipeline_lead": "l.name",
			"modified": "l.modified",
		}
		selected = ", ".join(values.get(column, f"source.`{column}`") for column in columns)
		frappe.db.sql(
			f"insert into `tabQuotation` ({', '.join(f'`{column}`' for column in columns)}) select {selected} "
			f"from `tabQuotation` source, `tab{LEAD}` l where source.name = %s "
			f"and l.name >= '{data.MARK}000' and l.name < '{data.MARK}020'",
			quotation.name,
		)
		frappe.db.sql(
			"analyze table `tabQuotation`" if frappe.db.db_type == "mariadb" else 'analyze "tabQuotation"'
		)
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
	rows = frappe.get_all(
		LEAD,
		{"name": ("like", f"{data.MARK}%")},
		["name", "status"],
		as_list=True,
		order_by="name asc",
	)
	rows = rows[:: max(1, len(rows) // SAMPLE)][:SAMPLE]
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
	settle()
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


def settle() -> None:
	"""As when all jobs have run today."""
	now = now_datetime()
	done = {"since": str(now), "day": str(now.date()), "last_round": str(now.date())}
	done |= {"rules": changed_leads.fingerprint(), "days": changed_leads.timespans()}
	done |= {"raw": changed_leads.runs_of_raw_updates()}
	done |= {"categories": dict(frappe.get_all(STATUS, fields=["name", "category"], as_list=True))}
	for job in job_records.titles():
		job_records.keep_state(job, done, asked_by="")
	frappe.db.commit()


def forget() -> None:
	tables = [(LEAD, "name", data.MARK), (STATUS_LOG, "lead", data.MARK), ("Quotation", "name", TEMPLATE)]
	for doctype, field, mark in tables:
		if not frappe.db.table_exists(doctype):
			continue
		while True:
			rows = frappe.db.sql(f"select name from `tab{doctype}` where {field} like '{mark}%' limit 20000")
			if not rows:
				break
			frappe.db.delete(doctype, {"name": ("in", [name for (name,) in rows])})
			frappe.db.commit()
	for job in job_records.titles():
		job_records.keep_state(job, {})
	frappe.db.commit()

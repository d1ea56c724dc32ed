"""R1 and R14: the cost of inserting and committing a lead, alone and concurrently.

R1: one lead that is inserted and committed; R14: how many at once, each with a longer transaction around it.
"""

import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import frappe

from benchmarks import bare
from benchmarks.figures import Figure, by_cost, in_turn, milliseconds, processor_note, ratios, statements
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site

GOAL, GOAL_SQL = 1.5, 5
BATCH, ROUNDS = 20, 9

GOAL_AT_ONCE = 0.75
CLIENTS, EACH, ROUNDS_AT_ONCE = 8, 10, 3
# Seconds that the rest of a transaction takes after the lead: assignment, mail, linked documents.
TAIL = 0.02


def measure() -> list[Figure]:
	try:
		with bare.doctype():
			return [one_by_one(), at_once()]
	finally:
		bare.forget_people()


def insert(doctype: str) -> None:
	frappe.get_doc({"doctype": doctype} | bare.person()).insert()
	frappe.db.commit()


def batch(doctype: str) -> None:
	for _number in range(BATCH):
		insert(doctype)


def one_by_one() -> Figure:
	counts = []
	for doctype in (LEAD, bare.BARE):
		insert(doctype)
		with statements() as found:
			insert(doctype)
		counts.append(len([text for text in found if text.strip() not in ("commit", "START TRANSACTION")]))
	pairs = by_cost(ROUNDS, lambda: batch(LEAD), lambda: batch(bare.BARE))
	met = "met" if counts[0] <= GOAL_SQL else "NOT met"
	return Figure(
		"R1",
		"insert of a lead, committed / of a bare DocType with the same fields",
		GOAL,
		False,
		ratios(pairs),
		*(milliseconds(costs, BATCH) for costs in zip(*pairs, strict=True)),
		notes=[
			processor_note(pairs),
			f"SQL statements: {counts[0]} (goal: at most {GOAL_SQL}, {met}), bare {counts[1]}",
		],
	)


def at_once() -> Figure:
	with ProcessPoolExecutor(CLIENTS, mp_context=get_context("spawn"), initializer=site.connect) as pool:

		def rate(doctype: str, clients: int) -> float:
			return sum(pool.map(inserts_per_second, [doctype] * clients))

		def gain(doctype: str) -> float:
			return rate(doctype, CLIENTS) / rate(doctype, 1)

		for doctype in (LEAD, bare.BARE):
			# All processes are there, and have read what they keep.
			rate(doctype, CLIENTS)
		before = row_lock_waits()
		pairs = in_turn(ROUNDS_AT_ONCE, lambda: gain(LEAD), lambda: gain(bare.BARE))
		waits = row_lock_waits() - before
	return Figure(
		"R14",
		f"what {CLIENTS} clients gain over one, with 20 ms of transaction after each insert: leads / bare DocType",
		GOAL_AT_ONCE,
		True,
		[ours / other for ours, other in pairs],
		*(f"{statistics.median(gains):.2f}" for gains in zip(*pairs, strict=True)),
		notes=[f"waits for a row's lock: {waits} (goal: 0, {'met' if not waits else 'NOT met'})"],
	)


def row_lock_waits() -> int:
	if frappe.db.db_type != "mariadb":
		return 0
	return int(frappe.db.sql("show global status like 'Innodb_row_lock_waits'")[0][1])


def inserts_per_second(doctype: str) -> float:
	begun = time.perf_counter()
	for _number in range(EACH):
		frappe.get_doc({"doctype": doctype} | bare.person()).insert()
		time.sleep(TAIL)
		frappe.db.commit()
	return EACH / (time.perf_counter() - begun)

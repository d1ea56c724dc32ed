"""R7 and R19: the cost of opening the Lead Board and of moving a lead on it.

R7: what the first look at the Lead Board costs, and its sums; R19: what a move costs compared with a plain save
of the lead. Among the leads of `many_leads.py`, of which about a third are open.
"""

import json
import statistics

import frappe

from benchmarks import many_leads
from benchmarks.figures import (
	Figure,
	by_cost,
	milliseconds,
	processor_milliseconds,
	processor_note,
	ratios,
	statements,
)
from lead_pipeline.board import columns, moves, totals
from lead_pipeline.board.orders import ORDERS
from lead_pipeline.constants import LEAD, OPEN_CATEGORIES

ROUNDS = 15

GOAL_PAGE, GOAL_BYTES = 50, 200_000
# Milliseconds for the sums up to so many open leads, and above.
GOAL_TOTALS = ((50_000, 50), (350_000, 300))
GOAL_MOVE, GOAL_SQL = 1.3, 15


def measure() -> list[Figure]:
	with many_leads.leads() as users:
		return [first_look(users[1]), sums(), move()]


def open_leads() -> int:
	return frappe.db.count(LEAD, {"status_category": ("in", OPEN_CATEGORIES)})


def megabytes() -> str:
	"""What the leads and their indexes take on the disk."""
	if frappe.db.db_type != "mariadb":
		return "their size is told on MariaDB only"
	((data, indexes),) = frappe.db.sql(
		"select data_length, index_length from information_schema.tables "
		"where table_schema = database() and table_name = %s",
		f"tab{LEAD}",
	)
	return f"the leads take {data / 1e6:,.0f} MB, their indexes {indexes / 1e6:,.0f} MB"


def first_look(seller: str) -> Figure:
	found = processor_milliseconds(columns.columns)
	notes = []
	for order in ORDERS:
		each = processor_milliseconds(lambda: columns.columns(order=order))  # noqa: B023 - called at once
		notes.append(f"{order} {statistics.median(each):.1f}")
	with statements() as asked:
		answer = columns.columns()
	size = len(json.dumps(answer, default=str))
	mine = processor_milliseconds(lambda: columns.columns({"lead_owner": seller}))
	typed = processor_milliseconds(lambda: columns.columns({"text": "qzxwvj"}), rounds=3)
	common = processor_milliseconds(lambda: columns.columns({"text": "gmail"}), rounds=3)
	met = "met" if size <= GOAL_BYTES else "NOT met"
	return Figure(
		"R7",
		f"first look at the board among {frappe.db.count(LEAD):,} leads, {open_leads():,} of them open: ms of processor time",
		GOAL_PAGE,
		False,
		found,
		f"{statistics.median(found):.1f} ms",
		"",
		notes=[
			f"processor time by order, ms: {', '.join(notes)}; of one sales person: {statistics.median(mine):.1f}",
			f"with a text that no lead has: {statistics.median(typed):.0f} ms; that a fourth have: "
			f"{statistics.median(common):.0f} ms",
			megabytes(),
			f"{size / 1000:.0f} KB (goal: at most {GOAL_BYTES // 1000}, {met}), {len(answer['columns'])} columns, "
			f"{sum(len(column['cards']) for column in answer['columns'])} cards, {len(asked)} SQL statements",
		],
	)


def sums() -> Figure:
	found = processor_milliseconds(totals.totals)
	number = open_leads()
	goal = next((goal for most, goal in GOAL_TOTALS if number <= most), GOAL_TOTALS[-1][1])
	return Figure(
		"R7",
		f"the board's sums over {number:,} open leads: ms of processor time",
		goal,
		False,
		found,
		f"{statistics.median(found):.1f} ms",
		"",
	)


def move() -> Figure:
	lead = frappe.get_doc({"doctype": LEAD, "company_name": "Benchmark of a Move"}).insert()
	frappe.db.commit()
	turns = {"Open": "Replied", "Replied": "Open", "Lead": "Open"}

	def moved() -> None:
		status = frappe.db.get_value(LEAD, lead.name, "status")
		answer = moves.move(lead.name, status, turns[status], by_hand=1)
		frappe.db.commit()
		assert answer["moved"], answer["message"]

	def saved() -> None:
		document = frappe.get_doc(LEAD, lead.name)
		document.status = turns[document.status]
		document.save()
		frappe.db.commit()

	moved(), saved()
	status = frappe.db.get_value(LEAD, lead.name, "status")
	with statements() as found:
		moves.move(lead.name, status, turns[status], by_hand=1)
	asked = [text for text in found if "savepoint" not in text]
	frappe.db.commit()
	with statements() as of_save:
		saved()
	beside = [text for text in of_save if text.strip() not in ("commit", "START TRANSACTION")]
	pairs = by_cost(ROUNDS, moved, saved)
	frappe.delete_doc(LEAD, lead.name, force=True)
	frappe.db.commit()
	# Some versions of the framework ask more than that for a plain save already: it stands beside.
	met = "met" if len(asked) <= GOAL_SQL else "NOT met"
	return Figure(
		"R19",
		"move of a card, committed / the lead read and saved with the same status",
		GOAL_MOVE,
		False,
		ratios(pairs),
		*(milliseconds(costs, 1) for costs in zip(*pairs, strict=True)),
		notes=[
			processor_note(pairs),
			f"SQL statements of a move: {len(asked)}, of that save: {len(beside)} "
			f"(goal: at most {GOAL_SQL}, {met})",
		],
	)

"""R7 and R19: the cost of opening the Lead Board and of moving a lead on it.

R7: what the first look at the Lead Board costs, and its sums; R19: what a move costs compared with a plain save
of the lead. Among as many leads as `LEAD_PIPELINE_BENCH_LEADS` says (50,000 without it), of which about a third
are open. They are made by SQL, set-based, and are deleted afterwards.
"""

import json
import os
import statistics
from collections.abc import Callable
from pathlib import Path

import frappe

from benchmarks.figures import Cost, Figure, by_cost, cost, milliseconds, processor_note, ratios, statements
from lead_pipeline.board import columns, moves, totals
from lead_pipeline.board.orders import ORDERS
from lead_pipeline.constants import LEAD

NUMBER = int(os.environ.get("LEAD_PIPELINE_BENCH_LEADS", "50000"))
MARK = "BENCH-BOARD-"
# As the framework writes them: values that every lead has.
STATUSES = ("Lead", "Open", "Replied", "Interested", "Opportunity", "Quotation")
CATEGORIES = ("New", "Working", "Working", "Working", "Qualified", "Qualified")
PEOPLE = 25
BATCH = 20_000
ROUNDS = 15

GOAL_PAGE, GOAL_BYTES = 50, 200_000
# Milliseconds for the sums up to so many open leads, and above.
GOAL_TOTALS = ((50_000, 50), (350_000, 300))
GOAL_MOVE, GOAL_SQL = 1.3, 15


def measure() -> list[Figure]:
	forget()
	try:
		fill()
		return [first_look(), sums(), move()]
	finally:
		frappe.db.rollback()
		forget()


def fill() -> None:
	"""Create copies of one lead with different values.

	Status, sales person, day, revenue, priority and next step differ.
	"""
	lead = frappe.get_doc({"doctype": LEAD, "company_name": "Benchmark of the Board"}).insert()
	number = "cast(n.seq as signed)" if frappe.db.db_type == "mariadb" else "n.seq::bigint"
	is_open = f"mod({number}, 20) < 7"
	turn = f"mod({number}, 6)"
	days = f"mod({number} * 7919, 1000)"
	moment = (
		f"now(6) - interval ({days}) day - interval {number} second"
		if frappe.db.db_type == "mariadb"
		else f"now()::timestamp - make_interval(days => mod({number} * 7919, 1000)::int, secs => {number})"
	)
	day = (
		f"curdate() + interval mod({number}, 60) - 20 day"
		if frappe.db.db_type == "mariadb"
		else f"current_date + (mod({number}, 60) - 20)::int"
	)
	values = {
		"name": f"concat('{MARK}', lpad({text(number)}, 8, '0'))",
		"lead_name": f"concat('Benchmark ', md5({text(number)}))",
		"company_name": f"concat('Benchmark ', md5({text(number)}), ' Ltd')",
		"status": f"case when {is_open} then {choice(turn, STATUSES)} when {turn} = 0 then 'Converted' else 'Lost' end",
		"status_category": f"case when {is_open} then {choice(turn, CATEGORIES)} when {turn} = 0 then 'Won' else 'Lost' end",
		"status_changed_on": moment,
		"creation": moment,
		"modified": moment,
		"lead_owner": f"concat('bench-', {text(f'mod({number}, {PEOPLE})')}, '@example.com')",
		"expected_revenue": f"mod({number} * 6151, 100000)",
		"probability": f"mod({number}, 10) * 10",
		"priority": f"case mod({number}, 10) when 0 then 'Urgent' when 1 then 'High' else null end",
		"next_contact_date": f"case when mod({number}, 3) = 0 then null else {day} end",
		"email_key": f"concat('bench-', {text(number)}, '@example.com')",
		"domain_key": f"concat('bench-', {text(number)}, '.example.com')",
		"company_key": f"md5({text(number)})",
		"company_sound": f"md5({text(number)})",
		"phone_key": f"concat('+4930', {text(number)})",
		"person_key": "null",
	}
	names = frappe.db.get_table_columns(LEAD)
	selected = ", ".join(values.get(name, f"source.`{name}`") for name in names)
	for first in range(1, NUMBER + 1, BATCH):
		frappe.db.sql(
			f"insert into `tab{LEAD}` ({', '.join(f'`{name}`' for name in names)}) "
			f"select {selected} from `tab{LEAD}` source, {numbers(first, min(first + BATCH - 1, NUMBER))} "
			"where source.name = %s",
			lead.name,
		)
		frappe.db.commit()
	frappe.delete_doc(LEAD, lead.name, force=True)
	frappe.db.commit()
	frappe.db.sql(f"analyze table `tab{LEAD}`" if frappe.db.db_type == "mariadb" else f'analyze "tab{LEAD}"')
	frappe.db.commit()


def numbers(first: int, last: int) -> str:
	if frappe.db.db_type == "mariadb":
		return f"seq_{first}_to_{last} n"
	return f"generate_series({first}, {last}) n(seq)"


def text(number: str) -> str:
	return f"cast({number} as char)" if frappe.db.db_type == "mariadb" else f"cast({number} as varchar)"


def choice(number: str, values: tuple[str, ...]) -> str:
	return (
		f"case {number} "
		+ " ".join(f"when {index} then '{value}'" for index, value in enumerate(values))
		+ " end"
	)


def forget() -> None:
	while names := frappe.get_all(
		LEAD, {"name": ("like", f"{MARK}%")}, pluck="name", limit=BATCH, order_by=None
	):
		frappe.db.delete(LEAD, {"name": ("in", names)})
		frappe.db.commit()


def database_seconds() -> float | None:
	"""Processor time of the database since it began, when it runs on this machine."""
	if frappe.db.db_type != "mariadb":
		return None
	try:
		process = Path(frappe.db.sql("select @@pid_file")[0][0]).read_text().strip()
		fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
	except OSError:
		return None
	return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def processor_milliseconds(work: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
	"""Return the processor time of this process and the database together, by round.

	In milliseconds; the database's time is a mean of all rounds.
	"""
	work()
	before = database_seconds()
	costs: list[Cost] = [cost(work) for _round in range(rounds)]
	after = database_seconds()
	database = (after - before) / rounds if before is not None else 0
	return [(each.processor + database) * 1000 for each in costs]


def open_leads() -> int:
	return frappe.db.count(LEAD, {"status": ("in", STATUSES)})


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


def first_look() -> Figure:
	found = processor_milliseconds(columns.columns)
	notes = []
	for order in ORDERS:
		each = processor_milliseconds(lambda: columns.columns(order=order))  # noqa: B023 - called at once
		notes.append(f"{order} {statistics.median(each):.1f}")
	with statements() as asked:
		answer = columns.columns()
	size = len(json.dumps(answer, default=str))
	mine = processor_milliseconds(lambda: columns.columns({"lead_owner": "bench-1@example.com"}))
	typed = processor_milliseconds(lambda: columns.columns({"text": "a1b2c3"}), rounds=3)
	common = processor_milliseconds(lambda: columns.columns({"text": "benchmark"}), rounds=3)
	met = "met" if size <= GOAL_BYTES else "NOT met"
	return Figure(
		"R7",
		f"first look at the board among {NUMBER:,} leads, {open_leads():,} of them open: ms of processor time",
		GOAL_PAGE,
		False,
		found,
		f"{statistics.median(found):.1f} ms",
		"",
		notes=[
			f"processor time by order, ms: {', '.join(notes)}; of one sales person: {statistics.median(mine):.1f}",
			f"with a text that few leads have: {statistics.median(typed):.0f} ms; that all have: "
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
	pairs = by_cost(ROUNDS, moved, saved)
	frappe.delete_doc(LEAD, lead.name, force=True)
	frappe.db.commit()
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
			f"SQL statements of a move: {len(asked)} (goal: at most {GOAL_SQL}, {met})",
		],
	)

"""R5: the cost of the app for documents that have nothing to do with leads.

Without the app means without its hooks in this process; the site is the same. What is asked and read is counted, and has to
be equal: so small a difference of times is less than what a run differs from the next one. The time is told beside it.
"""

import frappe

from benchmarks.figures import Figure, by_cost, milliseconds, ratios, rows_read, statements
from lead_pipeline.tests import site
from lead_pipeline.tests.sales import without_the_app

GOAL, ROUNDS, EACH = 1.0, 30, 5
DOCTYPE = "Note"


def measure() -> list[Figure]:
	try:
		return [compared("a Note saved", save), compared("a Note inserted and deleted", insert_and_delete)]
	finally:
		frappe.db.rollback()
		frappe.db.delete(DOCTYPE, {"title": ("like", "Measured %")})
		frappe.db.commit()


def insert() -> str:
	title = f"Measured {frappe.generate_hash(length=10)}"
	return frappe.get_doc({"doctype": DOCTYPE, "title": title, "content": "How much is it?"}).insert().name


def insert_and_delete() -> None:
	for _number in range(EACH):
		with site.action():
			frappe.delete_doc(DOCTYPE, insert())
			frappe.db.commit()


def save() -> None:
	name = insert()
	for number in range(EACH):
		with site.action():
			document = frappe.get_doc(DOCTYPE, name)
			document.content = f"How much are {number}?"
			document.save()
			frappe.db.commit()


def compared(what: str, work) -> Figure:
	def without() -> None:
		with without_the_app():
			work()

	work(), without()
	with statements() as asked:
		work()
	with statements() as asked_without:
		without()
	counts = {
		"SQL statements": (len(asked), len(asked_without)),
		"rows read": (rows_read(work), rows_read(without)),
	}
	counts = {of: pair for of, pair in counts.items() if None not in pair}
	pairs = by_cost(ROUNDS, work, without)
	times = Figure("", "", GOAL, False, ratios(pairs, "processor"), "", "")
	ours, other = (milliseconds(costs, EACH) for costs in zip(*pairs, strict=True))
	return Figure(
		"R5",
		f"{what}, with the app / without",
		GOAL,
		False,
		# The dearest of the counts: exact, so that one statement or row more is seen.
		[max(mine / theirs for mine, theirs in counts.values())],
		*(told(numbers) for numbers in zip(*counts.values(), strict=True)),
		notes=[
			f"counted: {' and '.join(counts)}",
			f"processor time: {times.ratio:.2f} ({times.interval[0]:.2f} to {times.interval[1]:.2f}), {ours} to {other}",
		],
	)


def told(numbers: tuple[int, ...]) -> str:
	return ", ".join(f"{number / EACH:g}" for number in numbers)

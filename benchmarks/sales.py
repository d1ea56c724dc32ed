"""R3 and R4: the cost of submitting a Quotation with the app, compared to without.

Each round submits a draft of either side, as one request: loaded, submitted, committed, and what follows the
commit. Without the app means without its hooks in this process; the site is the same.
"""

import statistics
from collections.abc import Callable

import frappe
from frappe.desk.form.save import savedocs

from benchmarks import bare
from benchmarks.figures import (
	Cost,
	Figure,
	by_cost,
	database_seconds,
	milliseconds,
	processor_note,
	ratios,
	statements,
)
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_quotation
from lead_pipeline.tests.sales import buyer, wipe, without_the_app

GOAL_UNLINKED, GOAL_CHANGED = 1.02, 1.15
# Rows of a Quotation: of the smallest one, and of one with some items. What a lead costs does not depend on them.
SMALLEST, SOME = 1, 5
ROUNDS, WARM_UP = 40, 3

Pairs = list[tuple[Cost, Cost]]
Submit = Callable[[str], object]


class Side:
	"""Drafts to be submitted, each for its own lead or for none.

	The lead has not noticed its draft yet.
	"""

	def __init__(self, number: int, rows: int, is_linked: bool) -> None:
		self.leads: list[str] = []
		self.drafts: list[str] = []
		self.database = 0.0
		for _number in range(number):
			quotation = make_quotation(None, buyer(), rows)
			if is_linked:
				self.leads.append(make_lead().name)
				frappe.db.set_value("Quotation", quotation.name, "pipeline_lead", self.leads[-1])
			self.drafts.append(quotation.name)
		self.left = iter(self.drafts)
		frappe.db.commit()

	def submit(self, by: Submit) -> None:
		before = database_seconds() or 0
		by(next(self.left))
		self.database += (database_seconds() or 0) - before

	def forget(self) -> None:
		wipe(self.leads)
		for name in self.drafts:
			if frappe.db.exists("Quotation", name):
				frappe.db.delete("Quotation Item", {"parent": name})
				frappe.db.delete("Quotation", name)
		frappe.db.commit()


def measure() -> list[Figure]:
	if not frappe.db.exists("DocType", "Quotation"):
		return []
	return [
		submitted("R3", "submit of a Quotation of nobody's lead", GOAL_UNLINKED, SMALLEST, is_linked=False),
		*(
			submitted(
				"R4",
				f"submit of a Quotation of {rows} {'item' if rows == 1 else 'items'} that changes its lead's status",
				GOAL_CHANGED,
				rows,
				is_linked=True,
			)
			for rows in (SMALLEST, SOME)
		),
	]


def submit(name: str) -> None:
	"""As a script does, or the REST API."""
	with site.action():
		frappe.get_doc("Quotation", name).submit()


def submit_in_the_desk(name: str) -> None:
	"""Submit a document as the form does.

	The form sends the document, and gets it again with what is shown beside it.
	"""
	sent = frappe.get_doc("Quotation", name).as_json()
	with site.action():
		savedocs(sent, "Submit")
	frappe.local.response = frappe._dict(docs=[])


def least(rows: int) -> float:
	"""Return the cost of an app that only saves a document after a sale.

	The document is one of a DocType with the lead's fields and no code.
	"""
	sales = Side(2 * ROUNDS, rows, is_linked=False)
	try:
		with bare.doctype(), without_the_app():
			frappe.db.set_value("DocType", bare.BARE, "track_changes", 1)
			frappe.clear_cache(doctype=bare.BARE)
			record = frappe.get_doc({"doctype": bare.BARE, "status": "Lead"}).insert(ignore_links=True)
			frappe.db.commit()

			def and_save() -> None:
				sales.submit(submit)
				document = frappe.get_doc(bare.BARE, record.name)
				document.flags.ignore_links = True
				document.status = "Lead" if document.status == "Quotation" else "Quotation"
				document.save()
				frappe.db.commit()

			pairs = by_cost(ROUNDS, and_save, lambda: sales.submit(submit))
			return statistics.median(ratios(pairs, "processor"))
	finally:
		frappe.db.rollback()
		sales.forget()


def submitted(id: str, what: str, goal: float, rows: int, is_linked: bool) -> Figure:
	ours, theirs = (Side(2 * ROUNDS + WARM_UP + 1, rows, is_linked) for _side in range(2))

	def without(by: Submit) -> None:
		with without_the_app():
			theirs.submit(by)

	try:
		for _number in range(WARM_UP):
			ours.submit(submit)
			without(submit)
		with statements() as asked:
			ours.submit(submit)
		with statements() as asked_without:
			without(submit)
		in_the_desk = by_cost(
			ROUNDS, lambda: ours.submit(submit_in_the_desk), lambda: without(submit_in_the_desk)
		)
		ours.database = theirs.database = 0
		pairs = by_cost(ROUNDS, lambda: ours.submit(submit), lambda: without(submit))
		if is_linked:
			assert set(statuses(ours)) == {"Quotation"}
			assert "Quotation" not in statuses(theirs)
		return Figure(
			id,
			f"{what}, with the app / without",
			goal,
			False,
			ratios(pairs),
			*(milliseconds(costs, 1) for costs in zip(*pairs, strict=True)),
			notes=[
				processor_note(pairs),
				f"processor time of the database: {ours.database / max(theirs.database, 0.01):.2f}",
				f"as the form submits it: {statistics.median(ratios(in_the_desk)):.2f}, "
				f"{processor_note(in_the_desk)}",
				f"SQL statements: {len(asked)}, without the app {len(asked_without)}",
				*(
					[
						f"processor time with one document without code that is saved after it: {least(rows):.2f}"
					]
					if is_linked
					else []
				),
			],
		)
	finally:
		frappe.db.rollback()
		for side in (ours, theirs):
			side.forget()


def statuses(side: Side) -> list[str]:
	return frappe.get_all(LEAD, {"name": ("in", side.leads)}, pluck="status", order_by=None)

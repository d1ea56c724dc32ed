"""R6: how the cost of everyday work grows with the number of leads.

Each piece of work is measured in turn with the insert of a bare document, in processor time of this process and of the
database's thread for this connection, and kept as a multiple of that: what the machine does beside it falls out. A run
compares itself with the one that was made among the fewest leads on the same site: measure with `--leads 1000` first.
"""

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import frappe
from frappe.desk.form.load import getdoc

from benchmarks import bare, many_leads
from benchmarks.figures import Figure, database_processor
from lead_pipeline.constants import LEAD
from lead_pipeline.duplicates import finding
from lead_pipeline.lead_pipeline.doctype.pipeline_lead.form_panel import panel
from lead_pipeline.tests.factories import make_quotation
from lead_pipeline.tests.sales import buyer, wipe

GOAL, ROUNDS, WARM_UP = 1.2, 25, 5
FILE = Path(os.environ.get("LEAD_PIPELINE_BENCH", ".")) / "growth.json"

INSERT, CHECK, OPEN, SAVE, SUBMIT, DELETE = (
	"insert of a lead",
	"duplicates of what is typed",
	"a lead's form",
	"save of a lead",
	"submit of a Quotation that changes its lead's status",
	"deletion of a lead",
)


def measure() -> list[Figure]:
	with many_leads.leads() as _users, bare.doctype():
		count = frappe.db.count(LEAD)
		found = multiples()
		bare.forget_people()
	kept = json.loads(FILE.read_text()) if FILE.exists() else {}
	kept[str(count)] = found
	FILE.write_text(json.dumps(kept))
	fewest = min(kept, key=int)
	if int(fewest) == count:
		print("Nothing to compare with: run it among more leads now.", flush=True)
		return []
	return [figure(work, count, found[work], int(fewest), kept[fewest][work]) for work in found]


def figure(work: str, count: int, ours: list[float], fewest: int, other: list[float]) -> Figure:
	before = statistics.median(other)
	return Figure(
		"R6",
		f"{work} among {count:,} leads / among {fewest:,}",
		GOAL,
		False,
		[multiple / before for multiple in ours],
		f"{statistics.median(ours):.2f} bare inserts",
		f"{before:.2f} bare inserts",
	)


def multiples() -> dict[str, list[float]]:
	"""Return what each piece of work costs, by round, as a multiple of a bare insert."""
	quotations = frappe.db.exists("DocType", "Quotation")
	customer = buyer() if quotations else None
	processor = database_processor()
	rounds: list[dict[str, float]] = []
	for _round in range(WARM_UP + ROUNDS):
		rounds.append(one_round(customer, processor))
	units = [each.pop("") for each in rounds]
	unit = statistics.median(units[WARM_UP:])
	return {work: [each[work] / unit for each in rounds[WARM_UP:]] for work in rounds[0]}


def one_round(customer: str | None, processor: Callable[[], float]) -> dict[str, float]:
	"""Return the seconds of each piece of work with one lead, and under "" those of a bare insert."""
	found: dict[str, float] = {}

	def timed(work: str, do: Callable[[], object]) -> None:
		begun = processor() + time.process_time()
		do()
		frappe.db.commit()
		found[work] = processor() + time.process_time() - begun

	# Nobody else has this company, number or address.
	word = frappe.generate_hash(length=10)
	person = bare.person() | {
		"company_name": f"{word} Ltd",
		"phone": None,
		"email": f"measured-{word}@example.com",
	}
	lead = frappe.get_doc({"doctype": LEAD} | person)
	timed("", lambda: frappe.get_doc({"doctype": bare.BARE} | person).insert())
	timed(INSERT, lead.insert)
	timed(CHECK, lambda: finding.of_values(frappe.as_json(person)))
	timed(OPEN, lambda: open_form(lead.name))
	lead.reload()
	lead.description = "Asks again."
	timed(SAVE, lead.save)
	if customer:
		quotation = make_quotation(lead, customer)
		frappe.db.commit()
		timed(SUBMIT, quotation.submit)
		assert frappe.db.get_value(LEAD, lead.name, "status") == "Quotation"
	other = frappe.get_doc({"doctype": LEAD} | person | {"email": f"measured-2{word}@example.com"}).insert()
	frappe.db.commit()
	timed(DELETE, lambda: frappe.delete_doc(LEAD, other.name))
	wipe([lead.name])
	frappe.db.commit()
	return found


def open_form(lead: str) -> None:
	getdoc(LEAD, lead)
	panel(lead)
	frappe.local.response = frappe._dict(docs=[])

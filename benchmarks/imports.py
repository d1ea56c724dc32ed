"""R12: rows per second of the import of a file with leads.

Rehearsal and results are included. Compared with the framework's import of the same rows into a bare DocType.
"""

import csv
import io
import statistics

import frappe
from frappe.core.doctype.data_import.importer import Importer

from benchmarks import bare
from benchmarks.figures import Figure, by_cost, ratios
from lead_pipeline.capture.importing import run
from lead_pipeline.constants import LEAD

GOAL = 0.6
ROWS, ROUNDS = 500, 5
RUN = "Pipeline Lead Import"


def measure() -> list[Figure]:
	made: list[tuple[str, str]] = []
	with bare.doctype():
		try:
			return [compare(made)]
		finally:
			forget(made)


def compare(made: list[tuple[str, str]]) -> Figure:
	def whole() -> None:
		doc = insert(made, RUN, file=file_with_people(made), duplicates="Leave Out")
		run.run(doc, lambda done, total: None)
		made.append(("Data Import", doc.data_import))

	def framework(doctype: str) -> None:
		values = {"reference_doctype": doctype, "import_type": "Insert New Records", "mute_emails": 1}
		data_import = insert(made, "Data Import", import_file=file_with_people(made), **values)
		Importer(doctype, data_import=data_import).import_data()

	pairs = by_cost(ROUNDS, whole, lambda: framework(bare.BARE))
	alone = by_cost(ROUNDS, lambda: framework(LEAD), lambda: framework(bare.BARE))
	return Figure(
		"R12",
		"rows per second of an import of leads, rehearsed / of the framework's into a bare DocType",
		GOAL,
		True,
		[1 / ratio for ratio in ratios(pairs)],
		*(
			f"{ROWS / statistics.median(cost.clock for cost in costs):.0f}/s"
			for costs in zip(*pairs, strict=True)
		),
		notes=[
			f"processor time of this process, as rows: {1 / statistics.median(ratios(pairs, 'processor')):.2f}",
			f"the framework's import alone, of leads: {1 / statistics.median(ratios(alone)):.2f}",
		],
	)


def file_with_people(made: list[tuple[str, str]]) -> str:
	people = [bare.person() for _number in range(ROWS)]
	text = io.StringIO(newline="")
	writer = csv.writer(text)
	writer.writerow([frappe.get_meta(LEAD).get_label(field) for field in people[0]])
	writer.writerows([person.values() for person in people])
	name = f"people-{frappe.generate_hash(length=8)}.csv"
	return insert(made, "File", file_name=name, content=text.getvalue(), is_private=1).file_url


def insert(made: list[tuple[str, str]], doctype: str, **values):
	document = frappe.get_doc({"doctype": doctype, **values}).insert()
	made.append((doctype, document.name))
	frappe.db.commit()
	return document


def forget(made: list[tuple[str, str]]) -> None:
	frappe.db.rollback()
	frappe.flags.in_import = frappe.flags.mute_emails = False
	for doctype, name in reversed(made):
		if doctype == "Data Import":
			frappe.db.delete("Data Import Log", {"data_import": name})
		frappe.delete_doc(doctype, name, force=True)
	bare.forget_people()

"""R20: what opening a lead's form costs beside the framework's own request.

The app asks once more, for the panel above the form, and counts the connections in the framework's own request for them.
"""

import statistics

import frappe
from frappe.desk.form.load import getdoc

from benchmarks.figures import Figure, by_cost, milliseconds, processor_note, ratios, statements
from lead_pipeline.constants import LEAD
from lead_pipeline.documents import connections
from lead_pipeline.lead_pipeline.doctype.pipeline_lead.form_panel import panel
from lead_pipeline.tests.factories import make_lead, make_quotation
from lead_pipeline.tests.sales import buyer, wipe

GOAL_SQL, ROUNDS = 25, 15


def measure() -> list[Figure]:
	lead = make_lead()
	try:
		if frappe.db.exists("DocType", "Quotation"):
			make_quotation(lead, buyer())
		frappe.db.commit()
		return [opened(lead.name)]
	finally:
		frappe.db.rollback()
		wipe([lead.name])
		frappe.db.commit()


def opened(lead: str) -> Figure:
	groups = frappe.get_meta(LEAD).get_dashboard_data().transactions
	items = [item for group in groups for item in group["items"]]

	def ours() -> None:
		panel(lead)
		connections.count(LEAD, lead, frappe.as_json(items))

	def framework() -> None:
		getdoc(LEAD, lead)
		frappe.local.response = frappe._dict(docs=[])

	ours(), framework()
	with statements() as asked:
		ours()
	pairs = by_cost(ROUNDS, ours, framework)
	return Figure(
		"R20",
		"SQL statements of a lead's form beside the framework's own request, connections and history included",
		GOAL_SQL,
		False,
		[float(len(asked))],
		*(milliseconds(costs, 1) for costs in zip(*pairs, strict=True)),
		notes=[
			f"time of that / of the framework's request: {statistics.median(ratios(pairs)):.2f}",
			processor_note(pairs),
		],
	)

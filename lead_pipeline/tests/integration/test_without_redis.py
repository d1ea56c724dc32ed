"""A sale goes through while Redis is down (P3), and its lead follows."""

from pathlib import Path

import frappe

from lead_pipeline.tests.factories import make_item, make_quotation
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import buyer, committed_leads, failure
from lead_pipeline.tests.worker import run_without_redis

SELL = """
import sys
import frappe
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_quotation
from lead_pipeline.tests.sales import buyer, hooked

site.connect()
lead = frappe.get_doc("Pipeline Lead", sys.argv[1])
with site.action():
	if sys.argv[2] == "trouble":
		with hooked("Pipeline Lead", "validate", "lead_pipeline.tests.troubles.raise_something"):
			quotation = make_quotation(lead, buyer())
			frappe.db.commit()
	else:
		quotation = make_quotation(lead, buyer())
print("SOLD", quotation.name)
"""


def sell_without_redis(lead, bench: Path, trouble: str) -> str:
	"""Return the name of a quotation made while Redis does not answer.

	It is made in a process whose Redis servers do not answer.
	"""
	ended = run_without_redis(SELL, bench, lead.name, trouble)
	assert "SOLD " in ended.stdout, ended.stderr[-3000:]
	return ended.stdout.split("SOLD ")[1].split()[0]


def prepare() -> None:
	"""Create what the sale needs beforehand.

	The framework itself queues work when some of it is made.
	"""
	make_item()
	make_quotation(None, buyer())


def test_a_sale_goes_through_and_its_lead_follows(clean_transaction, tmp_path):
	prepare()
	with committed_leads() as (lead,):
		name = sell_without_redis(lead, tmp_path, "none")
		frappe.db.rollback()
		assert frappe.get_doc("Quotation", name).items
		assert (status(lead), [row.to_status for row in log(lead)]) == ("Quotation", ["Lead", "Quotation"])


def test_a_failure_is_written_down_although_nothing_can_be_queued(clean_transaction, tmp_path):
	from lead_pipeline.status import recompute

	prepare()
	with committed_leads() as (lead,):
		name = sell_without_redis(lead, tmp_path, "trouble")
		frappe.db.rollback()
		assert frappe.get_doc("Quotation", name).items
		assert "divided by zero" in failure(lead).error
		recompute.retry_failed()
		assert (status(lead), failure(lead)) == ("Quotation", None)

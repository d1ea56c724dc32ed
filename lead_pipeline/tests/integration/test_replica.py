"""A site whose readers have a replica: numbers come from it, work does not.

`python3 -m sandbox test --replica -m slow lead_pipeline/tests/integration/test_replica.py` starts one: a second
MariaDB that follows the first by its binary log. To be sure where something was read, the replica is held back.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import pymysql
import pytest

from lead_pipeline.analytics import cards, charts
from lead_pipeline.analytics.reports import reports_by_name
from lead_pipeline.board import columns, moves
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site
from lead_pipeline.tests.analytics import ask
from lead_pipeline.tests.factories import make_lead

PORT = int(os.environ.get("LEAD_PIPELINE_REPLICA_PORT", "0"))

pytestmark = [
	pytest.mark.slow,
	pytest.mark.skipif(not PORT, reason="needs a replica: python3 -m sandbox test --replica"),
]


def tell_replica(statement: str) -> dict | None:
	"""Run a statement as the replica's administrator; return its first row."""
	with (
		pymysql.connect(
			host="127.0.0.1",
			port=PORT,
			user=frappe.conf.root_login,
			password=frappe.conf.root_password,
			cursorclass=pymysql.cursors.DictCursor,
		) as connection,
		connection.cursor() as cursor,
	):
		cursor.execute(statement)
		return cursor.fetchone()


@contextmanager
def held_back() -> Iterator[None]:
	"""The replica learns nothing new in the block, and all of it afterwards."""
	catch_up()
	tell_replica("STOP SLAVE SQL_THREAD")
	try:
		yield
	finally:
		tell_replica("START SLAVE SQL_THREAD")
		catch_up()


def catch_up() -> None:
	"""Wait until the replica has all that is committed now."""
	frappe.db.commit()
	(place,) = frappe.db.sql("select @@gtid_current_pos")[0]
	found = tell_replica(f"SELECT MASTER_GTID_WAIT('{place}', 60) AS result")
	assert found["result"] == 0, tell_replica("SHOW SLAVE STATUS")


@pytest.fixture
def replica(clean_transaction) -> Iterator[None]:
	"""The site as its configuration says that it has a replica."""
	frappe.local.conf.update({"read_from_replica": 1, "replica_host": "127.0.0.1", "replica_db_port": PORT})
	yield
	for key in ("read_from_replica", "replica_host", "replica_db_port"):
		frappe.local.conf.pop(key)


@pytest.fixture
def lead(replica) -> Iterator:
	lead = make_lead(company_name="Replica Ltd", expected_revenue=1234)
	frappe.db.commit()
	yield lead
	site.start_over()
	site.delete(LEAD, lead.name)
	frappe.db.commit()


def open_leads() -> int:
	forget_connection()
	return int(cards.from_replica(lambda: frappe.db.count(LEAD)))


def forget_connection() -> None:
	"""As at the end of a request: the next one connects to the replica anew."""
	frappe.db.commit()
	for name in ("replica_db", "primary_db"):
		if hasattr(frappe.local, name):
			delattr(frappe.local, name)


def rows_of(report: str) -> list:
	forget_connection()
	return json.loads(json.dumps(ask(report).rows, default=str))


def test_numbers_are_read_from_the_replica(lead):
	with held_back():
		before = open_leads()
		other = make_lead(company_name="Replica and Sons Ltd")
		frappe.db.commit()
		assert open_leads() == before, "the replica does not know of the new lead yet"
		assert frappe.db.count(LEAD) == before + 1
	assert open_leads() == before + 1
	site.delete(LEAD, other.name)
	frappe.db.commit()


@pytest.mark.parametrize("report", list(reports_by_name()))
def test_a_report_says_the_same_on_the_replica_as_on_the_primary(lead, report):
	catch_up()
	there = rows_of(report)
	frappe.local.conf.read_from_replica = 0
	assert there == rows_of(report)


def test_a_report_is_read_from_the_replica(lead):
	with held_back():
		before = rows_of("Lead Analysis")
		frappe.db.set_value(LEAD, lead.name, "status", "Replied")
		frappe.db.commit()
		assert rows_of("Lead Analysis") == before
		frappe.local.conf.read_from_replica = 0
		assert rows_of("Lead Analysis") != before
		frappe.local.conf.read_from_replica = 1


def column_of(lead: str) -> str | None:
	found = columns.columns()["columns"]
	return next((each["name"] for each in found if lead in [card["name"] for card in each["cards"]]), None)


def test_whoever_has_moved_a_card_sees_it_where_it_is(lead):
	"""The board and the form read what was just written, however old the replica is."""
	with held_back():
		assert moves.move(lead.name, lead.status, "Replied")["moved"]
		frappe.db.commit()
		forget_connection()
		assert column_of(lead.name) == "Replied"
		assert frappe.get_doc(LEAD, lead.name).status == "Replied"


CARDS = (
	"my_steps_due_today",
	"my_overdue_steps",
	"open_leads",
	"new_this_week",
	"overdue",
	"without_next_step",
	"stuck",
	"won_this_month",
	"conversion_rate",
	"expected_revenue",
	"weighted_revenue",
)
CHARTS = ("new_per_week", "open_by_status", "new_by_channel", "open_by_owner", "forecast_by_month")


def test_cards_and_charts_write_nothing(lead):
	"""The site's user may not write on the replica, and all of them answer there."""
	catch_up()
	with pytest.raises(Exception, match="read-only"):
		forget_connection()
		cards.from_replica(lambda: frappe.db.set_value(LEAD, lead.name, "city", "Paris"))
	for module, names in ((cards, CARDS), (charts, CHARTS)):
		for name in names:
			forget_connection()
			assert getattr(module, name)() is not None, name

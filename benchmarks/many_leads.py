"""A site with many leads and their history, as after years of work.

They are written by the database itself.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
from frappe.utils import now_datetime

from lead_pipeline.constants import LEAD, STATUS_LOG
from lead_pipeline.tests.analytics import RandomLeads
from lead_pipeline.tests.factories import make_user

# How many there are when nothing is said (`--leads`).
LEADS = int(os.environ.get("LEAD_PIPELINE_BENCH_LEADS", "100000"))
FIRST = 1000
MARK = "LEAD-BENCH-"
SELLERS = 20


@contextmanager
def leads(count: int = LEADS) -> Iterator[list[str]]:
	"""Create `count` leads of SELLERS sales people for the block.

	Yields the names of the sales people.
	"""
	users = [make_user("Sales User", email=f"measured-{number}@example.com") for number in range(SELLERS)]
	forget()
	write(count, users)
	try:
		yield users
	finally:
		frappe.db.rollback()
		forget()


def write(count: int, users: list[str]) -> None:
	"""Write a thousand leads with Python, then double them with each statement.

	No two of a thousand were created at the same moment.
	"""
	for row in RandomLeads(1, users, count=FIRST).rows:
		name = f"{MARK}{row.name}"
		frappe.db.sql(f"update `tab{LEAD}` set name = %s where name = %s", (name, row.name))
		frappe.db.sql(f"update `tab{STATUS_LOG}` set lead = %s where lead = %s", (name, row.name))
	frappe.db.commit()
	have, step = FIRST, 0
	while have < count:
		step += 1
		double(LEAD, {"name": f"concat(name, '-{step}')"}, f"name like '{MARK}%%'")
		double(
			STATUS_LOG,
			{"name": f"concat(name, '-{step}')", "lead": f"concat(lead, '-{step}')"},
			f"lead like '{MARK}%%'",
		)
		frappe.db.commit()
		have *= 2
	analyze()


def double(doctype: str, changed: dict[str, str], which: str) -> None:
	columns = frappe.db.get_table_columns(doctype)
	values = [changed.get(column, f"`{column}`") for column in columns]
	names = ", ".join(f"`{column}`" for column in columns)
	frappe.db.sql(
		f"insert into `tab{doctype}` ({names}) select {', '.join(values)} from `tab{doctype}` where {which}"
	)


def touch() -> None:
	"""Let a lead look as if it was saved just now."""
	lead = frappe.db.get_value(LEAD, {"name": ("like", f"{MARK}%")}, order_by="name asc")
	frappe.db.set_value(LEAD, lead, "modified", now_datetime(), update_modified=False)
	frappe.db.commit()


def analyze() -> None:
	"""Let the database know what it has, as it would after years."""
	for doctype in (LEAD, STATUS_LOG):
		statement = "analyze" if frappe.db.db_type == "postgres" else "analyze table"
		frappe.db.sql(f"{statement} `tab{doctype}`")
	frappe.db.commit()


def forget() -> None:
	for doctype, field in ((LEAD, "name"), (STATUS_LOG, "lead")):
		while True:
			names = frappe.db.sql(f"select name from `tab{doctype}` where {field} like '{MARK}%' limit 20000")
			if not names:
				break
			frappe.db.delete(doctype, {"name": ("in", [name for (name,) in names])})
			frappe.db.commit()

"""Count the rows that the database reads for each statement.

The database counts them itself, so the numbers are the same on every machine.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import frappe

# Of these the framework asks what links them at all, without an index, when anything is deleted or renamed: ERPNext's
# own Dynamic Links, not ours. And how many fields and rights there are has nothing to do with leads.
OF_OTHERS = {"Quotation", "Quotation Item", "Opportunity", "DocType", "DocField", "DocPerm", "Custom Field"}

# The same question about leads: MariaDB answers it from an index by a look at each value, PostgreSQL before 18 reads all of
# the index. Released versions of Frappe keep the answer for half a day.
WHICH_ARE_LINKED = re.compile(r"select distinct `?\w+`? from `tab[\w ]+`")

# More rows than this are looked at twice on PostgreSQL.
MANY = 1000


@contextmanager
def rows_read(monkeypatch) -> Iterator[list[tuple[int, str]]]:
	"""Record the statements executed in the block.

	Each follows the number of rows that it has read.
	"""
	found, execute = [], frappe.db.sql
	count = rows_of_handlers if frappe.db.db_type == "mariadb" else rows_of_plan

	def sql(query, *args, **kwargs):
		if not kwargs.get("run", True):
			return execute(query, *args, **kwargs)
		with count(str(query)) as rows:
			answer = execute(query, *args, **kwargs)
		found.append((sum(rows), str(query)))
		return answer

	with monkeypatch.context() as patch:
		patch.setattr(frappe.db, "sql", sql)
		yield found


def asked(question: str) -> tuple[tuple, ...]:
	"""Execute a statement with a cursor of its own and return its rows.

	The framework's notes of its last statement stay as they are.
	"""
	with frappe.db._conn.cursor() as cursor:
		cursor.execute(question)
		return cursor.fetchall() if cursor.description else ()


@contextmanager
def rows_of_handlers(_query: str) -> Iterator[list[int]]:
	"""What MariaDB counts in the session; reading the numbers reads rows, too."""

	def read() -> int:
		return sum(int(value) for _name, value in asked("show session status like 'Handler_read%'"))

	rows, first = [], read()
	before = read()
	yield rows
	rows.append(read() - before - (before - first))


@contextmanager
def rows_of_plan(query: str) -> Iterator[list[int]]:
	"""Collect the numbers of rows from PostgreSQL's plan of the statement.

	The statement is executed, rolled back, and executed again to be explained: with an index wherever there is one, as
	PostgreSQL may read all of so small a table though it has an index. What reads many rows so is also explained as
	PostgreSQL likes it, as a bitmap is made of more rows than a page needs. The smaller number counts.
	"""
	rows = []
	if not re.match(r"[\s(]*(select|insert|update|delete)\b[^;]*\btab", query, re.IGNORECASE | re.DOTALL):
		yield rows
		return
	asked("savepoint rows_read")
	yield rows
	found = []
	for way in ("off", "on"):
		if not found or found[0] > MANY:
			asked("rollback to savepoint rows_read")
			asked(f"set local enable_seqscan = {way}")
			(((explained,),),) = (asked(f"explain (analyze, buffers, format json) {frappe.db.last_query}"),)
			found.append(sum(rows_of_node(explained[0]["Plan"])))
	asked("set local enable_seqscan = on")
	asked("release savepoint rows_read")
	rows.append(min(found))


def rows_of_node(node: dict) -> Iterator[int]:
	"""Yield the numbers of rows of each scan of a table or an index.

	The rows that it has returned, and those that it has read and left out.
	"""
	if "Relation Name" in node or "Index Name" in node:
		# What is read by a bitmap, the scan of the index below it has returned.
		is_of_bitmap = node["Node Type"] == "Bitmap Heap Scan"
		read = 0 if is_of_bitmap else node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
		yield int((read + node.get("Rows Removed by Index Recheck", 0)) * node["Actual Loops"])
	for part in node.get("Plans", ()):
		yield from rows_of_node(part)


def is_ours(statement: str) -> bool:
	"""Whether it is about leads, or about documents because of leads."""
	if frappe.db.db_type == "postgres" and WHICH_ARE_LINKED.fullmatch(statement):
		return False
	tables = set(re.findall("""[`"]tab([^`"]+)[`"]""", statement))
	return "pipeline_lead" in statement or not tables <= OF_OTHERS

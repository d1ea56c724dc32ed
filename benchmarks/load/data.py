"""The leads among which a load run takes place: as many as wanted, consistent.

Some are really saved, with their history; the database copies them. What they are found by differs in each copy.
"""

import random

import frappe

from lead_pipeline.constants import LEAD, STATUS_LOG
from lead_pipeline.tests.factories import make_lead, make_user

MARK = "LOAD-"
SAVED = 100
BATCH = 100
SELLERS = 10
STATUSES = ("Open", "Replied", "Interested", "Lost", "Do Not Contact")
# Days over which the copies are spread.
DAYS = 900


def fill(count: int) -> None:
	"""Let the site have at least `count` leads; adds what is missing."""
	have = frappe.db.count(LEAD)
	if have >= count:
		return
	names = frappe.get_all(LEAD, {"name": ("like", f"{MARK}%-0")}, pluck="name", order_by="name asc")
	if not names:
		save_originals()
	first = copies() + 1
	wanted = first + -(-(count - frappe.db.count(LEAD)) // SAVED)
	for begin in range(first, wanted + 1, BATCH):
		copy(begin, min(begin + BATCH - 1, wanted))
	for doctype in (LEAD, STATUS_LOG):
		frappe.db.sql(f"analyze {'table ' if frappe.db.db_type == 'mariadb' else ''}{quoted(doctype)}")
	frappe.db.commit()


def copies() -> int:
	"""How many copies of the first original there are; the last one's number."""
	return frappe.db.count(LEAD, {"name": ("like", f"{MARK}000-%")}) - 1


def save_originals() -> None:
	"""Save leads as people do, some of which have moved since."""
	chance = random.Random(1)
	users = [make_user("Sales User", email=f"load-{number}@example.com") for number in range(SELLERS)]
	for number in range(SAVED):
		lead = make_lead(
			company_name=f"Load {number}",
			email=f"buyer-{number}@load-{number}.example.com",
			lead_owner=chance.choice(users),
			expected_revenue=chance.randrange(100_000),
		)
		for status in chance.sample(STATUSES[:3], chance.randrange(3)) + chance.choices(
			[None, *STATUSES[3:]], (4, 2, 1)
		):
			if status:
				lead.status = status
				lead.lost_reason = None
				if status == "Lost":
					lead.lost_reason = frappe.db.get_value(
						"Pipeline Lost Reason", {}, "name", order_by="name asc"
					)
				lead.save()
		name = f"{MARK}{number:03}-0"
		table, log = frappe.qb.DocType(LEAD), frappe.qb.DocType(STATUS_LOG)
		frappe.qb.update(table).set(table.name, name).where(table.name == lead.name).run()
		frappe.qb.update(log).set(log.lead, name).where(log.lead == lead.name).run()
	frappe.db.commit()


def copy(first: int, last: int) -> None:
	"""Copy all originals, once for each number, with their history, some days older."""
	number = "n.seq"
	days = f"mod({number}, {DAYS})"
	moment = "source.`{0}` - interval " + (
		f"({days}) day" if frappe.db.db_type == "mariadb" else "'1 day' * {days}"
	)

	def earlier(*fields: str) -> dict[str, str]:
		return {field: moment.format(field, days=days) for field in fields}

	def marked(field: str) -> str:
		return f"concat({text(number)}, '-', source.`{field}`)"

	def renamed(field: str) -> str:
		return f"concat(left(source.`{field}`, {len(MARK) + 4}), {text(number)})"

	keys = ("email", "email_key", "domain_key", "company_name", "company_key", "company_sound", "lead_name")
	lead = {"name": renamed("name")} | {field: marked(field) for field in keys}
	insert(LEAD, lead | earlier("creation", "modified", "status_changed_on"), "name", first, last)
	log = {"name": marked("name"), "lead": renamed("lead")} | earlier("creation", "modified", "changed_on")
	insert(STATUS_LOG, log, "lead", first, last)
	frappe.db.commit()


def insert(doctype: str, values: dict[str, str], lead: str, first: int, last: int) -> None:
	columns = frappe.db.get_table_columns(doctype)
	selected = ", ".join(values.get(column, f"source.{quoted_column(column)}") for column in columns)
	frappe.db.sql(
		f"insert into {quoted(doctype)} ({', '.join(map(quoted_column, columns))}) select {selected} "
		f"from {quoted(doctype)} source, {numbers(first, last)} where source.{lead} like '{MARK}%%-0'"
	)


def quoted(doctype: str) -> str:
	return f"`tab{doctype}`"


def quoted_column(column: str) -> str:
	return f"`{column}`"


def numbers(first: int, last: int) -> str:
	"""Return a table `n` with the numbers in `seq`."""
	if frappe.db.db_type == "mariadb":
		return f"seq_{first}_to_{last} n"
	return f"generate_series({first}, {last}) n(seq)"


def text(number: str) -> str:
	return f"cast({number} as {'char' if frappe.db.db_type == 'mariadb' else 'varchar'})"

"""A site with many leads and their history, as after three years of work.

Some leads are really made: entered, saved, called, sold to, lost, as people do it. All others are copies of one of them,
in all tables in which a lead leaves something, written by the database itself: with names, addresses, numbers, people and
days of their own. So a copy has what a real save leaves, and its status is the one that its documents give it.

The set stays on the benchmarks' own site for the next run. It is made anew for another number of leads, or when the tables
or this file have changed.
"""

import hashlib
import json
import os
import random
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path

import frappe
from frappe.database.sequence import set_next_val
from frappe.utils import add_days, get_datetime, now_datetime, nowdate

from lead_pipeline.activities import stuck
from lead_pipeline.constants import LEAD, LEAD_KEY, SEARCH_INDEX, STATUS_LOG
from lead_pipeline.domain.matching import Phone, company_key, domain_key
from lead_pipeline.domain.names import company_sound, person_key
from lead_pipeline.domain.search_words import words_of_lead
from lead_pipeline.framework.full_text import add_full_text_index
from lead_pipeline.setup.indexes import drop_index
from lead_pipeline.status.reconcile import find_disagreements, leads_in_pieces
from lead_pipeline.tests.factories import (
	make_customer,
	make_opportunity,
	make_order,
	make_quotation,
	make_user,
)

# How many there are when nothing is said (`--leads`).
LEADS = int(os.environ.get("LEAD_PIPELINE_BENCH_LEADS", "100000"))
SELLERS = 40
MOST_COMPANIES = 50_000
WEEKS = 156
BATCH = 20_000
STAMP = "lead_pipeline_benchmark_set"
IDENTITIES = "lead_pipeline_benchmark_identities"
# All of a set is examined up to so many leads, of more a sample.
ALL_EXAMINED, EXAMINED, SAVED_AGAIN = 100_000, 20_000, 100

# Where a lead leaves rows: DocType → the field that names the lead, or the document above the row.
ROWS = {
	LEAD: "name",
	STATUS_LOG: "lead",
	LEAD_KEY: "lead",
	"Contact Email": "parent",
	"Contact Phone": "parent",
	"Pipeline Lead Tag Item": "parent",
	"Pipeline Activity": "lead",
	"ToDo": "reference_name",
	"Comment": "reference_name",
	"Communication": "reference_name",
	"Version": "docname",
	"Notification Log": "document_name",
	"Document Follow": "ref_docname",
	"Opportunity": "pipeline_lead",
	"Quotation": "pipeline_lead",
	"Sales Order": "pipeline_lead",
}
# The fields that say that it is a lead, by which the indexes of these tables begin.
DOCTYPE_FIELDS = {
	"ToDo": "reference_type",
	"Comment": "reference_doctype",
	"Communication": "reference_doctype",
	"Version": "ref_doctype",
}
ROWS_OF_DOCUMENTS = {"Quotation": "Quotation Item", "Sales Order": "Sales Order Item"}

# Of the kinds with a step, those whose step was due.
OVERDUE = {2}

FIRST = "Anna Ben Carla David Elif Fatima Georg Hana Ivan Jürgen Kenji Li Maria Nora Omar Paul Quentin Rosa Søren Tim Ursula Viktor Wei Yusuf Zoë".split()
LAST_HEAD = "Ander Berg Carl Dietr Eck Fisch Gold Hart Iser Jans Kirch Lind Mart Neu Ost Peters Rich Schmid Thom Weiss".split()
LAST_TAIL = "mann er sen bauer hoff feld stein son ski ova meyer wald".split()
COMPANY = "North Blue Green Silver River Stone Cedar Harbour Summit Copper Maple Falcon Granite Orchid Amber Delta".split()
TRADE = (
	"Logistics Printing Metalwork Foods Textiles Robotics Optics Energy Design Paper Cables Timber".split()
)
FORM = "GmbH Ltd Inc S.A. AG B.V.".split()
OTHER_SCRIPTS = ("北京大学", "東京電力", "محمد علي", "Иван Петров", "김철수", "Νίκος Παππάς")
# A fourth of people has an address of the most common one.
FREE_MAIL = ("gmail.com", "gmail.com", "outlook.com", "web.de")

# What is put into a template where a copy has something of its own: values → column of the identities.
MARKS = {
	"Tmplfirst": "first_name",
	"Tmpllast": "last_name",
	"Tmplcompany Ltd": "company",
	"tmpl@tmplcompany.example": "email",
	"tmpl2@tmplcompany.example": "email_2",
	"+49 30 20000000": "phone",
	"+493020000000": "phone_key",
	"+49 170 20000000": "mobile",
	"+4917020000000": "mobile_key",
}
KEYS = ("domain_key", "company_key", "company_sound", "person_key", "search_words", "contact_keys")
COLUMNS = ("n", "template", "name", "days", "due", "person", *dict.fromkeys(MARKS.values()), *KEYS)


@contextmanager
def leads(count: int = LEADS) -> Iterator[list[str]]:
	"""Provide `count` leads of SELLERS sales people, made unless they are there.

	Yields the names of the sales people.
	"""
	users = [make_user("Sales User", email=f"measured-{number}@example.com") for number in range(SELLERS)]
	frappe.db.commit()
	stamp = json.dumps({"leads": count, "made by": made_by(), "of": frappe.__version__})
	if frappe.db.get_global(STAMP) != stamp:
		begin = time.monotonic()
		forget()
		make(count, users)
		check(count)
		frappe.db.set_global(STAMP, stamp)
		frappe.db.commit()
		print(f"{count:,} leads made and checked in {time.monotonic() - begin:.0f} s", flush=True)
	try:
		yield users
	finally:
		frappe.db.rollback()


def made_by() -> str:
	"""Return a hash of this file and of the tables that it fills."""
	columns = [(doctype, sorted(frappe.db.get_table_columns(doctype))) for doctype in present()]
	return hashlib.sha256(Path(__file__).read_bytes() + repr(columns).encode()).hexdigest()[:16]


def present() -> list[str]:
	found = [*ROWS, *ROWS_OF_DOCUMENTS.values()]
	return [doctype for doctype in found if frappe.db.table_exists(doctype)]


def forget() -> None:
	"""Empty the tables: the site is the benchmarks' own."""
	frappe.db.set_global(STAMP, None)
	for doctype in present():
		frappe.db.truncate(doctype)
	frappe.db.sql_ddl(f"drop table if exists `{IDENTITIES}`")


def make(count: int, users: list[str]) -> None:
	templates = make_templates(users[0])
	examine_tables([rows[LEAD][0].name for _weights, rows in templates])
	if frappe.db.db_type == "mariadb":
		# To make it at the end takes a fraction of the time.
		drop_index(LEAD, SEARCH_INDEX)
	write_identities(count, users, [weights for weights, _rows in templates])
	for first in range(1, count + 1, BATCH):
		for number, (_weights, rows) in enumerate(templates):
			copy(number, rows, first, first + BATCH - 1, users[0])
		frappe.db.commit()
	for _weights, rows in templates:
		for doctype, found in rows.items():
			frappe.db.delete(doctype, {"name": ("in", [row.name for row in found])})
	frappe.db.commit()
	frappe.db.sql_ddl(f"drop table `{IDENTITIES}`")
	if frappe.db.db_type == "mariadb":
		add_full_text_index(LEAD, "search_words", SEARCH_INDEX)
	count_on(count)
	frappe.db.commit()
	analyze()


def count_on(leads: int) -> None:
	"""Let new leads, and new rows of the framework's logs, get numbers that are free."""
	set_next_val(LEAD, leads + 100)
	for doctype in present():
		number = last_number(doctype)
		if isinstance(number, int):
			set_next_val(doctype, number + 1)


# Templates


def make_templates(seller: str) -> list[tuple[tuple[int, int], dict[str, list[frappe._dict]]]]:
	"""Make a lead of each kind and return its rows in all tables.

	With how many of a thousand leads are of the kind: of those of the last months, and of older ones.
	"""
	customer = make_customer(customer_name="Benchmark Customer").name if has("Customer") else None
	frappe.db.commit()
	found = []
	for weights, steps in kinds():
		frappe.set_user(seller)
		lead = frappe.get_doc(
			{
				"doctype": LEAD,
				"first_name": "Tmplfirst",
				"last_name": "Tmpllast",
				"company_name": "Tmplcompany Ltd",
				"email": "tmpl@tmplcompany.example",
				"phone": "+49 30 20000000",
				"mobile_no": "+49 170 20000000",
				"lead_owner": seller,
				"is_organization": 0,
				"channel": "Referral",
				"expected_revenue": 1000 * (len(found) + 1),
				"priority": ["Normal", "High", "Low"][len(found) % 3],
				"description": "Asks for a quotation of forty pieces.",
			}
		)
		if len(found) % 5 == 1:
			lead.append("email_ids", {"email_id": "tmpl2@tmplcompany.example"})
		if len(found) % 3 == 0:
			lead.append("tags", {"tag": "Urgent"})
		lead.insert()
		for step in steps:
			step(lead.name, customer)
		frappe.set_user("Administrator")
		rows = rows_of(lead.name)
		spread(rows)
		found.append((weights, rows_of(lead.name)))
	frappe.db.commit()
	return found


def has(doctype: str) -> bool:
	return bool(frappe.db.exists("DocType", doctype))


def kinds() -> list:
	"""Return the kinds of leads: their share, and what was done with them."""
	found = [
		((150, 30), []),
		((120, 20), [status("Open"), planned]),
		((100, 20), [status("Open"), planned]),
		((80, 20), [status("Replied"), noted, planned]),
		((80, 20), [status("Interested"), planned]),
		((120, 350), [status("Open"), lost]),
		((60, 200), [status("Replied"), status("Interested"), noted, lost]),
		((60, 120), [status("Do Not Contact")]),
	]
	if has("Quotation"):
		found += [
			((60, 20), [status("Interested"), offered("Opportunity")]),
			((70, 20), [status("Interested"), offered("Quotation")]),
			((100, 180), [status("Replied"), offered("Quotation"), offered("Sales Order")]),
		]
	return found


def save(name: str, **values) -> None:
	lead = frappe.get_doc(LEAD, name)
	lead.update(values)
	lead.save()


def status(wanted: str):
	return lambda name, _customer: save(name, status=wanted)


def lost(name: str, _customer) -> None:
	reason = frappe.get_all("Pipeline Lost Reason", pluck="name", order_by="name", limit=1)[0]
	save(name, status="Lost", lost_reason=reason)


def noted(name: str, _customer) -> None:
	frappe.get_doc(LEAD, name).add_comment("Comment", "Tmplfirst asked for a sample.")


def planned(name: str, _customer) -> None:
	save(name, next_contact_date=add_days(nowdate(), 300), next_contact_by=frappe.session.user)


def offered(doctype: str):
	def make(name: str, customer: str) -> None:
		frappe.set_user("Administrator")
		lead = frappe.get_doc(LEAD, name)
		maker = {"Opportunity": make_opportunity, "Quotation": make_quotation, "Sales Order": make_order}
		document = maker[doctype](lead, customer)
		if doctype != "Opportunity":
			document.submit()
		frappe.db.commit()

	return make


def rows_of(lead: str) -> dict[str, list[frappe._dict]]:
	"""Return all that a lead has left, as it stands in the tables."""
	found = {}
	for doctype, field in ROWS.items():
		if frappe.db.table_exists(doctype) and (rows := stored(doctype, field, [lead])):
			found[doctype] = rows
	for document, doctype in ROWS_OF_DOCUMENTS.items():
		if document in found:
			found[doctype] = stored(doctype, "parent", [row.name for row in found[document]])
	return found


def stored(doctype: str, field: str, names: list[str]) -> list[frappe._dict]:
	of_leads = f"`{DOCTYPE_FIELDS[doctype]}` = %(lead)s and" if doctype in DOCTYPE_FIELDS else ""
	return frappe.db.sql(
		f"select * from `tab{doctype}` where {of_leads} `{field}` in %(names)s order by creation, name",
		{"names": tuple(names), "lead": LEAD},
		as_dict=True,
	)


def spread(rows: dict[str, list[frappe._dict]]) -> None:
	"""Let the history of a template take weeks: nine days from one status to the next."""
	log = sorted(rows[STATUS_LOG], key=lambda row: get_datetime(row.creation))
	start = datetime.combine(now_datetime().date(), datetime.min.time()) + timedelta(hours=9)
	start -= timedelta(days=9 * len(log) + 1)
	moments = [start + timedelta(days=9 * number, hours=number) for number in range(len(log))]
	of_document = {}
	for number, (row, moment) in enumerate(zip(log, moments, strict=True)):
		seconds = int((moment - moments[number - 1]).total_seconds()) if number else 0
		values = {
			"changed_on": moment,
			"creation": moment,
			"modified": moment,
			"seconds_in_previous": seconds,
		}
		write(STATUS_LOG, row.name, values)
		of_document[row.reference_name] = moment
	end = moments[-1]
	for doctype, found in rows.items():
		for row in found if doctype not in (LEAD, STATUS_LOG) else ():
			moment = of_document.get(row.name, end)
			write(doctype, row.name, {"creation": moment, "modified": moment})
	(lead,) = rows[LEAD]
	response = {"first_response_on": start + timedelta(hours=2)} if lead.first_response_on else {}
	moments = {"creation": start, "modified": end, "status_changed_on": end} | response
	write(LEAD, lead.name, moments)
	write(LEAD, lead.name, {"stuck_on": stuck.day_for(lead.status, end.date())})


def write(doctype: str, name: str, values: dict) -> None:
	frappe.db.set_value(doctype, name, values, update_modified=False)


def examine_tables(names: list[str]) -> None:
	"""Raise when a lead has left something in a table that is not copied."""
	known = {f"tab{doctype}" for doctype in present()}
	# The framework's own notes of what was seen and done.
	known |= {"tabRoute History", "tabView Log", "tabDeleted Document", "tabActivity Log"}
	forgotten = set()
	for table in frappe.db.get_tables(cached=False):
		if table in known or not table.startswith("tab"):
			continue
		columns = [column for column in frappe.db.get_table_columns(table[3:]) if column != "name"]
		texts = [column for column in columns if column.endswith(("name", "lead", "parent"))]
		for column in texts:
			if frappe.db.sql(
				# As text: a number equals every text without one.
				f"select 1 from `{table}` where cast(`{column}` as char) in %(names)s limit 1",
				{"names": tuple(names)},
			):
				forgotten.add(f"{table}.{column}")
	if forgotten:
		raise AssertionError(f"A lead leaves rows that are not copied: {', '.join(sorted(forgotten))}")


# Identities


def write_identities(count: int, users: list[str], weights: list[tuple[int, int]]) -> None:
	"""Write who each lead is, when it came, and which template it follows."""
	text = ", ".join(f"`{column}` text" for column in COLUMNS[2:] if column not in ("days", "due"))
	frappe.db.sql_ddl(
		f"create table `{IDENTITIES}` (`n` int primary key, `template` int, `days` int, `due` int, {text})"
	)
	frappe.db.sql_ddl(f"create index `{IDENTITIES}_template` on `{IDENTITIES}` (`template`, `n`)")
	identity = Identities(count, users, weights)
	for first in range(1, count + 1, BATCH):
		rows = [identity.row(n) for n in range(first, min(first + BATCH, count + 1))]
		for place in range(0, len(rows), 2000):
			statement_rows = rows[place : place + 2000]
			holders = ", ".join(["(" + ", ".join(["%s"] * len(COLUMNS)) + ")"] * len(statement_rows))
			columns = ", ".join(f"`{column}`" for column in COLUMNS)
			frappe.db.sql(
				f"insert into `{IDENTITIES}` ({columns}) values {holders}",
				[value for row in statement_rows for value in row],
			)
		frappe.db.commit()


class Identities:
	"""Who the leads are: always the same ones for the same number."""

	def __init__(self, count: int, users: list[str], weights: list[tuple[int, int]]):
		self.count, self.users, self.chance = count, users, random.Random(count)
		self.templates = range(len(weights))
		self.recent, self.old = ([pair[side] for pair in weights] for side in (0, 1))
		self.shares = [1 / (number + 1) for number in range(len(users))]
		self.last_names = [head + tail for head in LAST_HEAD for tail in LAST_TAIL]
		self.companies: dict[int, tuple] = {}

	def company(self, number: int) -> tuple[str, str, str, str]:
		if number not in self.companies:
			head = invented(number)
			trade, form = TRADE[number % len(TRADE)], FORM[number % len(FORM)]
			name = f"{COMPANY[number % len(COMPANY)]} {head} {trade} {form}"
			domain = f"{head}{trade}.example".lower()
			self.companies[number] = (name, domain, company_key(name), company_sound(name))
		return self.companies[number]

	def row(self, n: int) -> list:
		chance, choice = self.chance, self.chance.choice
		weeks = int(WEEKS * (1 - n / self.count) ** 1.5)
		(template,) = chance.choices(self.templates, self.recent if weeks < 26 else self.old)
		(person,) = chance.choices(self.users, self.shares)
		first = choice(FIRST)
		# Some names are common, most are not.
		last = choice(self.last_names) if chance.random() < 0.4 else invented(chance.randrange(20_000))
		if chance.random() < 0.02:
			last = choice(OTHER_SCRIPTS)
		company, domain, key, sounds = self.company(
			chance.randrange(min(self.count // 4, MOST_COMPANIES) + 1)
		)
		mailbox = choice(FREE_MAIL) if chance.random() < 0.5 else domain
		local = ascii_word(first) or "info"
		email = f"{local}.{ascii_word(last) or 'x'}{n}@{mailbox}"
		phone = Phone(
			f"+4930{10_000_000 + n * 7919 % 89_999_999}", f"030{10_000_000 + n * 7919 % 89_999_999}"
		)
		mobile = Phone(
			f"+49170{10_000_000 + n * 104_729 % 89_999_999}", f"0170{10_000_000 + n * 104_729 % 89_999_999}"
		)
		second = f"office{n}@{domain}"
		emails = [email, second] if template % 5 == 1 else [email]
		day = now_datetime().date() - timedelta(weeks=weeks)
		name = f"LEAD-{day.year}-{n:05d}"
		words = words_of_lead(name, [f"{first} {last}", company, first, last], emails, [phone, mobile])
		contact = " ".join([*emails, *phone, *mobile])
		values = {
			"n": n,
			"template": template,
			"name": name,
			"days": -7 * weeks,
			"due": 1 + n % 20,
			"person": person,
			"first_name": first,
			"last_name": last,
			"company": company,
			"email": email,
			"email_2": second,
			"phone": f"+49 30 {phone.key[5:]}",
			"phone_key": phone.key,
			"mobile": f"+49 170 {mobile.key[6:]}",
			"mobile_key": mobile.key,
			"domain_key": domain_key(email),
			"company_key": key,
			"company_sound": sounds,
			"person_key": person_key(f"{first} {last}"),
			"search_words": words,
			"contact_keys": contact,
		}
		return [values[column] for column in COLUMNS]


def invented(number: int) -> str:
	"""Return a word that can be spoken, another one for each number."""
	letters, word = number * 7919 + 40_009, ""
	while letters:
		letters, place = divmod(letters, 60)
		word += "bdfgklmnprst"[place % 12] + "aeiou"[place // 12]
	return word.title()


def ascii_word(text: str) -> str:
	return "".join(re.findall("[a-z]+", text.lower())) if text.isascii() else ""


# Copies


def copy(template: int, rows: dict[str, list[frappe._dict]], first: int, last: int, seller: str) -> None:
	"""Copy the rows of a template for its leads among those numbered so."""
	lead = rows[LEAD][0]
	tokens = {lead.name: "i.`name`", seller: "i.`person`"}
	for doctype, found in rows.items():
		if doctype != LEAD:
			texts = [row.name for row in found if isinstance(row.name, str)]
			tokens |= {name: f"concat({escaped(f'{name}-')}, i.`n`)" for name in texts}
	tokens |= {mark: f"i.`{column}`" for mark, column in MARKS.items()}
	pattern = re.compile("|".join(map(re.escape, sorted(tokens, key=len, reverse=True))))
	is_overdue = lead.next_step == "Planned" and template in OVERDUE
	due = f"{today()} {'-' if is_overdue else '+'} {interval('i.`due`', 'day')}"
	for doctype, found in rows.items():
		for row in found:
			values = {column: expression(value, tokens, pattern, due) for column, value in row.items()}
			if doctype == LEAD:
				values |= {key: f"i.`{key}`" for key in KEYS}
				if is_overdue:
					# Its person was reminded on the day.
					values |= {"next_step": escaped("Overdue"), "reminded_for": due}
			if isinstance(row.name, int):
				values["name"] = f"{last_number(doctype)} + 1 + i.`n` - {first}"
			columns = ", ".join(f"`{column}`" for column in values)
			frappe.db.sql(
				f"insert into `tab{doctype}` ({columns}) select {', '.join(values.values())} from `{IDENTITIES}` i "
				f"where i.`template` = {template} and i.`n` between {first} and {last}"
			)


def last_number(doctype: str) -> int:
	"""Return the last name of the framework's logs, which are named by numbers."""
	return frappe.db.sql(f"select max(name) from `tab{doctype}`")[0][0]


def expression(value: object, tokens: dict[str, str], pattern: re.Pattern, due: str) -> str:
	"""Return SQL for the value that a copy has where its template has `value`."""
	if value is None:
		return "null"
	if isinstance(value, datetime):
		moment = f"cast({escaped(str(value))} as {'datetime(6)' if is_mariadb() else 'timestamp'})"
		seconds = "(i.`days` * 86400 + mod(i.`n` * 61, 7200))"
		return f"{moment} + {interval(seconds, 'second')}"
	if isinstance(value, date):
		if value == get_datetime(add_days(nowdate(), 300)).date():
			return due
		return f"cast({escaped(str(value))} as date) + {interval('i.`days`', 'day')}"
	if not isinstance(value, str):
		return escaped(str(value)) if isinstance(value, timedelta) else str(value)
	parts, end = [], 0
	for match in pattern.finditer(value):
		parts += [escaped(value[end : match.start()]), tokens[match[0]]]
		end = match.end()
	parts.append(escaped(value[end:]))
	return f"concat({', '.join(parts)})" if len(parts) > 1 else parts[0]


def escaped(text: str) -> str:
	return frappe.db.escape(text, percent=False)


def is_mariadb() -> bool:
	return frappe.db.db_type == "mariadb"


def interval(number: str, unit: str) -> str:
	if is_mariadb():
		return f"interval {number} {unit}"
	# A day added to a day is a number of days there.
	return f"{number}" if unit == "day" else f"{number} * interval '1 {unit}'"


def today() -> str:
	return "curdate()" if is_mariadb() else "current_date"


# Checks


def check(count: int) -> None:
	"""Raise when the set is not as if all of it had been saved."""
	assert frappe.db.count(LEAD) == count
	disagreeing, failed, examined = [], [], 0
	step = max(1, count // EXAMINED) if count > ALL_EXAMINED else 1
	for number, rows in enumerate(leads_in_pieces(size=1000)):
		if number % step == 0:
			disagreeing += find_disagreements(rows, failed)
			examined += len(rows)
	assert not disagreeing and not failed, (disagreeing[:3], failed[:3])
	names = random.Random(1).sample(range(1, count + 1), min(SAVED_AGAIN, count))
	changed = {}
	for n in names:
		years = range(now_datetime().year - 4, now_datetime().year + 1)
		possible = [f"LEAD-{year}-{n:05d}" for year in years]
		(name,) = frappe.get_all(LEAD, {"name": ("in", possible)}, pluck="name", order_by=None)
		changed |= changed_by_saving(name)
	assert not changed, changed
	print(
		f"{examined:,} leads agree with their documents; {len(names)} saved again, nothing changed",
		flush=True,
	)


def changed_by_saving(name: str) -> dict:
	"""Return the fields of a lead that a save changes, and how many rows it adds."""
	frappe.db.savepoint("saved_again")
	before = rows_of(name)
	frappe.get_doc(LEAD, name).save()
	after = rows_of(name)
	frappe.db.rollback(save_point="saved_again")
	found = {
		(name, field): (value, after[LEAD][0][field])
		for field, value in before[LEAD][0].items()
		if (value or None) != (after[LEAD][0][field] or None) and field not in ("modified", "modified_by")
	}
	numbers = [{doctype: len(rows) for doctype, rows in each.items()} for each in (before, after)]
	return found | ({(name, "rows"): tuple(numbers)} if numbers[0] != numbers[1] else {})


def touch() -> None:
	"""Let a lead look as if it was saved just now."""
	lead = frappe.get_all(LEAD, pluck="name", order_by="name asc", limit=1)[0]
	frappe.db.set_value(LEAD, lead, "modified", now_datetime(), update_modified=False)
	frappe.db.commit()


def analyze() -> None:
	"""Let the database know what it has, as it would after years."""
	for doctype in present():
		statement = "analyze table" if is_mariadb() else "analyze"
		frappe.db.sql(f"{statement} `tab{doctype}`")
	frappe.db.commit()

"""SQL statements and Redis commands of an incoming lead (R1, R10, R12, R13).

The counts are exact on any machine.
"""

import csv
import inspect
import io
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import frappe
import pytest
from frappe.core.doctype.data_import.importer import Importer
from frappe.database.database import Database
from frappe.utils.password import get_encryption_key

from lead_pipeline.capture.form import submission
from lead_pipeline.constants import LEAD
from lead_pipeline.domain import form_token
from lead_pipeline.tests import site, visitors

pytestmark = pytest.mark.skipif(
	os.environ.get("LEAD_PIPELINE_DB") == "postgres", reason="the counts are MariaDB's"
)

# The framework's own, around every transaction.
AROUND = ("commit", "rollback", "START TRANSACTION")
# Newer frameworks forget at the end of a transaction what they have looked up: links of documents, and settings.
FORGETS = "value_cache" in inspect.getsource(Database.commit)
LINK = re.compile(
	r"SELECT `name` FROM `tab[^`]+` WHERE `name`=%\(param1\)s (ORDER BY `modified` DESC )?LIMIT 1"
)

# The name from its sequence, the lead, the first row of its log. R1 allows five.
LEAD_STATEMENTS = 3
# The sender's turn and its end; what is known of the enquiry and of its sender; the receipt; what the sender has here.
GUARDS = 5
# Of the Data Import: its log.
IMPORT_STATEMENTS = 1


def person() -> dict:
	return {
		"email": visitors.address(),
		"last_name": "Visitor",
		"company_name": "Engines",
		"phone": "+49 30 901820",
	}


def counted(statements: list[str]) -> list[str]:
	own = [text.strip() for text in statements if text.strip() not in AROUND]
	return [text for text in own if not (FORGETS and LINK.fullmatch(text))]


def asks_for_points() -> int:
	"""Return how often Frappe 15 asks in a transaction whether it gives energy points."""
	return int(FORGETS and bool(frappe.db.exists("DocType", "Energy Point Settings")))


@contextmanager
def redis_commands() -> Iterator[list[str]]:
	"""The commands that this process sends to the cache in the block."""
	found, cache = [], frappe.cache
	send = cache.execute_command

	def noted(*args, **kwargs):
		found.append(str(args[0]))
		return send(*args, **kwargs)

	cache.execute_command = noted
	try:
		yield found
	finally:
		del cache.execute_command


@pytest.fixture
def kept_afterwards():
	"""For tests that commit."""
	site.start_over()
	yield
	frappe.set_user("Administrator")
	visitors.forget()


def test_a_lead_takes_three_statements(clean_transaction, count_sql):
	frappe.get_doc({"doctype": LEAD} | person()).insert()
	with count_sql() as statements:
		frappe.get_doc({"doctype": LEAD} | person()).insert()
	assert len(counted(statements)) == LEAD_STATEMENTS, "\n".join(counted(statements))


def test_a_lead_with_further_addresses_takes_their_rows_and_keys(clean_transaction, count_sql):
	def insert() -> None:
		lead = frappe.get_doc({"doctype": LEAD} | person())
		lead.append("email_ids", {"email_id": visitors.address()})
		lead.insert()

	insert()
	with count_sql() as statements:
		insert()
	# Two addresses are two rows; one of them is a further one, with a key.
	assert len(counted(statements)) == LEAD_STATEMENTS + 2 + 1, "\n".join(counted(statements))


def send(form: str) -> str:
	"""An enquiry in this process, as a request brings it; the address of its sender."""
	ticket = form_token.issue_token(
		get_encryption_key(), form, frappe.generate_hash(length=20), time.time() - 60
	)
	answers = person()
	with site.action():
		submission.accept(form, json.dumps(answers), json.dumps({"ticket": ticket}))
	return answers["email"]


def test_an_enquiry_takes_five_statements_more_than_its_lead(kept_afterwards, count_sql):
	form = visitors.make_form()
	frappe.db.commit()
	frappe.set_user("Guest")
	try:
		send(form.name)
		with count_sql() as statements, redis_commands() as commands:
			email = send(form.name)
		frappe.set_user("Administrator")
		assert frappe.db.exists(LEAD, {"email": email}), "the enquiry became no lead"
		expected = LEAD_STATEMENTS + GUARDS + asks_for_points()
		assert len(counted(statements)) == expected, "\n".join(counted(statements))
		assert len(commands) <= 25, commands
	finally:
		frappe.set_user("Administrator")
		frappe.delete_doc("Web Form", form.name, force=True)
		frappe.db.commit()


def test_a_known_senders_enquiry_asks_for_the_lead_once(kept_afterwards, count_sql):
	form = visitors.make_form()
	frappe.db.commit()
	frappe.set_user("Guest")
	try:
		send(form.name)
		with count_sql() as statements:
			send(form.name)
		looking = [text for text in statements if "email_key" in text and text.lstrip().startswith("SELECT")]
		assert len(looking) == 1, looking
	finally:
		frappe.set_user("Administrator")
		frappe.delete_doc("Web Form", form.name, force=True)
		frappe.db.commit()


def test_a_row_of_an_import_takes_one_statement_more_than_its_lead(kept_afterwards, count_sql):
	"""A row of an import needs one statement more than its lead.

	This is the difference between many rows and few, so that the statements needed once for a file do not count.
	"""
	made = []

	def statements_of(rows: int) -> int:
		text = io.StringIO(newline="")
		csv.writer(text).writerows(
			[["Email", "Last Name"], *([visitors.address(), "Visitor"] for _row in range(rows))]
		)
		name = f"{frappe.generate_hash(length=8)}.csv"
		file = frappe.get_doc({"doctype": "File", "file_name": name, "content": text.getvalue()}).insert()
		values = {
			"reference_doctype": LEAD,
			"import_type": "Insert New Records",
			"import_file": file.file_url,
		}
		data_import = frappe.get_doc({"doctype": "Data Import"} | values).insert()
		made.extend([data_import, file])
		frappe.db.commit()
		with count_sql() as statements:
			Importer(LEAD, data_import=data_import).import_data()
		return len(counted(statements))

	try:
		statements_of(2)
		few, many = statements_of(2), statements_of(12)
		assert many - few == 10 * (LEAD_STATEMENTS + IMPORT_STATEMENTS)
	finally:
		frappe.flags.in_import = frappe.flags.mute_emails = False
		for document in made:
			frappe.db.delete("Data Import Log", {"data_import": document.name})
			frappe.delete_doc(document.doctype, document.name, force=True)
		frappe.db.commit()

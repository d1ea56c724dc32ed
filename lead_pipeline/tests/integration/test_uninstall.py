"""An uninstall of the app leaves the tables as before its install (P14).

Compared is what the tables hold before the install and after the uninstall, on a site of its own beside the one
under test, on the same servers.
"""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import frappe
import pytest

from lead_pipeline.capture.mail import waiting_mails
from lead_pipeline.framework.notifications import tell
from lead_pipeline.setup import leftovers, removal
from lead_pipeline.tests import site
from lead_pipeline.tests.belongings import DIGITS, MARK
from lead_pipeline.tests.factories import make_user

SITE = "uninstall.localhost"
APP = "lead_pipeline"

# The company's own, which docs/admin.md names: DocTypes whose new records stay.
KEPT = {"Contact", "Address", "Communication", "Email Queue", "Event", "Email Account", "IMAP Folder"}
KEPT |= {"Customer", "Item", "Quotation", "Quotation Item", "Sales Order", "Sales Order Item"}
# Users, what the framework keeps of every install, and its own records of what it clears.
KEPT |= {"User", "Has Role", "DocShare", "Notification Settings", "Version", "Tag", "Series"}
KEPT |= {"Installed Application", "Logs To Clear", "DefaultValue"}

# Its rows follow what they are about; they are searched for words like all others.
SEARCH = {"__global_search"}

# What names a row of a table without names.
NAMES = ("doctype", "field", "user", "defkey", "fieldname")

OURS = (
	"Pipeline Lead",
	"pipeline_lead",
	"lead_pipeline",
	"Lead Pipeline",
	"pipeline_inbox",
	"pipeline_made_for_sale",
)


def bench(*arguments: str) -> str:
	"""Run a command of the framework's; returns what it printed."""
	return python("-m", "frappe.utils.bench_helper", "frappe", *arguments)


def python(*arguments: str) -> str:
	program = [sys.executable, *arguments]
	done = subprocess.run(program, cwd=site.SITES, capture_output=True, text=True, timeout=1800)
	assert done.returncode == 0, f"{arguments}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
	return done.stdout


def on_site(*arguments: str) -> str:
	return bench("--site", SITE, *arguments)


def belongings(function: str) -> str:
	"""Run a function of `tests/belongings.py` in a process on the site."""
	return python("-m", "lead_pipeline.tests.belongings", SITE, function)


def asked(question: Callable[[], tuple]) -> tuple:
	"""The answer of a connection of its own to the site."""
	answers = []

	def ask() -> None:
		frappe.init(site=SITE, sites_path=".")
		frappe.connect()
		try:
			answers.append(question())
		finally:
			frappe.destroy()

	thread = threading.Thread(target=ask)
	thread.start()
	thread.join()
	(answer,) = answers
	return answer


def schema() -> set[tuple]:
	"""Tables, columns, indexes and sequences."""
	columns = f"select table_name, column_name from information_schema.columns where {place()}"
	if frappe.db.db_type == "postgres":
		# The framework names an index there after its column alone, so that one table's comes and goes with another's:
		# only ours, which have a name of their own, can be compared.
		indexes = "select tablename, indexname from pg_indexes where indexname like '%%pipeline%%'"
		sequences = "select sequencename, '' from pg_sequences where schemaname = 'public'"
	else:
		# The framework adds the one of the creation whenever it updates a table that is sorted by it, and keeps it.
		indexes = (
			f"select table_name, index_name from information_schema.statistics where {place()} "
			"and index_name <> 'creation'"
		)
		sequences = tables("SEQUENCE")
	kinds = {"column": columns, "index": indexes, "sequence": sequences}
	return {(kind, *row) for kind, sql in kinds.items() for row in frappe.db.sql(sql)}


def place() -> str:
	return "table_schema = " + ("'public'" if frappe.db.db_type == "postgres" else "database()")


def tables(kind: str) -> str:
	return f"select table_name, '' from information_schema.tables where {place()} and table_type = '{kind}'"


def rows() -> dict[tuple, str]:
	"""Every row of every table, as text, by the table and what names it.

	But for the framework's own history of which apps were there, which names each of them, and mails that the app
	did not receive any more, which say so.
	"""
	found = {}
	for table, _nothing in frappe.db.sql(tables("BASE TABLE")):
		for row in frappe.db.sql(f"select * from `{table}`", as_dict=True):
			if (
				row.get("ref_doctype") == "Installed Applications"
				or row.get("reason") == removal.NOT_RECEIVED
			):
				continue
			named = row.get("name") or ":".join(str(row.get(part)) for part in NAMES)
			found[table.removeprefix("tab"), str(named)] = str(row)
	return found


def files() -> set[str]:
	folder = Path(frappe.get_site_path())
	return {str(path) for part in ("public/files", "private/files") for path in (folder / part).rglob("*")}


def picture() -> tuple:
	return schema(), rows(), files()


def with_words(found: dict[tuple, str], *words: str) -> list[tuple]:
	return sorted((key, text) for key, text in found.items() if any(word in text for word in words))


@pytest.fixture
def new_site():
	"""A site with the framework alone."""
	options = ["--db-type", frappe.conf.db_type, "--db-name", "lead_pipeline_uninstall"]
	bench("new-site", SITE, *options, "--admin-password", "admin", "--force")
	# Frappe 16 refuses jobs when too many wait: an uninstall of ERPNext queues one for each record, and here works one worker.
	on_site("set-config", "max_queued_jobs", "10000")
	yield
	bench("drop-site", SITE, "--no-backup", "--force")


@pytest.fixture(scope="module")
def sales_app(connected_site) -> str:
	"""Return the app with sales documents that the site under test has.

	ERPNext, or the sandbox's stand-in.
	"""
	apps = [app for app in frappe.get_installed_apps() if app not in ("frappe", APP)]
	return apps[0] if apps else pytest.skip("this bench has no sales app")


def install_and_uninstall(then_install: str | None = None) -> tuple[tuple, tuple]:
	"""Return what the site holds before an install and after the uninstall.

	`then_install`: an app that is installed after this one.
	"""
	belongings("give_of_another_app")
	before = asked(picture)
	on_site("install-app", APP)
	if then_install:
		on_site("install-app", then_install)
	belongings("give")
	full = asked(picture)
	on_site("uninstall-app", APP, "--yes", "--no-backup", "--dry-run")
	assert asked(picture) == full, "a dry run changes nothing"
	on_site("uninstall-app", APP, "--yes", "--no-backup")
	return before, asked(picture)


def check_that_no_word_is_left(before: tuple, after: tuple) -> None:
	(_schema, rows_before, files_before), (_schema, rows_after, files_after) = before, after
	assert with_words(rows_after, MARK, DIGITS) == []
	assert with_words(rows_after, *OURS) == with_words(rows_before, *OURS)
	assert sorted(files_after - files_before) == []


def check_that_nothing_is_left(before: tuple, after: tuple) -> None:
	check_that_no_word_is_left(before, after)
	(schema_before, rows_before, _files), (schema_after, rows_after, _files) = before, after
	assert sorted(schema_after ^ schema_before) == []
	assert sorted(key for key in rows_before if key not in rows_after and key[0] not in KEPT) == []
	assert sorted(key for key in rows_after if key not in rows_before and key[0] not in KEPT | SEARCH) == []


def check_that_it_works_again() -> None:
	on_site("install-app", APP)
	assert "Lead" in belongings("one_lead")


@pytest.mark.slow
class TestNothingIsLeft:
	"""P14. Minutes, as each makes a site."""

	def test_where_the_framework_is_alone(self, new_site):
		check_that_nothing_is_left(*install_and_uninstall())
		check_that_it_works_again()

	def test_where_sales_documents_were_there_before(self, new_site, sales_app):
		on_site("install-app", sales_app)
		check_that_nothing_is_left(*install_and_uninstall())
		check_that_it_works_again()

	def test_where_sales_documents_came_later_and_went_first(self, new_site, sales_app):
		before, after = install_and_uninstall(then_install=sales_app)
		check_that_no_word_is_left(before, after)
		assert [row for row in after[0] if row[2].startswith("pipeline_")] == []
		on_site("install-app", APP)
		on_site("uninstall-app", sales_app, "--yes", "--no-backup")
		on_site("uninstall-app", APP, "--yes", "--no-backup")
		assert with_words(asked(rows), *OURS) == with_words(before[1], *OURS)


def test_notifications_of_leads_go_and_those_of_other_apps_stay(clean_transaction):
	"""An uninstall deletes notifications of leads and keeps those of other apps (P14).

	Tested with notifications that name no document; `test_who_is_told.py` has the addresses that such notifications
	lead to.
	"""
	user = make_user("Sales User")
	other = {"doctype": "Notification Log", "type": "Alert", "subject": "Of another app", "for_user": user}
	for further in ({}, {"email_content": '<a href="/app/todo">To Do</a>'}):
		frappe.get_doc(other | further).insert()
	with_none = [
		tell(user, "Three leads were left as they are"),
		tell(user, "All", leads_with={"status": "Lead"}),
	]
	assert all(with_none)
	# As they were before they led to the list.
	old = "<b>Jane</b> was left as it is: It is lost already.", "<b>2</b> leads were left as they are: Lost."
	with_none += [frappe.get_doc(other | {"subject": words}).insert().name for words in old]
	removal.remove_notices()
	assert not frappe.get_all("Notification Log", {"name": ("in", with_none)})
	assert frappe.get_all("Notification Log", {"for_user": user}, pluck="subject") == ["Of another app"] * 2


def test_mails_that_wait_for_the_app_stay_as_the_framework_keeps_those_it_could_not_receive(no_commits):
	"""P13, P14: the mail server may have forgotten them."""
	account = frappe._dict(name="Leads")
	other = {
		"doctype": "Unhandled Email",
		"email_account": "Leads",
		"reason": "Too large",
		"raw": "Subject: Other",
	}
	frappe.get_doc(other).db_insert()
	mails = ["Subject: Küche\n\nHow much?".encode(), b"Subject: K\xfcche\n\n\0"]
	waiting_mails.write_down(account, [(mails[0], "7"), (mails[1], None)], None)
	removal.release_waiting_mails()
	kept = frappe.get_all("Unhandled Email", {"email_account": "Leads"}, ["raw", "reason"])
	reasons = {row.raw: row.reason for row in kept}
	assert reasons.pop("Subject: Other") == "Too large"
	assert set(reasons) == {"Subject: Küche\n\nHow much?", "Subject: Küche\n\n"}
	assert set(reasons.values()) == {removal.NOT_RECEIVED}
	assert waiting_mails.waiting_mails(account) == []
	removal.release_waiting_mails()
	assert frappe.db.count("Unhandled Email", {"email_account": "Leads"}) == 3


def test_every_place_where_the_framework_can_name_a_doctype_is_decided():
	"""P14. A new version of the framework that has one more is told of here."""
	decided = {(doctype, field) for doctype, fields in leftovers.RECORDS.items() for field in fields}
	decided |= {(doctype, field) for doctype, fields in leftovers.SET_UP.items() for field in fields}
	decided |= {(doctype, field) for doctype, (field, _fields) in leftovers.BOOKS.items()}
	# By `remove_files`.
	decided.add(("File", "attached_to_doctype"))
	modules = frappe.get_all("Module Def", {"app_name": "frappe"}, pluck="name")
	doctypes = frappe.get_all(
		"DocType", {"module": ("in", modules), "issingle": 0, "is_virtual": 0}, pluck="name"
	)
	names_doctype = {"fieldtype": "Link", "options": "DocType", "parent": ("in", doctypes)}
	fields = frappe.get_all("DocField", names_doctype, ["parent", "fieldname"], as_list=True)
	assert sorted(set(fields) - decided) == []

"""Actions read as many rows with 20,000 leads as with few.

No statement reads all of a table. The database counts the rows itself, so the answer is the same on every machine.
"""

import json
from collections.abc import Callable

import frappe
import pytest
from frappe.desk import reportview
from frappe.desk.form import load

from lead_pipeline import hooks
from lead_pipeline.board import columns, moves, orders, panel, totals
from lead_pipeline.capture.inbox import api as inbox
from lead_pipeline.capture.inbox.contents import DONE
from lead_pipeline.constants import ALL_LEADS, LEAD, LEAD_LINK, MODULE, OWN_LEADS, SETTINGS, STATUS_LOG
from lead_pipeline.documents import connections
from lead_pipeline.duplicates import finding as duplicates
from lead_pipeline.duplicates import merging
from lead_pipeline.search import everywhere, finding, link_field, listing, windows
from lead_pipeline.status import changed_leads, explain, hourly_repair, recompute, reconcile
from lead_pipeline.tests import many_leads, site
from lead_pipeline.tests.factories import make_customer, make_lead, make_quotation, make_user
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.many_leads import DOMAIN, NUMBER
from lead_pipeline.tests.rows_read import is_ours, rows_read
from lead_pipeline.tests.sales import buyer, committed_leads
from lead_pipeline.visibility import endpoints, list_filters, list_numbers, own_leads, readable_records

# Far below what there is of anything, far above what one statement needs: under *Own Leads* a list looks at 1,001 names.
LIMIT = 2_000
# PostgreSQL does not know how many leads a condition on an empty field leaves, and may read all open ones of so few.
GUESSED = NUMBER


@pytest.fixture(scope="module")
def many(connected_site):
	with many_leads.filled_site():
		yield


@pytest.fixture
def reads_few(many, monkeypatch) -> Callable:
	"""Provide a function that performs an action in a request of its own.

	The test fails if one of the action's statements reads more than a few rows.
	"""

	def check(action: Callable, limit: int = LIMIT):
		site.start_over()
		with rows_read(monkeypatch) as statements, site.action():
			answer = action()
		much = sorted((entry for entry in statements if entry[0] > limit), reverse=True)
		ours = [entry for entry in much if is_ours(entry[1])]
		told = "\n".join(f"{rows}: {statement[:1500]}" for rows, statement in ours)
		assert not ours, f"of {len(statements)} statements:\n{told}"
		return answer

	return check


@pytest.fixture
def lead(many):
	with committed_leads(email=f"one@{DOMAIN}", phone="030 7654321", company_name="Of Few Rows Ltd") as (
		lead,
	):
		yield lead


def test_a_lead_is_made_changed_and_deleted(reads_few):
	lead = reads_few(lambda: make_lead(email=f"new@{DOMAIN}", phone="030 55555", company_name="New Ltd"))

	def change() -> None:
		document = frappe.get_doc(LEAD, lead.name)
		document.job_title, document.status = "Head of Buying", "Open"
		document.save()

	reads_few(change)
	reads_few(lambda: frappe.delete_doc(LEAD, lead.name))


def test_its_form_is_opened(reads_few, lead):
	def open_form() -> None:
		load.getdoc(LEAD, lead.name)
		connections.count(
			LEAD, lead.name, json.dumps(["Opportunity", "Quotation", "Sales Order", "Customer"])
		)
		explain.explain(lead.name)
		explain.status_history(lead.name)

	reads_few(open_form)


def test_its_duplicates_are_looked_for_and_merged(reads_few, lead):
	twin = make_lead(email=lead.email, company_name=lead.company_name)
	frappe.db.commit()
	found = reads_few(lambda: duplicates.of_lead(lead.name))
	assert twin.name in json.dumps(found, default=str)
	reads_few(lambda: duplicates.of_values({"email": lead.email, "company_name": lead.company_name}))
	reads_few(lambda: merging.merge(lead.name, [twin.name]))


@pytest.mark.usefixtures("sales_documents")
def test_a_sale_is_made_with_and_without_it(reads_few, lead):
	quotation = reads_few(lambda: make_quotation(lead, buyer()))
	reads_few(lambda: frappe.get_doc("Quotation", quotation.name).submit())
	assert status(lead) == "Quotation"
	reads_few(lambda: recompute.recompute(lead.name))
	other = reads_few(lambda: make_quotation(None, buyer()))
	reads_few(lambda: frappe.get_doc("Quotation", other.name).submit())
	reads_few(lambda: frappe.get_doc("Quotation", other.name).cancel())
	reads_few(lambda: frappe.get_doc("Quotation", quotation.name).cancel())
	assert status(lead) == "Lead"


def test_what_has_nothing_to_do_with_leads_is_renamed_and_deleted(reads_few):
	tag = frappe.get_doc({"doctype": "Tag", "name": frappe.generate_hash(length=8)}).insert()
	frappe.db.commit()
	renamed = reads_few(lambda: frappe.rename_doc("Tag", tag.name, f"{tag.name} 2", show_alert=False))
	reads_few(lambda: frappe.delete_doc("Tag", renamed))


@pytest.mark.usefixtures("sales_documents")
def test_a_customer_is_renamed_merged_and_deleted(reads_few):
	names = [make_customer().name for _number in range(2)]
	frappe.db.commit()
	renamed = reads_few(lambda: frappe.rename_doc("Customer", names[0], f"{names[0]} 2", show_alert=False))
	reads_few(lambda: frappe.rename_doc("Customer", renamed, names[1], merge=True, show_alert=False))
	reads_few(lambda: frappe.delete_doc("Customer", names[1]))


@pytest.mark.parametrize(
	("visibility", "order"),
	[
		(ALL_LEADS, "`modified` desc"),
		(ALL_LEADS, "`lead_name` asc"),
		(OWN_LEADS, "`modified` desc"),
		(OWN_LEADS, "`lead_name` desc"),
	],
)
def test_a_page_of_the_list_is_opened(reads_few, visibility, order):
	seller = make_user("Sales User", email=f"person-1@{DOMAIN}")
	frappe.db.set_single_value(SETTINGS, "lead_visibility", visibility)
	frappe.db.commit()

	def page() -> list:
		frappe.set_user(seller)
		frappe.local.form_dict = frappe._dict(
			doctype=LEAD,
			fields=json.dumps(
				[f"`tab{LEAD}`.`{field}`" for field in ("name", "lead_name", "status", "_assign")]
			),
			filters=json.dumps([[LEAD, "status_category", "in", ["New", "Working", "Qualified"]]]),
			order_by=f"`tab{LEAD}`.{order}",
			start=0,
			page_length=20,
		)
		return reportview.get()["values"]

	try:
		assert len(reads_few(page)) == 20
	finally:
		frappe.set_user("Administrator")
		frappe.db.set_single_value(SETTINGS, "lead_visibility", ALL_LEADS)
		frappe.db.commit()


@pytest.mark.parametrize("text", ["lead15", "rows lead15", "493015", "rows", "qzxwvj", f"lead-15@{DOMAIN}"])
def test_leads_are_searched_for(reads_few, monkeypatch, text):
	# The database reads each row a few times over that it looks at.
	monkeypatch.setattr(finding, "SAMPLE", LIMIT // 10)
	monkeypatch.setattr(finding, "WINDOW", LIMIT // 10)
	found = reads_few(lambda: finding.find_leads(text))
	assert len(found) == {"rows": finding.MOST + 1, "qzxwvj": 0, f"lead-15@{DOMAIN}": 1}.get(text, 101)


@pytest.mark.parametrize("sought", [own_leads.MAX_SOUGHT_LEADS, 100])
def test_leads_are_searched_for_by_who_sees_their_own_ones(reads_few, seller, monkeypatch, sought):
	for name, number in {"SAMPLE": LIMIT // 10, "WINDOW": LIMIT // 10}.items():
		monkeypatch.setattr(finding, name, number)
	monkeypatch.setattr(windows, "OWN_WINDOWS", (LIMIT // 20,))
	monkeypatch.setattr(own_leads, "MAX_NAMED_LEADS", 100)
	monkeypatch.setattr(own_leads, "MAX_SOUGHT_LEADS", sought)
	own_leads.are_sought.clear_cache()
	mine = [[LEAD, "lead_owner", "=", seller]]
	# The common word first, as it is the first one to ask how many leads these are.
	for text, number in {"rows": finding.ENOUGH, "lead15": 1, "qzxwvj": 0, f"lead-15@{DOMAIN}": 0}.items():
		found = reads_few(as_user(seller, lambda: finding.find_leads(text)), LIMIT * 3)  # noqa: B023
		assert len(found) >= number
		assert set(found) <= set(frappe.get_all(LEAD, {"lead_owner": seller}, pluck="name", order_by=None))
	assert len(reads_few(lambda: finding.find_leads("rows", mine))) >= finding.ENOUGH


def test_what_was_counted_is_not_counted_again(seller, monkeypatch):
	"""How many leads a user has is asked once in a while.

	Not for each list, search and number.
	"""
	asked = []
	monkeypatch.setattr(own_leads, "MAX_SOUGHT_LEADS", 100)
	queries = own_leads.candidate_queries
	monkeypatch.setattr(own_leads, "candidate_queries", lambda user: asked.append(user) or queries(user))
	own_leads.are_sought.clear_cache()
	for _time in range(3):
		as_user(seller, lambda: finding.find_leads("qzxwvj"))()
	assert asked == [seller]


@pytest.mark.parametrize("place", ["list", "link field", "search bar"])
def test_a_search_that_finds_nothing_shows_so_at_once(reads_few, monkeypatch, place):
	monkeypatch.setattr(finding, "SAMPLE", LIMIT // 10)
	monkeypatch.setattr(finding, "WINDOW", LIMIT // 10)
	frappe.local.form_dict = frappe._dict(doctype=LEAD, fields=json.dumps(["name"]), filters="[]")
	search = {
		"list": lambda: listing.found_rows("qzxwvj"),
		"link field": lambda: link_field.suggest_leads(LEAD, "qzxwvj"),
		"search bar": lambda: everywhere.found_leads("qzxwvj", 0, 20),
	}[place]
	assert not reads_few(search)


OPENED = json.dumps([[LEAD, "status_category", "in", ["New", "Working", "Qualified"]]])


def beside_the_list(seller: str) -> list[Callable]:
	"""Return what the desk asks for beside a page of the list."""
	asked = {"doctype": LEAD, "filters": OPENED, "fields": "[]"}

	def with_form(method: Callable, **more) -> Callable:
		def call():
			frappe.local.form_dict = frappe._dict(asked | more)
			return frappe.call(method, **frappe.local.form_dict)

		return call

	assigned = json.dumps([[LEAD, "_assign", "like", f"%{seller}%"]])
	tagged = json.dumps([*json.loads(OPENED), ["Pipeline Lead Tag Item", "tag", "=", "Urgent"]])
	return [
		with_form(endpoints.list_count, distinct="false", limit=501),
		with_form(endpoints.list_count, distinct="false", limit=501, filters=assigned),
		with_form(endpoints.list_rows, filters=assigned, fields=json.dumps(["name"]), page_length=20),
		with_form(
			endpoints.list_rows,
			filters=tagged,
			fields=json.dumps(["name"]),
			order_by=f"`tab{LEAD}`.`modified` desc",
			start=0,
			page_length=10,
		),
		lambda: endpoints.list_tags('["_user_tags"]', LEAD, OPENED),
		*(lambda field=field: endpoints.group_by_count(LEAD, OPENED, field) for field in GROUPED),
	]


GROUPED = ("lead_owner", "status", "channel", "assigned_to")


def test_the_numbers_beside_the_list(reads_few, monkeypatch):
	monkeypatch.setattr(list_numbers, "MAX_GROUPED", LIMIT // 4)
	monkeypatch.setattr(list_filters, "NAMED_WINDOW", LIMIT // 10)
	person = make_user("Sales User", email=f"person-1@{DOMAIN}")
	frappe.db.commit()
	for action in beside_the_list(person):
		reads_few(action, LIMIT if frappe.db.db_type == "mariadb" else GUESSED)


def test_the_inbox_of_what_is_done(reads_few):
	found = reads_few(lambda: inbox.items(state=DONE))
	assert (len(found["rows"]), found["more"]) == (20, True)


@pytest.mark.parametrize("sought", [own_leads.MAX_SOUGHT_LEADS, 100])
def test_the_list_of_who_has_some_or_many_leads(reads_few, seller, monkeypatch, sought):
	"""The list of a user with too many leads to name them reads no other leads.

	Those of the user, and of nobody, are read a few times over.
	"""
	few = NUMBER // 2 if frappe.db.db_type == "mariadb" else GUESSED
	monkeypatch.setattr(own_leads, "MAX_NAMED_LEADS", 100)
	monkeypatch.setattr(own_leads, "MAX_SOUGHT_LEADS", sought)
	own_leads.are_sought.clear_cache()
	monkeypatch.setattr(list_numbers, "MAX_GROUPED", 100)
	for action in beside_the_list(seller):
		reads_few(as_user(seller, action), few)
	# Of a tenth of all rows the database sorts all; among a million these are few.
	monkeypatch.setattr(readable_records, "FIRST_RECORDS", NUMBER // 100)
	# Whether the first rows of the log are of the user's leads or not.
	for page in (0, readable_records.FIRST_RECORDS + 1):
		monkeypatch.setattr(readable_records, "PAGE", page)
		readable_records.first_records_fill_a_page.clear_cache()
		reads_few(
			as_user(seller, lambda: frappe.get_list(STATUS_LOG, order_by="changed_on desc", limit=20)), few
		)
	readable_records.first_records_fill_a_page.clear_cache()


@pytest.mark.parametrize("order", orders.ORDERS)
def test_the_board_is_opened_and_read_on(reads_few, monkeypatch, order):
	# The database reads each row twice that it counts.
	monkeypatch.setattr(columns, "MAX_COUNTED", LIMIT // 4)
	found = reads_few(lambda: columns.columns(order=order))
	column = next(column for column in found["columns"] if column["name"] == "Lead")
	assert (column["count_label"], len(column["cards"])) == ("500+", 20)
	page = reads_few(lambda: columns.page("Lead", column["cursor"], order=order))
	assert len(page["cards"]) == 20
	assert not {card["name"] for card in page["cards"]} & {card["name"] for card in column["cards"]}
	names = [card["name"] for card in page["cards"]]
	assert set(reads_few(lambda: columns.cards(names))["cards"]) == set(names)


@pytest.mark.parametrize("text", ["qzxwvj", "rows lead1234", f"lead-1234@{DOMAIN}"])
def test_the_board_of_what_a_text_finds(reads_few, monkeypatch, text):
	monkeypatch.setattr(finding, "SAMPLE", LIMIT // 10)
	monkeypatch.setattr(finding, "WINDOW", LIMIT // 10)
	found = reads_few(lambda: columns.columns({"text": text}))
	open_ones = len([n for n in range(1, NUMBER + 1) if str(n).startswith("1234") and n % 3])
	number = {"rows lead1234": open_ones, f"lead-1234@{DOMAIN}": 1}.get(text, 0)
	assert sum(column["count"] for column in found["columns"]) == number
	assert reads_few(lambda: totals.totals({"text": text}))["all"]["count"] == number


@pytest.mark.parametrize("order", [orders.HAND, orders.NEXT_STEP, orders.MODIFIED])
def test_the_board_of_who_sees_their_own_leads_only(reads_few, seller, order):
	"""The board of a user with *Own Leads* reads only that user's leads.

	They are read a few times over, however many other leads there are.
	"""
	few = NUMBER // 3
	found = reads_few(as_user(seller, lambda: columns.columns(order=order)), few)
	column = next(column for column in found["columns"] if column["name"] == "Lead")
	assert len(column["cards"]) == 20
	page = reads_few(as_user(seller, lambda: columns.page("Lead", column["cursor"], order=order)), few)
	assert len(page["cards"]) == 20
	# What lies with nobody is everybody's to see.
	assert {card["owner"] for card in column["cards"] + page["cards"]} <= {seller, None}
	assert reads_few(as_user(seller, totals.totals), few)["columns"]["Lead"]["count"] > 300


def as_user(user: str, action: Callable) -> Callable:
	def act():
		frappe.set_user(user)
		try:
			return action()
		finally:
			frappe.set_user("Administrator")

	return act


@pytest.fixture
def seller(many):
	"""A Sales User with a fortieth of the leads, who sees no others."""
	seller = make_user("Sales User", email=f"person-1@{DOMAIN}")
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.db.commit()
	own_leads.are_sought.clear_cache()
	yield seller
	own_leads.are_sought.clear_cache()
	frappe.set_user("Administrator")
	frappe.db.set_single_value(SETTINGS, "lead_visibility", ALL_LEADS)
	frappe.db.commit()


def test_a_card_is_moved_brought_back_and_looked_at(reads_few, lead):
	other = frappe.get_all(LEAD, {"status": "Lead"}, pluck="name", limit=1, order_by=None)[0]
	assert reads_few(lambda: moves.move(lead.name, "Lead", after=other, by_hand=1))["moved"]
	answer = reads_few(lambda: moves.move(lead.name, "Lead", "Open"))
	assert reads_few(lambda: moves.undo(lead.name, answer["undo"]))["moved"]
	assert reads_few(lambda: panel.panel(lead.name))["card"]["name"] == lead.name


@pytest.fixture
def settled_jobs(many):
	with many_leads.settled_jobs():
		yield


@pytest.mark.parametrize("path", hooks.scheduler_events["hourly_long"])
def test_an_hourly_job_reads_what_has_changed(reads_few, settled_jobs, path):
	reads_few(frappe.get_attr(path))


@pytest.mark.usefixtures("sales_documents", "settled_jobs")
def test_the_hourly_repair_of_a_changed_document_reads_few(reads_few, lead):
	quotation = make_quotation(lead)
	frappe.db.commit()
	frappe.db.set_value("Quotation", quotation.name, "status", "Lost")
	frappe.db.commit()
	reads_few(hourly_repair.repair_changed)
	assert status(lead) == "Lost Quotation"


@pytest.mark.usefixtures("sales_documents")
def test_a_batch_of_leads_is_examined_without_reading_all_documents(reads_few):
	names = frappe.get_all(
		LEAD, {"name": ("like", f"{many_leads.MARK}%")}, pluck="name", limit=reconcile.BATCH_SIZE
	)
	wrong = reads_few(lambda: reconcile.find_disagreements(reconcile.rows_of(names), []), limit=NUMBER // 2)
	assert len(names) == reconcile.BATCH_SIZE >= len(wrong) > 0


def test_every_column_that_is_to_be_indexed_is_the_first_of_an_index():
	"""Every column that is to be indexed is the first column of an index.

	On PostgreSQL the framework gives two tables one name for an index, and the second table gets none.
	"""
	if frappe.db.db_type == "mariadb":
		rows = frappe.db.sql(
			"select table_name, column_name from information_schema.statistics"
			" where table_schema = database() and seq_in_index = 1"
		)
	else:
		rows = frappe.db.sql(
			"""select c.relname, a.attname from pg_index i join pg_class c on c.oid = i.indrelid
			join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]"""
		)
	wanted = {(field.parent, field.fieldname) for field in indexed_fields("DocField", "parent")}
	wanted = {field for field in wanted if frappe.get_meta(field[0]).module == MODULE}
	links = {(field.parent, field.fieldname) for field in indexed_fields("Custom Field", "dt")}
	wanted |= {field for field in links if field[1] == LEAD_LINK}
	# The rows of a lead, and what a lead is read in the order of.
	wanted |= {(field.options, "parent") for field in frappe.get_meta(LEAD).get_table_fields()}
	wanted |= {(LEAD, "modified")}
	# What the hourly jobs ask for what has changed.
	asked_for = ["Deleted Document", "Pipeline Lead Merge", *changed_leads.linked_tables()]
	wanted |= {(doctype, "modified") for doctype in asked_for if frappe.db.table_exists(doctype)}
	assert len(wanted) > 20
	assert sorted(wanted - {(table.removeprefix("tab"), column) for table, column in rows}) == []


def indexed_fields(table: str, parent: str) -> list[frappe._dict]:
	fields = [f"{parent} as parent", "fieldname"]
	return frappe.get_all(table, {"search_index": 1}, fields, order_by=None)


def test_no_index_of_leads_is_the_beginning_of_another_one():
	"""What it finds, the longer one finds as well; each costs every save, and disk."""
	if frappe.db.db_type != "mariadb":
		pytest.skip("the indexes are asked for in MariaDB's words")
	indexes: dict[str, list[str]] = {}
	for row in frappe.db.sql(f"show index from `tab{LEAD}`", as_dict=True):
		indexes.setdefault(row.Key_name, []).append(row.Column_name)
	needless = [
		f"{name}: {other} has its columns"
		for name, own in indexes.items()
		for other, longer in indexes.items()
		# Frappe 16 gives every table an index of the time of creation, whatever else there is.
		if name not in (other, "creation") and longer[: len(own)] == own
	]
	assert needless == []

"""How many SQL statements the app adds to a sale (R3, R4, R5).

The counts are exact and do not depend on the machine.

What the framework reads of its own settings and DocTypes is not counted: how often it does so differs between its
versions.
"""

import os
import sys
from contextlib import contextmanager

import frappe
import pytest

from lead_pipeline.constants import LEAD, RULE
from lead_pipeline.documents import renaming
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_customer, make_lead, make_quotation
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.sales import buyer, committed_leads, hooked, without_the_app

pytestmark = pytest.mark.skipif(
	os.environ.get("LEAD_PIPELINE_DB") == "postgres",
	reason="the counts are MariaDB's; PostgreSQL needs a savepoint around what may fail",
)

# What a changed status takes, by plain means of the framework: a new transaction (2), as somebody may have looked at the
# database since the sale's commit; the lead, locked; behind the lock the facts of all rules, and the last row of its log;
# the lead with its three tables (4) as the save compares it with what is stored; the lead's update; the log row; the
# Version, which is the line in the timeline; and the commit, with which the framework begins the next transaction (2): the
# lead follows in a transaction of its own, so that nothing that goes wrong with it can undo the sale.
CHANGED = 14
# What some versions of the framework ask before they make a Version: its DocType, and a number.
OF_SOME_VERSIONS = ("tabDocType", "nextval(")
# A new transaction (2); the lead, locked; the facts; the commit (2).
UNCHANGED = 6
# How the sale's own transaction ends.
TRANSACTION = ["commit", "START TRANSACTION"]


def submit(quotation, count_sql) -> list[str]:
	# No request knows them from the one before.
	frappe.local.new_doc_templates = {}
	frappe.db.value_cache.clear()
	with count_sql() as statements, site.action():
		quotation.submit()
	return [
		statement
		for statement in counted(statements)
		if not any(part in statement for part in OF_SOME_VERSIONS)
	]


def counted(statements: list[str]) -> list[str]:
	return [statement.strip() for statement in statements if "tabSingles" not in statement]


def unnoticed(lead):
	"""A draft of the lead that its status does not show yet."""
	quotation = make_quotation(None, buyer())
	frappe.db.set_value("Quotation", quotation.name, "pipeline_lead", lead.name)
	frappe.db.commit()
	return frappe.get_doc("Quotation", quotation.name)


@pytest.fixture
def lead(clean_transaction):
	with committed_leads() as (lead,):
		# Everything that is read once and kept is read by now.
		with site.action():
			make_quotation(lead, buyer()).submit()
		for doctype in ("Quotation Item", "Quotation"):
			frappe.db.delete(doctype, {"pipeline_lead": lead.name})
		with site.action():
			make_quotation(lead, buyer()).delete()
		assert status(lead) == "Lead"
		yield lead


def difference(ours: list[str], theirs: list[str]) -> int:
	return len(ours) - len(theirs)


def after_the_sale(statements: list[str]) -> list[str]:
	"""What follows the sale's own transaction."""
	return statements[statements.index("commit") + len(TRANSACTION) :]


def test_an_unlinked_quotation_costs_nothing_when_it_is_submitted(lead, count_sql):
	ours = submit(make_quotation(None, buyer()), count_sql)
	with without_the_app("Quotation"):
		theirs = submit(make_quotation(None, buyer()), count_sql)
	# Now and then the framework looks up something that it had kept.
	assert difference(ours, theirs) <= 0, ours


def test_an_unlinked_quotation_costs_one_question_when_it_is_made(lead, count_sql):
	"""Is this customer somebody's lead?"""
	made(count_sql)
	with without_the_app("Quotation"):
		theirs = made(count_sql)
	ours = made(count_sql)
	assert len([statement for statement in ours if "tabPipeline Lead" in statement]) == 1
	assert difference(ours, theirs) <= 1, ours


def made(count_sql) -> list[str]:
	with count_sql() as statements, site.action():
		make_quotation(None, buyer())
	return counted(statements)


def test_a_linked_quotation_that_changes_nothing_costs_only_a_look(lead, count_sql):
	quotation = make_quotation(lead, buyer())
	frappe.db.commit()
	with site.action():
		quotation.save()
	ours = submit(quotation, count_sql)
	with without_the_app("Quotation"):
		theirs = submit(unnoticed(lead), count_sql)
	assert difference(ours, theirs) <= UNCHANGED, ours
	assert len(after_the_sale(ours)) == UNCHANGED


def test_a_changed_status_costs_the_same_with_one_lead_and_with_many(lead, count_sql):
	with without_the_app("Quotation"):
		theirs = submit(unnoticed(lead), count_sql)
	frappe.db.set_value("Quotation", {"pipeline_lead": lead.name}, "pipeline_lead", None)
	frappe.db.commit()
	few = submit(unnoticed(lead), count_sql)
	assert status(lead) == "Quotation"
	for _number in range(20):
		make_lead()
	with site.action():
		for quotation in frappe.get_all("Quotation", filters={"pipeline_lead": lead.name}, pluck="name"):
			frappe.get_doc("Quotation", quotation).cancel()
	assert status(lead) == "Lead"
	many = submit(unnoticed(lead), count_sql)
	assert status(lead) == "Quotation"
	assert difference(few, theirs) <= CHANGED, few
	assert len(after_the_sale(few)) == CHANGED
	assert len(many) == len(few)


def test_a_merge_on_the_site_makes_no_sale_dearer(lead, count_sql):
	"""A merge on the site adds no statement to a sale.

	An old name is looked up for new links only: those in the database are right since the merge.
	"""
	old, new = make_lead(), make_lead()
	frappe.rename_doc(LEAD, old.name, new.name, merge=True, show_alert=False)
	quotation = about_to_be_saved(make_quotation(lead, buyer()))
	with count_sql() as statements:
		renaming.correct_old_names(quotation)
	assert statements == []
	quotation.pipeline_lead = old.name
	renaming.correct_old_names(quotation)
	assert quotation.pipeline_lead == new.name


def about_to_be_saved(quotation):
	"""The quotation as the framework has it when it is about to be saved."""
	found = frappe.get_doc("Quotation", quotation.name)
	found.load_doc_before_save()
	return found


def test_a_seller_pays_no_more_than_the_administrator(lead, seller, count_sql):
	def sell() -> list[str]:
		frappe.set_user("Administrator")
		quotation = unnoticed(lead)
		assert status(lead) == "Lead"
		frappe.set_user(seller)
		statements = submit(quotation, count_sql)
		assert status(lead) == "Quotation"
		frappe.set_user("Administrator")
		with site.action():
			frappe.get_doc("Quotation", quotation.name).cancel()
		return after_the_sale(statements)

	# What is read once and kept, for each user.
	sell()
	statements = sell()
	assert len(statements) == CHANGED, "\n".join(s[-150:] for s in statements)


def test_rows_of_a_lead_are_read_when_there_are_some_and_stay(lead, count_sql):
	"""A Notification may ask for them. The framework writes each of them again."""
	lead.reload()
	lead.append("email_ids", {"email_id": "second@example.com"})
	lead.append("tags", {"tag": "Urgent"})
	lead.email = "first@example.com"
	lead.save()
	frappe.db.commit()
	with site.action():
		make_quotation(lead, buyer()).delete()
	statements = submit(unnoticed(lead), count_sql)
	assert status(lead) == "Quotation"
	lead.reload()
	assert [row.email_id for row in lead.email_ids] == ["first@example.com", "second@example.com"]
	assert [row.tag for row in lead.tags] == ["Urgent"]
	rows = 3
	assert len(after_the_sale(statements)) == CHANGED + rows


def test_a_hook_of_another_app_sees_the_rows_of_a_lead_that_changes_by_itself(lead):
	lead.reload()
	lead.email = "first@example.com"
	lead.append("email_ids", {"email_id": "second@example.com"})
	lead.save()
	frappe.db.commit()
	seen.clear()
	with hooked(LEAD, "on_update", f"{__name__}.note_rows"), site.action():
		make_quotation(lead, buyer())
	assert seen == [["first@example.com", "second@example.com"]]


seen = []


def note_rows(document, method=None):
	seen.append(sorted(row.email_id for row in document.email_ids))


def test_the_number_of_rules_adds_no_statement(lead, count_sql):
	with count_sql() as before:
		frappe.get_attr("lead_pipeline.status.facts.facts_of_lead")(lead.name, None)
	rule = frappe.get_doc(RULE, {"rule_name": "Quotation in progress"})
	for number in range(5):
		copy = frappe.copy_doc(rule)
		copy.rule_name = f"Copy {number}"
		copy.insert()
	frappe.get_attr("lead_pipeline.status.rules.rules")()
	frappe.local.lead_pipeline_changed = set()
	with count_sql() as after:
		frappe.get_attr("lead_pipeline.status.facts.facts_of_lead")(lead.name, None)
	frappe.get_attr("lead_pipeline.status.rules.clear")()
	assert len(before) == 1
	assert len(after) <= 2


def test_a_document_that_has_nothing_to_do_with_leads_costs_nothing():
	"""No statement, no call of Redis: not one line of the app runs."""
	frappe.get_doc({"doctype": "Note", "title": "Nothing"}).insert()
	frappe.get_doc({"doctype": "Tag", "name": "Nothing"}).insert()
	for document in (frappe.get_doc("Note", {"title": "Nothing"}), frappe.get_doc("Tag", "Nothing")):
		document.description = "Changed"
		with watched() as ran:
			document.save()
		assert not ran, document.doctype


@contextmanager
def watched():
	"""The functions of the app that are called in the block."""
	ran = set()

	def note(frame, event, _argument) -> None:
		module = frame.f_globals.get("__name__", "")
		ours = module.startswith("lead_pipeline.") and not module.startswith("lead_pipeline.tests.")
		if event == "call" and ours:
			ran.add(f"{module}.{frame.f_code.co_name}")

	sys.setprofile(note)
	try:
		yield ran
	finally:
		sys.setprofile(None)


def test_what_watches_the_app_sees_it_at_work(lead):
	quotation = make_quotation(lead, buyer())
	with watched() as ran:
		quotation.save()
	assert "lead_pipeline.documents.events.on_change" in ran


def test_a_customer_of_many_quotations_is_looked_up_by_an_index():
	if frappe.db.db_type != "mariadb":
		pytest.skip("the plan is read in MariaDB's words")
	make_lead(party_type="Customer", party=make_customer().name)
	columns = frappe.db.sql("show index from `tabPipeline Lead` where Column_name = 'party'")
	assert columns

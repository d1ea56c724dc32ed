"""What the form of a lead asks for beside the document.

It is one answer, whoever asks, and whatever became of the lead.
"""

import frappe
import pytest
from frappe.desk.notifications import get_filters_for

from lead_pipeline.constants import LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.documents import connections
from lead_pipeline.exceptions import ActionRefusedError
from lead_pipeline.lead_pipeline.doctype.pipeline_lead.form_panel import panel
from lead_pipeline.status.choice import follow_documents
from lead_pipeline.tests import site
from lead_pipeline.tests.actions import REASON, last_row
from lead_pipeline.tests.factories import make_lead, make_order, make_quotation, make_user
from lead_pipeline.tests.leads import log, status
from lead_pipeline.tests.sales import buyer, committed_leads


@pytest.fixture
def lead(clean_transaction):
	with committed_leads() as (lead,):
		yield lead


@pytest.fixture
def quoted(lead):
	lead.quotation = make_quotation(lead, buyer())
	lead.reload()
	return lead


def lose(lead) -> None:
	lead.reload()
	lead.update({"status": "Lost", "lost_reason": REASON, "lost_note": "Next year"})
	lead.save()


class TestPanel:
	def test_one_answer_says_what_three_did(self, quoted):
		told = panel(quoted.name)
		assert (told["status"], told["why"]["fact"]["document_name"]) == ("Quotation", quoted.quotation.name)
		assert [row["to_status"] for row in told["history"]] == ["Quotation", "Lead"]
		assert told["duplicates"]["leads"] == []
		assert told["modified"] == frappe.db.get_value(LEAD, quoted.name, "modified")
		for path, part in (
			("lead_pipeline.status.explain.explain", "why"),
			("lead_pipeline.status.explain.status_history", "history"),
			("lead_pipeline.duplicates.finding.of_lead", "duplicates"),
		):
			assert frappe.call(path, lead=quoted.name) == told[part], "programs ask the old ways, too"

	def test_it_takes_few_statements_however_long_the_history(self, quoted, count_sql):
		for _document in range(3):
			make_quotation(quoted, buyer())
		lose(quoted)
		twin = make_lead(company_name=quoted.company_name, email=quoted.email)
		panel(quoted.name)
		with count_sql() as statements:
			told = panel(quoted.name)
		assert [found["name"] for found in told["duplicates"]["leads"]] == [twin.name]
		assert len(statements) <= 12, "\n".join(statements)

	def test_with_the_connections_it_is_25_statements_at_most(self, quoted, count_sql):
		"""The panel and the connections need at most 25 statements (R20).

		Counted is what a sales person's form asks beside the document, history and connections included.
		"""
		make_order(quoted, buyer())
		lose(quoted)
		make_lead(company_name=quoted.company_name, email=quoted.email)
		frappe.set_user(make_user("Sales User"))
		groups = frappe.get_meta(LEAD).get_dashboard_data().transactions
		items = [item for group in groups for item in group["items"]]
		for _cold_and_warm in range(2):
			with count_sql() as asked:
				told = panel(quoted.name)
				counted = connections.count(LEAD, quoted.name, frappe.as_json(items))
		assert told["why"] and counted["count"]
		# Of types for which an app says what is open, the framework counts the open ones, too.
		known_open = [item for item in items if get_filters_for(item)]
		assert len(asked) <= 25 + len(known_open), "\n".join(asked)

	def test_a_lead_that_is_gone_merged_or_hidden_is_said_to_be_so(self, lead):
		other = make_lead()
		frappe.rename_doc(LEAD, other.name, lead.name, merge=True)
		assert panel(other.name) == {"gone": True, "successor": lead.name}
		assert panel("LEAD-1999-99999") == {"gone": True, "successor": None}
		frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
		frappe.db.set_value(LEAD, lead.name, "lead_owner", make_user("Sales User"))
		frappe.set_user(make_user("Sales User"))
		assert panel(lead.name) == {"gone": True, "successor": None}
		frappe.set_user(make_user())
		with pytest.raises(frappe.PermissionError):
			panel(lead.name)

	def test_of_several_documents_that_say_the_same_the_one_in_the_history_is_named(self, quoted):
		newer = make_quotation(quoted, buyer())
		told = panel(quoted.name)
		assert newer.name != quoted.quotation.name
		assert told["why"]["fact"]["document_name"] == told["history"][0]["reference_name"]

	def test_a_call_is_known_by_its_subject_and_a_loss_by_its_reason(self, lead):
		frappe.set_user(make_user("Sales User"))
		with site.action():
			frappe.call("lead_pipeline.activities.actions.log_call", leads=lead.name, duration=90)
		(newest, _first) = panel(lead.name)["history"]
		assert newest["reference_title"] == f"Call to {lead.lead_name}"
		lose(lead)
		assert panel(lead.name)["why"]["lost_reason"] == f"{REASON}: Next year"
		assert panel(lead.name)["why"]["change"]["reference_title"] is None


class TestFollowDocuments:
	def test_a_choice_is_taken_back_and_the_history_says_so(self, quoted):
		lose(quoted)
		rows = len(log(quoted))
		assert follow_documents(quoted.name)["status"] == "Quotation"
		assert status(quoted) == "Quotation" and len(log(quoted)) == rows + 1
		row = last_row(quoted)
		assert (row.cause, row.reason) == ("Document", "Follows its documents again, as asked for")
		told = panel(quoted.name)["why"]
		assert (told["origin"], told["agrees"], told["lost_reason"]) == ("document", True, None)
		quoted.quotation.delete()
		assert status(quoted) == "Lead", "the choice that was taken back does not return"

	def test_a_choice_of_the_same_status_leaves_no_row(self, quoted):
		quoted.status = "Interested"
		quoted.save()
		quoted.status = "Quotation"
		quoted.save()
		rows = len(log(quoted))
		assert panel(quoted.name)["why"]["origin"] == "person"
		follow_documents(quoted.name)
		assert panel(quoted.name)["why"]["origin"] == "document"
		assert len(log(quoted)) == rows

	def test_without_a_document_and_under_a_hold_there_is_nothing_to_follow(self, lead, quoted):
		quoted.hold_status = 1
		quoted.save()
		with pytest.raises(ActionRefusedError, match="held"):
			follow_documents(quoted.name)
		with pytest.raises(ActionRefusedError, match="no document"):
			follow_documents(make_lead().name)

	def test_only_who_may_change_the_lead_may_do_it(self, quoted):
		lose(quoted)
		frappe.set_user(make_user("Sales User"))
		assert follow_documents(quoted.name)["status"] == "Quotation"
		lose(quoted)
		frappe.set_user(make_user())
		with pytest.raises(frappe.PermissionError):
			follow_documents(quoted.name)
		assert status(quoted) == "Lost"

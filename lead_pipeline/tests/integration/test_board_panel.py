"""The panel beside the board shows all of one lead in one answer.

It shows only what its reader may see.
"""

import frappe
import pytest
from frappe.permissions import add_user_permission
from frappe.utils import strip_html

from lead_pipeline.activities import actions
from lead_pipeline.board import columns, moves, panel
from lead_pipeline.constants import LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.duplicates import merging
from lead_pipeline.tests.factories import make_customer, make_lead, make_lead_type, make_order, make_user
from lead_pipeline.tests.sales import buyer

WORD = "Boardpanel"


def make(**values):
	return make_lead(company_name=f"{WORD} Ltd", **values)


def mail(lead, content: str, direction: str = "Received", **values) -> None:
	communication = frappe.new_doc("Communication")
	communication.update(
		{
			"communication_type": "Communication",
			"communication_medium": "Email",
			"sent_or_received": direction,
			"sender": "anna@example.com",
			"subject": "A question",
			"content": content,
			"reference_doctype": LEAD,
			"reference_name": lead.name,
		}
		| values
	)
	communication.insert(ignore_permissions=True)


def test_it_has_who_it_is_and_how_to_reach_them(seller):
	lead = make(
		first_name="Anna",
		last_name="Meyer",
		email="anna@example.com",
		phone="030 1234567",
		description="<p>Wants <b>ten</b></p><script>alert(1)</script>",
		email_ids=[{"email_id": "second@example.com"}],
		phone_nos=[{"phone": "030 7654321"}],
	)
	found = panel.panel(lead.name)
	who = found["lead"]
	assert (who["company"], who["first_name"], who["email"]) == (f"{WORD} Ltd", "Anna", "anna@example.com")
	assert (who["emails"], who["phones"]) == (["second@example.com"], ["030 7654321"])
	assert "<b>ten</b>" in who["description"]
	assert "<script" not in who["description"]
	assert found["card"] == columns.cards([lead.name])["cards"][lead.name]
	assert (found["gone"], seller in found["people"]) == (False, True)


def test_the_buttons_are_the_statuses_that_its_type_allows(seller):
	frappe.set_user("Administrator")
	lead = make(lead_type=make_lead_type("Lead", "Open", "Lost").name)
	frappe.set_user(seller)
	found = panel.panel(lead.name)["statuses"]
	assert [(row["name"], row["current"], row["asks"]) for row in found] == [
		("Lead", True, None),
		("Open", False, None),
		("Lost", False, "lost_reason"),
	]


def test_the_last_mails_calls_and_comments_are_plain_text_newest_first(seller):
	lead = make()
	mail(lead, "<div>Is it <b>blue</b>?</div><img src='https://tracker.example/x.png'>")
	actions.log_call([lead.name], "Spoke with <Anna>")
	lead.add_comment("Comment", "<p>She is <i>nice</i></p>")
	entries = panel.panel(lead.name)["timeline"]
	assert [(entry["kind"], entry["direction"]) for entry in entries] == [
		("comment", None),
		("call", "out"),
		("mail", "in"),
	]
	assert [entry["text"] for entry in entries][::2] == ["She is nice", "Is it blue?"]
	assert entries[2]["subject"] == "A question"
	for _number in range(12):
		lead.add_comment("Comment", "More")
	assert len(panel.panel(lead.name)["timeline"]) == 10


@pytest.mark.usefixtures("sales_documents")
def test_it_has_the_documents_that_its_reader_may_read_and_why_it_is_at_its_status(seller):
	frappe.set_user("Administrator")
	lead = make(lead_owner=seller)
	order = make_order(lead, buyer())
	found = panel.panel(lead.name)
	(document,) = (row for row in found["documents"] if row["doctype"] == "Sales Order")
	assert (document["name"], document["status"], document["total"]) == (order.name, "Draft", 100)
	assert (found["why"]["status"], found["why"]["fact"]["document_name"]) == ("Converted", order.name)
	assert [row["to_status"] for row in found["history"]] == ["Converted", "Lead"]
	# Of customers the seller may see another one only, and so no document of this one.
	add_user_permission("Customer", make_customer().name, seller)
	frappe.set_user(seller)
	found = panel.panel(lead.name)
	assert [row for row in found["documents"] if row["doctype"] == "Sales Order"] == []
	assert order.name not in frappe.as_json(found)


def test_it_says_what_its_reader_may_do_and_which_actions_fit(seller):
	lead = make()
	may = panel.panel(lead.name)["may"]
	assert (may["write"], may["delete"], may["share"]) == (True, False, True)
	assert {"lose", "qualify", "disqualify"} <= set(may["actions"])
	assert not {"reactivate", "take"} & set(may["actions"])
	moves.move(lead.name, "Lead", "Disqualified")
	assert {"reactivate"} <= set(panel.panel(lead.name)["may"]["actions"])
	frappe.set_user("Administrator")
	lead.db_set({"owner": "Administrator", "lead_owner": "Administrator"})
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.share.add(LEAD, lead.name, seller)
	frappe.set_user(seller)
	may = panel.panel(lead.name)["may"]
	assert (may["write"], may["actions"], may["documents"]) == (False, [], [])


def test_gone_hidden_and_merged_leads(seller):
	frappe.set_user("Administrator")
	hidden, merged, survivor = make(), make(), make(lead_owner=seller)
	merging.merge(survivor.name, [merged.name])
	hidden.db_set({"owner": "Administrator", "lead_owner": "Administrator"})
	frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
	frappe.set_user(seller)
	gone = {"gone": True, "successor": None}
	assert panel.panel("LEAD-1999-00001") == panel.panel(hidden.name) == gone
	assert panel.panel(merged.name) == {"gone": True, "successor": survivor.name}
	frappe.set_user(make_user())
	with pytest.raises(frappe.PermissionError, match=r"You may not read leads"):
		panel.panel(hidden.name)


def test_it_takes_few_statements(seller, count_sql):
	lead = make(email="anna@example.com")
	mail(lead, "Hello")
	panel.panel(lead.name)
	with count_sql() as statements:
		assert strip_html(panel.panel(lead.name)["lead"]["title"]) == f"{WORD} Ltd"
	assert len(statements) <= 30, "\n".join(statements)

"""A Workflow of the framework on the status.

People follow its transitions; documents do not need one.
"""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, apply_workflow, get_transitions

from lead_pipeline.activities import actions
from lead_pipeline.board import columns, moves, panel
from lead_pipeline.constants import LEAD, STATUS_FAILURE
from lead_pipeline.tests.factories import SELLER, make_lead, make_lead_type, make_quotation
from lead_pipeline.tests.leads import log, status

STATES = ("Lead", "Open", "Interested", "Quotation", "Disqualified")


@pytest.fixture(autouse=True)
def workflow(seller):
	"""Lead → Open → Interested, by Sales Users; documents may give Quotation."""
	frappe.set_user("Administrator")
	workflow = frappe.new_doc("Workflow")
	workflow.update({"workflow_name": "Of Leads", "document_type": LEAD, "workflow_state_field": "status"})
	workflow.update({"is_active": 1, "send_email_alert": 0})
	for state in STATES:
		if not frappe.db.exists("Workflow State", state):
			frappe.get_doc({"doctype": "Workflow State", "workflow_state_name": state}).insert()
		workflow.append("states", {"state": state, "doc_status": "0", "allow_edit": "Sales User"})
	for state, action, next_state in (("Lead", "Approve", "Open"), ("Open", "Review", "Interested")):
		row = {"state": state, "action": action, "next_state": next_state, "allowed": "Sales User"}
		workflow.append("transitions", row)
	workflow.insert()
	frappe.clear_cache(doctype=LEAD)
	frappe.set_user(seller)
	yield workflow
	frappe.db.rollback()
	frappe.clear_cache(doctype=LEAD)


def test_people_take_its_transitions_and_no_others():
	lead = make_lead()
	assert [transition.next_state for transition in get_transitions(lead)] == ["Open"]
	apply_workflow(lead, "Approve")
	assert (status(lead), log(lead)[-1].cause) == ("Open", "Person")
	lead.reload()
	lead.status = "Quotation"
	with pytest.raises(WorkflowPermissionError, match="not allowed from .*Open.* to .*Quotation"):
		lead.save()
	(refused,) = actions.disqualify([lead.name, "another"])["refused"][:1]
	assert "not allowed from" in refused["reason"]
	assert status(lead) == "Open"


@pytest.mark.usefixtures("sales_documents")
def test_a_document_moves_the_lead_where_no_transition_leads_and_back():
	lead = make_lead()
	quotation = make_quotation(lead)
	assert (status(lead), log(lead)[-1].cause) == ("Quotation", "Document")
	assert not frappe.db.exists(STATUS_FAILURE, {"lead": lead.name})
	quotation.delete()
	assert status(lead) == "Lead"


def test_a_status_that_follows_from_another_type_is_not_refused():
	lead = make_lead()
	# Afterwards: the only type of a site becomes the type of every new lead.
	frappe.set_user("Administrator")
	lead_type = make_lead_type("Interested").name
	frappe.set_user(SELLER)
	lead.lead_type = lead_type
	lead.save()
	assert status(lead) == "Interested"


def test_a_card_goes_where_a_transition_leads_and_is_told_where_that_is():
	lead = make_lead()
	assert columns.columns()["workflow"]
	refused = moves.move(lead.name, "Lead", "Interested")
	assert (refused["moved"], refused["why"], refused["allowed"]) == (False, "workflow", ["Open"])
	assert frappe.utils.strip_html(refused["message"]) == (
		"Workflow State transition not allowed from Lead to Interested"
	)
	answer = moves.move(lead.name, "Lead", "Open")
	assert (answer["moved"], status(lead)) == (True, "Open")
	# There is no way back: the undoing is a move as any other.
	assert moves.undo(lead.name, answer["undo"])["why"] == "workflow"
	assert [row["name"] for row in panel.panel(lead.name)["statuses"]] == ["Open", "Interested"]


@pytest.mark.usefixtures("sales_documents")
def test_where_a_document_has_brought_a_lead_that_the_workflow_does_not_know_people_go_on(workflow):
	"""People can go on with a lead at a status that the Workflow does not know.

	A document has brought the lead there. Neither blocks the other for ever: the document is followed, and people can
	change the status again.
	"""
	lead = make_lead()
	frappe.set_user("Administrator")
	workflow.states = [row for row in workflow.states if row.state != "Quotation"]
	workflow.save()
	frappe.clear_cache(doctype=LEAD)
	frappe.set_user(SELLER)
	quotation = make_quotation(lead)
	assert status(lead) == "Quotation"
	lead.reload()
	lead.job_title = "Head of Buying"
	lead.save()
	assert moves.move(lead.name, "Quotation", "Open")["moved"]
	assert moves.move(lead.name, "Open", "Interested")["moved"]
	frappe.set_user("Administrator")
	quotation.delete()
	assert status(lead) == "Interested"

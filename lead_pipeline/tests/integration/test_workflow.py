"""A Workflow of the framework's on the status: people follow its transitions, the documents need none."""

import frappe
import pytest
from frappe.model.workflow import WorkflowPermissionError, apply_workflow, get_transitions

from lead_pipeline.activities import actions
from lead_pipeline.constants import LEAD, STATUS_FAILURE
from lead_pipeline.tests.factories import make_lead, make_lead_type, make_quotation
from lead_pipeline.tests.sales import log, status

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
	frappe.set_user("seller@example.com")
	lead.lead_type = lead_type
	lead.save()
	assert status(lead) == "Interested"

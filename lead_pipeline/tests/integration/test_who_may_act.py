"""Every action, called by those who may not."""

import frappe
import pytest
import requests
from frappe.permissions import add_user_permission

from lead_pipeline.activities import actions
from lead_pipeline.tests import site
from lead_pipeline.tests.actions import REASON, field, refusal
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.rest import Client

ARGUMENTS = {
	"lose": {"lost_reason": REASON},
	"disqualify": {},
	"qualify": {},
	"reactivate": {},
	"take": {},
	"follow_up": {"date": "2999-12-31"},
	"log_call": {},
	"hand_over": {"to": "Administrator"},
	"add_tag": {"tag": "Urgent"},
	"plan_step": {"due_on": "2999-12-31"},
	"send_template": {"email_template": "For Tests of Actions"},
}


@pytest.fixture(autouse=True)
def email_template(clean_transaction):
	name = ARGUMENTS["send_template"]["email_template"]
	template = {"doctype": "Email Template", "name": name, "subject": "Hello", "response": "Hello"}
	frappe.db.delete("Email Template", {"name": name})
	frappe.get_doc(template).insert()
	yield
	# Some of the tests commit.
	frappe.db.rollback()
	frappe.db.delete("Email Template", {"name": name})
	frappe.db.commit()


def test_every_whitelisted_action_is_tried_below():
	from frappe import whitelisted

	found = {method.__name__ for method in whitelisted if method.__module__ == actions.__name__}
	assert found == set(ARGUMENTS)


def address(action: str) -> str:
	return f"{site.URL}/api/method/lead_pipeline.activities.actions.{action}"


def test_actions_are_closed_to_guests_to_users_without_a_role_and_to_get():
	lead = make_lead()
	stranger, seller = Client(make_user()), Client(make_user("Sales User"))
	for action, arguments in ARGUMENTS.items():
		body = arguments | {"leads": lead.name}
		assert requests.post(address(action), json=body, timeout=60).status_code == 403, action
		refused = stranger.session.post(address(action), json=body, timeout=60)
		assert refused.status_code == 403, action
		assert "Ask your administrator for the role Sales User." in refused.text
		assert seller.session.get(address(action), params=body, timeout=60).status_code == 403, action
	frappe.db.rollback()
	assert (field(lead, "status"), field(lead, "lead_owner")) == ("Lead", lead.lead_owner)


@pytest.mark.parametrize("action", ARGUMENTS)
def test_a_lead_that_the_user_may_not_see_is_refused_as_if_it_did_not_exist(seller, action):
	frappe.set_user("Administrator")
	hidden, shown = make_lead(), make_lead()
	add_user_permission("Pipeline Lead", shown.name, seller)
	frappe.set_user(seller)
	answer = getattr(actions, action)(hidden.name, **ARGUMENTS[action])
	missing = getattr(actions, action)("LEAD-0", **ARGUMENTS[action])
	assert refusal(answer) == refusal(missing) == "There is no such lead, or you may not see it."
	assert hidden.lead_name not in answer["message"]
	assert (field(hidden, "status"), field(hidden, "lead_owner")) == ("Lead", hidden.lead_owner)


@pytest.mark.parametrize("action", ARGUMENTS)
def test_a_lead_that_the_user_may_only_read_is_refused(action):
	# Somebody of the desk, who may use templates of mails, without a role for leads.
	role = frappe.new_doc("Role", role_name=f"Role {frappe.generate_hash(length=8)}", desk_access=1).insert()
	user = make_user(role.name)
	lead, own = make_lead(), make_lead()
	frappe.share.add("Pipeline Lead", lead.name, user, read=1)
	frappe.share.add("Pipeline Lead", own.name, user, read=1, write=1)
	frappe.set_user(user)
	answer = getattr(actions, action)(lead.name, **ARGUMENTS[action])
	assert refusal(answer) == (
		"You may not change it. Ask its owner to share it with you, or a Sales Manager."
	)
	assert (field(lead, "status"), field(lead, "lead_owner")) == ("Lead", lead.lead_owner)

"""Who gets a lead is told by whom; who has left is neither told nor asked."""

import json

import frappe
import pytest
from frappe.desk.form import assign_to
from frappe.utils import nowdate

from lead_pipeline.activities import actions, follow_up
from lead_pipeline.capture import calls
from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.tests import from_a_lead
from lead_pipeline.tests.actions import refusal
from lead_pipeline.tests.assignment import address, assignees, comments, disable
from lead_pipeline.tests.bell import (
	ASSIGN_TO,
	GERMAN,
	GONE,
	MANAGER,
	NORTH,
	PEOPLE,
	SOUTH,
	enquire,
	request,
	told,
)
from lead_pipeline.tests.factories import make_lead, needs
from lead_pipeline.tests.merges import merge
from lead_pipeline.tests.rest import Client


class TestHandOver:
	def test_sets_the_sales_person_and_leaves_the_note_in_timeline_and_notification(self, leads):
		leads.append(make_lead(lead_owner=NORTH, lead_name="Pump").name)
		frappe.db.commit()
		answer = Client(NORTH).call(
			"POST",
			"method/lead_pipeline.activities.actions.hand_over",
			leads=leads,
			to=SOUTH,
			note="Call after <b>noon</b>",
		)
		frappe.db.rollback()
		assert frappe.utils.strip_html(answer["message"]) == "Pump is in the hands of told-south now."
		assert frappe.db.get_value(LEAD, leads[0], "lead_owner") == SOUTH
		(subject,) = frappe.get_all("Notification Log", {"for_user": SOUTH}, pluck="subject")
		assert "<b>noon" not in subject and "Call after &lt;b&gt;noon&lt;/b&gt;" in subject
		(comment,) = [text for text in comments(leads[0]) if "handed" in text]
		assert "told-south: Call after" in comment

	@pytest.mark.parametrize("to", [GONE, "nobody@example.com", "Guest"])
	def test_not_to_somebody_who_cannot_work_on_it(self, to):
		disable(GONE)
		lead = make_lead()
		with pytest.raises(frappe.ValidationError, match="Choose somebody else"):
			actions.hand_over(lead.name, to)

	def test_not_to_who_has_it_nor_by_who_may_not_change_it(self):
		lead = make_lead(lead_owner=SOUTH)
		assert "has it already" in refusal(actions.hand_over(lead.name, SOUTH))
		frappe.db.set_single_value(SETTINGS, "lead_visibility", "Own Leads")
		frappe.set_user(NORTH)
		assert "you may not see it" in refusal(actions.hand_over(lead.name, NORTH))


class TestPeopleWhoHaveLeft:
	"""Messages for a user who has left go to the assigned user or the managers.

	Nobody who has left is told, asked or copied to: instead it is the assigned user, else the managers.
	"""

	@pytest.fixture
	def lead(self, people):
		lead = make_lead(
			email=address(),
			lead_owner=GONE,
			phone="+49 30 901820",
			lead_name="Pump",
			next_contact_date=nowdate(),
		)
		assign_to.add({"doctype": LEAD, "name": lead.name, "assign_to": [NORTH]})
		frappe.db.delete("Notification Log", {"for_user": ("in", PEOPLE)})
		disable(GONE)
		return lead

	@pytest.fixture(params=["assigned", "nobody"])
	def instead(self, request, lead):
		"""Who is to hear instead."""
		if request.param == "assigned":
			return [NORTH]
		disable(NORTH)
		return [GERMAN, MANAGER]

	def who_was_told(self) -> list[str]:
		users = frappe.get_all(
			"Notification Log", {"for_user": ("in", PEOPLE), "type": "Alert"}, pluck="for_user"
		)
		return sorted(users)

	def test_a_further_enquiry(self, lead, instead):
		enquire(email=lead.email)
		assert self.who_was_told() == instead

	def test_a_call(self, lead, instead):
		call = frappe.new_doc("Communication")
		call.update({"communication_medium": "Phone", "sent_or_received": "Received", "phone_no": lead.phone})
		calls.tell_people(call)
		assert self.who_was_told() == instead

	def test_the_day_of_the_next_contact(self, lead, instead):
		assert lead.name in follow_up.leads_due()
		assert follow_up.remind_of_lead(lead.name)
		assert self.who_was_told() == instead
		assert GONE not in assignees(lead.name)

	def test_a_merge(self, lead, instead):
		merge(make_lead(lead_owner=SOUTH), lead)
		assert self.who_was_told() == instead

	def test_a_lead_that_comes_in_for_them(self, leads):
		disable(GONE)
		frappe.db.commit()
		with request("Administrator"):
			lead = frappe.new_doc(LEAD)
			lead.update({"lead_owner": GONE, "lead_name": "Pump"})
			leads.append(lead.insert(ignore_permissions=True).name)
		assert told(GONE) == []
		assert told(MANAGER) == ["Pump has nobody who works on it: told-gone cannot log in."]

	@pytest.mark.parametrize(
		"way",
		["assign", "assign many", "task", "task of another", "sales person", "next contact", "new lead"],
	)
	def test_nobody_gives_them_a_lead_by_hand(self, way, leads):
		lead = make_lead()
		leads.append(lead.name)
		on_lead = {"reference_type": LEAD, "reference_name": lead.name, "description": "Call"}
		on_lead["assigned_by"] = NORTH
		task = frappe.get_doc({"doctype": "ToDo", "allocated_to": NORTH} | on_lead).insert()
		disable(GONE)
		frappe.db.commit()
		ways = {
			"assign": (
				"POST",
				f"{ASSIGN_TO}.add",
				{"name": lead.name, "doctype": LEAD, "assign_to": json.dumps([GONE])},
			),
			"assign many": (
				"POST",
				f"{ASSIGN_TO}.add_multiple",
				{"name": json.dumps([lead.name]), "doctype": LEAD, "assign_to": json.dumps([GONE])},
			),
			"task": ("POST", "resource/ToDo", {"allocated_to": GONE} | on_lead),
			"task of another": ("PUT", f"resource/ToDo/{task.name}", {"allocated_to": GONE}),
			"sales person": ("PUT", f"resource/{LEAD}/{lead.name}", {"lead_owner": GONE}),
			"next contact": ("PUT", f"resource/{LEAD}/{lead.name}", {"next_contact_by": GONE}),
			"new lead": ("POST", f"resource/{LEAD}", {"lead_owner": GONE, "lead_name": "Pump"}),
		}
		verb, path, values = ways[way]
		with pytest.raises(AssertionError, match="told-gone.*is disabled.*Choose somebody else"):
			Client(NORTH).call(verb, path, **values)
		assert GONE not in assignees(lead.name)

	def test_who_has_left_keeps_what_they_had(self, lead):
		lead.reload()
		lead.job_title = "Buyer"
		lead.save()
		assert lead.lead_owner == GONE

	def test_an_opportunity(self, lead, sales_documents):
		needs("Opportunity")
		assert from_a_lead.new(lead, "Opportunity").opportunity_owner == NORTH

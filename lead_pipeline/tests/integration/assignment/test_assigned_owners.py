"""The assigned user becomes the sales person if the setting says so.

An assignment rule that fails harms no lead.
"""

import json

import frappe
import pytest
from frappe.automation.doctype.assignment_rule import assignment_rule as framework

from lead_pipeline.activities import assignment
from lead_pipeline.constants import LEAD, SETTINGS
from lead_pipeline.exceptions import InvalidValueError
from lead_pipeline.tests.assignment import (
	RULE,
	assignees,
	disable,
	enquire,
	errors,
	make_rule,
	owner_of,
	sellers,
	somebody_without_leads,
	told,
)
from lead_pipeline.tests.factories import make_lead, make_user
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.rest import Client


class TestOwner:
	def test_who_is_assigned_becomes_the_sales_person_of_a_lead_that_has_none(self):
		(user,) = sellers(1)
		make_rule(user)
		lead = make_lead()
		assert (lead.lead_owner, owner_of(lead.name)) == (user, user)
		lead.job_title = "Buyer"
		lead.save()
		assert owner_of(lead.name) == user

	def test_the_sales_person_whom_somebody_chose_stays(self):
		user, chosen = sellers(2)
		make_rule(user)
		lead = make_lead(lead_owner=chosen)
		assert (assignees(lead.name), owner_of(lead.name)) == ([user], chosen)

	def test_the_next_assignment_takes_over_what_the_last_one_gave(self):
		first, second = sellers(2)
		make_rule(first, assign_condition='job_title != "Chief"', unassign_condition='job_title == "Chief"')
		make_rule(second, assign_condition='job_title == "Chief"', unassign_condition='job_title != "Chief"')
		lead = make_lead()
		assert owner_of(lead.name) == first
		lead.job_title = "Chief"
		lead.save()
		assert (assignees(lead.name), owner_of(lead.name)) == ([second], second)
		version = frappe.get_last_doc("Version", {"ref_doctype": LEAD, "docname": lead.name})
		assert ["lead_owner", first, second] in json.loads(version.data)["changed"]

	@pytest.mark.parametrize("back", [False, True])
	def test_but_not_what_a_person_chose_since(self, back):
		first, second, chosen = sellers(3)
		make_rule(first, assign_condition='job_title != "Chief"', unassign_condition='job_title == "Chief"')
		make_rule(second, assign_condition='job_title == "Chief"', unassign_condition='job_title != "Chief"')
		lead = make_lead()
		for person in (chosen, first) if back else (chosen,):
			lead.lead_owner = person
			lead.save()
		lead.job_title = "Chief"
		lead.save()
		assert assignees(lead.name) == [second]
		assert owner_of(lead.name) == (first if back else chosen)

	def test_without_an_assignment_the_sales_person_stays(self):
		(user,) = sellers(1)
		make_rule(user, assign_condition='status == "Lead"', unassign_condition='status != "Lead"')
		lead = make_lead()
		lead.status = "Open"
		lead.save()
		assert (assignees(lead.name), owner_of(lead.name)) == ([], user)

	def test_nothing_of_this_when_it_is_switched_off(self):
		frappe.db.set_single_value(SETTINGS, "assignee_becomes_owner", 0)
		(user,) = sellers(1)
		make_rule(user)
		lead = make_lead()
		assert (assignees(lead.name), owner_of(lead.name)) == ([user], None)

	def test_a_person_who_assigns_chooses_no_sales_person(self):
		(user,) = sellers(1)
		lead = make_lead()
		frappe.get_attr("frappe.desk.form.assign_to.add")(
			{"doctype": LEAD, "name": lead.name, "assign_to": [user]}
		)
		assert (assignees(lead.name), owner_of(lead.name)) == ([user], None)

	def test_an_open_form_has_to_be_read_again_after_rules_were_applied_from_the_list(self):
		lead = make_lead()
		(user,) = sellers(1)
		make_rule(user)
		framework.bulk_apply(LEAD, json.dumps([lead.name]))
		assert owner_of(lead.name) == user
		lead.job_title = "Buyer"
		with pytest.raises(frappe.TimestampMismatchError):
			lead.save()

	def test_who_was_assigned_cannot_be_made_up_by_a_client(self):
		first, second = sellers(2)
		lead = make_lead(lead_owner=first, assigned_owner=first)
		assert frappe.db.get_value(LEAD, lead.name, "assigned_owner") is None
		lead.assigned_owner = first
		with refused(InvalidValueError):
			lead.save()
		make_rule(second)
		lead.reload()
		lead.save()
		assert owner_of(lead.name) == first


class TestNoHarm:
	def test_a_condition_that_fails_harms_no_lead(self):
		(user,) = sellers(1)
		manager = make_user("Sales Manager")
		rule = make_rule(user, assign_condition="no_such_field > 1")
		frappe.clear_messages()
		frappe.set_user("Guest")
		lead = enquire()
		assert frappe.db.exists(LEAD, lead)
		assert assignees(lead) == []
		# A visitor learns nothing of it.
		assert frappe.local.message_log == []
		assert told(manager) == [f"Assignment Rule {rule.name} failed"]
		(entry,) = errors()
		assert "The lead was saved without an assignment by it." in entry.error
		assert "no_such_field" in entry.error

	def test_a_description_that_cannot_be_rendered_harms_no_lead(self):
		(user,) = sellers(1)
		rule = make_rule(user)
		frappe.db.set_value(RULE, rule.name, "description", "{{ no_such.field }}")
		lead = enquire()
		assert frappe.db.exists(LEAD, lead)
		assert assignees(lead) == []
		assert errors()[0].method == f"Assignment Rule {rule.name} failed"

	def test_without_sharing_an_assignee_who_may_see_no_leads_is_not_assigned(self):
		frappe.db.set_single_value("System Settings", "disable_document_sharing", 1)
		frappe.clear_document_cache("System Settings", "System Settings")
		frappe.local.system_settings = frappe.get_doc("System Settings")
		rule = make_rule(somebody_without_leads())
		lead = enquire()
		assert assignees(lead) == []
		assert errors()[0].method == f"Assignment Rule {rule.name} failed"

	def test_rules_for_other_documents_are_the_frameworks_own(self):
		(user,) = sellers(1)
		disable(user)
		rule = make_rule(user, document_type="Note")
		assert frappe.get_doc(RULE, rule.name).get_user({}) == user

	def test_it_builds_on_the_class_that_another_app_has_put_there(self):
		class Others(framework.AssignmentRule):
			pass

		assert issubclass(assignment.lead_assignment_rule_on(Others), Others)
		assert isinstance(
			frappe.get_doc(RULE, make_rule(*sellers(1)).name), assignment.LeadAssignmentRuleMixin
		)

	def test_a_client_cannot_assign_in_the_name_of_a_rule(self, kept):
		"""What a rule assigns is shared with its assignee, whoever asks."""
		rule = kept(*sellers(1), assign_condition="False")
		outsider = somebody_without_leads()
		client = Client(make_user("Sales User"))
		lead = client.create(LEAD, company_name="Not to be shared", is_organization=1)["name"]
		client.call(
			"POST",
			"method/frappe.desk.form.assign_to.add",
			doctype=LEAD,
			name=lead,
			assign_to=json.dumps([sellers(1)[0]]),
			assignment_rule=rule.name,
		)
		frappe.db.rollback()
		assert frappe.get_all("ToDo", {"reference_name": lead}, pluck="assignment_rule") == [None]
		todo = frappe.new_doc("ToDo")
		todo.update({"reference_type": LEAD, "reference_name": lead, "allocated_to": outsider})
		todo.update({"assignment_rule": rule.name, "description": "Look"})
		todo.insert()
		assert not frappe.db.exists("DocShare", {"share_name": lead, "user": outsider})
		frappe.db.delete("ToDo", {"reference_name": lead})
		frappe.db.commit()

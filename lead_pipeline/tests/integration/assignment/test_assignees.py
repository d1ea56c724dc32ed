"""Whose turn it is, and what happens when nobody can work on the lead."""

import json
import threading
from collections import Counter

import frappe
import pytest
from frappe.automation.doctype.assignment_rule import assignment_rule as framework

from lead_pipeline.activities import assignment
from lead_pipeline.constants import LEAD
from lead_pipeline.tests import site, worker
from lead_pipeline.tests.assignment import (
	RULE,
	assignees,
	comments,
	disable,
	enquire,
	errors,
	make_rule,
	sellers,
	told,
)
from lead_pipeline.tests.factories import make_lead, make_user


class TestWhoseTurn:
	def test_by_turns(self):
		users = sellers(3)
		make_rule(*users)
		assert [assignees(make_lead().name) for _number in range(4)] == [
			[user] for user in [*users, users[0]]
		]

	def test_by_turns_across_transactions(self, kept):
		users = sellers(3)
		rule = kept(*users)
		found = []
		for _number in range(4):
			with site.action():
				lead = make_lead()
			found += assignees(lead.name)
		assert found == [*users, users[0]]
		assert frappe.db.get_value(RULE, rule.name, "last_user") == users[0]

	def test_what_was_undone_was_nobodys_turn(self, kept):
		users = sellers(2)
		kept(*users)
		with pytest.raises(frappe.ValidationError), site.action():
			make_lead()
			frappe.throw("Something else fails")
		with site.action():
			lead = make_lead()
		assert assignees(lead.name) == [users[0]]

	def test_a_disabled_user_is_passed_over(self):
		first, second, third = sellers(3)
		make_rule(first, second, third)
		disable(second)
		assert [assignees(make_lead().name)[0] for _number in range(4)] == [first, third, first, third]

	def test_who_was_disabled_after_the_last_turn_does_not_begin_the_round_again(self):
		first, second, third = sellers(3)
		rule = make_rule(first, second, third)
		rule.db_set("last_user", second)
		disable(second)
		assert assignees(make_lead().name) == [third]

	def test_who_comes_back_is_asked_again(self):
		first, second = sellers(2)
		make_rule(first, second)
		disable(second)
		assert assignees(make_lead().name) == [first]
		frappe.db.set_value("User", second, "enabled", 1)
		assert assignees(make_lead().name) == [second]

	def test_a_user_of_the_portal_is_passed_over(self):
		first, second = sellers(2)
		make_rule(first, second)
		frappe.db.set_value("User", first, "user_type", "Website User")
		assert assignees(make_lead().name) == [second]

	def test_by_load(self):
		busy, idle = sellers(2)
		make_rule(busy, idle, rule="Load Balancing")
		for number in range(3):
			frappe.get_doc(
				{
					"doctype": "ToDo",
					"reference_type": LEAD,
					"reference_name": make_lead().name,
					"allocated_to": busy,
					"description": f"Task {number}",
				}
			).insert()
		frappe.db.delete("ToDo", {"allocated_to": idle})
		assert assignees(make_lead().name) == [idle]
		disable(idle)
		assert assignees(make_lead().name) == [busy]

	def test_by_a_field(self):
		seller, contact = sellers(2)
		make_rule(rule="Based on Field", field="next_contact_by")
		assert assignees(make_lead(next_contact_by=contact).name) == [contact]
		disable(seller)
		lead = make_lead()
		frappe.db.set_value(LEAD, lead.name, "next_contact_by", seller)
		lead.reload()
		lead.save()
		assert assignees(lead.name) == []
		assert len(comments(lead.name)) == 1

	def test_many_at_once_are_handed_out_fairly_and_nobody_waits(self, kept):
		users = sellers(4)
		kept(*users)
		failed, leads = [], []

		def enquire_often() -> None:
			site.connect()
			try:
				for _number in range(10):
					with site.action():
						leads.append(enquire())
			except Exception as error:
				failed.append(error)
			finally:
				frappe.destroy()

		threads = [threading.Thread(target=enquire_often) for _number in range(4)]
		for thread in threads:
			thread.start()
		for thread in threads:
			thread.join()
		assert not failed
		frappe.db.rollback()
		counts = Counter(user for lead in leads for user in assignees(lead))
		assert sum(counts.values()) == 40
		# The rounds of requests at the same moment overlap; each of the four has got a good part all the same.
		assert min(counts[user] for user in users) >= 4, counts

	def test_an_open_transaction_keeps_no_other_enquiry_from_its_sales_person(self, kept, free_worker):
		users = sellers(2)
		kept(*users)
		with site.somebody_else(enquire), site.little_patience(), site.action():
			lead = enquire()
		# From Frappe 15.55 on, a ToDo waits for the others that are being made; then it is the worker who assigns.
		worker.wait_until_idle()
		frappe.db.rollback()
		assert assignees(lead) == [users[0]]
		assert errors() == []

	def test_ways_that_keep_their_people_elsewhere_are_left_to_the_framework(self):
		"""Later versions have rules whose people are in a table of their own."""
		(user,) = sellers(1)
		lead = make_lead()

		class WithPeopleElsewhere:
			document_type, rule, name, users, last_user = LEAD, "Weighted Distribution", "A rule", [], None

			def get_user(self, doc: dict) -> str:
				return user

		assert assignment.lead_assignment_rule_on(WithPeopleElsewhere)().get_user(lead.as_dict()) == user


class TestNobodyFits:
	def test_the_lead_is_saved_and_says_it_once(self):
		first, second = sellers(2)
		rule = make_rule(first, second)
		disable(first)
		disable(second)
		lead = enquire()
		assert assignees(lead) == []
		(said,) = comments(lead)
		assert said == f"assigned nobody: {rule.name} found no user who can log in. Assign somebody by hand."
		frappe.get_doc(LEAD, lead).save()
		assert len(comments(lead)) == 1

	def test_the_managers_are_told_once_a_day(self):
		(user,) = sellers(1)
		manager = make_user("Sales Manager")
		rule = make_rule(user)
		disable(user)
		enquire()
		enquire()
		assert told(manager) == [f"Assignment Rule {rule.name} finds nobody who can log in"]
		(entry,) = errors()
		assert "Enable one of its users or add others" in entry.error
		assert entry.reference_name == rule.name

	def test_another_rule_finds_somebody(self):
		gone, here = sellers(2)
		make_rule(gone, priority=2)
		make_rule(here, priority=1)
		disable(gone)
		lead = enquire()
		assert assignees(lead) == [here]
		assert comments(lead) == []

	def test_applied_from_the_list_it_is_said_too(self):
		(user,) = sellers(1)
		lead = make_lead()
		make_rule(user)
		disable(user)
		framework.bulk_apply(LEAD, json.dumps([lead.name]))
		assert len(comments(lead.name)) == 1

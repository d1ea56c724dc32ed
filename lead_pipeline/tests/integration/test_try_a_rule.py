"""Try it: which leads would change, and why, before a rule is saved."""

import frappe
import pytest
import requests

from lead_pipeline.constants import LEAD, RULE, SETTINGS
from lead_pipeline.exceptions import InvalidRuleError
from lead_pipeline.status import preview
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import (
	make_lead,
	make_lead_type,
	make_opportunity,
	make_quotation,
	make_rule,
	make_user,
)
from lead_pipeline.tests.messages import refused
from lead_pipeline.tests.sales import ordered

TRY = "lead_pipeline.status.preview.try_rule"
WAITING = "lead_pipeline.status.preview.waiting"


def try_it(rule=None, without=False, **values) -> dict:
	"""What the button answers for a rule of the form, changed by `values`."""
	document = (
		rule.as_dict() if rule else {"doctype": RULE, "name": "new-pipeline-status-rule-1", "enabled": 1}
	)
	values = (
		{"position": 1, "status": "Interested", "document_type": "Quotation", "filters": "[]"}
		| (dict(document) if rule else {})
		| values
	)
	return frappe.call(TRY, rule=frappe.as_json(document | values), without=without)


def of(answer: dict, lead) -> dict | None:
	return next((row for row in answer["leads"] if row["lead"] == lead.name), None)


def seeded(title: str):
	return frappe.get_doc(RULE, {"rule_name": title})


@pytest.fixture
def lead():
	lead = make_lead()
	lead.quotation = make_quotation(lead)
	return lead


class TestAnswer:
	def test_a_new_rule_shows_old_and_new_status_and_the_document_that_decides(self, lead):
		before = try_it(filters='[["status", "=", "Ordered"]]')
		assert of(before, lead) is None
		answer = try_it()
		row = of(answer, lead)
		assert (row["from_status"], row["to_status"], row["title"]) == (
			"Quotation",
			"Interested",
			lead.lead_name,
		)
		assert (row["document_type"], row["document_name"]) == ("Quotation", lead.quotation.name)
		assert row["why"] == f"Quotation {lead.quotation.name} says Interested (rule “the new rule”)."
		assert answer["total"] == sum(move["count"] for move in answer["moves"])
		assert {"from_status": "Quotation", "to_status": "Interested"}.items() <= answer["moves"][0].items()
		assert answer["more"] is False

	def test_it_agrees_with_what_saving_and_recomputing_does(self, lead):
		from lead_pipeline.status.reconcile import disagreements

		list_before = {row.lead for row in disagreements()}
		answer = try_it()
		make_rule(position=1)
		after = {row.lead for row in disagreements()} - list_before
		assert len(after) == answer["total"]
		assert {row["lead"] for row in answer["leads"]} <= after

	def test_nothing_is_written(self, lead):
		def everything():
			return [frappe.db.count(doctype) for doctype in (RULE, "Pipeline Status Log", LEAD, "Version")]

		before, modified = everything(), frappe.db.get_value(LEAD, lead.name, "modified")
		try_it()
		assert (everything(), frappe.db.get_value(LEAD, lead.name, "modified")) == (before, modified)
		assert frappe.db.get_value(LEAD, lead.name, "status") == "Quotation"

	def test_a_changed_rule(self, lead):
		answer = try_it(seeded("Quotation in progress"), status="Open")
		row = of(answer, lead)
		assert (row["from_status"], row["to_status"]) == ("Quotation", "Open")
		assert row["why"] == f"Quotation {lead.quotation.name} says Open (rule “Quotation in progress”)."
		assert of(try_it(seeded("Quotation in progress")), lead) is None

	@pytest.mark.parametrize("how", [{"enabled": 0}, {"without": True}])
	def test_a_disabled_and_a_deleted_rule(self, lead, how):
		row = of(try_it(seeded("Quotation in progress"), **how), lead)
		assert (row["from_status"], row["to_status"]) == ("Quotation", "Lead")
		assert "Lead is what a person last chose" in row["why"]
		assert row["document_type"] is None

	def test_a_rule_that_changes_its_document_type_concerns_both(self, lead):
		other = make_lead()
		make_opportunity(other)
		answer = try_it(
			seeded("Quotation in progress"),
			document_type="Opportunity",
			filters="[]",
			status="Open",
			position=5,
		)
		assert (of(answer, lead)["to_status"], of(answer, other)["to_status"]) == ("Lead", "Open")

	def test_a_rule_for_a_type_moves_only_its_leads(self, lead):
		lead_type, _other = make_lead_type(), make_lead_type()
		inside = make_lead(lead_type=lead_type.name)
		make_quotation(inside)
		answer = try_it(lead_type=lead_type.name)
		assert of(answer, lead) is None
		assert of(answer, inside)["to_status"] == "Interested"

	def test_a_lead_that_only_a_row_of_an_order_names_is_looked_at(self, lead):
		other = make_lead()
		quotation = make_quotation(other)
		lead.quotation.submit()
		quotation.submit()
		order = ordered(lead.quotation, quotation).insert()
		(by_row,) = {lead.name, other.name} - {order.pipeline_lead}
		answer = try_it(document_type="Sales Order", position=5)
		assert by_row in {row["lead"] for row in answer["leads"] if row["to_status"] == "Interested"}

	def test_held_and_protected_leads_are_counted_apart(self, lead):
		lead.reload()
		before = try_it()
		lead.update({"hold_status": 1}).save()
		answer = try_it()
		assert (answer["held"], answer["total"]) == (before["held"] + 1, before["total"] - 1)
		assert of(answer, lead) is None

	def test_a_lead_that_cannot_be_examined_does_not_stand_in_the_way(self, lead):
		broken = make_lead()
		make_quotation(broken)
		frappe.db.set_value(LEAD, broken.name, "manual_basis", "{")
		answer = try_it()
		assert of(answer, lead) and not of(answer, broken)

	def test_leads_that_disagree_anyway_are_no_effect_of_the_rule(self, lead):
		frappe.db.set_value("Quotation", lead.quotation.name, "status", "Expired")
		assert of(try_it(position=999), lead)["to_status"] == "Interested"
		assert (
			of(try_it(document_type="Quotation", position=999, filters='[["status", "=", "Lost"]]'), lead)
			is None
		)

	def test_relative_dates_count_as_of_today(self, lead):
		frappe.db.set_value("Quotation", lead.quotation.name, "transaction_date", frappe.utils.nowdate())
		assert of(try_it(filters='[["transaction_date", "Timespan", "today"]]'), lead)
		assert of(try_it(filters='[["transaction_date", "Timespan", "yesterday"]]'), lead) is None


class TestBounds:
	def test_it_looks_at_so_many_leads_and_says_that_there_are_more(self, lead, monkeypatch):
		make_quotation(make_lead()), make_quotation(make_lead())
		monkeypatch.setattr(preview, "EXAMINED", 2)
		answer = try_it()
		assert (answer["examined"], answer["total"], answer["more"]) == (2, 2, True)

	def test_it_shows_so_many_of_the_newest(self, lead, monkeypatch):
		newer = make_lead()
		make_quotation(newer)
		monkeypatch.setattr(preview, "MAX_LEADS_SHOWN", 1)
		answer = try_it()
		assert [row["lead"] for row in answer["leads"]] == [newer.name]
		assert answer["total"] >= 2

	def test_the_number_of_queries_does_not_grow_with_the_leads(self, lead, count_sql):
		try_it()
		with count_sql() as few:
			try_it()
		for _ in range(10):
			make_quotation(make_lead())
		with count_sql() as many:
			try_it()
		assert len(many) == len(few)


class TestRefusals:
	@pytest.mark.parametrize(
		"values, said",
		[
			({"document_type": None}, "Enter Document Type first."),
			({"status": ""}, "Enter Status first."),
			({"document_type": "ToDo"}, "Documents of type ToDo cannot belong to a lead."),
			({"status": "Dreaming"}, "There is no status Dreaming."),
			({"filters": '[["nothing", "=", 1]]'}, "Quotation has no field nothing."),
		],
	)
	@pytest.mark.usefixtures("sales_documents")
	def test_what_cannot_be_saved_cannot_be_tried(self, values, said):
		with refused(InvalidRuleError) as told:
			try_it(**values)
		assert said in told

	def test_no_rule_at_all(self):
		with refused(InvalidRuleError) as told:
			frappe.call(TRY, rule="[]")
		assert "There is no rule to try." in told


class TestWaiting:
	def test_counts_the_leads_that_disagree_with_a_saved_rule(self, lead):
		rule = make_rule(position=1)
		answer = frappe.call(WAITING, rule=rule.name)
		assert answer["total"] >= 1 and answer["more"] is False
		rule.update({"enabled": 0}).save()
		assert frappe.call(WAITING, rule=rule.name)["total"] == answer["total"] - len(
			{row["lead"] for row in try_it(rule, enabled=1)["leads"]}
		)

	def test_counts_the_leads_of_the_type_that_the_rule_had_before(self, lead):
		rule = frappe.get_doc(RULE, {"rule_name": "Quotation in progress"})
		rule.update({"document_type": "Opportunity", "filters": "[]", "position": 39}).save()
		without = frappe.call(WAITING, rule=rule.name)["total"]
		assert frappe.call(WAITING, rule=rule.name, document_type="Quotation")["total"] > without


class TestWhoMayAsk:
	def test_a_manager_sees_only_the_leads_that_he_may_see(self, lead):
		other = make_lead()
		make_quotation(other)
		manager = make_user("Sales Manager")
		frappe.permissions.add_user_permission(LEAD, other.name, manager)
		total = try_it()["total"]
		frappe.set_user(manager)
		answer = try_it()
		assert [row["lead"] for row in answer["leads"]] == [other.name]
		assert lead.lead_name not in frappe.as_json(answer)
		assert answer["total"] == total

	@pytest.mark.parametrize("roles", [(), ("Sales User",), ("Stock User",)])
	def test_who_may_not_write_rules_is_refused(self, lead, roles):
		rule = seeded("Quotation in progress")
		frappe.set_user(make_user(*roles) if roles else "Guest")
		for ask in (lambda: try_it(), lambda: try_it(rule), lambda: frappe.call(WAITING, rule=rule.name)):
			with refused(frappe.PermissionError):
				ask()

	def test_a_guest_is_refused_by_rest(self):
		for method in (TRY, WAITING):
			answer = requests.post(f"{site.URL}/api/method/{method}", json={"rule": "{}"}, timeout=60)
			assert answer.status_code in (401, 403), (method, answer.text[:200])

	def test_a_manager_of_own_leads_is_still_a_manager(self, lead):
		frappe.db.set_single_value(SETTINGS, "lead_visibility", "Own Leads")
		frappe.set_user(make_user("Sales Manager"))
		assert of(try_it(), lead)

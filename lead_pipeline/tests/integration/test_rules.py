"""A status rule is checked when it is saved, and every refusal says what to do."""

import json

import frappe
import pytest
from frappe.custom.doctype.custom_field.custom_field import create_custom_field

from lead_pipeline.constants import LEAD, RULE
from lead_pipeline.exceptions import InvalidRuleError
from lead_pipeline.status import recompute, reconcile, rules
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import (
	make_lead,
	make_lead_type,
	make_opportunity,
	make_order,
	make_quotation,
	make_rule,
	make_status,
	make_user,
	needs,
)
from lead_pipeline.tests.leads import status
from lead_pipeline.tests.messages import forget, messages, refused
from lead_pipeline.tests.rest import Client


def refusal(**values):
	with refused(InvalidRuleError) as told:
		make_rule(**values)
	return told


class TestWhatARuleIsAbout:
	def test_a_type_that_cannot_reach_a_lead_is_refused_with_the_way_to_make_it(self):
		told = refusal(document_type="ToDo")
		assert "Documents of type ToDo cannot belong to a lead." in told
		assert (
			"Add a field of type Link with the options Pipeline Lead to ToDo (Customize Form) first." in told
		)

	def test_a_type_that_is_not_there_is_refused(self):
		told = refusal(document_type="Moon Landing")
		assert "There is no document type Moon Landing on this site. Choose one that exists" in told

	@pytest.mark.parametrize(
		"document_type", ["Pipeline Status Log", "Lead Pipeline Settings", "Quotation Item"]
	)
	def test_records_of_the_app_settings_and_rows_are_no_documents_of_a_lead(self, document_type):
		needs(document_type)
		assert "cannot belong to a lead" in refusal(document_type=document_type)

	def test_a_status_that_is_not_there_or_disabled_is_refused(self):
		assert "There is no status Dreaming. Choose another one" in refusal(status="Dreaming")
		callback = make_status("Callback", disabled=1)
		told = refusal(status="Callback")
		assert "The status Callback is disabled, so no rule can give it. Choose another one" in told
		assert make_rule(status=callback.name, enabled=0).name

	def test_a_status_that_the_type_forbids_and_a_type_that_is_not_there_are_refused(self):
		lead_type = make_lead_type("Lead", "Open")
		told = refusal(lead_type=lead_type.name, status="Quotation")
		assert (
			f"Leads of type {lead_type.name} may not have the status Quotation. Choose another status" in told
		)
		assert "There is no lead type Nobody. Choose one that exists, or leave it empty" in refusal(
			lead_type="Nobody"
		)

	def test_the_link_search_offers_only_types_that_can_have_rules(self):
		needs("Opportunity")
		offered = rules.linked_types()
		assert {"Opportunity", "Quotation", "Sales Order", "Customer"} <= set(offered)
		assert not {"ToDo", "Pipeline Status Log", LEAD} & set(offered)

	def test_a_rule_without_a_name_gets_one(self):
		assert make_rule(document_type="Quotation", status="Open", position=77).rule_name == "Quotation: Open"


class TestFilters:
	@pytest.mark.parametrize(
		"condition, said",
		[
			(["no_such_field", "=", 1], "Quotation has no field no_such_field. Choose another field"),
			(["name) or sleep(9) --", "=", "x"], "has no field name) or sleep(9) --"),
			(["items", "=", "x"], "Quotation has no field items"),
			(["status", "resembles", "Open"], "cannot compare by resembles. Use one of: =, !="),
			(["status", "=", "Daydreaming"], "Status can never be Daydreaming. It is one of: Draft"),
			(["status", "in", ["Open", "Daydreaming"]], "Status can never be Daydreaming"),
			(
				["status", "in", []],
				"The filter on Status has no values. Enter at least one, or remove the filter.",
			),
			(["status", "=", ""], "The filter on Status has no value. Enter one, or remove the filter."),
			(
				["status", "=", ["Open"]],
				"The filter on Status takes one value. Enter one, or use the operator “in”.",
			),
			(["status", "is", "great"], "asks whether it “is” something. Choose “Set” or “Not Set”."),
			(
				["transaction_date", ">", "tomorrow-ish"],
				"is a date, tomorrow-ish is none. Choose one from the calendar.",
			),
			(
				["transaction_date", "Between", ["2026-01-01"]],
				"needs two values, the first and the last. Enter both.",
			),
			(
				["transaction_date", "Timespan", "next decade"],
				"names no period that there is. Choose one from the list",
			),
			(["grand_total", ">", "a lot"], "is a number, a lot is none. Enter digits."),
			(["docstatus", "=", "7"], "can never be 7. It is one of: 0, 1, 2"),
			(
				["currency", "=", "Shells"],
				"can never be Shells: there is no such Currency. Choose one that exists",
			),
		],
	)
	def test_what_cannot_be_evaluated_is_refused_and_named(self, condition, said):
		assert said in refusal(document_type="Quotation", filters=[["Quotation", *condition]])

	@pytest.mark.parametrize("stored", ["{", '"x"', "[[1, 2, 3, 4]]", '[["Quotation", "status"]]', "7"])
	def test_what_is_no_list_of_filters_is_refused(self, stored):
		assert "The filters are not a list of document type, field, operator and value." in refusal(
			filters=stored
		)

	def test_a_field_of_another_document_is_refused(self):
		told = refusal(document_type="Quotation", filters=[["Customer", "name", "=", "x"]])
		assert "Customer is neither Quotation nor a table in it. Remove the filter" in told

	@pytest.mark.parametrize(
		"given, kept",
		[
			("", []),
			(None, []),
			([["status", "=", "Open"]], [["Quotation", "status", "=", "Open"]]),
			({"status": "Open"}, [["Quotation", "status", "=", "Open"]]),
			({"docstatus": ["in", "0, 1"]}, [["Quotation", "docstatus", "in", ["0", "1"]]]),
			(
				[["Quotation", "docstatus", "IN", "0,1", False]],
				[["Quotation", "docstatus", "in", ["0", "1"]]],
			),
			(
				[["Quotation", "transaction_date", "timespan", "Last Month"]],
				[["Quotation", "transaction_date", "Timespan", "last month"]],
			),
			([["Quotation", "status", "!=", "Daydreaming"]], [["Quotation", "status", "!=", "Daydreaming"]]),
			([["Quotation", "_user_tags", "is", "set"]], [["Quotation", "_user_tags", "is", "set"]]),
		],
	)
	def test_filters_are_kept_in_one_form(self, given, kept):
		rule = make_rule(document_type="Quotation", filters=given)
		assert json.loads(rule.filters) == kept

	@pytest.mark.parametrize(
		"conditions",
		[
			[
				["docstatus", "in", ["0", "1"]],
				["status", "not in", ["Lost", "Expired"]],
				["grand_total", ">", 10],
			],
			[["transaction_date", "Between", ["2020-01-01", "2099-12-31"]]],
			[["transaction_date", "Timespan", "this year"]],
			[["creation", ">", "2020-01-01 10:00:00"]],
			[["party_name", "like", "%Customer%"]],
			[["party_name", "is", "set"]],
		],
	)
	def test_several_fields_dates_and_lists_decide(self, conditions):
		lead = make_lead()
		make_rule(
			document_type="Quotation",
			position=1,
			status="Interested",
			filters=[["Quotation", *condition] for condition in conditions],
		)
		make_quotation(lead)
		assert status(lead) == "Interested"

	def test_a_row_of_a_table_decides_and_its_document_is_named_once(self):
		lead = make_lead()
		make_rule(
			document_type="Quotation",
			position=1,
			status="Interested",
			filters=[["Quotation Item", "qty", ">=", 1]],
		)
		quotation = make_quotation(lead)
		assert status(lead) == "Interested"
		told = frappe.call("lead_pipeline.status.explain.explain", lead=lead.name)
		assert told["fact"]["document_name"] == quotation.name


class TestOrder:
	def test_a_rule_that_can_never_decide_is_saved_with_a_warning(self):
		forget()
		make_rule(
			document_type="Opportunity",
			position=999,
			status="Lost",
			filters=[["status", "=", "Lost"], ["name", "is", "set"]],
		)
		assert (
			"This rule can never decide: Opportunity lost holds whenever it does, and is stronger."
			in messages()
		)

	def test_a_rule_without_filters_stands_in_the_way_of_the_weaker_ones(self):
		forget()
		make_rule(document_type="Opportunity", position=35, status="Interested")
		said = messages()
		assert (
			"Because of this rule Opportunity in progress, Opportunity lost can never decide any more" in said
		)

	def test_other_types_and_a_stronger_status_that_a_type_forbids_stand_in_nobodys_way(self):
		strict = make_lead_type("Lead", "Open")
		forget()
		make_rule(document_type="Opportunity", position=35, status="Lead", lead_type=strict.name)
		make_rule(document_type="Opportunity", position=999, status="Open", filters=[["status", "=", "Lost"]])
		# Leads of the strict type cannot be Lost: the last rule decides about them.
		assert "never decide" not in messages()

	def test_a_position_that_another_rule_has_is_shown(self):
		forget()
		rule = make_rule(
			document_type="Quotation", position=40, status="Interested", filters=[["status", "=", "Open"]]
		)
		assert "Position 40 is also that of Opportunity in progress." in messages()
		assert "give each a position of its own" in messages()
		rule.run_method("onload")
		assert len(rule.get_onload("warnings")) == 1

	def test_a_disabled_rule_is_in_nobodys_way(self):
		forget()
		make_rule(document_type="Opportunity", position=40, status="Interested", enabled=0)
		assert messages() == ""

	def test_a_rule_that_lost_a_field_says_so_when_it_is_opened(self):
		rule = make_rule(position=7, filters=[["Quotation", "grand_total", ">", 5]])
		assert rule.run_method("onload") is None and not rule.get_onload("warnings")
		missing = '[["Quotation", "no_such_field", "=", "1"]]'
		frappe.db.set_value(RULE, rule.name, "filters", missing)
		rules.clear()
		rule = frappe.get_doc(RULE, rule.name)
		rule.run_method("onload")
		(said,) = rule.get_onload("warnings")
		assert "cannot be evaluated any more and is skipped" in said and "Correct the filters" in said
		rules.clear()

	def test_a_rule_whose_status_was_disabled_later_says_so_when_it_is_opened(self):
		make_status("Callback")
		rule = make_rule(status="Callback", position=77)
		frappe.get_doc("Pipeline Lead Status", "Callback").update({"disabled": 1}).save()
		rule.run_method("onload")
		assert "No lead can be given the status <b>Callback</b> by this rule" in rule.get_onload("warnings")[
			0
		].replace("<strong>", "<b>").replace("</strong>", "</b>")


class TestEffect:
	def test_a_rule_for_one_type_leaves_the_others_alone(self):
		special, _other = make_lead_type(), make_lead_type()
		make_rule(document_type="Opportunity", position=1, status="Interested", lead_type=special.name)
		inside, outside = make_lead(lead_type=special.name), make_lead()
		make_opportunity(inside), make_opportunity(outside)
		assert (status(inside), status(outside)) == ("Interested", "Opportunity")

	def test_a_changed_rule_holds_in_the_web_server_and_the_worker_at_once(self, committed):
		manager = Client(make_user("Sales Manager", "Sales User"))
		lead = make_lead()
		committed.append(lead)
		opportunity = make_opportunity(lead)
		committed.insert(0, opportunity)
		rule = frappe.get_doc(RULE, {"rule_name": "Opportunity in progress"})
		frappe.db.commit()
		try:
			manager.call("PUT", f"resource/{RULE}/{rule.name}", status="Interested")
			manager.call("PUT", f"resource/Opportunity/{opportunity.name}", status="Replied")
			frappe.db.rollback()
			assert status(lead) == "Interested"
			# A process that goes on for long, as this one does, looks again.
			rules.look_again()
			assert [each.status for each in rules.rules() if each.name == rule.name] == ["Interested"]
		finally:
			manager.call("PUT", f"resource/{RULE}/{rule.name}", status="Opportunity")
			frappe.db.rollback()
			rules.look_again()
		assert [each.status for each in rules.rules() if each.name == rule.name] == ["Opportunity"]

	def test_the_seeded_rule_can_leave_out_orders_that_are_closed_early(self):
		"""The standard rule can be changed to leave out orders closed early.

		A closed order is a sale for the rule that comes with the app; see docs/rules.md.
		"""
		lead = make_lead()
		order = make_order(lead)
		order.submit()
		order.update_status("Closed")
		assert status(lead) == "Converted"
		frappe.set_user(make_user("Sales Manager", "Sales User"))
		rule = frappe.get_doc(RULE, {"rule_name": "Sales Order not cancelled"})
		filters = [*json.loads(rule.filters), ["Sales Order", "status", "!=", "Closed"]]
		rule.filters = json.dumps(filters)
		rule.save()
		assert {row.lead: row.wanted for row in reconcile.disagreements()}[lead.name] == "Lead"
		frappe.set_user("Administrator")
		order.reload()
		order.update_status("Draft")
		assert status(lead) == "Converted"
		order.update_status("Closed")
		assert status(lead) == "Lead"

	def test_a_type_that_gets_its_link_later_has_its_rule_at_once(self, committed):
		link = create_custom_field(
			"ToDo", {"fieldname": "for_lead", "fieldtype": "Link", "options": LEAD, "label": "Lead"}
		)
		# A new column is committed by the database itself.
		committed += [make_rule(document_type="ToDo", position=1, status="Interested"), link]
		assert committed[0].name in [each.name for each in rules.rules()]
		link.delete()
		assert committed[0].name not in [each.name for each in rules.rules()]

	@pytest.mark.parametrize(
		("display", "email"),
		[
			("a\\", "or 1=1 -- x"),
			("it's", '"a" or 1=1 #'),
			("50%", "%s %(param1)s"),
			("a\\\\'b", "\\' or 1=1 -- x"),
		],
	)
	def test_what_a_filter_looks_for_is_a_value_whatever_it_looks_like(self, display, email):
		lead = make_lead()
		quotation = make_quotation(lead)
		make_rule(
			filters=[
				["Quotation", "contact_display", "=", display],
				["Quotation", "contact_email", "=", email],
			],
			position=1,
		)
		frappe.get_doc("Quotation", quotation.name).save()
		assert status(lead) == "Quotation"
		quotation.reload()
		quotation.db_set({"contact_display": display, "contact_email": email})
		assert status(lead) == "Interested"

	def test_documents_that_are_numbered_have_rules(self, committed):
		visit = frappe.get_doc(
			{
				"doctype": "DocType",
				"name": f"Visit {frappe.generate_hash(length=6)}",
				"module": "Custom",
				"custom": 1,
				"autoname": "autoincrement",
				"fields": [{"fieldname": "lead", "fieldtype": "Link", "options": LEAD, "label": "Lead"}],
				"permissions": [{"role": "Sales User", "read": 1}],
			}
		).insert()
		# A new table is committed by the database itself.
		lead = make_lead()
		committed += [make_rule(document_type=visit.name, position=1, status="Interested"), lead, visit]
		made = frappe.get_doc({"doctype": visit.name, "lead": lead.name}).insert()
		decision = recompute.recompute(lead.name)
		assert (decision.status, decision.fact.document_name) == ("Interested", str(made.name))
		made.delete()

	def test_a_deleted_rule_says_what_becomes_of_its_leads(self):
		rule = make_rule(position=77)
		forget()
		rule.delete()
		assert "are repaired within the hour, or in Leads That Disagree now." in messages()


class TestWhoMayWriteRules:
	def test_managers_do_sales_users_read_and_others_see_nothing(self):
		def rights(*roles):
			user = make_user(*roles)
			return {
				right
				for right in ("read", "write", "create", "delete")
				if frappe.has_permission(RULE, right, user=user)
			}

		assert rights("Sales Manager") == rights("System Manager") == {"read", "write", "create", "delete"}
		assert rights("Sales User") == {"read"}
		assert rights("Stock User") == set()

	def test_a_sales_user_is_refused_by_rest(self, committed):
		user = Client(make_user("Sales User"))
		answer = user.session.post(
			f"{site.URL}/api/resource/{RULE}",
			json={"document_type": "Quotation", "status": "Open", "position": 1},
			timeout=60,
		)
		assert answer.status_code == 403

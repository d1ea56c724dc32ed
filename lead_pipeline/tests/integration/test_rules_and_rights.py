"""Only users who may read the documents of a rule may write or try it.

A rule asks questions about documents, so its author must be allowed to read what it asks for.
"""

import json

import frappe
import pytest

from lead_pipeline.constants import LEAD, RULE
from lead_pipeline.tests import site
from lead_pipeline.tests.factories import make_lead, make_quotation, make_rule, make_user, needs
from lead_pipeline.tests.rest import Client
from lead_pipeline.tests.visitors import said

TRY = "method/lead_pipeline.status.preview.try_rule"
QUOTATION = "Quotation"


class World:
	"""A quotation with a total that a manager may not read, of a lead that he may."""

	def __init__(self):
		needs(QUOTATION)
		# Sales Managers read quotations on every site; this role does what they do with rules, and reads none.
		self.role = f"Keeps Rules {frappe.generate_hash(length=6)}"
		frappe.get_doc({"doctype": "Role", "role_name": self.role}).insert()
		for doctype in (RULE, LEAD, "Pipeline Lead Status"):
			frappe.permissions.add_permission(doctype, self.role)
			for right in ("write", "create"):
				frappe.permissions.update_permission_property(doctype, self.role, 0, right, 1)
		self.lead = make_lead()
		self.quotation = make_quotation(self.lead)
		self.rule = make_rule(filters=[[QUOTATION, "party_name", "=", self.quotation.party_name]])
		frappe.db.commit()
		self.stranger = Client(make_user(self.role))
		self.manager = Client(make_user("Sales Manager"))

	def ask(self, client: Client, *filters: list, **values):
		rule = {"document_type": QUOTATION, "status": "Interested", "position": 1, "enabled": 1}
		rule |= {"filters": json.dumps(filters)} | values
		return client.session.post(f"{site.URL}/api/{TRY}", json={"rule": rule}, timeout=60)


@pytest.fixture(scope="module")
def world(connected_site):
	site.start_over()
	world = World()
	yield world
	site.start_over()
	site.delete(RULE, world.rule.name)
	site.delete(QUOTATION, world.quotation.name)
	site.delete(LEAD, world.lead.name)
	for doctype in (RULE, LEAD, "Pipeline Lead Status"):
		frappe.permissions.reset_perms(doctype)
	frappe.delete_doc("Role", world.role, force=True)
	frappe.db.commit()
	frappe.clear_cache()


def about(world) -> list:
	return [QUOTATION, "name", "=", world.quotation.name]


class TestTryIt:
	@pytest.mark.parametrize("compared", [[">", 1], ["<", 1]])
	def test_a_document_that_one_may_not_read_answers_no_question(self, world, compared):
		answer = world.ask(world.stranger, about(world), [QUOTATION, "grand_total", *compared])
		assert answer.status_code == 403
		assert "You may not read documents of type" in said(answer)
		assert world.quotation.name not in answer.text

	def test_not_by_the_change_of_a_saved_rule_either(self, world):
		for values in ({"name": world.rule.name}, {"name": world.rule.name, "document_type": QUOTATION}):
			answer = world.ask(world.stranger, about(world), **values)
			assert answer.status_code == 403, answer.text[:300]

	def test_who_may_read_it_gets_an_answer(self, world):
		answer = world.ask(world.manager, about(world), [QUOTATION, "grand_total", ">", 1])
		(row,) = [row for row in answer.json()["message"]["leads"] if row["lead"] == world.lead.name]
		assert row["document_name"] == world.quotation.name

	def test_names_of_documents_that_one_may_not_read_are_left_out(self, world):
		"""The answer leaves out names of documents that the user may not read.

		The rules of other users still decide: what would follow without the rule is told without a name.
		"""
		answer = world.stranger.call("POST", TRY, rule={"name": rule_in_progress()}, without=True)
		(row,) = [row for row in answer["leads"] if row["lead"] == world.lead.name]
		assert row["document_name"] is None
		assert world.quotation.name not in json.dumps(answer)

	def test_a_field_of_a_higher_level_is_asked_for_by_who_may_read_it(self, world):
		level = {"doctype": QUOTATION, "fieldname": "grand_total", "property": "permlevel", "value": 3}
		frappe.make_property_setter(level | {"property_type": "Int"}, validate_fields_for_doctype=False)
		frappe.db.commit()
		frappe.clear_cache(doctype=QUOTATION)
		try:
			answer = world.ask(world.manager, about(world), [QUOTATION, "grand_total", ">", 1])
			assert answer.status_code == 403
			assert "You may not read the field" in said(answer)
			assert world.ask(world.manager, about(world)).ok
		finally:
			site.start_over()
			frappe.db.delete(
				"Property Setter", {"doc_type": QUOTATION, "field_name": "grand_total", "value": "3"}
			)
			frappe.db.commit()
			frappe.clear_cache(doctype=QUOTATION)


class TestSaving:
	def test_a_rule_about_them_cannot_be_made(self, world):
		answer = world.stranger.session.post(
			f"{site.URL}/api/resource/{RULE}",
			json={"document_type": QUOTATION, "status": "Interested", "position": 777, "enabled": 0},
			timeout=60,
		)
		assert answer.status_code == 403
		assert "You may not read documents of type" in said(answer)

	def test_what_it_asks_cannot_be_changed_but_its_place_can(self, world):
		url = f"{site.URL}/api/resource/{RULE}/{world.rule.name}"
		question = json.dumps([[QUOTATION, "grand_total", ">", 1]])
		assert world.stranger.session.put(url, json={"filters": question}, timeout=60).status_code == 403
		assert world.stranger.session.put(url, json={"position": 501}, timeout=60).ok
		frappe.db.rollback()
		row = frappe.db.get_value(RULE, world.rule.name, ["filters", "position"])
		assert row == (world.rule.filters, 501)


def rule_in_progress() -> str:
	return frappe.db.get_value(RULE, {"rule_name": "Quotation in progress"})


DEEP = "[" * 5000 + "]" * 5000


class TestWhatCannotBeMeant:
	@pytest.mark.parametrize(
		"values",
		[
			*(
				{"filters": value}
				for value in (DEEP, "{", "5", 5, True, [[1, 2]], [{"a": 1}], {"a": {"b": 1}})
			),
			{"filters": '[["Quotation", "grand_total", ">", {"a": 1}]]'},
			{"filters": '[["Quotation", "grand_total", "in", [{"a": 1}]]]'},
			{"filters": '[["Quotation", "status", "Between", [[1], [2]]]]'},
			{"filters": f'[["Quotation", "{"x" * 5000}", "=", 1]]'},
			{"filters": '[["Quotation", "status", "=", "\\ud800"]]'},
			{"filters": '[["Quotation", "status", "=", "\\u0000"]]'},
			*({"status": value} for value in (["Open"], {"a": 1}, 5, True, "x" * 5000, "\x00")),
			*({"document_type": value} for value in (["Quotation"], {"a": 1}, 5, "x" * 5000, "\x00")),
			*({"lead_type": value} for value in (["x"], {"a": 1}, 5, "\x00")),
			*({"position": value} for value in (["x"], {"a": 1})),
			*({"enabled": value} for value in ([1], {"a": 1})),
			*({"name": value} for value in (["x"], {"a": 1}, 5)),
			*({"rule_name": value} for value in (["x"], {"a": 1})),
		],
		ids=lambda values: json.dumps(values)[:60],
	)
	def test_a_rule(self, world, values):
		answer = world.ask(world.manager, **values)
		if "name" not in values:
			assert 400 <= answer.status_code < 500, answer.text[-500:]
		assert answer.status_code < 500, answer.text[-500:]

	@pytest.mark.parametrize("position", [float("nan"), float("inf"), 10**400, "9" * 500, "x", None])
	def test_a_position_is_a_number_or_none(self, world, position):
		rule = {"document_type": QUOTATION, "status": "Interested", "filters": "[]", "position": position}
		answer = world.manager.session.post(
			f"{site.URL}/api/{TRY}",
			# The client's own way of sending JSON knows no infinity.
			data=json.dumps({"rule": rule}),
			headers={"Content-Type": "application/json"},
			timeout=60,
		)
		assert answer.status_code < 500, answer.text[-500:]

	@pytest.mark.parametrize("rule", [DEEP, "{", "[]", "null", "5", 5, None, [], [1], True, "\x00"])
	def test_no_rule(self, world, rule):
		answer = world.manager.session.post(f"{site.URL}/api/{TRY}", json={"rule": rule}, timeout=60)
		assert 400 <= answer.status_code < 500, answer.text[-500:]

	@pytest.mark.parametrize("without", [[], {}, "perhaps", [1]])
	def test_no_answer_to_without(self, world, without):
		body = {"rule": {"name": world.rule.name}, "without": without}
		answer = world.manager.session.post(f"{site.URL}/api/{TRY}", json=body, timeout=60)
		assert 400 <= answer.status_code < 500, answer.text[-500:]

	@pytest.mark.parametrize(
		"values",
		[DEEP, '{"description": ' + DEEP + "}", '{"email_ids": ' + DEEP + "}", "{", 5, [], [1], None],
	)
	def test_no_lead(self, world, values):
		answer = world.manager.session.post(
			f"{site.URL}/api/method/lead_pipeline.capture.api.create_lead",
			json={"values": values},
			timeout=60,
		)
		assert 400 <= answer.status_code < 500, answer.text[-500:]

	@pytest.mark.parametrize("value", [["x"], {"a": 1}, "\x00", "\ud800", "x" * 300_000])
	@pytest.mark.parametrize(
		"field", ["first_name", "email", "status", "expected_revenue", "expected_closing"]
	)
	def test_no_value_of_a_lead(self, world, field, value):
		values = {"first_name": "Ada", field: value}
		answer = world.manager.session.post(
			f"{site.URL}/api/method/lead_pipeline.capture.api.create_lead",
			json={"values": values},
			timeout=60,
		)
		assert answer.status_code < 500, answer.text[-500:]

	@pytest.mark.parametrize("key", [["x"], {"a": 1}, 5, "x" * 5000])
	def test_no_key(self, world, key):
		answer = world.manager.session.post(
			f"{site.URL}/api/method/lead_pipeline.capture.api.create_lead",
			json={"values": {}, "idempotency_key": key},
			timeout=60,
		)
		assert 400 <= answer.status_code < 500, answer.text[-500:]

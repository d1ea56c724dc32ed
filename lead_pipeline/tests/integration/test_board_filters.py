"""The filters of the board, the leads it shows, and the totals of its columns."""

import json

import frappe
import pytest
from frappe.permissions import add_user_permission
from frappe.utils import add_days, nowdate

from lead_pipeline.board import columns as board
from lead_pipeline.board import totals
from lead_pipeline.constants import LEAD, OWN_LEADS, SETTINGS
from lead_pipeline.exceptions import InvalidBoardError
from lead_pipeline.search import finding
from lead_pipeline.tests.board_cards import HERE, OPEN, ORDERS, WORD, column, make, names, shown
from lead_pipeline.tests.factories import make_lead_type, make_user


class TestFilters:
	def test_each_of_them_narrows_the_board(self, seller):
		frappe.set_user("Administrator")
		lead_type, _other = (make_lead_type().name for _number in range(2))
		make("typed", lead_type=lead_type)
		make("mine", lead_owner=seller)
		make("urgent", priority="Urgent", tags=[{"tag": "Urgent"}], channel="Referral", campaign="Fair")
		make("tagged", tags=[{"tag": "Exhibition"}])
		owned = make("owned", lead_owner="Administrator").name
		frappe.set_user(seller)
		for filters, wanted in (
			({"lead_type": lead_type}, ["typed"]),
			({"lead_owner": "me"}, ["mine"]),
			({"lead_owner": "Administrator"}, ["owned"]),
			({"lead_owner": "nobody"}, ["tagged", "urgent", "typed"]),
			({"priority": "Urgent"}, ["urgent"]),
			({"tags": ["Urgent"]}, ["urgent"]),
			({"tags": ["Urgent", "Exhibition"]}, ["tagged", "urgent"]),
			({"channel": "Referral", "campaign": "Fair"}, ["urgent"]),
			({"list": [[LEAD, "name", "=", owned]]}, ["owned"]),
			({"list": [["name", "=", owned], [LEAD, "status", "!=", "Lost"]]}, ["owned"]),
			({"list": [["Pipeline Lead Tag Item", "tag", "=", "Exhibition"]]}, ["tagged"]),
			(
				{
					"list": [
						[LEAD, "creation", "Between", [nowdate(), nowdate()]],
						[LEAD, "priority", "is", "set"],
					]
				},
				["urgent"],
			),
		):
			assert shown(filters) == wanted, filters
			assert column(filters=filters)["count"] == len(wanted)
			assert totals.totals(HERE | filters)["all"]["count"] == len(wanted)

	def test_a_text_is_looked_for_in_name_company_email_and_the_digits_of_a_phone(self, country):
		country("Germany")
		lead = make(
			1,
			is_organization=0,
			first_name="Zebulon",
			last_name="Quagga",
			email="zebulon@quagga.example",
			phone="(030) 99-88 77",
			phone_nos=[{"phone": "030-112233-0"}],
		)
		make(2)
		for text in (
			"quagga",
			"Zebulon Q",
			"ZEBULON@quagga.EXAMPLE",
			"zebulon@quag",
			"030998877",
			"0309988",
			"998877",
			"+49 30 99 88 77",
			"1122330",
			"Quagga%Zebulon",
			lead.name.lower(),
			WORD.lower() + " 1",
		):
			found = board.columns({"text": text})["columns"][0]["cards"]
			assert names(found) == [lead.name] == finding.find_leads(text), text
		for text in ("uagga", "zebulon%x", "_oardtest", "' or 1=1 -- ", "`", "LEAD-2026-\\' or 1=1"):
			assert board.columns({"text": text})["columns"][0]["cards"] == [], text

	@pytest.mark.parametrize(
		("filters", "message"),
		[
			({"owner": "me"}, "The board has no filter owner"),
			({"lead_type": "No Such Type"}, "no Pipeline Lead Type called No Such Type any more"),
			({"priority": ["High"]}, "The filter priority takes one text"),
			({"campaign": "x" * 141}, "at most 140 characters"),
			({"campaign": "\x00"}, "takes one text"),
			({"tags": {"a": 1}}, "The filter tags takes a list of texts"),
			({"tags": [1]}, "takes one text"),
			({"next_step": ["Never"]}, "A next step is None, Overdue, Today or Planned, not Never"),
			({"list": "text"}, "no list of filters"),
			({"list": [["name"]]}, "A filter of the list has a field, an operator and a value"),
			({"list": [[LEAD, "no_such_field", "=", 1]]}, "There is no field no_such_field"),
			({"list": [["User", "name", "=", "Administrator"]]}, "cannot filter by fields of User"),
			({"list": [[LEAD, "name", "'", 1]]}, "The filters of the list cannot be evaluated"),
			({"list": [[LEAD, "name", "ancestors of", "x"]]}, "The filters of the list cannot be evaluated"),
			([1], "no object"),
			("[", "no object"),
		],
	)
	def test_what_the_board_cannot_filter_by_is_refused_with_what_to_do(self, filters, message):
		for method in (board.columns, totals.totals):
			with pytest.raises(InvalidBoardError) as error:
				method(filters)
			assert message in frappe.utils.strip_html(str(error.value))

	def test_no_filter_is_read_as_sql(self):
		make(1)
		everything = totals.totals()["all"]["count"]
		parts = (
			"'",
			"\\",
			"`",
			'"',
			") or 1=1 -- ",
			"%",
			"\\'",
			"; drop table x",
			"%s",
			"%(a)s",
			"\u2018",
			"0x27",
		)
		# Of these, a text is words or nothing, which leads may have.
		words = ("%", "%s", "%(a)s")
		for part in parts:
			for filters in (
				{"text": part},
				{"lead_owner": part},
				{"priority": part},
				{"tags": [part]},
				{"list": [[LEAD, "company_name", "=", part]]},
				{"list": [[LEAD, "company_name", "like", f"%{part}%"]]},
				{"list": [[LEAD, "company_name", "in", [part, part]]]},
			):
				found = board.columns(filters)
				assert not any(column["cards"] for column in found["columns"]) or part in words, filters
				assert totals.totals(filters)["all"]["count"] < everything or part in words
			for condition in ([LEAD, part, "=", "1"], [LEAD, "name", part, "1"], [part, "name", "=", "1"]):
				with pytest.raises(frappe.ValidationError):
					board.columns({"list": [condition]})
			with pytest.raises(InvalidBoardError):
				board.page("Lead", json.dumps(["revenue", 0, part, part, "", ""]), {}, "revenue")


class TestVisibility:
	@pytest.fixture
	def hidden(self, seller):
		"""A lead that the seller may not see, and one that is theirs."""
		frappe.set_user("Administrator")
		leads = make("hidden", expected_revenue=1000), make("own", lead_owner=seller, expected_revenue=1)
		leads[0].db_set({"owner": "Administrator", "lead_owner": "Administrator"})
		frappe.db.set_single_value(SETTINGS, "lead_visibility", OWN_LEADS)
		frappe.set_user(seller)
		return leads[0]

	@pytest.mark.parametrize("order", ORDERS)
	def test_columns_cards_numbers_and_sums_are_of_what_the_user_sees(self, hidden, order):
		found = column(order=order)
		assert ([card["title"] for card in found["cards"]], found["count"]) == ([f"{WORD} own"], 1)
		asked = board.cards([hidden.name])
		assert (asked["cards"], asked["left"]) == ({}, [hidden.name])
		everything = totals.totals(HERE)["all"]
		assert (everything["count"], everything["sum"]) == (1, 1)

	def test_user_permissions_hold_as_in_the_list(self, seller):
		frappe.set_user("Administrator")
		lead_type, other = make_lead_type().name, make_lead_type().name
		make("typed", lead_type=lead_type)
		make("other", lead_type=other)
		add_user_permission("Pipeline Lead Type", lead_type, seller)
		frappe.set_user(seller)
		assert shown() == ["typed"]

	def test_who_may_not_read_leads_is_refused(self):
		frappe.set_user(make_user())
		for method in (board.columns, totals.totals):
			with pytest.raises(
				frappe.PermissionError, match="You may not read leads. Ask your administrator"
			):
				method()


class TestTotals:
	def test_number_sum_and_weighted_sum_of_each_column_and_of_all(self):
		own = frappe.db.get_default("currency")
		make(1, expected_revenue=100, probability=50)
		make(2, expected_revenue=50, probability=10, currency=own)
		make(3, expected_revenue=1000, probability=25, status="Open")
		found = totals.totals(HERE)
		assert found["currency"] == own
		assert found["columns"]["Lead"] == {"count": 2, "sum": 150, "weighted": 55, "not_converted": []}
		assert found["columns"]["Open"] == {"count": 1, "sum": 1000, "weighted": 250, "not_converted": []}
		assert found["all"] == {"count": 3, "sum": 1150, "weighted": 305, "not_converted": []}
		assert (list(found["columns"]), found["message"]) == (OPEN, None)

	def test_other_currencies_are_converted_or_it_is_said_that_they_are_not(self):
		own = frappe.db.get_default("currency")
		other, unknown = (
			(name for name in ("EUR", "CHF", "USD", "INR") if name != own) if False else ("EUR", "CHF")
		)
		make(1, expected_revenue=100, currency=other)
		make(2, expected_revenue=7, currency=unknown)
		make(3, expected_revenue=1000)
		if frappe.db.exists("DocType", totals.EXCHANGE):
			for date, rate in ((add_days(nowdate(), -9), 5), (nowdate(), 2), (add_days(nowdate(), 9), 7)):
				exchange = frappe.new_doc(totals.EXCHANGE)
				exchange.update({"date": date, "from_currency": other, "to_currency": own})
				exchange.update({"exchange_rate": rate, "for_buying": 1, "for_selling": 1})
				exchange.insert()
		found = totals.totals(HERE)
		everything = found["all"]
		converted = bool(frappe.db.exists("DocType", totals.EXCHANGE))
		assert everything["sum"] == (1200 if converted else 1000)
		assert {"currency": unknown, "count": 1, "sum": 7} in everything["not_converted"]
		assert unknown in found["message"] or "7" in found["message"]

"""The columns, cards, order, pages and totals of the Lead Board."""

import json

import frappe
import pytest
from frappe.utils import add_days, nowdate

from lead_pipeline.board import columns as board
from lead_pipeline.board import moves, orders, totals
from lead_pipeline.constants import LEAD, OPEN_CATEGORIES, STATUS
from lead_pipeline.exceptions import InvalidBoardError
from lead_pipeline.tests.board_cards import HERE, OPEN, ORDERS, WORD, column, make, names, shown
from lead_pipeline.tests.factories import make_lead_type, make_status

CLOSED = ["Lost Quotation", "Converted", "Lost", "Disqualified", "Do Not Contact"]


class TestColumns:
	def test_they_are_the_open_statuses_by_position_and_the_closed_ones_are_the_drop_bar(self):
		found = board.columns()
		assert (names(found["columns"]), names(found["closed"])) == (OPEN, CLOSED)
		first = found["columns"][0]
		assert (first["category"], first["color"], first["position"]) == ("New", "#3B82F6", 10)
		assert [status["name"] for status in found["closed"] if status["asks"]] == ["Lost Quotation", "Lost"]
		assert found["message"] is None

	def test_a_type_leaves_only_the_statuses_that_it_allows(self):
		lead_type, _other = (make_lead_type("Open", "Replied", "Lost").name for _number in range(2))
		lead = make(1, lead_type=lead_type)
		make(2)
		found = board.columns({"lead_type": lead_type})
		assert (names(found["columns"]), names(found["closed"])) == (["Open", "Replied"], ["Lost"])
		assert [card["name"] for card in found["columns"][0]["cards"]] == [lead.name]

	def test_a_disabled_status_is_a_column_only_while_leads_have_it(self):
		make_status("Callback", position=15)
		lead = make(1, status="Callback")
		frappe.db.set_value(STATUS, "Callback", "disabled", 1)
		frappe.get_doc(STATUS, "Callback").run_method("on_update")
		found = column("Callback")
		assert (found["disabled"], names(found["cards"])) == (True, [lead.name])
		assert moves.move(lead.name, "Callback", "Open")["moved"]
		assert "Callback" not in names(board.columns()["columns"])

	def test_a_board_without_a_column_says_what_to_do(self):
		lead_type = make_lead_type("Interested", "Converted").name
		frappe.db.set_value(STATUS, "Interested", "disabled", 1)
		frappe.get_doc(STATUS, "Lost").run_method("on_update")
		found = board.columns({"lead_type": lead_type})
		assert found["columns"] == []
		assert frappe.utils.strip_html(found["message"]) == (
			f"The type {lead_type} allows no open status. Allow one in the type, or choose another type."
		)
		frappe.db.set_value(STATUS, {"category": ("in", OPEN_CATEGORIES)}, "disabled", 1)
		frappe.get_doc(STATUS, "Lost").run_method("on_update")
		frappe.db.delete(LEAD)
		assert board.columns()["columns"] == []
		assert board.columns()["message"] == (
			"There is no open status. Ask a Sales Manager to add a Pipeline Lead Status of the category New, Working or Qualified."
		)

	def test_a_single_status_is_a_single_column(self):
		frappe.db.set_value(STATUS, {"name": ("in", OPEN[1:])}, "disabled", 1)
		frappe.get_doc(STATUS, "Lost").run_method("on_update")
		leads = [make(number).name for number in range(2)]
		found = board.columns(HERE)
		with_cards = [column for column in found["columns"] if column["cards"]]
		assert [(column["name"], names(column["cards"])) for column in with_cards] == [("Lead", leads[::-1])]
		assert names(board.columns({"text": "nobody has this"})["columns"]) == ["Lead"]
		assert moves.move(leads[0], "Lead", before=leads[1], by_hand=1)["moved"]
		assert shown() == ["0", "1"]

	def test_sixty_statuses_with_long_arabic_and_hostile_names_are_sixty_columns(self):
		hostile = ("`'\";--", "50% off_\\", "شركة الاختبار", "م" * 140, "x" * 140)
		for number in range(60 - len(OPEN)):
			name = hostile[number] if number < len(hostile) else f"Status {number}"
			make_status(name, position=1000 + number)
		leads = [make(number, status=name) for number, name in enumerate(hostile)]
		found = board.columns(HERE, "priority")["columns"]
		assert len(found) == 60
		with_cards = {column["name"]: names(column["cards"]) for column in found if column["cards"]}
		assert list(with_cards.values()) == [[lead.name] for lead in leads]
		assert [lead.status for lead in leads] == list(with_cards)
		assert totals.totals(HERE)["columns"][leads[0].status]["count"] == 1

	def test_a_number_is_capped_and_says_so(self, monkeypatch):
		monkeypatch.setattr(board, "MAX_COUNTED", 2)
		for number in range(3):
			make(number)
		found = column()
		assert (found["count"], found["capped"], found["count_label"]) == (2, True, "2+")
		assert board.count_as_shown(1234)["count_label"] == "2+"
		monkeypatch.setattr(board, "MAX_COUNTED", 1000)
		assert board.count_as_shown(1000)["count_label"] == "1,000"
		assert board.count_as_shown(1001)["count_label"] == "1,000+"


class TestCards:
	def test_a_card_shows_its_lead(self, seller):
		lead = make(
			1,
			first_name="Anna",
			last_name="Meyer",
			lead_name="Anna Meyer",
			priority="High",
			expected_revenue=1200,
			currency="EUR",
			expected_closing=add_days(nowdate(), 3),
			tags=[{"tag": "Urgent"}, {"tag": "Exhibition"}],
		)
		found = board.columns(HERE)
		(card,) = found["columns"][0]["cards"]
		assert card["title"] == "Anna Meyer"
		assert card["company"] == f"{WORD} 1"
		assert card["tags"] == [
			{"name": "Urgent", "color": "#DC2626"},
			{"name": "Exhibition", "color": "#8B5CF6"},
		]
		assert (card["revenue"], card["currency"]) == (1200.0, "EUR")
		assert (card["priority"], card["priority_color"]) == ("High", "#F59E0B")
		assert card["expected_closing"] == add_days(nowdate(), 3)
		assert card["status_changed_on"] == str(frappe.db.get_value(LEAD, lead.name, "status_changed_on"))
		assert (card["owner"], card["stuck"], card["enquiries"], card["held"]) == (seller, False, 0, False)
		assert found["people"] == {seller: {"name": "seller", "image": None}}

	def test_markup_in_every_field_stays_text(self):
		hostile = "<img src=x onerror=alert(1)>"
		make(hostile, lead_name=f"{WORD} {hostile}", campaign=hostile)
		(card,) = column()["cards"]
		assert card["title"] == frappe.db.get_value(LEAD, card["name"], "lead_name")
		frappe.db.set_value(LEAD, card["name"], "lead_name", hostile)
		assert column(filters={"text": hostile})["cards"][0]["title"] == hostile
		answer = moves.move(card["name"], "Lead", "Open")
		assert answer["moved"] and "<img" not in answer["message"]

	def test_some_cards_are_asked_for_anew_and_those_that_have_left_are_named(self):
		lead, moved, gone = make(1), make(2), make(3)
		frappe.delete_doc(LEAD, gone.name)
		asked = [lead.name, moved.name, gone.name]
		found = board.cards(json.dumps(asked), HERE | {"list": [[LEAD, "company_name", "=", f"{WORD} 1"]]})
		assert (list(found["cards"]), found["left"]) == ([lead.name], [moved.name, gone.name])
		with pytest.raises(InvalidBoardError, match="At most .*100.* cards"):
			board.cards(json.dumps(["LEAD"] * 101))

	def test_a_field_that_the_user_may_not_read_is_neither_shown_nor_summed_nor_asked_for(self, seller):
		frappe.set_user("Administrator")
		frappe.make_property_setter(
			{"doctype": LEAD, "fieldname": "expected_revenue", "property": "permlevel", "value": "1"},
			is_system_generated=False,
		)
		frappe.clear_cache(doctype=LEAD)
		lead = make(1, expected_revenue=5000)
		frappe.set_user(seller)
		try:
			assert column()["cards"][0]["revenue"] == 0
			assert moves.move(lead.name, "Lead", by_hand=1)["card"]["revenue"] == 0
			found = totals.totals(HERE)["all"]
			assert (found["count"], found["sum"]) == (1, 0)
			with pytest.raises(InvalidBoardError, match="You may not read the field .*Expected Revenue"):
				column(filters={"list": [[LEAD, "expected_revenue", ">", 1]]})
		finally:
			frappe.db.rollback()
			frappe.clear_cache(doctype=LEAD)


class TestOrders:
	def test_every_card_comes_once_page_by_page_in_every_order(self, monkeypatch):
		monkeypatch.setattr(orders, "PAGE_SIZE", 5)
		leads = []
		for number in range(12):
			priority = ("High", "Low", None)[number % 3]
			date = add_days(nowdate(), number % 4) if number % 2 else None
			leads.append(
				make(number, priority=priority, expected_revenue=number % 5, next_contact_date=date).name
			)
		frappe.db.set_value(LEAD, leads[0], "status_changed_on", None)
		frappe.db.set_value(LEAD, leads[1], "priority", "")
		for order in ORDERS:
			first = column(order=order)
			found, cursor, pages = names(first["cards"]), first["cursor"], 1
			assert (len(found), first["count"]) == (5, 12)
			while cursor:
				page = board.page("Lead", cursor, json.dumps(HERE), order)
				found += names(page["cards"])
				cursor, pages = page["cursor"], pages + 1
			assert (sorted(found), pages) == (sorted(leads), 3), order

	def test_each_of_them_is_what_it_says(self):
		soon, later = add_days(nowdate(), 1), add_days(nowdate(), 9)
		make("a", expected_revenue=10, priority="Low", next_contact_date=later)
		make("b", expected_revenue=300, priority="Urgent")
		make("c", expected_revenue=20, next_contact_date=soon)
		frappe.get_doc(LEAD, {"company_name": f"{WORD} a"}).save()
		assert shown(order="hand") == ["c", "b", "a"]
		assert shown(order="age") == ["a", "b", "c"]
		assert shown(order="revenue") == ["b", "c", "a"]
		assert shown(order="next_step") == ["c", "a", "b"]
		assert shown(order="priority") == ["b", "a", "c"]
		frappe.db.set_value(LEAD, {"company_name": f"{WORD} b"}, "modified", frappe.utils.now())
		assert shown(order="modified")[0] == "b"

	def test_what_others_move_between_two_pages_shifts_nothing(self, monkeypatch):
		monkeypatch.setattr(orders, "PAGE_SIZE", 4)
		leads = [make(number) for number in range(6)]
		first = column(order="modified")
		for lead in leads[4:]:
			moves.move(lead.name, "Lead", "Open")
		second = board.page("Lead", first["cursor"], HERE, "modified")
		assert names(second["cards"]) == [lead.name for lead in reversed(leads[:2])]

	@pytest.mark.parametrize(
		"cursor",
		[
			"",
			"[]",
			"text",
			'["revenue",0,"","","",""]',
			'["hand",9,"2026-01-01","x","",""]',
			'["hand",0,"no","x","",""]',
			'["hand",0,"","x","no","x"]',
			'["hand","0","","x","",""]',
			"{}",
			"[[[[",
			'["hand",0,{},"x","",""]',
			"null",
		],
	)
	def test_a_page_that_there_is_not_is_refused(self, cursor):
		with pytest.raises(InvalidBoardError, match="no such page of the board"):
			board.page("Lead", cursor, HERE, "hand")

	def test_an_order_and_a_status_that_there_are_not_are_refused(self):
		with pytest.raises(InvalidBoardError, match="cannot be ordered by .*name; drop"):
			board.columns(order="name; drop table x")
		with pytest.raises(InvalidBoardError, match="no status .*&lt;b&gt;"):
			board.page("<b>", "[]")

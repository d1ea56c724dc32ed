"""Each user has an own order of the cards, which nobody else changes."""

import frappe
from frappe.model.document import Document
from frappe.utils import nowdate

from lead_pipeline.board import columns, moves, orders, places
from lead_pipeline.constants import CARD_PLACE, LEAD
from lead_pipeline.duplicates import merging
from lead_pipeline.tests.board_cards import HERE, make, shown


def placed(*leads: Document) -> set[str]:
	"""Return which of the leads have a place by hand."""
	names = [lead.name for lead in leads]
	found = frappe.get_all(CARD_PLACE, {"lead": ("in", names)}, pluck="lead")
	assert len(found) == len(set(found)), "one row for a lead"
	return set(found)


class TestByHand:
	def test_a_card_stays_between_its_neighbours_whatever_comes_and_goes(self):
		one, two, three, four = (make(number) for number in (1, 2, 3, 4))
		assert shown(name="Lead") == ["4", "3", "2", "1"]
		moves.move(one.name, "Lead", after=four.name, before=three.name, by_hand=1)
		moves.move(four.name, "Lead", after=one.name, before=three.name, by_hand=1)
		assert shown(name="Lead") == ["1", "4", "3", "2"]
		moves.move(two.name, "Lead", after=one.name, before=four.name, by_hand=1)
		make(5)
		moves.move(three.name, "Lead", "Open")
		assert shown(name="Lead") == ["5", "1", "2", "4"]

	def test_it_goes_to_the_top_without_neighbours_and_below_the_last_one_of_a_page(self):
		one, two, three = (make(number) for number in (1, 2, 3))
		moves.move(one.name, "Lead", by_hand=1)
		moves.move(three.name, "Lead", after=two.name, by_hand=1)
		assert shown(name="Lead") == ["1", "2", "3"]

	def test_it_goes_between_cards_of_the_very_same_moment(self):
		leads = [make(number) for number in range(4)]
		frappe.db.set_value(
			LEAD, {"name": ("in", [lead.name for lead in leads])}, "status_changed_on", nowdate()
		)
		assert shown(name="Lead") == ["3", "2", "1", "0"]
		moves.move(leads[0].name, "Lead", after=leads[2].name, before=leads[1].name, by_hand=1)
		moves.move(leads[3].name, "Lead", after=leads[2].name, before=leads[0].name, by_hand=1)
		assert shown(name="Lead") == ["2", "3", "0", "1"]

	def test_status_and_place_go_together(self):
		one, two, three = (make(number) for number in (1, 2, 3))
		for lead in (two, three):
			moves.move(lead.name, "Lead", "Open")
		moves.move(one.name, "Lead", "Open", after=three.name, before=two.name, by_hand=1)
		assert shown(name="Open") == ["3", "1", "2"]

	def test_the_order_is_its_users_own(self, seller):
		one, two = make(1), make(2)
		moves.move(one.name, "Lead", before=two.name, by_hand=1)
		assert shown(name="Lead") == ["1", "2"]
		frappe.set_user("Administrator")
		assert shown(name="Lead") == ["2", "1"]

	def test_a_move_writes_one_row_and_the_same_one_again(self):
		one, two = make(1), make(2)
		for _time in range(2):
			moves.move(one.name, "Lead", before=two.name, by_hand=1)
		assert placed(one, two) == {one.name}

	def test_it_survives_a_page_and_nothing_comes_twice(self, monkeypatch):
		monkeypatch.setattr(orders, "PAGE_SIZE", 4)
		leads = [make(number) for number in range(10)]
		moves.move(leads[0].name, "Lead", after=leads[9].name, before=leads[8].name, by_hand=1)
		moves.move(leads[9].name, "Lead", after=leads[3].name, before=leads[2].name, by_hand=1)
		first = next(column for column in columns.columns(HERE)["columns"] if column["name"] == "Lead")
		found, cursor = [card["name"] for card in first["cards"]], first["cursor"]
		while cursor:
			page = columns.page("Lead", cursor, HERE)
			found += [card["name"] for card in page["cards"]]
			cursor = page["cursor"]
		wanted = [leads[0], *reversed(leads[3:9]), leads[9], *reversed(leads[1:3])]
		assert found == [lead.name for lead in wanted]

	def test_places_go_with_their_leads_and_those_that_nobody_needs_daily(self):
		one, two, three = (make(number) for number in (1, 2, 3))
		for lead in (one, two, three):
			moves.move(lead.name, "Lead", by_hand=1)
		frappe.delete_doc(LEAD, one.name)
		assert placed(one, two, three) == {two.name, three.name}
		moves.move(two.name, "Lead", "Open")
		frappe.db.set_value(
			CARD_PLACE,
			{"lead": ("in", [two.name, three.name])},
			"modified",
			"2020-01-01",
			update_modified=False,
		)
		assert places.clean() == 1
		assert placed(one, two, three) == {three.name}
		for lead in (two, three):
			frappe.delete_doc(LEAD, lead.name)
		frappe.db.commit()

	def test_a_merged_lead_leaves_its_place_to_nobody_twice(self):
		one, two, three = (make(number) for number in (1, 2, 3))
		for lead in (one, two):
			moves.move(lead.name, "Lead", after=three.name, by_hand=1)
		merging.merge(two.name, [one.name])
		assert placed(one, two, three) == {two.name}

"""The Lead Board: columns, pages, orders, filters and totals."""

import pytest

from lead_pipeline.board import columns as board
from lead_pipeline.board import moves, panel, totals
from lead_pipeline.tests.factories import make_lead


def column(name: str, **asked) -> dict:
	return next(column for column in board.columns(**asked)["columns"] if column["name"] == name)


@pytest.mark.parametrize("order", ["hand", "next_step", "revenue", "age", "priority", "modified"])
def test_every_card_comes_once_page_by_page(order):
	names = [
		make_lead(company_name=f"Paged {n}", priority="High" if n % 3 else None, expected_revenue=n % 5).name
		for n in range(45)
	]
	filters = {"text": "Paged"}
	first = column("Lead", filters=filters, order=order)
	found, cursor = [c["name"] for c in first["cards"]], first["cursor"]
	assert len(found) == 20 and first["count"] == 45
	while cursor:
		page = board.page("Lead", cursor, filters, order)
		found += [c["name"] for c in page["cards"]]
		cursor = page["cursor"]
	assert sorted(found) == sorted(names)


def titles(status: str, filters: dict) -> list[str]:
	return [card["title"] for card in column(status, filters=filters)["cards"]]


def test_a_card_is_placed_by_hand_moved_and_brought_back():
	first, second, third = (make_lead(company_name=f"Moved {number}") for number in range(3))
	filters = {"text": "Moved"}
	assert titles("Lead", filters) == ["Moved 2", "Moved 1", "Moved 0"]
	assert moves.move(first.name, "Lead", after=third.name, before=second.name, by_hand=1)["moved"]
	assert titles("Lead", filters) == ["Moved 2", "Moved 0", "Moved 1"]
	answer = moves.move(first.name, "Lead", "Open")
	assert (answer["moved"], answer["card"]["status"]) == (True, "Open")
	assert titles("Open", filters) == ["Moved 0"]
	assert moves.undo(first.name, answer["undo"])["moved"]
	assert titles("Lead", filters) == ["Moved 2", "Moved 0", "Moved 1"]
	found = totals.totals(filters)
	assert (found["columns"]["Lead"]["count"], found["all"]["count"]) == (3, 3)
	assert panel.panel(first.name)["card"]["name"] == first.name

"""Cards that users place by hand stay where they were put.

However often others are put beside them.
"""

import random
from datetime import datetime, timedelta

import pytest

from lead_pipeline.domain.ranks import MAX_TIE_LENGTH, TICK, Rank, below, between, on_top, tie_between

NOW = datetime(2026, 11, 28, 12, 0)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
	("above", "beneath"),
	[
		(Rank(NOW, "LEAD-2"), Rank(NOW - SECOND, "LEAD-1")),
		(Rank(NOW, "LEAD-2"), Rank(NOW - timedelta(microseconds=1), "LEAD-1")),
		(Rank(NOW, "LEAD-2"), Rank(NOW, "LEAD-1")),
		(Rank(NOW, "LEAD-10"), Rank(NOW, "LEAD-1")),
		(Rank(NOW, "LEAD-1!"), Rank(NOW, "LEAD-1")),
		(Rank(NOW, "x"), Rank(NOW)),
		(Rank(NOW, "Müller"), Rank(NOW, "Muller")),
		(Rank(NOW, "شركة"), Rank(NOW, "Ü")),
	],
)
@pytest.mark.parametrize("always", ["above", "beneath", "either"])
def test_there_is_room_between_two_cards_again_and_again(above, beneath, always):
	chance = random.Random(1)
	for _time in range(200):
		placed = between(above, beneath)
		assert beneath < placed < above
		assert len(placed.tie) <= MAX_TIE_LENGTH
		if always == "above" or (always == "either" and chance.random() < 0.5):
			above = placed
		else:
			beneath = placed


def test_there_is_a_text_between_any_two_names_of_leads():
	chance = random.Random(2)
	letters = "LEAD-2026 09!~aZéß漢ش"
	for _time in range(20_000):
		one, other = ("".join(chance.choices(letters, k=chance.randint(1, 9))).strip() for _name in "ab")
		low, high = sorted((one, other))
		if low < high:
			assert low < tie_between(low, high) < high
		assert tie_between(low, None) > low


def test_what_is_put_on_top_stands_above_what_was_there_and_what_comes_later_above_it():
	first = on_top(None, NOW)
	assert on_top(first, NOW) > first
	assert on_top(Rank(NOW + SECOND), NOW) > Rank(NOW + SECOND)
	assert Rank(NOW + SECOND, "LEAD-1") > on_top(first, NOW)


@pytest.mark.parametrize("tie", ["", "LEAD-2026-00042", "LEAD-1O", "!", "Müller", "~" * MAX_TIE_LENGTH])
def test_below_a_card_is_above_all_that_came_earlier(tie):
	assert Rank(NOW - SECOND, "zzz") < below(Rank(NOW, tie)) < Rank(NOW, tie)


def test_below_a_card_is_above_the_next_one_of_the_same_moment():
	assert Rank(NOW, "LEAD-41") < below(Rank(NOW, "LEAD-42")) < Rank(NOW, "LEAD-42")


@pytest.mark.parametrize("tie", ["", "!"])
def test_below_a_card_without_room_of_its_own_is_above_all_of_the_moment_before(tie):
	assert Rank(NOW - TICK, "LEAD-42") < below(Rank(NOW, tie)) < Rank(NOW, tie)


def test_between_cards_without_room_the_next_one_stands_right_above_them():
	tie = "z" * MAX_TIE_LENGTH
	assert between(Rank(NOW, f"{tie}!"), Rank(NOW, tie)) == Rank(NOW + TICK)


def test_between_a_card_and_itself_is_below_it():
	card = Rank(NOW, "LEAD-1")
	assert between(card, card) == below(card)


def test_between_cards_that_have_changed_their_order_is_below_the_upper_one():
	above = Rank(NOW - SECOND, "LEAD-1")
	assert between(above, Rank(NOW, "LEAD-2")) < above

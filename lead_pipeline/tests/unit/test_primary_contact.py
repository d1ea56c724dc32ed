"""One main e-mail among several, one main phone and one main mobile.

Tested without any site.
"""

from hypothesis import given
from hypothesis import strategies as st

from lead_pipeline.domain.primary_contact import ContactSet, Policy, Row, resolve_main

EMAILS = Policy(key=str.lower, moves_up={"primary": True})
PHONES = Policy(key=str.lower, moves_up={"phone": True, "mobile": False})


def book(main: str, *rows: str) -> ContactSet:
	"""E-mails; a star at the end of a row is its tick."""
	return ContactSet(
		{"primary": main}, [Row(row.rstrip("*"), {"primary"} if row[-1:] == "*" else set()) for row in rows]
	)


def after(now: ContactSet, before: ContactSet | None = None) -> tuple:
	"""The main e-mail and the rows as `book` takes them."""
	settled = resolve_main(now, before, EMAILS)
	return settled.mains["primary"], *(row.value + "*" * len(row.marks) for row in settled.rows)


def phones(phone: str, mobile: str, *rows: str) -> ContactSet:
	"""Phones; p and m after a colon are the ticks."""
	marks = {"p": "phone", "m": "mobile"}
	parts = [row.partition(":") for row in rows]
	return ContactSet(
		{"phone": phone, "mobile": mobile},
		[Row(value, {marks[mark] for mark in ticks}) for value, _, ticks in parts],
	)


def after_phones(now: ContactSet, before: ContactSet | None = None) -> tuple:
	settled = resolve_main(now, before, PHONES)
	rows = (f"{row.value}:{''.join(sorted(mark[0] for mark in row.marks))}" for row in settled.rows)
	return settled.mains["phone"], settled.mains["mobile"], *(row.rstrip(":") for row in rows)


def test_a_main_field_alone_needs_no_row():
	assert after(book("a")) == ("a",)
	assert after(book("b"), book("a")) == ("b",)
	assert after(book(""), book("a")) == ("",)


def test_the_first_further_one_brings_the_main_one_into_the_table():
	assert after(book("a", "b"), book("a")) == ("a", "a*", "b")
	assert after(book("a", "b")) == ("a", "a*", "b")


def test_without_a_main_field_the_ticked_row_becomes_it():
	assert after(book("", "a", "b*")) == ("b", "a", "b*")


def test_without_any_tick_the_first_row_becomes_the_main_one():
	assert after(book("", "a", "b")) == ("a", "a*", "b")


def test_the_newly_ticked_row_wins():
	before = book("a", "a*", "b", "c")
	assert after(book("a", "a*", "b*", "c"), before) == ("b", "a", "b*", "c")
	assert after(book("a", "a", "b*", "c"), before) == ("b", "a", "b*", "c")
	assert after(book("a", "a*", "b", "c", "d*"), before) == ("d", "a", "b", "c", "d*")


def test_of_two_newly_ticked_rows_the_last_one_wins():
	assert after(book("", "a*", "b*")) == ("b", "a", "b*")
	assert after(book("a", "a", "b*", "c*"), book("a", "a*", "b", "c")) == ("c", "a", "b", "c*")


def test_ticking_a_row_keeps_the_main_one_that_had_no_row():
	assert after(book("a", "b*"), book("a")) == ("b", "a", "b*")


def test_a_tick_that_is_taken_away_without_another_one_stays():
	assert after(book("a", "a", "b"), book("a", "a*", "b")) == ("a", "a*", "b")


def test_a_changed_main_field_changes_the_ticked_row():
	assert after(book("c", "a*", "b"), book("a", "a*", "b")) == ("c", "c*", "b")


def test_a_main_field_changed_to_another_row_ticks_it():
	assert after(book("b", "a*", "b"), book("a", "a*", "b")) == ("b", "a", "b*")


def test_a_changed_main_field_beats_a_tick():
	assert after(book("c", "a", "b*"), book("a", "a*", "b")) == ("c", "c*", "a", "b")
	assert after(book("a", "b*")) == ("a", "a*", "b")


def test_an_edited_ticked_row_changes_the_main_field():
	assert after(book("a", "c*", "b"), book("a", "a*", "b")) == ("c", "c*", "b")


def test_an_emptied_main_field_takes_its_row_away_and_the_next_moves_up():
	assert after(book("", "a*", "b"), book("a", "a*", "b")) == ("b", "b*")
	assert after(book("", "a*"), book("a", "a*")) == ("",)


def test_a_deleted_main_row_lets_the_next_move_up():
	assert after(book("a", "b", "c"), book("a", "a*", "b", "c")) == ("b", "b*", "c")


def test_when_all_rows_are_deleted_the_main_field_goes_with_its_row():
	assert after(book("a"), book("a", "a*", "b")) == ("",)
	assert after(book("c"), book("a", "a*", "b")) == ("c",)


def test_a_deleted_further_row_changes_nothing_else():
	assert after(book("a", "a*"), book("a", "a*", "b")) == ("a", "a*")


def test_the_same_one_twice_is_one_row_with_the_ticks_of_both():
	assert after(book("", "a", "b", "A*", " b ")) == ("a", "a*", "b")
	assert after(book("a", "a*", "b", "B*"), book("a", "a*", "b")) == ("b", "a", "b*")


def test_empty_rows_are_dropped():
	assert after(book("a", "", " ")) == ("a",)


def test_another_spelling_of_the_main_one_is_no_change():
	assert after(book("A", "a*", "b"), book("a", "a*", "b")) == ("A", "A*", "b")
	assert after(book("a", "A*", "b"), book("a", "a*", "b")) == ("A", "A*", "b")


def test_rows_keep_their_source():
	now = book("c", "a*", "b")
	for row in now.rows:
		row.source = object()
	settled = resolve_main(now, book("a", "a*", "b"), EMAILS)
	assert [row.source for row in settled.rows] == [row.source for row in now.rows]
	assert now.rows[0].value == "a", "what was given is not changed"


def test_one_row_can_be_main_phone_and_main_mobile():
	assert after_phones(phones("", "", "1:pm", "2")) == ("1", "1", "1:mp", "2")
	assert after_phones(phones("1", "1", "2")) == ("1", "1", "1:mp", "2")


def test_phone_and_mobile_are_ticked_apart():
	before = phones("1", "2", "1:p", "2:m", "3")
	assert after_phones(phones("1", "2", "1:p", "2:m", "3:m"), before) == ("1", "3", "1:p", "2", "3:m")
	assert after_phones(phones("1", "2", "1:p", "2:m", "3:p"), before) == ("3", "2", "1", "2:m", "3:p")


def test_no_row_becomes_a_mobile_by_being_the_next_one():
	before = phones("1", "2", "1:p", "2:m", "3")
	assert after_phones(phones("1", "2", "1:p", "3"), before) == ("1", "", "1:p", "3")
	assert after_phones(phones("", "", "1")) == ("1", "", "1:p")


def test_a_mobile_does_not_move_up_to_main_phone():
	assert after_phones(phones("1", "2", "2:m"), phones("1", "2", "1:p", "2:m")) == ("", "2", "2:m")
	assert after_phones(phones("1", "2", "2:m", "3"), phones("1", "2", "1:p", "2:m", "3")) == (
		"3",
		"2",
		"2:m",
		"3:p",
	)


def test_a_changed_phone_leaves_the_mobile_that_had_the_same_row():
	before = phones("1", "1", "1:pm", "2")
	assert after_phones(phones("3", "1", "1:pm", "2"), before) == ("3", "1", "3:p", "1:m", "2")
	assert after_phones(phones("", "1", "1:pm", "2"), before) == ("2", "1", "1:m", "2:p")


VALUES = st.sampled_from(["", "1", "2", "3", "a", "A"])
BOOKS = st.builds(
	ContactSet,
	st.fixed_dictionaries({"phone": VALUES, "mobile": VALUES}),
	st.lists(st.builds(Row, VALUES, st.sets(st.sampled_from(["phone", "mobile"]))), max_size=5),
)


@given(now=BOOKS, before=st.none() | BOOKS)
def test_field_and_table_agree_whatever_was_edited(now, before):
	settled = resolve_main(now, resolve_main(before, None, PHONES) if before else None, PHONES)
	keys = [row.value.lower() for row in settled.rows]
	assert len(set(keys)) == len(keys)
	assert all(keys)
	for mark, main in settled.mains.items():
		ticked = [row.value for row in settled.rows if mark in row.marks]
		assert ticked == ([main] if main and settled.rows else [])


@given(now=BOOKS, before=st.none() | BOOKS)
def test_what_is_settled_stays(now, before):
	settled = resolve_main(now, resolve_main(before, None, PHONES) if before else None, PHONES)
	again = resolve_main(settled, settled, PHONES)
	assert (again.mains, again.rows) == (settled.mains, settled.rows)

"""Values as they come from outside: texts, rows, times, addresses, HTML."""

from datetime import date, time, timedelta

import pytest

from lead_pipeline.constants import NO_STEP, OVERDUE, PLANNED, TODAY
from lead_pipeline.domain import form_token, html_text, origins
from lead_pipeline.domain.embedding import without_files
from lead_pipeline.domain.merging import says_something, sources_of_values, survivor
from lead_pipeline.domain.steps import next_step_state, parse_time
from lead_pipeline.domain.values import are_rows, clean_value, is_plain, is_text, of_json, without_invisible
from lead_pipeline.domain.working_time import same_day_next_month


@pytest.mark.parametrize(
	("value", "is_so"),
	[
		([], True),
		([{"email": "a@example.com", "number": 1, "empty": None}], True),
		([{"email": ["a"]}], False),
		([{"email": "a"}, {"email": {}}], False),
		([{"email": "a"}, "b"], False),
		({"email": "a"}, False),
		("text", False),
		(None, False),
	],
)
def test_rows_of_a_table_are_a_list_of_objects_with_plain_values(value, is_so):
	assert are_rows(value) is is_so


def nested(depth: int) -> list:
	found: list = []
	for _level in range(depth):
		found = [found]
	return found


def test_a_value_out_of_json_has_question_marks_for_half_characters_and_keeps_the_rest():
	assert clean_value({"name": "Zoë \ud83d", "list": ["🚀", 1, None]}) == {
		"name": "Zoë ?",
		"list": ["🚀", 1, None],
	}
	assert clean_value(nested(100_000)) is None
	assert of_json("{no json") is None and of_json("[" * 100_000) is None and of_json('{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
	("html", "is_so"),
	[
		("", True),
		("<div><br></div>", True),
		("<p>&nbsp;</p>", True),
		("<p>Words</p>", False),
		('<p><img src="/files/a.png"></p>', False),
		("<blockquote>Words</blockquote>", False),
	],
)
def test_html_is_empty_when_a_reader_sees_nothing(html, is_so):
	assert html_text.is_empty(html) is is_so


@pytest.mark.parametrize(
	("value", "read"),
	[
		(None, None),
		("", None),
		("14:30", time(14, 30)),
		(" 4:05 ", time(4, 5)),
		("14:30:59", time(14, 30, 59)),
		("14:30:59.123456", time(14, 30, 59)),
		(time(14, 30, 59, 7), time(14, 30, 59)),
		(timedelta(0), time(0)),
		(timedelta(hours=23, minutes=59, seconds=58), time(23, 59, 58)),
	],
)
def test_a_time_is_read_as_typed_or_as_the_database_has_it(value, read):
	assert parse_time(value) == read


@pytest.mark.parametrize(
	"value", ["25:00", "14:60", "noon", "14", timedelta(hours=24), timedelta(seconds=-1)]
)
def test_what_is_no_time_is_refused(value):
	with pytest.raises(ValueError) as refused:
		parse_time(value)
	assert refused.value.args != (None,)


def test_a_next_step_is_overdue_today_or_planned_and_a_closed_lead_has_none():
	today = date(2026, 3, 31)
	days = (today - timedelta(1), today, today + timedelta(1))
	assert [next_step_state(day, today) for day in days] == [OVERDUE, TODAY, PLANNED]
	assert next_step_state(None, today) == NO_STEP == next_step_state(today, today, is_open=False)


@pytest.mark.parametrize(
	("day", "then"),
	[
		(date(2026, 1, 31), date(2026, 2, 28)),
		(date(2024, 1, 30), date(2024, 2, 29)),
		(date(2026, 3, 15), date(2026, 4, 15)),
		(date(2026, 11, 30), date(2026, 12, 30)),
		(date(2026, 12, 31), date(2027, 1, 31)),
	],
)
def test_the_same_day_of_the_next_month_or_its_last(day, then):
	assert same_day_next_month(day) == then


def lead(name: str, category: str = "New", creation: str = "2026-01-01", **values) -> dict:
	return {"name": name, "status_category": category, "creation": creation} | values


@pytest.mark.parametrize(
	("leads", "kept"),
	[
		([lead("B"), lead("A", "Won")], "A"),
		([lead("A"), lead("B", creation="2025-01-01")], "B"),
		([lead("B"), lead("A")], "A"),
		([lead("A", "Unknown"), lead("B", "Lost", "2026-05-05")], "B"),
	],
)
def test_the_most_advanced_lead_survives_then_the_oldest_then_the_first_by_name(leads, kept):
	assert survivor(leads) == kept == survivor(leads[::-1])


def test_a_value_comes_from_the_survivor_else_from_the_first_that_has_one():
	kept, others = lead("A", phone=""), [lead("B", phone=0), lead("C", phone="1"), lead("D", phone="2")]
	assert sources_of_values(kept, others, ["phone", "name"]) == {"phone": "C", "name": "A"}
	together = sources_of_values(
		lead("A", lost_note="x"), [lead("B", lost_reason="Price")], ["lost_reason", "lost_note"]
	)
	assert together == {"lost_reason": "B", "lost_note": "B"}
	assert sources_of_values(lead("A"), [lead("B")], ["phone"]) == {"phone": "A"}


@pytest.mark.parametrize("value", [None, "", 0, 0.0, [], "<div><br></div>"])
def test_zero_and_an_empty_editor_say_nothing(value):
	assert not says_something(value)
	assert says_something("0") and says_something(1) and says_something([0])


@pytest.mark.parametrize(
	("sent", "address"),
	[
		("https://www.example.com/a?b=c", "https://www.example.com/a?b=c"),
		(" http://example.com ", "http://example.com"),
		("ftp://example.com", None),
		("https:///path", None),
		("https://exa mple.com", None),
		('https://example.com/"x', None),
		("https://example.com/\\x", None),
		("http://[::1", None),
		(None, None),
		("", None),
	],
)
def test_the_address_of_a_page_is_of_the_web_or_none(sent, address):
	assert origins.page_address(sent) == address


def test_an_address_is_cut_where_the_column_ends():
	long = "https://example.com/" + "a" * 5000
	assert origins.page_address(long) == long[: origins.MAX_ADDRESS_LENGTH]


@pytest.mark.parametrize("sign", ["e", "E", "&#101;", "&#0101", "&#x65;", "&#X65;", "&#x065;"])
def test_no_spelling_embeds_a_file(sign):
	assert without_files(f'{sign}mbed="/files/a"') == f'{sign}mbed= "/files/a"'


@pytest.mark.parametrize(
	("value", "is_so"),
	[
		("plain", True),
		("Zoë 🚀", True),
		("a\x00b", False),
		("ë\x00b", False),
		("\ud800", False),
		("ë\udfff", False),
		("\ud7ff\ue000", True),
		("", True),
	],
)
def test_a_text_has_no_nul_and_no_half_character(value, is_so):
	assert is_text(value) is is_so
	assert is_plain(value) is is_so


@pytest.mark.parametrize(
	("value", "is_so"), [(None, True), (1, True), (1.5, True), (True, True), ([], False), ({}, False)]
)
def test_a_plain_value_is_no_object_and_no_list(value, is_so):
	assert is_plain(value) is is_so


def test_invisible_characters_go_and_the_rest_stays():
	assert without_invisible("jane\u200b@\u00adexample.com\ufeff") == "jane@example.com"
	assert without_invisible("Zoë plain") == "Zoë plain"


def test_a_token_is_of_its_form_and_key_and_of_a_day():
	token = form_token.issue_token("key", "form", "7", 1000.0)
	assert form_token.verify_token("key", "form", token, 1010.5) == form_token.FormToken("7", 10.5)
	latest = 1000.0 + form_token.LIFETIME
	assert form_token.verify_token("key", "form", token, latest).seconds == form_token.LIFETIME
	assert form_token.verify_token("key", "form", token, latest + 1) is None
	assert form_token.verify_token("other", "form", token, 1010) is None
	assert form_token.verify_token("key", "other", token, 1010) is None
	for wrong in (None, "", "1.2", f"{token}0", f"9{token}", 17, "\ud800"):
		assert form_token.verify_token("key", "form", wrong, 1010) is None

"""What somebody types finds the lead, however either is written."""

import re

import pytest

from lead_pipeline.domain.matching import read_phone
from lead_pipeline.domain.search_words import MAX_WORDS, has_words, typed_words, words_of_lead


def lead(name="LEAD-2026-00042", names=(), emails=(), phones=()) -> str:
	return words_of_lead(name, names, emails, [read_phone(phone, "DE") for phone in phones])


def finds(text: str, words: str) -> bool:
	return has_words(words, typed_words(text, "DE"))


@pytest.mark.parametrize(
	("text", "name"),
	[
		("jurg", "Jürgen Müller"),
		("JÜRGEN mull", "Jurgen Muller"),
		("muller jürgen", "Jürgen Müller"),
		("strasse", "Straße 7"),
		("łukasz", "Lukasz"),
		("li", "Li Na"),
		("na", "Li Na"),
		("wu", "Wu"),
		("de la", "María de la Cruz"),
		("com", "Com Co"),
		("o'brien", "Pat O\u2019Brien"),
		("obrien", "Pat O'Brien"),
		("anne-marie", "Anne Marie"),
		("marie", "Anne-Marie"),
		('"acme" ltd', "Acme Ltd"),
		("+acme -ltd*", "Acme Ltd"),
		("(acme) ~ltd <x> @", "Acme Ltd X"),
		("100%", "100% Natural"),
		("snake_case", "snake_case GmbH"),
		("محمد", "مُحَمَّد علي"),
		("احمد", "أحمد"),
		("北京", "北京大学"),
		("大学", "北京大学"),
		("学", "北京大学"),
		("北京大学", "北京大学出版社"),
		("東京 ltd", "東京電力 Ltd"),
		("철수", "김철수"),
		("Иван", "ИВАН Петров"),
		("νίκος", "Νίκος"),
		("नेहा", "नेहा शर्मा"),
		("สมชาย", "นายสมชาย"),
		("3m", "3M Company"),
		("studio 54", "Studio 54"),
	],
)
def test_a_name_is_found(text, name):
	assert finds(text, lead(names=[name]))


@pytest.mark.parametrize(
	("text", "name"),
	[
		("ow", "Bowwow"),
		("ürgen", "Jürgen"),
		("京学", "北京大学"),
		("acme gmbh", "Acme Ltd"),
		("%", "100%"),
		("***", "Acme"),
		("_", "snake_case"),
		("", "Acme"),
		("ww", "Acme"),
		("uu", "北京"),
	],
)
def test_what_is_not_there_is_not_found(text, name):
	assert not finds(text, lead(names=[name]))


@pytest.mark.parametrize(
	"text",
	["zeb.q", "zeb.q@quagga", "quagga.example", "@quagga", "zeb.q@quagga.example", "ZEB.Q@QUAGGA.EXAMPLE"],
)
def test_an_address_is_found_by_its_beginning_and_its_parts(text):
	assert finds(text, lead(emails=["zeb.q@quagga.example"]))


@pytest.mark.parametrize(
	"text",
	[
		"030 99-88 77",
		"(030) 998877",
		"0309988",
		"+49 30 9988",
		"004930998877",
		"+49 (0)30 998877",
		"998877",
		"8877",
		"٠٣٠٩٩٨٨٧٧",
		"zebulon 8877",
	],
)
def test_a_number_is_found_by_its_beginning_in_each_spelling_and_by_its_end(text):
	assert finds(text, lead(names=["Zebulon"], phones=["(030) 99-88 77"]))


@pytest.mark.parametrize("text", ["030998878", "99887", "77", "4931"])
def test_another_number_is_not_found(text):
	assert not finds(text, lead(phones=["(030) 99-88 77"]))


def test_the_number_of_a_lead_is_among_its_words_and_what_all_numbers_share_is_not():
	assert finds("00042", lead())
	assert not finds("2026", lead())
	assert finds("deal", lead(name="Spring Deal"))


def test_a_full_text_index_takes_each_word_whole():
	words = lead(names=["Li", "com", "北京大学", "x" * 140, "ж" * 140], phones=["030 998877"]).split()
	assert all(re.fullmatch("[a-z0-9]{3,84}", word) for word in words)
	assert len(lead(names=[" ".join(f"w{number}" for number in range(999))]).split()) == MAX_WORDS
	assert finds("x" * 140, lead(names=["x" * 140])) and finds("ж" * 140, lead(names=["ж" * 140]))

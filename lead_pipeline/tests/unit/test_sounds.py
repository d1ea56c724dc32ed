"""Names that sound alike: their keys, and how alike two names are."""

import pytest

from lead_pipeline.domain.duplicates import (
	COMPANY,
	COMPANY_ALIKE,
	EMAIL,
	NAME_ALIKE,
	PERSON,
	Names,
	weigh,
)
from lead_pipeline.domain.names import (
	MAX_KEY_LENGTH,
	company_likeness,
	company_sound,
	likeness,
	person_key,
	person_name,
	sound,
	without_plural,
)


@pytest.mark.parametrize(
	("word", "sounds"),
	[
		("schmidt", "smt"),
		("schmitt", "smt"),
		("philipp", "flp"),
		("filip", "flp"),
		("thomas", "tms"),
		("tomas", "tms"),
		("meyer", "mr"),
		("maier", "mr"),
		("max", "mks"),
		("maks", "mks"),
		("back", "pk"),
		("fritz", "frs"),
		("bach", "pk"),
		("quast", "kst"),
		("vaughan", "fkn"),
		("anna", "an"),
		("erik", "ark"),
		("uwe", "af"),
		("otto", "at"),
		("ilse", "als"),
		("nehls", "nls"),
	],
)
def test_spellings_of_one_sound_have_one_key(word, sounds):
	assert sound(word) == sounds


@pytest.mark.parametrize(
	("lead", "name"),
	[
		({"first_name": "Jane", "last_name": "Doe", "lead_name": "Anything"}, "Jane Doe"),
		({"last_name": "Doe", "lead_name": "Anything"}, "Doe"),
		({"first_name": "Jane"}, "Jane"),
		({"lead_name": "Jane Doe"}, "Jane Doe"),
		({"lead_name": "Jane Doe", "company_name": "Acme", "email": "jane@example.com"}, "Jane Doe"),
		({"lead_name": "Acme", "company_name": "Acme"}, None),
		({"lead_name": "jane@example.com", "email": "jane@example.com"}, None),
		({"lead_name": "Jane Doe", "is_organization": 1}, None),
		({"first_name": "Jane", "is_organization": 1}, "Jane"),
		({}, None),
	],
)
def test_the_person_of_a_lead_is_named_by_first_and_last_name_else_by_the_title(lead, name):
	assert person_name(lead) == name


@pytest.mark.parametrize(
	("name", "key"),
	[
		("Jane Doe", "jn t"),
		("Doe, Jane", "jn t"),
		("Dr. Jane Mary Doe", "jn t"),
		("Mr Doe", None),
		("Jane", None),
		("jane doe@example.com", None),
		("", None),
		(None, None),
	],
)
def test_a_person_is_known_by_first_and_last_word_in_either_order(name, key):
	expected = key and " ".join(sorted((sound("jane"), sound("doe"))))
	assert person_key(name) == expected


def test_keys_are_not_longer_than_their_column():
	consonants = "bgm" * 80
	assert len(person_key(f"{consonants} {consonants}")) == MAX_KEY_LENGTH
	assert len(company_sound(f"{consonants} {consonants}")) == MAX_KEY_LENGTH


@pytest.mark.parametrize(
	("one", "other"),
	[
		("Metalwork Ltd", "Metalworks"),
		("Schmidt Bau GmbH", "Bau Schmitt"),
		("Acme Trading House", "Acme Trading Company"),
	],
)
def test_companies_are_known_by_two_words_without_form_and_plural(one, other):
	assert company_sound(one) == company_sound(other) is not None


def test_a_company_has_a_sound_of_its_own_and_none_without_a_name():
	assert company_sound("Acme Trading") != company_sound("Acme Holding")
	assert company_sound("Acme Trading") == " ".join(sorted((sound("acme"), sound("trading"))))
	assert company_sound("") is None and company_sound(None) is None


def test_only_a_plural_at_the_end_goes_and_never_all_of_a_word():
	assert [without_plural(each) for each in ("mtlfrks", "s", "st", "")] == ["mtlfrk", "s", "st", ""]


@pytest.mark.parametrize(
	("one", "other", "lowest", "highest"),
	[
		("Jane Doe", "Doe Jane", 100, 100),
		("Jane Doe", "JANE DOE", 100, 100),
		("Jane Doe", "Jane Dow", 85, 90),
		("Jane Doe", "Xu Fi", 0, 40),
		("Jane Doe", "", 0, 0),
		("", "Jane Doe", 0, 0),
		(None, None, 0, 0),
	],
)
def test_likeness_of_names_does_not_depend_on_the_order_of_words(one, other, lowest, highest):
	assert lowest <= likeness(one, other) <= highest
	assert likeness(one, other) == likeness(other, one)


@pytest.mark.parametrize(
	("one", "other", "lowest", "highest"),
	[
		("Acme GmbH", "ACME Ltd", 100, 100),
		("Acme", "Acme Trading House of the North", 95, 95),
		("Acme Trading", "Zulu Quick", 0, 45),
		("Acme", None, 0, 0),
		(None, "Acme", 0, 0),
	],
)
def test_a_companys_form_and_what_one_name_adds_to_the_other_do_not_count(one, other, lowest, highest):
	assert lowest <= company_likeness(one, other) <= highest
	assert company_likeness(one, other) == company_likeness(other, one)


JANE = Names("Jane Doe", "Acme")


@pytest.mark.parametrize(
	("other", "kinds", "reasons"),
	[
		(Names("Xu Fi", "Zulu Quick"), {EMAIL}, {EMAIL}),
		(Names("Doe Jane", "Acme"), {NAME_ALIKE}, {PERSON}),
		(Names("Jane Dow", "Acme"), {NAME_ALIKE}, {NAME_ALIKE}),
		(Names("Jane Dow", None), {NAME_ALIKE}, {NAME_ALIKE}),
		(Names("Xu Fi", "Acme"), {NAME_ALIKE}, set()),
		(Names("Jane Doe", "Zulu Quick"), {NAME_ALIKE}, set()),
		(Names(None, "Acme GmbH"), {COMPANY_ALIKE}, {COMPANY_ALIKE}),
		(Names(None, "Acme GmbH"), {COMPANY_ALIKE, COMPANY}, {COMPANY}),
		(Names(None, "Zulu Quick"), {COMPANY_ALIKE}, set()),
		(Names("Jane Doe", "Acme"), {NAME_ALIKE, COMPANY_ALIKE}, {PERSON, COMPANY_ALIKE}),
	],
)
def test_what_sounds_alike_counts_only_when_it_is_alike(other, kinds, reasons):
	assert weigh(JANE, other, kinds) == reasons
	assert weigh(other, JANE, kinds) == reasons

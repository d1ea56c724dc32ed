"""Names that sound alike have one key, and likeness tells which of them are meant."""

import pytest

from lead_pipeline.domain.names import (
	company_likeness,
	company_sound,
	likeness,
	person_key,
	person_name,
)


@pytest.mark.parametrize(
	("one", "other"),
	[
		("Anna Meyer", "Meier, Anna"),
		("Philipp Schmidt", "Filip Schmitt"),
		("Dr. Jürgen Groß", "Jurgen Gross"),
		("Catherine O'Hara", "Katherine O\u2019Hara"),
		("Иван Петров", "Петров Иван"),
		("Łukasz Wałęsa", "Lukasz Walesa"),
		("Søren Kirkegård", "Soren Kirkegaard"),
		("Đorđe Petrović", "Dorde Petrovic"),
	],
)
def test_spellings_of_a_person_have_one_key(one, other):
	assert person_key(one) == person_key(other) is not None


@pytest.mark.parametrize("name", [None, "", "Cher", "ann@example.com", "Dr. Who", "..."])
def test_what_names_nobody_in_particular_has_no_key(name):
	assert person_key(name) is None


def test_other_names_have_other_keys():
	assert person_key("Anna Meyer") != person_key("Anna Keller")
	assert company_sound("Alpha Bau") != company_sound("Beta Bau")


@pytest.mark.parametrize(
	("one", "other"),
	[
		("Müller Bau GmbH", "Mueller Bau".replace("ue", "u")),
		("Meyer Maschinenbau", "Meier Maschinenbau AG"),
		("Acme Tools", "ACME Tools Ltd."),
		("Acme Tools", "Acme Tools Berlin"),
	],
)
def test_spellings_of_a_company_have_one_key_and_are_alike(one, other):
	assert company_sound(one) == company_sound(other) is not None
	assert company_likeness(one, other) >= 76


def test_a_company_of_one_and_of_many_has_one_key():
	assert company_sound("Flintmere Metalwork") == company_sound("Flintmere Metalworks Ltd")
	assert company_sound("Ess") is not None


def test_likeness_knows_neither_order_nor_nothing():
	assert likeness("Anna Meyer", "meyer, anna") == 100
	assert likeness("Anna", None) == likeness(None, None) == 0
	assert company_likeness("GmbH", "AG") < 60


def test_keys_fit_their_column():
	assert len(person_key("x1" * 300 + " y")) <= 140
	assert len(company_sound("x1" * 300)) <= 140


@pytest.mark.parametrize(
	("lead", "name"),
	[
		({"first_name": "Ann", "last_name": "Lee", "lead_name": "Title"}, "Ann Lee"),
		({"lead_name": "Ann Lee"}, "Ann Lee"),
		({"lead_name": "Acme", "company_name": "Acme"}, None),
		({"lead_name": "Acme", "company_name": "Acme Ltd", "is_organization": 1}, None),
		({"lead_name": "a@b.example", "email": "a@b.example"}, None),
	],
)
def test_the_person_of_a_lead(lead, name):
	assert person_name(lead) == name

"""Which lead stays and which values it gets, and what makes two leads the same."""

import pytest

from lead_pipeline.domain import duplicates, merging
from lead_pipeline.domain.duplicates import Names, Probe


def lead(name: str, **values) -> dict:
	return {"name": name, "creation": f"2026-01-{name}", "status_category": "New"} | values


def test_the_lead_that_has_come_furthest_stays_the_oldest_of_several():
	leads = [
		lead("05", status_category="Lost"),
		lead("04", status_category="Working"),
		lead("03", status_category="Working"),
		lead("02"),
		lead("01", status_category="Disqualified"),
	]
	assert merging.survivor(leads) == "03"
	assert merging.survivor([lead("09", status_category="Won"), *leads]) == "09"
	assert merging.survivor([lead("02", status_category=None), lead("03")]) == "03"


def test_the_survivor_speaks_first_then_the_first_that_has_something_to_say():
	kept, other, third = lead("01", email="a"), lead("02", email="b", phone="1"), lead("03", website="w")
	fields = ["email", "phone", "website", "job_title"]
	found = merging.sources_of_values(kept, [other, third], fields)
	assert found == {"email": "01", "phone": "02", "website": "03", "job_title": "01"}


@pytest.mark.parametrize("nothing", [None, "", 0, 0.0, "<div><br></div>"])
def test_zero_and_empty_say_nothing(nothing):
	assert not merging.says_something(nothing)


def test_an_amount_and_its_currency_come_from_the_same_lead():
	kept, other = lead("01", currency="EUR"), lead("02", expected_revenue=5, currency="USD")
	suggested = merging.sources_of_values(kept, [other], ["currency", "expected_revenue"])
	assert suggested == {"currency": "02", "expected_revenue": "02"}
	assert merging.chosen(suggested, {"expected_revenue": "01"}) == {
		"currency": "01",
		"expected_revenue": "01",
	}
	both = {"expected_revenue": "01", "currency": "02"}
	assert merging.chosen(suggested, both) == both


def test_a_crowded_key_is_no_evidence_unless_it_is_an_address():
	crowd = [f"L{number}" for number in range(duplicates.CROWD)]
	hits = [(Probe(duplicates.DOMAIN, "d"), name) for name in crowd]
	hits += [(Probe(duplicates.PHONE, "1"), "L1")]
	assert duplicates.evidence(hits) == {"L1": {duplicates.PHONE}}
	assert len(duplicates.evidence([(Probe(duplicates.EMAIL, "e"), name) for name in crowd])) == len(crowd)


def test_the_strongest_comes_first_and_what_only_sounds_alike_must_be_alike():
	kinds = {
		"mail": {duplicates.EMAIL},
		"phone": {duplicates.PHONE, duplicates.DOMAIN},
		"name": {duplicates.NAME_ALIKE},
		"sound": {duplicates.NAME_ALIKE},
		"elsewhere": {duplicates.NAME_ALIKE},
		"gone": {duplicates.EMAIL},
	}
	names = {name: Names(None, None) for name in ("mail", "phone")}
	names |= {
		"name": Names("Meyer, Anna", None),
		"sound": Names("Ina Maura", None),
		"elsewhere": Names("Anna Meyer", "Zebra Shipping"),
	}
	found = duplicates.find_suspicions(Names("Anna Meyer", "Nordlicht Bau"), kinds, names)
	assert [suspicion.lead for suspicion in found] == ["mail", "phone", "name"]
	assert found[1].reasons == (duplicates.PHONE, duplicates.DOMAIN)
	assert found[2].reasons == (duplicates.PERSON,)

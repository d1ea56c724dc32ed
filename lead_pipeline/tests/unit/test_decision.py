"""The decision about a lead's status, without any site."""

from itertools import permutations

import pytest

from lead_pipeline.domain.decision import Fact, LeadState, decide

ALL = ("Lead", "Open", "Opportunity", "Quotation", "Converted", "Lost")


def fact(
	status: str, position: int, document: str = "D-1", created: str = "2026-01-01", rule: str = ""
) -> Fact:
	return Fact(rule or f"rule {position}", status, position, "Document", document, created)


def lead(status: str = "Lead", **values) -> LeadState:
	return LeadState(**({"status": status, "choosable": ALL, "chosen": "Lead"} | values))


ORDER = fact("Converted", 10, "SO-1")
QUOTATION = fact("Quotation", 30, "Q-1")
OPPORTUNITY = fact("Opportunity", 40, "O-1")


@pytest.mark.parametrize("facts", permutations([QUOTATION, ORDER, OPPORTUNITY]))
def test_the_lowest_position_wins_whatever_the_order_of_the_facts(facts):
	decision = decide(lead(), list(facts))
	assert (decision.status, decision.fact, decision.origin) == ("Converted", ORDER, "document")


def test_within_a_rule_the_newest_document_speaks():
	older, newer = fact("Quotation", 30, "Q-9", "2026-01-01"), fact("Quotation", 30, "Q-1", "2026-02-01")
	assert decide(lead(), [newer, older]).fact == newer
	assert decide(lead(), [older, newer]).fact == newer


def test_without_facts_the_persons_choice_comes_back():
	decision = decide(lead("Quotation", chosen="Open"), [])
	assert (decision.status, decision.origin) == ("Open", "person")


def test_without_facts_and_choice_the_first_allowed_status_is_given():
	decision = decide(lead("Quotation", chosen="", choosable=("Open", "Lost")), [])
	assert (decision.status, decision.origin) == ("Open", "default")


def test_a_choice_stands_against_the_fact_it_was_made_against():
	decision = decide(lead("Open", chosen="Open", chosen_against=QUOTATION.key), [QUOTATION, OPPORTUNITY])
	assert (decision.status, decision.origin, decision.fact) == ("Open", "person", QUOTATION)


@pytest.mark.parametrize("news", [ORDER, fact("Quotation", 30, "Q-2", "2026-02-01"), fact("Lost", 20, "Q-1")])
def test_a_choice_falls_when_the_strongest_fact_is_another_one(news):
	state = lead("Open", chosen="Open", chosen_against=QUOTATION.key)
	assert decide(state, [QUOTATION, news]).status == news.status


def test_a_rule_that_is_given_another_status_is_no_news():
	edited = fact("Opportunity", 30, "Q-1")
	assert decide(lead("Open", chosen="Open", chosen_against=QUOTATION.key), [edited]).status == "Open"


@pytest.mark.parametrize(
	"hindrance, held_by", [({"hold": True}, "hold"), ({"protected": True}, "protection")]
)
def test_a_held_lead_keeps_its_status_and_says_what_it_would_have(hindrance, held_by):
	decision = decide(lead("Open", **hindrance), [QUOTATION])
	assert (decision.status, decision.wanted, decision.held_by) == ("Open", "Quotation", held_by)


def test_nothing_is_held_when_the_status_is_the_wanted_one():
	assert decide(lead("Quotation", hold=True), [QUOTATION]).held_by is None


def test_a_status_that_cannot_be_chosen_is_skipped_for_the_next_fact():
	decision = decide(lead(choosable=("Lead", "Opportunity")), [QUOTATION, OPPORTUNITY])
	assert (decision.status, decision.skipped) == ("Opportunity", (QUOTATION,))


def test_a_lead_whose_type_allows_nothing_keeps_its_status():
	assert decide(lead("Open", chosen="", choosable=()), [QUOTATION]).status == "Open"

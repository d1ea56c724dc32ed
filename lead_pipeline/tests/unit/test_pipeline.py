"""Can a lead still be open after a change of statuses and types? Without any site."""

import pytest

from lead_pipeline.constants import CLOSED_CATEGORIES, OPEN_CATEGORIES
from lead_pipeline.domain.decision import Status
from lead_pipeline.domain.pipeline import ANY_TYPE, Pipeline, stranded

NEW, LOST = Status("New", "New"), Status("Lost", "Lost")
DISABLED = Status("Gone", "Working", disabled=True)


@pytest.mark.parametrize("category", OPEN_CATEGORIES)
def test_an_enabled_status_of_an_open_category_is_enough(category):
	assert Pipeline([LOST, Status("Any", category)]).can_be_open()


@pytest.mark.parametrize("category", CLOSED_CATEGORIES)
def test_closed_and_disabled_ones_are_not(category):
	assert not Pipeline([DISABLED, Status("Any", category)]).can_be_open()


def test_a_type_sees_only_what_it_allows_and_an_empty_one_everything():
	pipeline = Pipeline([NEW, LOST], {"closed": ["Lost"], "open": ["New"], "all": []})
	assert [name for name in pipeline.types if pipeline.can_be_open(name)] == ["open", "all"]
	assert pipeline.can_be_open("no such type")


def test_only_those_that_lose_their_last_open_status_are_stranded():
	types = {"was closed": ["Lost"], "loses it": ["New"], "keeps one": ["New", "Other"]}
	before = Pipeline([NEW, LOST, Status("Other", "Working")], types)
	after = Pipeline([LOST, Status("Other", "Working")], types)
	assert stranded(before, after) == ["loses it"]
	assert stranded(after, after) == []
	assert stranded(before, Pipeline([LOST], types)) == [ANY_TYPE, "loses it", "keeps one"]

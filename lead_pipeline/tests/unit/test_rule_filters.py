"""The filters of rules, and which rule shadows another one.

Tested without a site.
"""

import pytest

from lead_pipeline.domain.rule_filters import includes, linked_parts, moves_on, parse
from lead_pipeline.domain.rule_order import Terms, shadows

OPEN = ["Quotation", "status", "=", "Open"]
LARGE = ["Quotation", "grand_total", ">", 100]


@pytest.mark.parametrize(
	"stored, filters",
	[
		(None, []),
		("", []),
		("[]", []),
		('[["status", "=", "Open"]]', [OPEN]),
		([["Quotation", "status", "=", " Open ", False]], [OPEN]),
		('{"status": "Open"}', [OPEN]),
		('{"status": ["not in", "A, B,"]}', [["Quotation", "status", "not in", ["A", "B"]]]),
		([["docstatus", "In", [0, 1]]], [["Quotation", "docstatus", "in", ["0", "1"]]]),
		([["name", "BETWEEN", [1, 2]]], [["Quotation", "name", "Between", [1, 2]]]),
		([["name", "resembles", "x"]], [["Quotation", "name", "resembles", "x"]]),
	],
)
def test_filters_get_one_form(stored, filters):
	assert parse(stored, "Quotation") == filters
	assert parse(parse(stored, "Quotation"), "Quotation") == filters


@pytest.mark.parametrize("stored", ["{", "7", '"x"', [7], [["a", "="]], [[1, "=", 2]], [["a", "", "=", 1]]])
def test_what_is_no_list_of_filters_raises(stored):
	with pytest.raises(ValueError):
		parse(stored, "Quotation")


def test_a_field_of_a_linked_record_has_two_parts():
	assert linked_parts("status.type") == ("status", "type")
	assert linked_parts("status") is None


def test_more_filters_include_fewer_whatever_the_order_and_the_spelling_of_values():
	assert includes([OPEN, LARGE], [LARGE])
	assert includes([OPEN], [])
	assert includes([["Q", "s", "in", ["B", "A"]]], [["Q", "s", "in", ["A", "B"]]])
	assert includes([["Q", "n", "=", 1]], [["Q", "n", "=", "1"]])
	assert not includes([OPEN], [OPEN, LARGE])
	assert not includes([["Q", "s", "in", ["A"]]], [["Q", "s", "in", ["A", "B"]]])


def terms(position: int, filters=(), **values) -> Terms:
	values = {"name": f"rule-{position}", "document_type": "Quotation", "status": "Open"} | values
	return Terms(position=position, filters=list(filters), **values)


def stands_in_the_way(stronger: Terms, weaker: Terms, forbidden: tuple = ()) -> bool:
	return shadows(stronger, weaker, ["", "Shop", "Web"], lambda *pair: pair not in forbidden)


@pytest.mark.parametrize(
	"stronger, weaker, forbidden, expected",
	[
		(terms(1), terms(2), (), True),
		(terms(1), terms(2, [OPEN]), (), True),
		(terms(1, [OPEN]), terms(2, [OPEN]), (), True),
		(terms(1, [OPEN]), terms(2, [OPEN, LARGE]), (), True),
		(terms(1, [OPEN]), terms(2), (), False),
		(terms(1, [OPEN]), terms(2, [LARGE]), (), False),
		(terms(2), terms(1), (), False),
		(terms(1, name="a"), terms(1, name="b"), (), True),
		(terms(1, document_type="Customer"), terms(2), (), False),
		(terms(1, lead_type="Shop"), terms(2), (), False),
		(terms(1, lead_type="Shop"), terms(2, lead_type="Shop"), (), True),
		(terms(1), terms(2, lead_type="Shop"), (), True),
		(terms(1), terms(2), (("Web", "Open"),), False),
		(terms(1), terms(2, lead_type="Shop"), (("Web", "Open"),), True),
		(terms(1), terms(2, lead_type="Web"), (("Web", "Open"),), False),
	],
)
def test_which_rule_can_never_decide(stronger, weaker, forbidden, expected):
	assert stands_in_the_way(stronger, weaker, forbidden) is expected


@pytest.mark.parametrize(
	("condition", "moves"),
	[
		(["status", "=", "Open"], False),
		(["creation", "Between", ["2024-01-01", "2024-02-01"]], False),
		(["creation", "timespan", "Last Week"], True),
		(["territory", "descendants of", "Europe"], True),
	],
)
def test_what_filters_mean_can_change_with_the_days_and_with_trees(condition, moves):
	assert moves_on(parse([["status", "!=", "Lost"], condition], "Quotation")) is moves

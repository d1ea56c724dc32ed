"""Cells of a file with leads, without a site."""

from datetime import date, datetime

import pytest

from lead_pipeline.domain import cells, import_cells
from lead_pipeline.domain.cells import Formats
from lead_pipeline.domain.import_cells import Allowed, Column, Problem

GERMAN = Formats(decimal=",", group=".", yes=frozenset({"ja"}), no=frozenset({"nein"}))
AMERICAN = Formats(month_first=True)
MONEY = Formats(currencies={"usd": "USD", "eur": "EUR", "€": "EUR", "kr": "SEK"})


@pytest.mark.parametrize(
	"cell, formats, value",
	[
		("1,234.50", Formats(), 1234.5),
		("1.234,50", GERMAN, 1234.5),
		("1.234", GERMAN, 1234),
		("1234.5", GERMAN, 1234.5),
		("1\u202f234,5", Formats(decimal=",", group=" "), 1234.5),
		("12,34,567.8", Formats(), 1234567.8),
		("45 %", Formats(), 45),
		(12.5, GERMAN, 12.5),
		("1'234.5", Formats(group="'"), 1234.5),
		("a lot", Formats(), None),
		("1.2.3", Formats(), None),
		("1e5", Formats(), None),
		("1.234.567", Formats(), 1234567),
		("1.234,50", Formats(), 1234.5),
		("1234,5", Formats(), 1234.5),
		("12,50", Formats(), 12.5),
		("0,500", GERMAN, 0.5),
		("(500)", Formats(), -500),
		("$1,234.50", Formats(), 1234.5),
		("€ 1234.50", GERMAN, 1234.5),
		("USD 5,000.00", MONEY, 5000),
		("5.000,00 EUR", MONEY, 5000),
		("-kr 1 200", MONEY, -1200),
		("₹1,23,456", Formats(), 123456),
		("USD 1,000", MONEY._replace(decimal=",", group="."), 1000),
		("1.234 €", Formats(), 1234),
		("1.234", Formats(), 1.234),
		("KWD 1.234", Formats(currencies={"kwd": "KWD"}), 1.234),
		("5.000,-", Formats(), 5000),
		("5.000,\u2013 €", GERMAN, 5000),
		("CHF 1'000.-", Formats(currencies={"chf": "CHF"}), 1000),
		("10k", Formats(), None),
		("£1.5m", Formats(), None),
		("5000-6000", Formats(), None),
		("12 pcs", MONEY, None),
		("(5", Formats(), None),
		("1" * 50, Formats(), None),
		("nan", Formats(), None),
	],
)
def test_a_number_is_read_as_the_site_writes_it(cell, formats, value):
	assert cells.cell_number(cell, formats) == value


@pytest.mark.parametrize(
	"cell, formats, value",
	[
		("2026-12-31", Formats(), datetime(2026, 12, 31)),
		("2026/1/2 17:30", Formats(), datetime(2026, 1, 2, 17, 30)),
		("31.12.2026", GERMAN, datetime(2026, 12, 31)),
		("01/02/2026", Formats(), datetime(2026, 2, 1)),
		("01/02/2026", AMERICAN, datetime(2026, 1, 2)),
		("31/12/2026", AMERICAN, datetime(2026, 12, 31)),
		("12/31/2026", Formats(), datetime(2026, 12, 31)),
		(date(2026, 5, 6), Formats(), datetime(2026, 5, 6)),
		(datetime(2026, 5, 6, 7, 8), Formats(), datetime(2026, 5, 6, 7, 8)),
		("2026-02-30", Formats(), None),
		("soon", Formats(), None),
		("31.12.26", GERMAN, None),
		("0026-12-31", Formats(), None),
		("1/15/2027 9:15 AM", Formats(), datetime(2027, 1, 15, 9, 15)),
		("1/15/2027, 9:15 PM", Formats(), datetime(2027, 1, 15, 21, 15)),
		("10/15/2027 10:55:00 PM", Formats(), datetime(2027, 10, 15, 22, 55)),
		("12/31/2026 12:05 a.m.", AMERICAN, datetime(2026, 12, 31, 0, 5)),
		("12/31/2026 13:00 PM", AMERICAN, None),
		("2027-01-15T09:15:00.000Z", Formats(zone="Europe/Berlin"), datetime(2027, 1, 15, 10, 15)),
		("Jan 15, 2027", Formats(), datetime(2027, 1, 15)),
		("15. Januar 2027", Formats(languages=("de",)), datetime(2027, 1, 15)),
		("20270115", Formats(), datetime(2027, 1, 15)),
		("20271315", Formats(), None),
		("2027年1月15日 9:15", Formats(), datetime(2027, 1, 15, 9, 15)),
		("2027년 1월 15일", Formats(), datetime(2027, 1, 15)),
		("15-Jan-27", Formats(), None),
		("March 2027", Formats(), None),
		("in 2027 days", Formats(), None),
	],
)
def test_a_day_is_read_as_the_site_writes_it(cell, formats, value):
	assert cells.cell_moment(cell, formats) == value


@pytest.mark.parametrize(
	"cell, value",
	[("Ja", True), ("nein", False), (1, True), (0, False), (True, True), ("x", True), ("maybe", None)],
)
def test_yes_and_no(cell, value):
	assert cells.tick(cell, GERMAN) is value


@pytest.mark.parametrize(
	"cell, text", [(7.0, "7"), (" a\x00b ", "ab"), (None, ""), (True, "1"), (0.5, "0.5")]
)
def test_text_of_a_cell(cell, text):
	assert cells.cell_text(cell) == text


@pytest.mark.parametrize("cell", ["#N/A", "#NV", "#N/D", "#Н/Д"])  # noqa: RUF001
def test_what_a_formula_has_not_found_is_nothing(cell):
	assert import_cells.read_cells({0: Column("company_name", "Company")}, [cell], Formats()) == ({}, [])


@pytest.mark.parametrize(
	"cell",
	["#REF!", "#DIV/0!", "#WERT!", "#VALEUR!", "#¡DIV/0!", "#¿NOMBRE?", "#ÉRTÉK!", "########", "Err:502"],
)
def test_a_formula_that_does_not_work_is_no_value(cell):
	seen = import_cells.read_cells({0: Column("company_name", "Company")}, [cell], Formats())
	assert (seen.values, [problem.kind for problem in seen.problems]) == ({}, ["broken formula"])


@pytest.mark.parametrize("cell", ["#1 Plumbing", "#great!", "# 17"])
def test_a_text_may_begin_with_a_hash(cell):
	assert import_cells.read_cells({0: Column("company_name", "Company")}, [cell], Formats()).values == {
		"company_name": cell
	}


def test_the_currency_beside_an_amount_is_the_rows_own():
	columns = {0: Column("expected_revenue", "Expected Revenue", "number"), 1: Column("currency", "Currency")}
	assert import_cells.read_cells(columns, ["USD 5,000.00"], MONEY).values == {
		"expected_revenue": 5000,
		"currency": "USD",
	}
	seen = import_cells.read_cells(columns, ["5,000.00 €", "USD"], MONEY)
	assert [problem.kind for problem in seen.problems] == ["two currencies"]


@pytest.mark.parametrize(
	("cell", "formats", "is_two"),
	[
		("1.234", Formats(), True),
		("1,234", GERMAN, True),
		("-12.345", Formats(), True),
		("1,234", Formats(), False),
		("1.234", GERMAN, False),
		("$1.234", Formats(), False),
		("1.234,-", Formats(), False),
		("1.2345", Formats(), False),
		("0.500", Formats(), False),
		("1234.500", Formats(), False),
		("12.5", Formats(), False),
		(1.234, Formats(), False),
		("soon", Formats(), False),
	],
)
def test_an_amount_that_can_be_two_is_known(cell, formats, is_two):
	assert cells.is_two_amounts(cell, formats.decimal) is is_two
	column = Column("expected_revenue", "Expected Revenue", "number", is_money=True)
	asked = import_cells.read_cell(column, cell, formats._replace(amounts_are_known=False))[1]
	assert (asked == Problem("two amounts", "expected_revenue", str(cell))) is is_two


@pytest.mark.parametrize(
	("amounts", "signs"),
	[
		(["1.234", "12,50"], (",", "1.234")),
		(["1.234", "1.234.567"], (",", "1.234")),
		(["1.234", "$9.99"], (".", "1.234")),
		(["1.234", "12.50", "12,50"], (None, "1.234")),
		(["1.234", "500", "1'000"], (None, "1.234")),
		(["500", "soon"], (None, None)),
	],
)
def test_the_amounts_of_a_file_show_their_signs(amounts, signs):
	assert import_cells.signs_of_amounts(amounts, ".") == signs


@pytest.mark.parametrize(
	("cell", "is_two"),
	[
		("3/4/2027", True),
		("03.04.2027 9:15", True),
		("4/4/2027", False),
		("13/4/2027", False),
		("2027-03-04", False),
		(datetime(2027, 3, 4), False),
		("4 March 2027", False),
	],
)
def test_a_day_that_can_be_two_is_known(cell, is_two):
	assert cells.is_two_days(cell) is is_two
	column = Column("expected_closing", "Expected Closing", "date")
	problem = import_cells.read_cell(column, cell, Formats(days_are_known=False))[1]
	assert (problem == Problem("two days", "expected_closing", cells.cell_text(cell))) is is_two


@pytest.mark.parametrize(
	("days", "order"),
	[
		(["3/4/2027", "10/15/2027"], (True, "3/4/2027")),
		(["3/4/2027", "15.10.2027"], (False, "3/4/2027")),
		(["3/4/2027", "15/10/2027", "10/15/2027"], (None, "3/4/2027")),
		(["3/3/2027", "2027-04-03", "soon"], (None, None)),
		([], (None, None)),
	],
)
def test_the_days_of_a_file_show_their_order(days, order):
	assert import_cells.order_of_days(days) == order


def test_several_entries_in_a_cell():
	assert cells.cell_items("a, b; c\nb") == ["a", "b", "c"]


STATUS = Column(
	"status", "Status", "choice", allowed=Allowed({"open": "Open", "offen": "Open", "old": "Old"}, {"Old"})
)


@pytest.mark.parametrize(
	"written, value, kind",
	[("OPEN", "Open", None), ("offen", "Open", None), ("opn", None, "unknown"), ("old", None, "disabled")],
)
def test_a_choice_in_any_spelling(written, value, kind):
	found, problem = import_cells.read_cell(STATUS, written, Formats())
	assert (found, problem and problem.kind) == (value, kind)


@pytest.mark.parametrize(
	("written", "proposed"),
	[
		("Opne", ("Open",)),
		("Open - Not Contacted", ("Open",)),
		("Do not contact!", ("Do Not Contact",)),
		("Web", ()),
	],
)
def test_a_value_is_proposed_when_it_is_probably_meant(written, proposed):
	names = ("Lead", "Open", "Replied", "Do Not Contact", "Lost")
	assert Allowed({name.casefold(): name for name in names}).nearest(written) == proposed


def test_the_nearest_value_is_proposed():
	assert import_cells.read_cell(STATUS, "opn", Formats())[1].hint == ("Open",)
	assert import_cells.read_cell(STATUS, "something else", Formats())[1].hint == ()


NAME = Column("last_name", "Last Name")
DAY = Column("expected_closing", "When", kind="date")
MOMENT = Column("called_on", "Called", kind="moment")


@pytest.mark.parametrize(
	("column", "cell", "formats", "value", "problem"),
	[
		(DAY, "2026-03-31", Formats(), "2026-03-31", None),
		(MOMENT, "2026-03-31 14:30:59", Formats(), "2026-03-31 14:30:59", None),
		(MOMENT, "2026-03-31", Formats(), "2026-03-31 00:00:00", None),
		(DAY, "soon", Formats(), None, Problem("no date", "expected_closing", "soon")),
		(DAY, "03/04/2026", Formats(), "2026-04-03", None),
		(
			DAY,
			"03/04/2026",
			Formats(days_are_known=False),
			None,
			Problem("two days", "expected_closing", "03/04/2026"),
		),
		(DAY, "31/03/2026", Formats(days_are_known=False), "2026-03-31", None),
		(
			Column("email", "E-mail", kind="email"),
			" ada@example.com\u200b ",
			Formats(),
			"ada@example.com",
			None,
		),
		(
			Column("email", "E-mail", kind="email"),
			"ada",
			Formats(),
			None,
			Problem("no email", "email", "ada"),
		),
		(Column("phone", "Phone", kind="phone"), "+49 30 1234567", Formats(), "+49 30 1234567", None),
		(
			Column("phone", "Phone", kind="phone"),
			"call me",
			Formats(),
			None,
			Problem("no phone", "phone", "call me"),
		),
		(
			Column("website", "Website", kind="url"),
			"https://example.com\u200b",
			Formats(),
			"https://example.com",
			None,
		),
		(
			Column("website", "Website", kind="url"),
			"java script",
			Formats(),
			None,
			Problem("no url", "website", "java script"),
		),
		(Column("city", "City", length=5), "Paris", Formats(), "Paris", None),
		(
			Column("city", "City", length=5),
			"Berlin",
			Formats(),
			None,
			Problem("too long", "city", "Berlin", ("5",)),
		),
		(NAME, "#REF!", Formats(), None, Problem("broken formula", "last_name", "#REF!")),
	],
)
def test_a_cell_is_read_as_its_field_wants_it_or_the_problem_is_named(column, cell, formats, value, problem):
	assert import_cells.read_cell(column, cell, formats) == (value, problem)


@pytest.mark.parametrize(
	("written", "month_first", "doubtful"),
	[
		(["13/02/2026", "03/04/2026"], False, "03/04/2026"),
		(["02/13/2026", "03/04/2026"], True, "03/04/2026"),
		(["12/12/2026"], None, None),
		(["03/04/2026"], None, "03/04/2026"),
		(["13/02/2026", "02/13/2026"], None, None),
		(["no day"], None, None),
	],
)
def test_a_day_that_can_be_read_in_one_way_shows_the_order_of_the_others(written, month_first, doubtful):
	assert import_cells.order_of_days(written) == import_cells.Order(month_first, doubtful)


@pytest.mark.parametrize(
	("cell", "sign"),
	[
		("1.234,50", ","),
		("1,234.50", "."),
		("12,5", ","),
		("12.5", "."),
		("1.234.567", ","),
		("1,234,567", "."),
		("1,234", None),
		("1.234", None),
		("1234", None),
		(12.5, None),
		(12, None),
		("many", None),
	],
)
def test_an_amount_shows_its_decimal_sign_or_none(cell, sign):
	assert cells.decimal_sign(cell) == sign


def test_a_choice_names_the_record_or_says_why_not():
	column = Column(
		"channel",
		"Channel",
		kind="choice",
		allowed=Allowed({"web": "Web", "mail": "Mail", "fax": "Fax"}, disabled={"Fax"}),
	)
	assert import_cells.read_cell(column, "WEB", Formats()) == ("Web", None)
	assert import_cells.read_cell(column, "Fax", Formats()) == (None, Problem("disabled", "channel", "Fax"))
	assert import_cells.read_cell(column, "Mial", Formats()) == (
		None,
		Problem("unknown", "channel", "Mial", ("Mail",)),
	)
	without = Column("channel", "Channel", kind="choice")
	assert import_cells.read_cell(without, "Web", Formats()) == (None, Problem("unknown", "channel", "Web"))


@pytest.mark.parametrize(
	("column", "cell", "value", "problem"),
	[
		(Column("n", "N", kind="number"), "12.5", 12.5, None),
		(Column("n", "N", kind="number"), "12", 12, None),
		(Column("n", "N", kind="number"), "many", None, "no number"),
		(Column("n", "N", kind="whole"), "12.5", None, "no number"),
		(Column("n", "N", kind="whole"), "12", 12, None),
		(Column("n", "N", kind="percent"), "0", 0, None),
		(Column("n", "N", kind="percent"), "100", 100, None),
		(Column("n", "N", kind="percent"), "100.5", None, "no percentage"),
		(Column("n", "N", kind="percent"), "-1", None, "no percentage"),
		(Column("n", "N", kind="number", positive=True), "0", 0, None),
		(Column("n", "N", kind="number", positive=True), "-1", None, "negative"),
		(Column("n", "N", kind="tick"), "yes", 1, None),
		(Column("n", "N", kind="tick"), "no", 0, None),
		(Column("n", "N", kind="tick"), "perhaps", None, "no tick"),
	],
)
def test_a_number_has_the_bounds_of_its_field(column, cell, value, problem):
	expected = (value, Problem(problem, "n", cell) if problem else None)
	assert import_cells.read_cell(column, cell, Formats()) == expected


def test_a_number_is_refused_that_no_column_holds():
	column = Column("n", "N", kind="number")
	for number in (import_cells.TOO_LARGE, -import_cells.TOO_LARGE):
		assert import_cells.read_cell(column, number, Formats())[1].kind == "too large"
	assert import_cells.read_cell(column, import_cells.TOO_LARGE - 1, Formats())[1] is None


def test_an_amount_of_two_readings_is_asked_about_when_nobody_has_said_how_they_are_written():
	money, doubtful = Column("n", "N", kind="number", is_money=True), Formats(amounts_are_known=False)
	assert import_cells.read_cell(money, "1.234", doubtful) == (None, Problem("two amounts", "n", "1.234"))
	assert import_cells.read_cell(money, "1.234", Formats()) == (1.234, None)
	assert import_cells.read_cell(Column("n", "N", kind="number"), "1.234", doubtful) == (1.234, None)

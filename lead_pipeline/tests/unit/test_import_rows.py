"""Rows and verdicts of an import, without a site."""

import pytest

from lead_pipeline.domain import import_rows
from lead_pipeline.domain.import_cells import Column, Problem
from lead_pipeline.domain.import_rows import (
	ADD,
	BEFORE,
	CREATE,
	HIDDEN,
	KNOWN,
	LEAVE_OUT,
	NEW,
	REPEATED,
	Judge,
	Site,
	Terms,
)

NOWHERE = Site({}, {}, set())


def test_a_row_that_only_explains_is_no_lead_but_one_whose_number_begins_like_that():
	assert import_rows.is_remark(["# Email: An e-mail address.", None, ""])
	assert not import_rows.is_remark(["#17", "Jane Doe"])
	assert not import_rows.is_remark([])


TERMS = Terms(
	None, lambda lead_type: ("Lead", "Open") if lead_type else ("Lead", "Open", "Lost"), frozenset({"Lost"})
)


@pytest.mark.parametrize(
	"values, kinds",
	[
		({"email": "a@b.example"}, []),
		({"email_ids": ["a@b.example"]}, []),
		({"phone": "123456"}, ["nobody"]),
		({"lead_name": "A", "is_organization": 1}, ["no company"]),
		({"lead_name": "A", "status": "Lost"}, ["no reason"]),
		({"lead_name": "A", "status": "Lost", "lost_reason": "B"}, []),
		({"lead_name": "A", "status": "Lost", "lead_type": "T"}, ["forbidden"]),
	],
)
def test_what_does_not_fit_together(values, kinds):
	assert [problem.kind for problem in import_rows.misfits(values, TERMS)] == kinds


def test_the_only_type_of_the_site_is_the_type_of_a_row_without_one():
	terms = TERMS._replace(only_type="T")
	assert [problem.kind for problem in import_rows.misfits({"lead_name": "A", "status": "Lost"}, terms)] == [
		"forbidden"
	]


def judged(rows: list[dict], site: Site = NOWHERE) -> list[str]:
	judge = Judge()
	found = []
	for number, values in enumerate(rows, start=2):
		keys = import_rows.keys(values, "DE")
		found.append(judge.judge(number, keys, judge.origin(keys), [], site).verdict)
	return found


def test_one_sender_is_one_lead_within_a_file():
	assert judged([{"email": "A@b.example"}, {"email": "a@B.example", "lead_name": "Else"}]) == [
		NEW,
		REPEATED,
	]
	assert judged([{"phone": "030 1234567"}, {"mobile_no": "+49 30 1234567"}]) == [NEW, REPEATED]
	assert judged([{"email": "a@b.example", "phone": "030 1234567"}, {"phone": "030 1234567"}]) == [NEW, NEW]
	assert judged([{"lead_name": "A", "company_name": "X Ltd"}, {"lead_name": "a", "company_name": "X"}]) == [
		NEW,
		REPEATED,
	]


def test_a_mere_name_is_nobody_in_particular_but_the_same_row_is_the_same():
	assert judged([{"lead_name": "A"}, {"lead_name": "A", "job_title": "B"}, {"lead_name": "A"}]) == [
		NEW,
		NEW,
		REPEATED,
	]


def test_a_row_that_was_wrong_does_not_stand_for_a_right_one():
	judge, keys = Judge(), import_rows.keys({"email": "a@b.example"}, None)
	assert judge.judge(2, keys, judge.origin(keys), [Problem("no date")], NOWHERE).verdict == "Bad"
	assert judge.judge(3, keys, judge.origin(keys), [], NOWHERE).verdict == NEW


def test_known_hidden_and_imported_before():
	keys = import_rows.keys({"email": "a@b.example"}, None)
	known = Site({}, {("email", "a@b.example"): "LEAD-1"}, {"LEAD-1"})
	assert judged([{"email": "a@b.example"}], known) == [KNOWN]
	assert judged([{"email": "a@b.example"}], known._replace(visible=set())) == [HIDDEN]
	assert judged([{"email": "a@b.example"}], Site({keys.origin: "LEAD-2"}, {}, set())) == [BEFORE]


def test_the_key_of_a_row_depends_on_nothing_but_what_it_says():
	first = import_rows.keys({"lead_name": "A", "email": "a@b.example"}, None)
	second = import_rows.keys({"email": "a@b.example", "lead_name": "A"}, None)
	assert first.origin == second.origin
	assert first.origin != import_rows.keys({"lead_name": "A"}, None).origin


@pytest.mark.parametrize(
	"verdict, policy, made",
	[
		(NEW, LEAVE_OUT, True),
		(KNOWN, ADD, False),
		(KNOWN, CREATE, True),
		(HIDDEN, CREATE, True),
		(BEFORE, CREATE, False),
	],
)
def test_which_rows_become_leads(verdict, policy, made):
	assert import_rows.creates(verdict, policy) is made


NAME = Column("last_name", "Last Name")


@pytest.mark.parametrize(
	("email", "is_one"),
	[
		("jane@template.example", True),
		(" JANE@Template.Example ", True),
		("jane@example.com", False),
		(None, False),
	],
)
def test_an_example_of_the_template_is_known_by_its_address(email, is_one):
	assert import_rows.is_example({"email": email}) is is_one
	assert not import_rows.is_example({})


@pytest.mark.parametrize(
	("row", "is_one"),
	[
		(["Total", "17"], True),
		([None, "", "Total"], True),
		(["Total", "17", "18"], False),
		(["Jane", "Doe"], False),
		([None, ""], False),
		([], False),
	],
)
def test_the_footer_of_a_report_is_no_lead(row, is_one):
	assert import_rows.is_footer(row) is is_one


def test_what_has_no_field_or_is_unknown_is_kept_in_the_description():
	columns = {0: NAME, 1: Column("channel", "Channel", kind="choice")}
	unknown = Problem("unknown", "channel", "Pigeon")
	disabled = Problem("disabled", "other", "Fax")
	wrong = Problem("no date", "expected_closing", "soon")
	values, problems = {"description": "First line"}, [unknown, wrong, disabled]
	import_rows.keep_rest(
		values, problems, columns, {2: "Shoe Size", 3: "Empty", 9: "Missing"}, ["Doe", "Pigeon", 42, ""]
	)
	assert values == {"description": "First line\nShoe Size: 42\nChannel: Pigeon\nother: Fax"}
	assert problems == [wrong]


def test_a_row_without_anything_to_keep_has_no_description():
	values: dict = {}
	import_rows.keep_rest(values, [], {0: NAME}, {1: "Shoe Size"}, ["Doe"])
	assert values == {}
	import_rows.keep_rest(values, [], {0: NAME}, {1: "Shoe Size"}, ["Doe", 42])
	assert values == {"description": "Shoe Size: 42"}


MORE_TERMS = Terms(
	None,
	lambda lead_type: ("Lead", "Open") if lead_type else ("Lost",),
	frozenset({"Lost"}),
	("city", "tags"),
)


@pytest.mark.parametrize(
	("values", "problems"),
	[
		({"city": "A", "tags": ["B"]}, [Problem("nobody")]),
		(
			{"lead_name": "A", "is_organization": 1, "city": "", "tags": []},
			[Problem("no company", "company_name"), Problem("missing", "city"), Problem("missing", "tags")],
		),
		({"lead_name": "A", "is_organization": 1, "company_name": "B", "city": 0, "tags": ["B"]}, []),
		(
			{"lead_name": "A", "status": "Won", "city": "A", "tags": ["B"]},
			[Problem("forbidden", "status", "Won", ("", "Lost"))],
		),
		(
			{"lead_name": "A", "status": "Lost", "lead_type": "T", "city": "A", "tags": ["B"]},
			[Problem("forbidden", "status", "Lost", ("T", "Lead", "Open"))],
		),
		(
			{"lead_name": "A", "status": "Lost", "city": "A", "tags": ["B"]},
			[Problem("no reason", "lost_reason", "Lost")],
		),
	],
)
def test_each_problem_of_a_row_names_its_column_and_what_would_do(values, problems):
	assert import_rows.misfits(values, MORE_TERMS) == problems

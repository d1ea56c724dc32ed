"""The new text in a mail, without a site.

Texts that no person writes must be read in a reasonable time, too: a search that looks through the whole of them
again and again would take days.
"""

import pytest

from lead_pipeline.domain.html_text import html_as_text, is_empty
from lead_pipeline.domain.quoted_text import new_text

ANSWERS = {
	"marked": "I take it.\n\nOn Monday, Sales wrote:\n> It costs 100.\n> Regards",
	"broken into lines": (
		"I take it.\n\nOn Mon, Nov 3, 2025 at 10:00 AM Sales Person of the Company\n<sales@example.com>\nwrote:\n\n> It costs 100."
	),
	"German": "I take it.\n\nAm 03.11.2025 um 10:00 schrieb Sales <sales@example.com>:\n> It costs 100.",
	"French": "I take it.\n\nLe lun. 3 nov. 2025 à 10:00, Sales <sales@example.com> a écrit :\n\n> It costs 100.",
	"another language": "I take it.\n\n3.11.2025 klo 10.00 Sales <sales@example.com> sanoi:\n> It costs 100.",
	"Chinese": "I take it.\n\n张三 <zs@example.com> 于2026年11月2日周一 09:00写道：\n\n> It costs 100.",  # noqa: RUF001
	"Hebrew": "I take it.\n\n\u202bבתאריך יום ב׳, 2 בנוב׳ 2026 ב-9:00 מאת \u202aSales\u202c <\u202as@example.com\u202c>:\u202c\n\n> It costs 100.",  # noqa: RUF001
	"Hindi": "I take it.\n\nसोम, 2 नव॰ 2026 को 9:00 am बजे को Sales <s@example.com> ने लिखा:\n\n> It costs 100.",
	"Hungarian": "I take it.\n\nSales <s@example.com> ezt írta (időpont: 2026. nov. 2., H, 9:00):\n\n> It costs 100.",
	"Outlook": "I take it.\n\n_________\nFrom: Sales <s@example.com>\nSent: Monday\nTo: Jane\nSubject: Price\n\nIt costs 100.",
	"German Outlook": "I take it.\n\nVon: Sales\nGesendet: Montag\nAn: Jane\nBetreff: Preis\n\nIt costs 100.",
	"divided": "I take it.\n\n-----Original Message-----\nIt costs 100.",
	"indented marks": "I take it.\n\n > It costs 100.\n >> Earlier",
	"divided, and a line above": "I take it.\n\n______\n\nVon: Sales\nGesendet: Montag\n\nIt costs 100.",
	"old ends of lines": "I take it.\r\rOn Monday, Sales wrote:\r> It costs 100.\r",
	"a line that begins like no other": "I take it.\nSales <sales@example.com> schrieb:\n> It costs 100.",
	"Chinese, in other words": "I take it.\n\n张三 <zs@example.com> 2026年11月2日：\n> It costs 100.",  # noqa: RUF001
	"other ends of lines": "I take it.\r\n\r\nOn Monday, Sales wrote:\r\n> It costs 100.\r\n",
}


@pytest.mark.parametrize("case", ANSWERS)
def test_what_is_answered_to_is_left_out(case):
	assert new_text(ANSWERS[case]) == "I take it."


def test_answers_between_quotes_are_kept():
	text = "Hello\n\nOn Monday, Sales wrote:\n> Which size?\nThe large one.\n> Which colour?\nRed."
	assert new_text(text) == "Hello\n\nThe large one.\nRed."


def test_only_the_line_above_a_quote_names_its_writer():
	text = "On Sunday I wrote:\n\nOn Monday, Sales wrote:\n> It costs 100.\n> Regards"
	assert new_text(text) == "On Sunday I wrote:"


def test_what_stands_above_earlier_mails_is_kept_whole():
	assert new_text("Dear Jane,\nyes.\n\n-----Original Message-----\nIt costs 100.") == "Dear Jane,\nyes."


@pytest.mark.parametrize("line", ["Ask s@example.com:", "Call me at 5", "I am s@example.com since 2025"])
def test_a_line_above_a_quote_that_names_no_writer_is_kept(line):
	assert new_text(f"{line}\n> It costs 100.") == line


@pytest.mark.parametrize(
	"text",
	[
		"> It costs 100.\n> Regards",
		"From: Sales\nSent: Monday\n\nIt costs 100.",
		"I need this:\n\n- one\n- two\n\nFrom: Berlin\nTo: Hamburg",
		"On Monday I wrote:\nsend me the price.",
	],
)
def test_what_is_no_answer_is_kept_whole(text):
	assert new_text(text) == text


def test_a_list_above_a_quote_loses_nothing():
	assert new_text("What I like:\n> It costs 100.\nthe price") == "What I like:\nthe price"


@pytest.mark.parametrize(
	"part",
	[
		"On ",
		"On a\n",
		"On a wrote\n",
		"wrote:",
		"a:\n> b\n",
		"From: a\n",
		"\n",
		"-----Original Message",
		"@1:\n>\n",
	],
)
def test_a_text_that_no_person_writes_is_read_too(part):
	assert isinstance(new_text(part * (300_000 // len(part))), str)


def test_html_is_read_as_it_is_shown():
	html = (
		"<title>Mail</title><style>p {color: red}</style><!-- <p>hidden</p> --><p>I take\n  <b>two</b>.</p>"
		"<div>Jane<br>Doe</div><ul><li>one<li>two</ul><script>alert('<p>')</script>1 &lt; 2<![if mso]>!<![endif]>"
	)
	assert html_as_text(html).split("\n") == ["I take two.", "Jane", "Doe", "one", "two", "1 < 2!"]


@pytest.mark.parametrize(
	"quote",
	[
		'<div class="gmail_quote x">It costs 100.<blockquote>Earlier</blockquote></div>',
		"<blockquote>It costs 100.</blockquote>",
		'<div><div id="divRplyFwdMsg">From: Sales</div><div>It costs 100.</div></div>',
		'<div id="appendonsend"></div><hr><p>It costs 100.',
	],
)
def test_quotes_in_html_are_left_out(quote):
	html = f"<p>I take it.</p>{quote}"
	assert html_as_text(html) == "I take it."
	assert "It costs 100." in html_as_text(html, quotes=True)


def test_what_stands_behind_a_quote_is_shown():
	assert html_as_text("<div><blockquote>Old</blockquote></div>New") == "New"


@pytest.mark.parametrize(
	"part",
	[
		"<div>",
		"<br>a",
		"<!--",
		"<![",
		"<?",
		"</",
		"<a ",
		'<a b="',
		"<script>",
		"<div></b>",
		"&",
		"<blockquote>",
	],
)
@pytest.mark.parametrize("end", ["", ">", "\"'-->]]>"])
def test_markup_that_no_person_writes_is_read_too(part, end):
	assert isinstance(html_as_text(part * (300_000 // len(part)) + end), str)


@pytest.mark.parametrize(
	("html", "empty"),
	[
		("", True),
		(" \n", True),
		("R&D", False),
		("<p><br></p>", True),
		('<div class="ql-editor read-mode"><p><br></p><p>&nbsp;</p></div>', True),
		("<p>.</p>", False),
		('<p><img src="/files/plan.png"></p>', False),
		("<blockquote>Quoted</blockquote>", False),
	],
)
def test_an_emptied_editor_is_empty_and_a_picture_is_not(html, empty):
	assert is_empty(html) == empty

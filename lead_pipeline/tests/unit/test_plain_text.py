"""Words on different lines of a mail or description stay separate.

They do not run into each other in the plain text.
"""

import pytest

from lead_pipeline.domain.html_text import html_as_text
from lead_pipeline.domain.plain_text import plain_text


@pytest.mark.parametrize(
	("html", "text"),
	[
		(
			"<div>20.</div><div>Technical data sheet</div><p>Price with</p>",
			"20.\nTechnical data sheet\nPrice with",
		),
		("Hello,<br>please send <b>fil</b>ters.<br/><br>Ida", "Hello,\nplease send filters.\nIda"),
		("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
		("<table><tr><td>Pump</td><td>4</td></tr></table>", "Pump 4"),
		("Smith &amp; Sons&nbsp;Ltd", "Smith & Sons Ltd"),
		("<style>p { color: red }</style><p>Seen</p><!-- not seen -->", "Seen"),
		("<p>&lt;script&gt; is text</p>", "<script> is text"),
		("no markup\nat all", "no markup\nat all"),
		("", ""),
	],
)
def test_blocks_become_lines(html, text):
	assert plain_text(html) == text


# Markup, what a reader sees without quotes, and with them.
QUOTES = (
	("<p>New</p><blockquote>Old</blockquote><p>Below</p>", "New\nBelow", "New\nOld\nBelow"),
	('<p>New</p><div class="Gmail_Quote extra">Old</div>Below', "New\nBelow", "New\nOld\nBelow"),
	('<p>New</p><div name="quote">Old</div>', "New", "New\nOld"),
	(
		'<div>New<div id="divRplyFwdMsg">Head</div><p>Old</p></div><p>Below</p>',
		"New\nBelow",
		"New\nHead\nOld\nBelow",
	),
	('<p>New</p><div class="other" id="any" name>Kept</div>', "New\nKept", "New\nKept"),
	("<p>New</p><script>code()</script><style>p {}</style>Below", "New\nBelow", "New\nBelow"),
	("<blockquote>Old<blockquote>Older</blockquote>Old</blockquote>New", "New", "Old\nOlder\nOld\nNew"),
	("<blockquote>Old<p>Old</blockquote>New</p>Below", "NewBelow", "Old\nOld\nNew\nBelow"),
)


@pytest.mark.parametrize(("html", "own", "all_of_it"), QUOTES)
def test_what_is_quoted_is_left_out_unless_it_is_wanted(html, own, all_of_it):
	assert html_as_text(html).replace("\n", "") == own.replace("\n", "")
	assert html_as_text(html, quotes=True).replace("\n", "") == all_of_it.replace("\n", "")


@pytest.mark.parametrize(
	("html", "text"),
	[
		("<pre>a  b\n  c</pre>", "a b\nc"),
		("<p>a  b\n  c</p>", "a b c"),
		("a<br><br><br><br>b", "a\n\nb"),
		("a<img src='x'>b", "ab"),
		("a</p>b</div>c", "abc"),
		("<p>a<p>b", "a\nb"),
		("<hr>a<hr/>b", "a\nb"),
		("a<div/>b", "a\nb"),
		("<b>bold</b> and <i>more", "bold and more"),
		("a < b", "a < b"),
		("a<!-- <p>b</p> -->c", "ac"),
		("<p>a</p>1 < 2", "a\n1 < 2"),
	],
)
def test_lines_of_a_mail_are_its_blocks(html, text):
	assert html_as_text(html) == text

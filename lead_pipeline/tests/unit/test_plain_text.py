"""Words on different lines of a mail or description stay separate.

They do not run into each other in the plain text.
"""

import pytest

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

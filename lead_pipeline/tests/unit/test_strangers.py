"""What strangers write, made harmless, without a site."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_pipeline.domain.embedding import EMBEDS
from lead_pipeline.domain.strangers import file_name, no_formula, one_line, rich_text

# What makes up attacks, in any order.
PIECES = (
	*(
		"<",
		">",
		"</",
		"/>",
		"<!--",
		"-->",
		"<![CDATA[",
		"]]>",
		"&lt;",
		"&amp;lt;",
		"&#60;",
		'"',
		"'",
		"=",
		" ",
		"\n",
	),
	*(
		"img",
		"form",
		"svg",
		"style",
		"b",
		"a",
		"p",
		" src=//x.example/1 ",
		" href=javascript:x ",
		"script",
		"table",
	),
	*(' style="background:url(//x.example)" ', " srcset=//x.example ", " onload=x ", "text", "\x00", "/"),
	*(
		"<?",
		"<!x",
		"&#",
		"--!>",
		"textarea",
		"title",
		"plaintext",
		"iframe",
		"<![if",
		"image",
		"picture",
		"source",
	),
)
soup = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@pytest.mark.parametrize(
	("written", "kept"),
	[
		("Ada Lovelace", "Ada Lovelace"),
		("A < B", "A < B"),
		("<10 people", "<10 people"),
		("Müller & Söhne -> Berlin", "Müller & Söhne -> Berlin"),
		("AT&amp;T", "AT&amp;T"),
		("<b>Acme</b> Ltd", "Acme Ltd"),
		("Anna<br>Maria", "Anna Maria"),
		("Evil <img src=//x.example/1>", "Evil"),
		("<img src=//x.example/1>", "\u2039img src=//x.example/1>"),
		("Evil &lt;img src=//x.example/1&gt;", "Evil"),
		("Evil &amp;amp;lt;img src=x>", "Evil"),
		("a<b", "a\u2039b"),
		("two\n  lines", "two lines"),
	],
)
def test_a_line_is_readable_and_no_markup(written, kept):
	assert one_line(written) == kept


@given(soup)
def test_no_line_opens_an_element_nor_vanishes(text):
	line = one_line(text)
	assert not re.search(r"<[a-zA-Z/!?]", line)
	assert one_line(line) == line
	assert bool(line) == bool(text.strip())
	assert len(line) <= len(text)


@pytest.mark.parametrize(
	("written", "kept"),
	[
		("+49 30 1234-567", "+49 30 1234-567"),
		("-12.5", "-12.5"),
		("Ada", "Ada"),
		('=cmd|"/c calc"!A1', 'cmd|"/c calc"!A1'),
		("@SUM(1)", "SUM(1)"),
		("+1+cmd|'/c calc'!A1", "1+cmd|'/c calc'!A1"),
		("=-cmd", "\u2013cmd"),
		("- one\n- two", "\u2013 one\n- two"),
		("\uff1dcmd", "cmd"),
		("", ""),
		("=", "="),
	],
)
def test_a_cell_is_no_formula(written, kept):
	assert no_formula(written) == kept


@pytest.mark.parametrize(
	("written", "kept"),
	[
		("offer.pdf", "offer.pdf"),
		("Angebot für Müller & Co.pdf", "Angebot für Müller & Co.pdf"),
		("../../etc/passwd", "_.._etc_passwd"),
		("a%2Fb%252Fc\\d.txt", "a_b_2Fc_d.txt"),
		("<img src=//x.example/1>.png", "\u2039img src=__x.example_1>.png"),
		("x" * 300 + ".pdf", "x" * 127 + ".pdf"),
		("x" * 300 + ".tar.gz", "x" * 128 + ".gz"),
		("x" * 300 + ".12345678", "x" * 122 + ".12345678"),
		("x" * 300 + ".123456789", "x" * 130),
		(".pdf", "pdf"),
		("&" + "amp;" * 40 + "lt;", "amp;" * 10 + "lt;"),
		("..", "file"),
		("", "file"),
	],
)
def test_a_file_has_a_name_and_no_folder(written, kept):
	assert file_name(written) == kept


class Seen(HTMLParser):
	"""All elements and addresses of a text."""

	def __init__(self, markup: str):
		super().__init__()
		self.tags, self.addresses, self.open = set(), [], []
		self.feed(markup)
		self.close()

	def handle_starttag(self, tag, attrs):
		self.tags.add(tag)
		self.addresses += [value for name, value in attrs if name not in ("href", "alt", "title", "style")]
		if tag not in ("br", "hr", "img"):
			self.open.append(tag)

	def handle_endtag(self, tag):
		assert self.open.pop() == tag


@pytest.mark.parametrize(
	("written", "kept"),
	[
		("<p>Hello <b>you</b></p>", "<p>Hello <b>you</b></p>"),
		("1 &lt; 2", "1 &lt; 2"),
		("A &amp; B <b>x</b> C &amp; D &lt;img>", "A &amp; B <b>x</b> C &amp; D &lt;img&gt;"),
		("<h1>Big</h1>", "<h4>Big</h4>"),
		("<form action=//x.example><input name=x>Pay</form>", "Pay"),
		("<iframe src=//x.example>no</iframe>rest", "rest"),
		("<style>@import '//x.example'</style><p>Hi", "<p>Hi</p>"),
		("<div></div></div></div>", "<div></div>"),
		(
			'<td background="//x.example/1" style="background: url(//x.example); color: red">x',
			'<td style="color: red">x</td>',
		),
		('<p style="color: rgb(1, 2, 3); position: fixed">x</p>', '<p style="color: rgb(1, 2, 3)">x</p>'),
		(
			'<p style="color: r\\65 d; border: 1px solid #ccc">x</p>',
			'<p style="border: 1px solid #ccc">x</p>',
		),
		('<img src="/private/files/a.png">', '<img src="/private/files/a.png" alt="">'),
		('<img src="cid:1@x" alt="Logo">', '<img src="cid:1@x" alt="Logo">'),
		('<img src="/files/../api/method/logout">', ""),
		('<img src="/api/method/logout">', ""),
		('<img src="//x.example/pixel" width="1" height="1">', ""),
		('<img src="//x.example/pixel" width="0">', ""),
		('<img src="//x.example/pixel" height="1px">', ""),
		('<img src="//x.example/pixel" height="0px" width="20">', ""),
		('<img alt="no source">', "no source"),
		('<p>"It\'s" here</p>', '<p>"It\'s" here</p>'),
		("<h1>Big</h1> and small", "<h4>Big</h4> and small"),
		("<b><b>x</b>y</b>z", "<b><b>x</b>y</b>z"),
		('<p align="left" title="A &quot;b&quot;">x', '<p title="A &quot;b&quot;" align="left">x</p>'),
		('<p style="color: red; padding: 1px">x', '<p style="color: red; padding: 1px">x</p>'),
		('<p style="color: #fff:1">x', "<p>x</p>"),
		("<p title>x</p><a href>y</a>", '<p title="">x</p><a>y</a>'),
		(
			'<img src="//x.example/1.png" alt="Offer">',
			'<a href="https://x.example/1.png" target="_blank" rel="noopener noreferrer">[Offer]</a>',
		),
		(
			'<image src="http://x.example/1.png" alt="Our  offer">',
			'<a href="http://x.example/1.png" target="_blank" rel="noopener noreferrer">[Our offer]</a>',
		),
		(
			"<img src=//x.example/1.png>",
			'<a href="https://x.example/1.png" target="_blank" rel="noopener noreferrer">[x.example]</a>',
		),
		('<img src="//x.example/a b.png" alt="Offer">', "[Offer]"),
		(
			'<a href="https://y.example"><img src="//x.example/1.png" alt="Offer"></a>',
			'<a href="https://y.example" target="_blank" rel="noopener noreferrer">[Offer]</a>',
		),
		("<a href='javascript:x'>x</a><a href='//x.example'>y</a>", "<a>x</a><a>y</a>"),
		(
			"<a href='https://x.example/?a=1&amp;b=2'>x</a>",
			'<a href="https://x.example/?a=1&amp;b=2" target="_blank" rel="noopener noreferrer">x</a>',
		),
	],
)
def test_rich_text_keeps_its_formatting_and_loads_nothing(written, kept):
	assert rich_text(written) == kept


@given(soup)
def test_no_rich_text_loads_or_opens_what_it_does_not_close(text):
	seen = Seen(rich_text(text) if "<" in text else "")
	assert not seen.tags & {"form", "svg", "style", "script", "input", "iframe", "object"}
	assert not any("x.example" in (address or "") for address in seen.addresses)
	assert seen.open == []


def test_what_has_more_tags_than_any_mail_keeps_its_lines_and_words():
	text = rich_text('<p>Two</p><script>x</script> "chairs" &lt;b&gt; &amp; 5 < 6<br>Jane' + "<b>" * 60_000)
	assert text == '<br>Twox "chairs" &lt;b&gt; &amp; 5 &lt; 6<br>Jane'
	assert rich_text("Two<br><br>" + "<br>" * 60_000 + "chairs") == "Two<br><br>chairs"
	assert EMBEDS.search(rich_text('embed="private/files/a.pdf"' + "<b>" * 60_000)) is None


@pytest.mark.parametrize(
	"piece", ["<b>", "<a b='", '<a b="', "<!--", "</", "<svg>", "&lt;", "<", "<![", "<p style='"]
)
def test_what_is_long_takes_no_longer_than_it_is(piece):
	"""A text of a million characters is read in linear time.

	If the time grew with the square of the length, the text would take a worker's day.
	"""
	text = piece * (1_000_000 // len(piece)) + ">"
	rich_text(text)
	one_line(text[:100_000])

"""Words that put a file into a mail, as the framework reads them, without a site."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lead_pipeline.domain.embedding import EMBEDS, files_in, is_public, without_files
from lead_pipeline.domain.strangers import file_name, one_line, rich_text

PIECES = (
	*(
		"embed",
		"embed=",
		"=",
		'"',
		"'",
		"&quot;",
		"&#34;",
		"&#x27;",
		"&#39",
		"&apos;",
		"&equals;",
		"&#101;mbed",
	),
	*(
		"<b>",
		"</b>",
		"</x>",
		"<!-- ",
		" -->",
		"<img ",
		' title="',
		">",
		"private/files/a.pdf",
		" ",
		"x",
		"\n",
	),
)
soup = st.lists(st.sampled_from(PIECES), max_size=25).map("".join)


@pytest.mark.parametrize(
	("markup", "address"),
	[
		('<img embed="private/files/a.pdf">', "/private/files/a.pdf"),
		("<p>embed='/private/files/./a.pdf'</p>", "/private/files/a.pdf"),
		("embed=&quot;private/files/a.pdf&quot;", "/private/files/a.pdf"),
		("<p title='embed=&#34;private/files/a.pdf&#34;'>x</p>", "/private/files/a.pdf"),
		('<p>embed=</x>"site/site_config.json"</p>', "/site/site_config.json"),
		('<!-- embed="/etc/passwd" -->', "/etc/passwd"),
		('embed="assets/../site/site_config.json"', "/site/site_config.json"),
		('embed="../../etc/passwd"', "../../etc/passwd"),
		('embed="private/files/../../private/files/a.pdf"', "/private/files/a.pdf"),
	],
)
def test_the_file_is_found(markup, address):
	assert files_in(markup) == {address}
	assert not is_public(address)


@pytest.mark.parametrize(
	"markup", ["", "We embed = love", 'embed= "x"', "<p>embed x</p>", '<iframe src="/embed?a=b">']
)
def test_other_words_ask_for_nothing(markup):
	assert files_in(markup) == set()
	assert without_files(markup) == markup


def test_what_everybody_may_have_is_public():
	assert all(map(is_public, files_in('<img embed="assets/a/logo.png"><img embed="/files/logo.png">')))


@given(soup)
def test_no_text_of_a_stranger_asks_for_a_file(text):
	for cleaned in (one_line(text), rich_text(text), file_name(text), without_files(text.replace("<", ""))):
		assert not EMBEDS.search(cleaned)
		assert not EMBEDS.search(html.unescape(cleaned))


@given(soup)
def test_nothing_but_spaces_are_added(text):
	assert re.sub(r"\s", "", without_files(text)) == re.sub(r"\s", "", text)

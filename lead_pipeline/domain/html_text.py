"""Extract the words of an HTML mail, a line for each block.

Pure, and in time that grows with the length only. No tree of the elements is built: it is not needed, and a stranger
could make it deep or wide at no cost.
"""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser

# Characters of markup that are read; what is new stands on top.
MAX_READ_LENGTH = 200_000

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCKS = frozenset(
	(*HEADINGS, "p", "div", "li", "tr", "table", "ul", "ol", "blockquote", "pre", "hr", "section", "article")
)
EMPTY = frozenset(
	("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
NOT_SHOWN = frozenset(("script", "style", "title", "template"))

# What a text shows without words.
SHOWN_WITHOUT_WORDS = re.compile(r"<(?:img|video|audio|iframe|embed|object|hr|table)\b", re.IGNORECASE)

# Where mail programs put what is being answered to: an element, or all that follows in the same one.
QUOTE_CLASSES = frozenset(("gmail_quote", "yahoo_quoted", "moz-cite-prefix", "protonmail_quote"))
QUOTE_FOLLOWS = frozenset(("divrplyfwdmsg", "appendonsend"))


def html_as_text(html: str, quotes: bool = False) -> str:
	"""Return the text of `html` as a reader sees it.

	Without what it quotes, unless `quotes`.
	"""
	markup, text = without_comments(html[:MAX_READ_LENGTH])
	reader = _Reader(quotes)
	reader.feed(markup)
	reader.close()
	reader.handle_data(text)
	return reader.text()


def is_empty(html: str) -> bool:
	"""Return whether a reader sees nothing in the HTML.

	An editor that was emptied leaves its paragraphs and line breaks.
	"""
	if "<" not in html:
		return not html.strip()
	return not SHOWN_WITHOUT_WORDS.search(html) and not html_as_text(html, quotes=True)


def without_comments(html: str) -> tuple[str, str]:
	"""Return the markup without comments, and the text behind its last tag.

	Comments and the like are removed beforehand because the parser looks for the end of each of these as often as
	they begin.
	"""
	first, *commented = html.split("<!--")
	html = first + "".join(part.partition("-->")[2] for part in commented)
	html = html.replace("<![", "<!")
	end = html.rfind(">") + 1
	return html[:end], html[end:]


class _Reader(HTMLParser):
	"""A parser that collects the visible text.

	`open`: the elements that are open; `hidden`: while this number of elements is open, nothing is shown; None:
	everything is shown.
	"""

	def __init__(self, quotes: bool):
		super().__init__(convert_charrefs=True)
		self.quotes = quotes
		self.found: list[str] = []
		self.open: list[str] = []
		self.number: Counter[str] = Counter()
		self.hidden: int | None = None

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		if tag == "br" or tag in BLOCKS:
			self.end_line(always=tag == "br")
		if tag in EMPTY:
			return
		self.open.append(tag)
		self.number[tag] += 1
		if self.hidden is None:
			self.hidden = self.depth_hidden_by(tag, attrs)

	def depth_hidden_by(self, tag: str, attrs: list[tuple[str, str | None]]) -> int | None:
		if tag in NOT_SHOWN:
			return len(self.open)
		if self.quotes:
			return None
		said = {name: (value or "").lower() for name, value in attrs}
		if said.get("id") in QUOTE_FOLLOWS:
			return len(self.open) - 1
		is_quote = tag == "blockquote" or said.get("name") == "quote"
		return len(self.open) if is_quote or QUOTE_CLASSES & {*said.get("class", "").split()} else None

	def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		# A slash at the end of a tag means nothing in HTML, but programs write it for what has no content.
		self.handle_starttag(tag, attrs)
		self.handle_endtag(tag)

	def handle_endtag(self, tag: str) -> None:
		if not self.number[tag]:
			return
		while True:
			closed = self.open.pop()
			self.number[closed] -= 1
			if closed == tag:
				break
		if self.hidden is not None and len(self.open) < self.hidden:
			self.hidden = None
		if tag in BLOCKS:
			self.end_line()

	def end_line(self, always: bool = False) -> None:
		if self.hidden is None and (always or (self.found and self.found[-1] != "\n")):
			self.found.append("\n")

	def handle_data(self, data: str) -> None:
		if self.hidden is None and data:
			is_typed = self.number["pre"]
			self.found.append(data if is_typed else re.sub(r"\s+", " ", data))

	def text(self) -> str:
		lines = (" ".join(line.split()) for line in "".join(self.found).splitlines())
		return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()

"""Find texts that make the framework embed a file of the server into an e-mail.

For example `embed="private/files/offer.pdf"`. The framework looks for these words anywhere in the HTML of a mail that
it sends, once all entities in it are decoded: in an attribute, in any text. It does not check who wrote them or
whether that user may read the file, and takes any file that the server can open. Pure, and in time that grows with
the length only.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from posixpath import normpath

from lead_pipeline.domain.html_text import without_comments

# Folders whose files everybody may have.
PUBLIC = ("/assets/", "/files/")

EMBEDS = re.compile(r"""embed=["'](.*?)["']""", re.DOTALL)


def _spelled(character: str) -> str:
	"""A pattern for the character itself and for its entities."""
	return rf"(?:{re.escape(character)}|&#0*{ord(character)};?|&#[xX]0*{ord(character):x};?)"


_QUOTE = rf"(?:{_spelled(chr(34))}|{_spelled(chr(39))}|&(?:quot|QUOT);?|&apos;)"
_EQUALS = rf"(?:{_spelled('=')}|&equals;)"
SPELLED = re.compile(rf"({''.join(map(_spelled, 'embed'))}{_EQUALS})(?={_QUOTE})", re.IGNORECASE)


def without_files(text: str) -> str:
	"""Return the text changed so that no mail embeds a file because of it.

	A space is put before the quote.
	"""
	return SPELLED.sub(r"\1 ", text)


def files_in(markup: str) -> set[str]:
	"""Return the addresses of files that a mail with this content would embed.

	Each starts at a slash.
	"""
	if not ("embed" in markup or "&#" in markup):
		return set()
	formatted, text = without_comments(markup)
	reader = _Reader()
	reader.feed(formatted)
	reader.close()
	texts = [markup, html.unescape(markup), "".join([*reader.words, html.unescape(text)]), *reader.attributes]
	named = {path for each in texts for path in EMBEDS.findall(each)} | reader.embedded
	return {_address(path) for path in named if path.strip()}


def is_public(address: str) -> bool:
	return address.startswith(PUBLIC)


def _address(path: str) -> str:
	"""Return one spelling for each file of the server, as the framework finds it.

	Files of the site are given by their address.
	"""
	path = html.unescape(path).strip()
	inside = normpath(path.lstrip("/"))
	return path if inside.startswith("..") else f"/{inside}"


class _Reader(HTMLParser):
	"""A parser that collects all words as one text, and all attribute values.

	The words are joined whatever stands between them.
	"""

	def __init__(self):
		super().__init__(convert_charrefs=True)
		self.words: list[str] = []
		self.attributes: list[str] = []
		self.embedded: set[str] = set()

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		for name, value in attrs:
			self.attributes.append(value or "")
			if name == "embed":
				self.embedded.add(value or "")

	def handle_data(self, data: str) -> None:
		self.words.append(data)

"""Make texts from strangers harmless, but readable as they wrote them.

They do nothing where they are shown or sent. Lists, reports, print views and mails of the framework show many fields
without escaping them. So what comes from outside is cleaned once, where it comes in. Pure, and in time that grows
with the length only.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import unquote

from lead_pipeline.domain.embedding import without_files
from lead_pipeline.domain.html_text import NOT_SHOWN, without_comments

# What begins an element, and a whole one. "A < B" and "<10 people" are text to a browser, too.
OPENING = re.compile(r"<(?=[a-zA-Z/!?])")
ELEMENT = re.compile(r"<[a-zA-Z/!?][^<>]*>")
BRACKET = "\u2039"

# A mail of more tags was made by no program for mails; its text is kept without them, as each of them takes time.
MOST_TAGS = 50_000
NEW_LINE = re.compile(r"<(?:br|p|div|tr|li|h[1-6])\b[^<>]*>", re.IGNORECASE)

# What parts folders, or would once it is decoded another time; and how long a name of a file can be.
FOLDER = re.compile(r"[/\\\x00-\x1f]|%(?=[0-9a-fA-F]{2})")
MAX_NAME_LENGTH = 130
MAX_EXTENSION_LENGTH = 8

# So often text can be encoded in itself before nobody means it.
MAX_DECODED = 30

# What a spreadsheet program takes for a formula when a cell begins with it, in Asian widths, too; and numbers, which may.
CALCULATES = "=+@\t\r\n \uff1d\uff0b\uff20"
MINUS, DASH = "-\uff0d", "\u2013"
NUMBER = re.compile(r"[-+]?[\d\s().,/#*+-]*")

# Elements that only give text its form. All others are taken off, and their text stays.
KEPT = frozenset(
	"a b blockquote br center code dd del div dl dt em font h4 h5 h6 hr i ins li ol p pre s small span strike strong sub sup "
	"table tbody td tfoot th thead tr u ul".split()
)
# A heading of the page itself is larger than any of a mail.
INSTEAD = {"h1": "h4", "h2": "h4", "h3": "h4"}
VOID = frozenset(("br", "hr"))
# What is in these is no text of the sender's.
DROPPED = frozenset(
	(*NOT_SHOWN, "applet", "audio", "canvas", "frameset", "iframe", "math", "noembed", "noframes", "noscript")
) | {"object", "svg", "video"}

ATTRIBUTES = frozenset(("align", "alt", "color", "colspan", "dir", "lang", "rowspan", "title", "valign"))
STYLES = frozenset(
	"background-color border border-bottom border-collapse border-color border-left border-right border-style border-top "
	"border-width color font-style font-weight padding padding-bottom padding-left padding-right padding-top text-align "
	"text-decoration vertical-align white-space".split()
)
# A value without slash, colon, backslash and function loads nothing.
STYLE_VALUE = re.compile(r"[\w\s#%.,!-]*")
COLOUR = re.compile(r"(?:rgb|hsl)a?\([\d\s.,%/]*\)", re.IGNORECASE)
LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>\"'`\\]+", re.IGNORECASE)
# Pictures that are there already: a part of the mail, or a file of this site, which is no page of it.
PICTURE = re.compile(
	r"cid:[^\s<>\"'`\\]+|/(?:private/)?files/[^/\\?#]+|data:image/(?:png|jpe?g|gif|webp|bmp);base64,[\w+/=\s]*",
	re.IGNORECASE,
)
REMOTE = re.compile(r"(?:https?:)?//([^/\s<>\"'`\\?#]+)", re.IGNORECASE)


def one_line(text: str) -> str:
	"""Return the text on one line without markup.

	What is nothing but markup stays readable as text.
	"""
	return " ".join(without_markup(" ".join(text.split())).split())


def file_name(name: str) -> str:
	"""Return the name of a file without markup and without folders; never empty.

	Folders are removed in any encoding.
	"""
	plain = FOLDER.sub("_", OPENING.sub(BRACKET, " ".join(_decoded(unquote(name)).split())))
	start, dot, extension = plain.rpartition(".")
	if not start or len(extension) > MAX_EXTENSION_LENGTH:
		start, dot, extension = plain, "", ""
	return without_files(f"{start[: MAX_NAME_LENGTH - len(extension)]}{dot}{extension}".strip(" .")) or "file"


def without_markup(text: str) -> str:
	"""Return the text without its elements.

	A bracket that would open one is replaced by one that does not.
	"""
	decoded = _decoded(text)
	if not OPENING.search(decoded):
		return without_files(text)
	left = ELEMENT.sub(" ", decoded)
	return without_files(OPENING.sub(BRACKET, left if left.strip() else decoded))


def _decoded(text: str) -> str:
	"""Return the text with all entities decoded, however often they are encoded.

	Some views decode what is decoded already.
	"""
	for _time in range(MAX_DECODED):
		decoded = html.unescape(text)
		if decoded == text:
			return text
		text = decoded
	return text.replace("&", " ")


def no_formula(text: str) -> str:
	"""Return the text so that no spreadsheet program calculates with it.

	Numbers, as those of phones, stay as they are.
	"""
	if NUMBER.fullmatch(text):
		return text
	plain = text.lstrip(CALCULATES)
	return DASH + plain[1:] if plain[:1] and plain[0] in MINUS else plain or text


def rich_text(markup: str) -> str:
	"""Return the HTML with its formatting only.

	Nothing in it is loaded from elsewhere, is a form, or has a style of the desk. A picture from elsewhere becomes a
	link to it.
	"""
	if "<" not in markup:
		return without_files(markup)
	formatted, text = without_comments(markup)
	if formatted.count("<") > MOST_TAGS:
		return without_files(_without_formatting(formatted + text))
	writer = _Writer()
	writer.feed(formatted)
	writer.close()
	writer.handle_data(html.unescape(text))
	return without_files(writer.written())


def _without_formatting(markup: str) -> str:
	"""The text of the HTML with its lines, and nothing else of it."""
	text = html.unescape(ELEMENT.sub("", NEW_LINE.sub("\n", markup)))
	return html.escape(re.sub(r"\n{3,}", "\n\n", text), quote=False).replace("\n", "<br>")


class _Writer(HTMLParser):
	"""A parser that writes the HTML without what is not allowed.

	`open`: the elements that were written and not closed yet; `dropped`: how deep it is in DROPPED elements.
	"""

	def __init__(self):
		super().__init__(convert_charrefs=True)
		self.out: list[str] = []
		self.open: list[str] = []
		self.number: Counter[str] = Counter()
		self.dropped: list[str] = []

	def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		tag = INSTEAD.get(tag, tag)
		if tag in DROPPED:
			self.dropped.append(tag)
		elif self.dropped:
			return
		elif tag in ("img", "image"):
			self.picture({name: value or "" for name, value in attrs})
		elif tag in KEPT:
			self.out.append(f"<{tag}{_attributes(tag, attrs)}>")
			if tag not in VOID:
				self.open.append(tag)
				self.number[tag] += 1

	def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
		# A slash at the end of a tag means nothing in HTML, but programs write it for what has no content.
		self.handle_starttag(tag, attrs)
		self.handle_endtag(tag)

	def handle_endtag(self, tag: str) -> None:
		tag = INSTEAD.get(tag, tag)
		if tag in self.dropped[-1:]:
			self.dropped.pop()
		elif not self.dropped and self.number[tag]:
			while self.close_last() != tag:
				pass

	def close_last(self) -> str:
		closed = self.open.pop()
		self.number[closed] -= 1
		self.out.append(f"</{closed}>")
		return closed

	def handle_data(self, data: str) -> None:
		if not self.dropped:
			self.out.append(html.escape(data, quote=False))

	def picture(self, said: dict[str, str]) -> None:
		source, words = said.get("src", "").strip(), " ".join(said.get("alt", "").split())
		if PICTURE.fullmatch(source):
			self.out.append(f'<img src="{html.escape(source)}" alt="{html.escape(words)}">')
			return
		is_tiny = any(said.get(side, "").strip() in ("0", "1", "0px", "1px") for side in ("width", "height"))
		remote = REMOTE.match(source)
		if is_tiny or not remote:
			self.handle_data(words)
			return
		shown = html.escape(f"[{words or remote.group(1)}]")
		address = source if "://" in source[:8] else f"https:{source}"
		is_link = LINK.fullmatch(address) and not self.number["a"]
		self.out.append(f"<a{_link(address)}>{shown}</a>" if is_link else shown)

	def written(self) -> str:
		while self.open:
			self.close_last()
		return "".join(self.out)


def _attributes(tag: str, attrs: list[tuple[str, str | None]]) -> str:
	said = {name: value or "" for name, value in reversed(attrs)}
	kept = [f' {name}="{html.escape(value)}"' for name, value in said.items() if name in ATTRIBUTES]
	if style := _style(said.get("style", "")):
		kept.append(f' style="{style}"')
	if tag == "a" and LINK.fullmatch(said.get("href", "").strip()):
		kept.append(_link(said["href"].strip()))
	return "".join(kept)


def _link(address: str) -> str:
	return f' href="{html.escape(address)}" target="_blank" rel="noopener noreferrer"'


def _style(written: str) -> str:
	found = []
	for declaration in written.split(";"):
		name, _colon, value = declaration.partition(":")
		if name.strip().lower() in STYLES and STYLE_VALUE.fullmatch(COLOUR.sub("", value)):
			found.append(f"{name.strip().lower()}: {value.strip()}")
	return "; ".join(found)

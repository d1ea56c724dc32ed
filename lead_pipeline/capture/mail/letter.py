"""A received mail as the app reads it: who writes, what is new in it, what it answers to."""

from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parseaddr

import frappe
from bs4 import BeautifulSoup
from email_reply_parser import EmailReplyParser
from frappe.utils import escape_html

from lead_pipeline.domain.matching import email_key

# Characters of a mail that a lead's description keeps; all of it is in the timeline.
LONGEST_TEXT = 20_000

# Where mail programs put what is being answered to.
QUOTES = (
	"blockquote, .gmail_quote, .yahoo_quoted, .moz-cite-prefix, #divRplyFwdMsg, #divRplyFwdMsg ~ *, "
	"#appendonsend ~ *, .protonmail_quote, [name=quote]"
)
BLOCKS = ["p", "div", "li", "tr", "h1", "h2", "h3", "h4", "table", "ul", "ol"]


def headers(message: Message) -> dict[str, str]:
	"""All headers by their name in lower case; of several with one name the last."""
	return {name.lower(): str(value) for name, value in message.items()}


def sender_name(message: Message, address: str, fallback: str | None) -> str:
	"""The name beside the sender's address: in Reply-To when that is where the address comes from, else in From."""
	names = [
		name
		for header in ("Reply-To", "From")
		for name, known in [name_and_address(message, header)]
		if name and email_key(known) == email_key(address)
	]
	return next(iter(names), None) or name_and_address(message, "From")[0] or fallback or ""


def name_and_address(message: Message, header: str) -> tuple[str, str]:
	name, address = parseaddr(str(message.get(header) or ""))
	try:
		return str(make_header(decode_header(name))), address
	except (MessageError, LookupError, ValueError):
		# An unknown or wrong encoding: the name is worth less than the mail.
		return name, address


def new_text(plain: str | None, html: str | None) -> str:
	"""What the sender has written this time, as plain text: without what is quoted; all of it when only quotes are there."""
	text = plain if (plain or "").strip() else text_of(html or "")
	fragments = EmailReplyParser.read(text).fragments
	written = "\n".join(part.content for part in fragments if not part.quoted and not part.headers).strip()
	return (written or text.strip())[:LONGEST_TEXT]


def text_of(html: str) -> str:
	"""The words of an HTML mail, a line for each block, without its quotes."""
	soup = BeautifulSoup(html, "html.parser")
	for element in soup(["script", "style", "head", "title"]):
		element.decompose()
	everything = with_lines(BeautifulSoup(str(soup), "html.parser"))
	for element in soup.select(QUOTES):
		element.extract()
	return with_lines(soup) or everything


def with_lines(soup: BeautifulSoup) -> str:
	for element in soup.find_all("br"):
		element.replace_with("\n")
	for element in soup.find_all(BLOCKS):
		element.append("\n")
	lines = (" ".join(line.split()) for line in soup.get_text().splitlines())
	text = "\n".join(lines)
	while "\n\n\n" in text:
		text = text.replace("\n\n\n", "\n\n")
	return text.strip()


def as_html(subject: str, text: str) -> str:
	"""A description: the subject, then the text in paragraphs. All of it as it was typed."""
	paragraphs = [part.strip() for part in text.replace("\r", "").split("\n\n") if part.strip()]
	body = [f"<p>{'<br>'.join(escape_html(line) for line in part.splitlines())}</p>" for part in paragraphs]
	heading = [f"<p>{frappe.bold(escape_html(subject))}</p>"] if subject else []
	return "".join([*heading, *body])

"""Parts of a received mail: its sender, its new text, what it answers."""

import re
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import formataddr

import frappe
from frappe.utils import escape_html

from lead_pipeline.domain import forwards, html_text, quoted_text
from lead_pipeline.domain import mail as mails
from lead_pipeline.domain.forwards import Forward
from lead_pipeline.domain.mail import Mailbox

# Characters of a mail that a lead's description keeps; all of it is in the timeline.
MAX_TEXT_LENGTH = 20_000

METHOD = re.compile(rb"^METHOD:REPLY\s*$", re.IGNORECASE | re.MULTILINE)

# A mail that was forwarded more often than this is read from here on only.
DEEPEST_FORWARD = 5


def headers(message: Message) -> dict[str, str]:
	"""Return all headers by their name in lower case.

	Of several with one name, the last.
	"""
	return {name.lower(): str(value) for name, value in message.items()}


def mailboxes_in(message: Message, *names: str) -> list[Mailbox]:
	"""Return the mailboxes in the headers of these names, in all of them."""
	return [
		Mailbox(decoded(box.name), box.address)
		for name in names
		for header in message.get_all(name, [])
		for box in mails.mailboxes(str(header))
	]


def answers_invitation(message: Message) -> bool:
	"""Return whether the mail accepts or declines a meeting.

	Calendars write such a mail at a click (RFC 5546).
	"""
	for part in message.walk():
		if part.get_content_type() == "text/calendar":
			content = part.get_payload(decode=True) or b""
			method = METHOD.search(content[:MAX_TEXT_LENGTH]) if isinstance(content, bytes) else None
			return bool(method) or str(part.get_param("method")).upper() == "REPLY"
	return False


def decoded(name: str) -> str:
	try:
		return str(make_header(decode_header(name)))
	except (MessageError, LookupError, ValueError):
		# An unknown or wrong encoding: the name is worth less than the mail.
		return name


def newly_written(plain: str | None, html: str | None, subject: str | None = None) -> str:
	"""Return what the sender has written this time, as plain text without quotes.

	All of it when it has only quotes.

	Of a mail that forwards another one, both: what was added, and what was forwarded with its author.
	"""
	if forward := forwarded(plain, html, subject):
		writer = formataddr((forward.name, forward.address)) if forward.address else forward.name
		parts = (forward.own, writer and f"{writer}:", quoted_text.new_text(forward.text))
		return "\n\n".join(filter(None, parts))[:MAX_TEXT_LENGTH]
	text = plain if (plain or "").strip() else text_of_html_mail(html or "")
	# PostgreSQL keeps no NUL.
	return quoted_text.new_text(text.replace("\x00", ""))[:MAX_TEXT_LENGTH]


def forwarded(plain: str | None, html: str | None, subject: str | None) -> Forward | None:
	"""Return the mail that this one forwards.

	Of several in one another the first that somebody has written something above.
	"""
	text = plain if (plain or "").strip() else html_text.html_as_text(html or "", quotes=True)
	found = forwards.find_forwarded(text.replace("\x00", ""), subject)
	for _depth in range(DEEPEST_FORWARD):
		inner = found and not found.own and forwards.find_forwarded(found.text)
		if not inner or inner.own:
			break
		found = inner
	return found


def text_of_html_mail(html: str) -> str:
	"""Return the words of an HTML mail, a line for each block.

	Without its quotes, unless it has nothing else.
	"""
	return html_text.html_as_text(html) or html_text.html_as_text(html, quotes=True)


def description_html(subject: str, text: str) -> str:
	"""Return a description: the subject, then the text in paragraphs.

	All of it as it was typed.
	"""
	paragraphs = [part.strip() for part in text.replace("\r", "").split("\n\n") if part.strip()]
	body = [f"<p>{'<br>'.join(escape_html(line) for line in part.splitlines())}</p>" for part in paragraphs]
	heading = [f"<p>{frappe.bold(escape_html(subject))}</p>"] if subject else []
	return "".join([*heading, *body])

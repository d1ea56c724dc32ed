"""Repair the bytes of a received mail so that every reader of mails takes them.

Headers in words that can be decoded, valid addresses, texts in a charset that exists. Pure. Mails come as programs of
thirty years write them; the framework's reader raises an error on a missing From, an unknown charset or unencoded
letters, and with it loses the mails that were fetched together. Nothing of a mail is left out but recipients that are
not addresses; what needs no change stays as it is to the byte.
"""

from __future__ import annotations

import base64
import codecs
import hashlib
import re
from email import message_from_bytes
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.policy import Compat32
from email.utils import formataddr

from charset_normalizer import from_bytes

from lead_pipeline.domain.mail import MAX_HEADER_LENGTH, Mailbox, is_message_id, mailboxes
from lead_pipeline.domain.matching import ascii_email
from lead_pipeline.domain.values import without_invisible

# What stands in From when a mail names nobody.
NOBODY = "unknown"

SENDERS = ("from", "reply-to", "x-original-from", "sender")
RECIPIENTS = ("to", "cc", "bcc")
LINES = ("subject",)
# Which mail this one is, and which ones it answers.
IDENTITY = "message-id"
THREAD = ("in-reply-to", "references")

# Characters of a header of one line that are kept, and bytes of a text that are looked at to find out how it is written.
MAX_LINE_LENGTH = 2_000
SAMPLE = 20_000

# Charsets by names that Python does not know.
CHARSETS = {
	"ansi": "cp1252",
	"iso-8859-1-windows-3.1-latin-1": "cp1252",
	"unicode": "utf-8",
	"unicode-1-1-utf-7": "utf-7",
	"utf8mb4": "utf-8",
	"windows-31j": "cp932",
	"windows-874": "cp874",
	"x-sjis": "cp932",
	"x-mac-roman": "mac-roman",
	"ks_c_5601-1989": "cp949",
}


# What Python keeps among its charsets, and is none of a text.
NO_CHARSETS = ("idna", "punycode", "raw-unicode-escape", "unicode-escape")


class AsItCame(Compat32):
	"""A mail policy that writes headers with the line breaks they have.

	Breaking them anew takes long, and spoils signatures.
	"""

	def fold_binary(self, name: str, value: str) -> bytes:
		lines = f"{name}: {value}".replace("\r\n", "\n")
		return f"{lines}{self.linesep}".encode("ascii", "surrogateescape")


def repair_mail(raw: bytes) -> bytes:
	"""Return the mail with readable headers and charsets.

	As it came when nothing has to change. Raises what Python's reader raises for bytes that are no mail at all.
	"""
	message = message_from_bytes(raw, policy=AsItCame())
	changed = [_mend_headers(message, raw), *(_mend_charset(part) for part in message.walk())]
	return message.as_bytes() if any(changed) else raw


def made_message_id(raw: bytes) -> str:
	"""Return a Message-ID for a mail that has none: the same for the same bytes.

	By its Message-ID the framework knows a mail that it has had. All bytes count: mails of two days differ in what the mail
	servers on their way have written into them.
	"""
	return f"<{hashlib.sha256(raw).hexdigest()[:40]}@no-message-id.invalid>"


def _mend_headers(message: Message, raw: bytes) -> bool:
	before = list(message.raw_items())
	after = [(name, value) for header in before if (mended := _mended(*header)) for name, value in [mended]]
	names = {name.lower() for name, _value in after}
	if "from" not in names:
		after.append(("From", NOBODY))
	if IDENTITY not in names:
		after.append(("Message-ID", made_message_id(raw)))
	if after == before:
		return False
	for name in {name for name, _value in before}:
		del message[name]
	for name, value in after:
		message[name] = value
	return True


def _mended(name: str, value: str) -> tuple[str, str] | None:
	"""Return the header in readable form, or None if it is to be dropped.

	None for one without a recipient, and for one that should name a mail and does not.
	"""
	kind = name.lower()
	if kind in (IDENTITY, *THREAD) and not is_message_id(value.partition("<")[2].rpartition(">")[0] or value):
		return None
	if kind in RECIPIENTS:
		people = _people(value)
		is_named = all("@" in part for part in re.split("[,;]", value) if part.strip())
		is_right = is_named and _is_readable(value) and all(ascii_email(person.address) for person in people)
		return (
			(name, value) if is_right else (name, address_header(people)) if address_header(people) else None
		)
	if kind in SENDERS:
		if _is_readable(value):
			return name, value if value.strip() else NOBODY
		return name, address_header(_people(value)) or _encoded(header_text(value)) or NOBODY
	if kind in LINES and "=?" in value:
		# Readers take the first of several encoded words only.
		return name, _encoded(header_text(value))
	return name, value if value.isascii() else _encoded(header_text(value))


def _is_readable(value: str) -> bool:
	"""Return whether a reader with Python's charsets can decode the header.

	Without an error, and in a short time.
	"""
	if len(value) > MAX_HEADER_LENGTH:
		return False
	try:
		for piece, charset in decode_header(value):
			if charset:
				piece.decode(charset)
	except (MessageError, LookupError, ValueError):
		return False
	return value.isascii()


def header_text(value: str) -> str:
	"""Return the text of a header, with encoded words decoded.

	Unencoded bytes are read as UTF-8, else as Western European.
	"""
	value = _unescaped(value[:MAX_LINE_LENGTH])
	try:
		pieces = decode_header(value)
	except (MessageError, ValueError):
		# A broken encoded word is shown as it came.
		pieces = [(value, None)]
	text = "".join(piece if isinstance(piece, str) else _decoded(piece, charset) for piece, charset in pieces)
	return " ".join(without_invisible(text.replace("\x00", "")).split())


def _unescaped(value: str) -> str:
	"""Return the text with non-ASCII bytes turned into the letters they stand for.

	Python hides such bytes in the text.
	"""
	try:
		value.encode()
	except UnicodeEncodeError:
		bare = value.encode("utf-8", "surrogateescape")
		try:
			return bare.decode("utf-8")
		except UnicodeDecodeError:
			return bare.decode("cp1252", "replace")
	return value


def _decoded(piece: bytes, charset: str | None) -> str:
	if charset is None:
		# Python writes what stands between encoded words like this.
		return piece.decode("raw-unicode-escape", "replace")
	return piece.decode(codec(charset) or _likely(piece), "replace")


def _encoded(text: str) -> str:
	"""Return a header's value of one line.

	In one encoded word when it is not plain, as readers take the first one only.
	"""
	if text.isascii() and "=?" not in text:
		return text
	return f"=?utf-8?b?{base64.b64encode(text.encode('utf-8', 'replace')).decode()}?="


def _people(value: str) -> list[Mailbox]:
	read = value[:MAX_HEADER_LENGTH]
	return mailboxes(_unescaped(read if read == value else read.rpartition(",")[0]))


def address_header(people: list[Mailbox]) -> str:
	"""Return names and addresses in the form of a header.

	Those that are not addresses are left out.
	"""
	found = [(header_text(person.name), ascii_email(person.address)) for person in people]
	return ", ".join(formataddr(person) for person in found if person[1])


def _mend_charset(part: Message) -> bool:
	if part.get_content_maintype() != "text":
		return False
	try:
		named = part.get_content_charset()
	except (LookupError, ValueError):
		named = "unreadable"
	content = part.get_payload(decode=True) or b""
	if not isinstance(content, bytes):
		return False
	found = codec(named) if named else None
	if found and named and _is_known(named):
		return False
	if not named and content.isascii():
		return False
	part.set_param("charset", found or _likely(content))
	return True


def codec(charset: str) -> str | None:
	"""Return Python's name of a charset as a mail names it, or None.

	None for a charset that does not exist.
	"""
	name = charset.strip("\"' ").lower()
	for spelling in (
		name,
		CHARSETS.get(name, name),
		re.sub(r"^x-|-[ie]$", "", name),
		re.sub(r"[-_ ]", "", name),
		name.replace("windows", "cp").replace("-", ""),
	):
		if _is_known(spelling):
			return spelling
	return None


def _is_known(charset: str) -> bool:
	"""Return whether Python decodes texts of this charset.

	Some of its codecs are for other things than texts.
	"""
	try:
		known = codecs.lookup(charset)
		b"a".decode(charset)
	except (LookupError, ValueError):
		return False
	return known.name.replace("_", "-") not in NO_CHARSETS


def _likely(content: bytes) -> str:
	"""Return the charset in which the bytes are probably written.

	UTF-8 when they can be, Western European when there are few letters beside the English ones, else the likeliest of
	all.
	"""
	try:
		content.decode("utf-8")
	except UnicodeDecodeError:
		foreign = sum(byte > 127 for byte in content[:SAMPLE])
		english = sum(chr(byte).isalpha() for byte in content[:SAMPLE] if byte < 128)
		if foreign * 3 < english:
			return "cp1252"
		best = from_bytes(content[:SAMPLE]).best()
		return best.encoding if best and _is_known(best.encoding) else "cp1252"
	return "utf-8"

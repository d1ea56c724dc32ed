"""What a mail is: an enquiry of a person, or something that nobody has to answer; and who writes it.

Pure: no database, no framework. Header names are in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

from nameparser import HumanName

from lead_pipeline.constants import AUTOMATIC_REPLY, BOUNCE, COLLEAGUE, MASS_MAIL, NO_SENDER
from lead_pipeline.domain.matching import LONGEST_NAME, ascii_email, email_key, ends_with_legal_form

# Who sends the messages that say that a mail did not arrive.
BOUNCERS = ("mailer-daemon", "postmaster")

# A thread is followed back by as many mails; who sends more References than these, sends them for another reason.
LONGEST_THREAD = 30

MESSAGE_ID = re.compile(r"<([^<>\s]+)>")

# How mailing lists write a sender whose mail they pass on.
VIA = re.compile(r"\s+(via|über|par|vía)\s+.*", re.IGNORECASE)

# Mailboxes of programs that nobody reads.
PROGRAM = re.compile(r"(no|not|do-?not)[-_.]?reply", re.IGNORECASE)

# Characters of a header with addresses that are read, and addresses among which one is looked for to answer to.
LONGEST_HEADER = 10_000
MOST_ANSWERED = 5


class Mailbox(NamedTuple):
	"""`name`: what stands beside the address, still encoded; `address`: as written."""

	name: str
	address: str


class Author(NamedTuple):
	"""Who writes a mail. `mailbox`: None when the mail does not say so beyond doubt.

	`is_passed_on`: it stands in Reply-To, and a program has sent the mail in its name, as a contact form does;
	`is_proven`: whoever sent it may say so. `answers_to`: another address at which the author wants answers.
	"""

	mailbox: Mailbox | None
	is_passed_on: bool = False
	is_proven: bool = True
	answers_to: str | None = None


def author(
	senders: list[Mailbox],
	answers_to: list[Mailbox],
	headers: Mapping[str, str],
	is_own: Callable[[str], bool],
	passes_on: Callable[[str], bool],
) -> Author:
	"""Who writes a mail, from the mailboxes of its From and its Reply-To (with what a list of our own puts beside).

	What the mail systems of the world vouch for is the domain of From alone; anybody can write any Reply-To. So that is
	the author only when the mail comes from us (`is_own`) or from a service that the site has named (`passes_on`). A
	program of somebody else may pass an enquiry on, too, but not into the lead of somebody who has one.
	"""
	keys = {email_key(box.address) for box in senders}
	if len(keys) != 1 or None in keys:
		return Author(None)
	sender, key = senders[0], email_key(senders[0].address)
	others = [box for box in answers_to if email_key(box.address) not in (None, key)]
	other = next((box for box in others[:MOST_ANSWERED] if not is_own(box.address)), None)
	if not other:
		return Author(sender)
	is_vouched_for = is_own(sender.address) or passes_on(sender.address)
	if is_vouched_for or is_program(sender.address, headers):
		same_domain = domain_of(sender.address) == domain_of(other.address)
		return Author(other, is_passed_on=True, is_proven=is_vouched_for or same_domain)
	return Author(sender, answers_to=email_key(other.address))


def domain_of(address: str) -> str:
	return (email_key(address) or "").rpartition("@")[2]


def is_program(address: str, headers: Mapping[str, str]) -> bool:
	return bool(PROGRAM.fullmatch(address.partition("@")[0])) or is_generated(headers)


def is_generated(headers: Mapping[str, str]) -> bool:
	"""Whether a program wrote by itself, as RFC 3834 wants it to say, not in answer to a mail."""
	return submitted(headers) == "auto-generated"


def submitted(headers: Mapping[str, str]) -> str:
	return headers.get("auto-submitted", "no").split(";")[0].strip().lower()


def mailboxes(header: str) -> list[Mailbox]:
	"""The mailboxes of a header as it came, those of groups, too: RFC 5322, and what programs write beside it.

	Read before anything is decoded, and with what is quoted, in brackets or in comments told apart: a name that looks
	like an address is a name. Without any, an address that cannot be told apart from its name is none.
	"""
	found: list[Mailbox] = []
	half = ""
	for tokens, sign in _parts(header[:LONGEST_HEADER]):
		words = half + " ".join("".join(text for kind, text in tokens if kind != "<").split())
		addresses = _addresses(tokens)
		found.extend(Mailbox(words.replace(address, "").strip(), address) for address in addresses)
		# "Doe, Jane" without the quotes that it needs; before a colon stands the name of a group.
		half = f"{words}, " if sign == "," and words and not addresses else ""
	return found


def _addresses(tokens: list[tuple[str, str]]) -> list[str]:
	"""What one mailbox has as its address: what stands in brackets, else words with an @ outside of quotes."""
	brackets = ["".join(text.rpartition(":")[2].split()) for kind, text in tokens if kind == "<"]
	bare = "".join(f'"{text.replace("@", " ")}"' if kind == '"' else text for kind, text in tokens)
	return brackets or [word for word in bare.split() if "@" in word]


def _parts(header: str) -> Iterable[tuple[list[tuple[str, str]], str]]:
	"""What stands between the signs that part mailboxes, each with the sign behind it."""
	tokens: list[tuple[str, str]] = []
	for token in _tokens(header):
		if token in SEPARATORS:
			yield tokens, token[1]
			tokens = []
		else:
			tokens.append(token)
	yield tokens, ""


def _tokens(header: str) -> Iterable[tuple[str, str]]:
	"""What a header consists of: quoted strings, brackets, and all else character by character; without comments."""
	place = 0
	while place < len(header):
		sign = header[place]
		if sign == "(":
			depth = 0
			while place < len(header):
				depth += {"(": 1, ")": -1}.get(header[place], 0)
				place += 2 if header[place] == "\\" else 1
				if not depth:
					break
			yield "", " "
			continue
		quoted = QUOTED.match(header, place) if sign == '"' else None
		bracket = BRACKET.match(header, place) if sign == "<" else None
		if quoted:
			yield '"', re.sub(r"\\(.)", r"\1", quoted.group(1))
		elif bracket:
			yield "<", bracket.group(1)
		elif sign not in '"<>\\':
			yield "", " " if sign.isspace() else sign
		place = (quoted or bracket).end() if quoted or bracket else place + 1


SEPARATORS = (("", ","), ("", ";"), ("", ":"))
QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
BRACKET = re.compile(r"<([^<>]*)>")


def why_no_lead(
	sender: str | None,
	headers: Mapping[str, str],
	is_own: Callable[[str], bool],
	lists_count: bool = False,
	is_passed_on: bool = False,
) -> str | None:
	"""Why a mail of `sender` (an address) makes no lead: one of the reasons in `constants`; None when it makes one.

	`is_own`: whether an address belongs to the company itself; `lists_count`: whether mails of mailing lists and
	newsletters make leads, too; `is_passed_on`: whether a program sent it in the name of a person. Rests on RFC 3834 (automatic answers), 3464 (reports), 2919 and 2369 (lists), and on
	the older headers that mail programs still send.
	"""
	if is_bounce(sender, headers):
		return BOUNCE
	if is_automatic(headers) and not (is_passed_on and is_generated(headers)):
		return AUTOMATIC_REPLY
	if not lists_count and is_mass_mail(headers, is_own):
		return MASS_MAIL
	if not email_key(sender):
		return NO_SENDER
	return COLLEAGUE if is_own(sender) else None


def is_bounce(sender: str | None, headers: Mapping[str, str]) -> bool:
	"""Whether a mail server says what became of a mail: not delivered, delayed, read."""
	return (
		(sender or "").split("@")[0].lower() in BOUNCERS
		or headers.get("return-path", "").replace(" ", "") == "<>"
		or headers.get("content-type", "").lower().lstrip().startswith("multipart/report")
		or "x-failed-recipients" in headers
	)


def is_automatic(headers: Mapping[str, str]) -> bool:
	"""Whether a program answered: out of office, confirmation of receipt, notification."""
	return (
		submitted(headers) not in ("", "no")
		or any(name.startswith("x-auto") and headers[name].strip() for name in headers)
		or precedence(headers) in ("auto_reply", "auto-reply")
	)


def is_mass_mail(headers: Mapping[str, str], is_own: Callable[[str], bool]) -> bool:
	"""Whether it went to many. A mailing list of our own counts not: it is how several people read one mailbox."""
	marked = "list-unsubscribe" in headers or "list-id" in headers
	if not marked and precedence(headers) not in ("bulk", "list", "junk"):
		return False
	own_list = re.search(r"<([^<>@\s]+)>", headers.get("list-id", ""))
	return not (own_list and is_own(f"list@{own_list.group(1)}"))


def precedence(headers: Mapping[str, str]) -> str:
	return headers.get("precedence", "").strip().lower()


def thread(headers: Mapping[str, str]) -> list[str]:
	"""The Message-IDs, without brackets, of the mails to which this one answers, the nearest first."""
	answered = MESSAGE_ID.findall(headers.get("in-reply-to", ""))
	earlier = MESSAGE_ID.findall(headers.get("references", ""))
	return list(dict.fromkeys([*answered, *reversed(earlier)]))[:LONGEST_THREAD]


def domains(typed: str | None) -> set[str]:
	"""The domains in a list that somebody typed, one a line or parted by commas, with or without an @."""
	return {word.strip("@.").lower() for word in re.split(r"[\s,;]+", typed or "") if word.strip("@.")}


def is_in(address: str, own: set[str]) -> bool:
	"""Whether `address` is in one of these domains or below."""
	domain = (ascii_email(address) or address).rpartition("@")[2].lower()
	return any(domain == known or domain.endswith("." + known) for known in own)


def is_listed(address: str, listed: set[str]) -> bool:
	"""Whether `address` itself or its domain is among what somebody typed."""
	return email_key(address) in listed or is_in(address, listed)


def person(name: str | None) -> dict[str, str | int]:
	"""Fields of a lead that the name beside an address says: a company, or a first and a last name.

	Nothing for a name that says nothing. "Doe, Jane" and "Jane Doe" are the same person, and so are "Hernández Rivera,
	Esperanza" and "Esperanza Hernández Rivera".
	"""
	name = VIA.sub("", " ".join((name or "").split())).strip("\"' ,;")
	if not name or "@" in name or not any(character.isalpha() for character in name):
		return {}
	if ends_with_legal_form(name):
		return {"company_name": name, "is_organization": 1}
	parts = HumanName(name[:LONGEST_NAME])
	first = " ".join(filter(None, (parts.title, parts.first, parts.middle)))
	last = " ".join(filter(None, (parts.last, parts.suffix)))
	return (
		{"first_name": first, "last_name": last} if first and last else {"first_name": first or last or name}
	)

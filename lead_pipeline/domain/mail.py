"""What a mail is: an enquiry of a person, or something that nobody has to answer; and who writes it.

Pure: no database, no framework. Header names are in lower case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from lead_pipeline.constants import AUTOMATIC_REPLY, BOUNCE, COLLEAGUE, MASS_MAIL, NO_SENDER
from lead_pipeline.domain.matching import ascii_email, email_key, ends_with_legal_form

# Who sends the messages that say that a mail did not arrive.
BOUNCERS = ("mailer-daemon", "postmaster")

# A thread is followed back by as many mails; who sends more References than these, sends them for another reason.
LONGEST_THREAD = 30

MESSAGE_ID = re.compile(r"<([^<>\s]+)>")

# How mailing lists write a sender whose mail they pass on.
VIA = re.compile(r"\s+(via|über|par|vía)\s+.*", re.IGNORECASE)


def why_no_lead(
	sender: str | None, headers: Mapping[str, str], is_own: Callable[[str], bool], lists_count: bool = False
) -> str | None:
	"""Why a mail of `sender` (an address) makes no lead: one of the reasons in `constants`; None when it makes one.

	`is_own`: whether an address belongs to the company itself; `lists_count`: whether mails of mailing lists and
	newsletters make leads, too. Rests on RFC 3834 (automatic answers), 3464 (reports), 2919 and 2369 (lists), and on
	the older headers that mail programs still send.
	"""
	if is_bounce(sender, headers):
		return BOUNCE
	if is_automatic(headers):
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
	submitted = headers.get("auto-submitted", "no").split(";")[0].strip().lower()
	return (
		submitted not in ("", "no")
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


def person(name: str | None) -> dict[str, str | int]:
	"""Fields of a lead that the name beside an address says: a company, or a first and a last name.

	Nothing for a name that says nothing. "Doe, Jane" and "Jane Doe" are the same person.
	"""
	name = VIA.sub("", " ".join((name or "").split())).strip("\"' ,;")
	if not name or "@" in name or not any(character.isalpha() for character in name):
		return {}
	if ends_with_legal_form(name):
		return {"company_name": name, "is_organization": 1}
	last, comma, first = (part.strip() for part in name.partition(","))
	if not (comma and first and " " not in last):
		first, _space, last = name.rpartition(" ")
	return {"first_name": first, "last_name": last} if first else {"first_name": last}

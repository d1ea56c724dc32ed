"""Judge whether an enquiry from the web is suspicious, from measured signs.

Pure. The verdict, and the words for it. A suspicious enquiry is held back for a person to look at; nothing is ever
thrown away because of a verdict.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# Why an enquiry is held: codes, which people see in their own language (`capture/form/quarantine.py`).
HONEYPOT, NO_TICKET, TOO_FAST, USED_TICKET, LINKS, SPAM_SENDER, SENDER_LIMIT, CLIENT_LIMIT, FORM_LIMIT = (
	REASONS
) = (
	"trap",
	"no_ticket",
	"too_fast",
	"used_ticket",
	"links",
	"spam_sender",
	"sender_limit",
	"client_limit",
	"form_limit",
)

# What one network address may send of what a form takes in an hour before its further enquiries are held: a part of it,
# but as many as an office behind one address may send.
CLIENT_SHARE = 4
CLIENT_LEAST = 20

TRUSTED, SPAM = VERDICTS = ("Trusted", "Spam")

# A link in any spelling that a mail program makes clickable.
LINK = re.compile(r"https?://|\bwww\.|\[url|<a\s", re.IGNORECASE)


class SpamLimits(NamedTuple):
	"""The limits of the site for enquiries.

	`seconds`: filling in takes at least that long; a limit of 0 does not limit.
	"""

	seconds: int = 0
	links: int = 0
	per_sender: int = 0
	per_form: int = 0

	@property
	def per_client(self) -> int:
		return max(self.per_form // CLIENT_SHARE, CLIENT_LEAST) if self.per_form else 0


class SpamSignals(NamedTuple):
	"""What was measured about one enquiry.

	`trap_filled`: a field that people do not see has a value; `seconds`: since the page gave out its ticket, None
	without a valid one; `ticket_used`: another enquiry came with the same ticket; `names`: short answers, `texts`:
	long ones; `sender`: one of VERDICTS or empty; `of_sender`, `by_form`, `of_client` (from the same network address):
	earlier enquiries in the time of the limit.
	"""

	trap_filled: bool = False
	seconds: float | None = None
	ticket_used: bool = False
	names: tuple[str, ...] = ()
	texts: tuple[str, ...] = ()
	sender: str = ""
	of_sender: int = 0
	by_form: int = 0
	of_client: int = 0


def reasons_to_hold(signs: SpamSignals, rules: SpamLimits) -> list[str]:
	"""Return why an enquiry is to be held, the strongest reason first.

	Empty when it is not to be held. A trusted sender has limits only.
	"""
	found = [] if signs.sender == TRUSTED else list(_behaviour(signs, rules)) + list(_content(signs, rules))
	if rules.per_sender and signs.of_sender >= rules.per_sender:
		found.append(SENDER_LIMIT)
	if rules.per_client and signs.of_client >= rules.per_client:
		found.append(CLIENT_LIMIT)
	if rules.per_form and signs.by_form >= rules.per_form:
		found.append(FORM_LIMIT)
	return found


def is_junk(found: list[str]) -> bool:
	"""Return whether an enquiry is held for its own content, not for the number sent.

	That is, not because others have sent too many. Such an enquiry counts against no limit of anybody else: somebody
	who sends junk must not shut the form for others, nor fill the limit of the person whose address stands in it.
	"""
	return any(reason != FORM_LIMIT for reason in found)


def _behaviour(signs: SpamSignals, rules: SpamLimits):
	if signs.sender == SPAM:
		yield SPAM_SENDER
	if signs.trap_filled:
		yield HONEYPOT
	if signs.seconds is None:
		yield NO_TICKET
	elif signs.seconds < rules.seconds:
		yield TOO_FAST
	if signs.ticket_used:
		yield USED_TICKET


def _content(signs: SpamSignals, rules: SpamLimits):
	"""Yield the reasons in what was written.

	A name never contains a link; a message may contain some.
	"""
	in_texts = sum(len(LINK.findall(text)) for text in signs.texts)
	if any(LINK.search(name) for name in signs.names) or (rules.links and in_texts > rules.links):
		yield LINKS

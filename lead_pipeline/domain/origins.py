"""Addresses of other sites: sites that may embed a form, and visitors' pages.

Visitors' pages are those that a visitor came from. Pure.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

# A site as browsers name it in the header frame-ancestors: no path, perhaps all sub-domains.
ORIGIN = re.compile(
	r"https?://(\*\.)?[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?"
)

# An address of a page is kept up to this length: the rest is what advertisements append.
MAX_ADDRESS_LENGTH = 500


def lines(text: str | None) -> list[str]:
	return [line.strip() for line in (text or "").splitlines() if line.strip()]


def web_origin(line: str) -> str | None:
	"""Return the origin in a typed line, as https://www.example.com, or None."""
	cleaned = line.strip().rstrip("/").lower()
	return cleaned if ORIGIN.fullmatch(cleaned) else None


def origins(text: str | None) -> list[str]:
	"""Return the origins in a text, one a line; what is none is left out."""
	return list(dict.fromkeys(found for line in lines(text) if (found := web_origin(line))))


def page_address(sent: object) -> str | None:
	"""Return the http or https address that a browser says it comes from, or None."""
	address = str(sent or "").strip()[:MAX_ADDRESS_LENGTH]
	if re.search(r"[\s\x00-\x1f\x7f\"<>\\`]", address):
		return None
	try:
		parts = urlsplit(address)
	except ValueError:
		return None
	return address if parts.scheme in ("http", "https") and parts.netloc else None


def is_link(address: str) -> bool:
	"""Return whether the address can be linked: on this site (/privacy) or elsewhere."""
	return bool(page_address(address)) or bool(re.fullmatch(r"/(?!/)[^\s\"<>\\`]*", address))

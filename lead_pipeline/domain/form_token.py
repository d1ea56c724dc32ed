"""Signed tokens of web forms: given out with a form and sent back with its data.

A page asks for a token when somebody begins to fill in the form. It says when it was given out and for which form,
and is signed, so that nobody can make one that is older than it is; nothing has to be stored, and the page itself can
be cached for everybody. Pure: key and time come from outside.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

# Seconds for which a ticket is good: somebody may leave a page open over a day.
LIFETIME = 2 * 24 * 60 * 60


class FormToken(NamedTuple):
	"""`number`: what tells one ticket from another; `seconds`: since it was given out."""

	number: str
	seconds: float


def issue_token(key: str, form: str, number: str, now: float) -> str:
	"""Return a signed token for `form`.

	`number`: random letters and digits; `now`: seconds since 1970.
	"""
	body = f"{int(now * 1000)}.{number}"
	return f"{body}.{_signature(key, form, body)}"


def verify_token(key: str, form: str, ticket: object, now: float) -> FormToken | None:
	"""Return the token if `issue_token` made it recently for this form, else None.

	It must have been made with this key, for this form, and not too long ago.
	"""
	body, _dot, signature = str(ticket or "").rpartition(".")
	given, _dot, number = body.partition(".")
	if not hmac.compare_digest(signature.encode(errors="replace"), _signature(key, form, body).encode()):
		return None
	seconds = now - int(given) / 1000
	return FormToken(number, seconds) if seconds <= LIFETIME else None


def _signature(key: str, form: str, body: str) -> str:
	return hmac.new(
		key.encode(), f"lead form\n{form}\n{body}".encode(errors="replace"), hashlib.sha256
	).hexdigest()

"""Values that a field can have at all, before anything asks what they mean. Pure.

A program can send an object where a text belongs: whoever looks something up by it would ask the database another question
than he means to, and the database cannot write what is no character.
"""

from __future__ import annotations

import json
import unicodedata


def is_plain(value: object) -> bool:
	"""Return whether the value is None, a number or valid text; no object, no list."""
	if isinstance(value, str):
		return is_text(value)
	return value is None or isinstance(value, bool | int | float)


def is_text(value: str) -> bool:
	"""Return whether the text consists of valid characters.

	Half of one is what is left of an emoji that was cut; PostgreSQL knows no NUL.
	"""
	if value.isascii():
		return "\x00" not in value
	return not any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in value)


def without_invisible(text: str) -> str:
	"""Remove invisible characters, such as zero-width spaces, from the text.

	Also marks of direction, soft hyphens, byte order marks. For addresses and numbers, which people copy out of other
	programs. In words, two of them can mean something.
	"""
	if text.isascii():
		return text
	return "".join(character for character in text if unicodedata.category(character) != "Cf")


def are_rows(value: object) -> bool:
	"""Return whether it can be the rows of a table: objects with plain values.

	A list of such objects.
	"""
	return isinstance(value, list) and all(
		isinstance(row, dict) and all(map(is_plain, row.values())) for row in value
	)


def of_json(text: str) -> object:
	"""Return the value of a JSON text, or None.

	None for a text that is no JSON, or is nested so deeply that nobody means it.
	"""
	try:
		return json.loads(text)
	except (ValueError, RecursionError):
		return None


def clean_value(value: object) -> object:
	"""Return a value out of JSON, with a question mark for each invalid character.

	None where `of_json` returns None.
	"""
	try:
		text = json.dumps(value, ensure_ascii=False)
	except RecursionError:
		return None
	return of_json(text.encode("utf-8", "replace").decode())

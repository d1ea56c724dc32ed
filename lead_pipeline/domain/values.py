"""Values that a field can have at all, before anything asks what they mean. Pure.

A program can send an object where a text belongs: whoever looks something up by it would ask the database another question
than he means to, and the database cannot write what is no character.
"""

from __future__ import annotations

import json
import unicodedata


def is_plain(value: object) -> bool:
	"""Return whether it is nothing, a number, or a text of characters; no object, no list."""
	if isinstance(value, str):
		return is_text(value)
	return value is None or isinstance(value, bool | int | float)


def is_text(value: str) -> bool:
	"""Return whether all of it is characters: half of one is what is left of an emoji that was cut; PostgreSQL knows no NUL."""
	if value.isascii():
		return "\x00" not in value
	return not any(character == "\x00" or "\ud800" <= character <= "\udfff" for character in value)


def without_invisible(text: str) -> str:
	"""Take out the characters that nobody sees: marks of direction, zero-width spaces, soft hyphens, byte order marks.

	For addresses and numbers, which people copy out of other programs. In words, two of them can mean something.
	"""
	if text.isascii():
		return text
	return "".join(character for character in text if unicodedata.category(character) != "Cf")


def are_rows(value: object) -> bool:
	"""Return whether it can be the rows of a table: a list of objects whose values are plain."""
	return isinstance(value, list) and all(
		isinstance(row, dict) and all(map(is_plain, row.values())) for row in value
	)


def of_json(text: str) -> object:
	"""Return what a JSON text says; None for what is none, or is nested so deeply that nobody means it."""
	try:
		return json.loads(text)
	except (ValueError, RecursionError):
		return None


def clean_value(value: object) -> object:
	"""Return a value out of JSON, with a question mark in place of what is no character.

	None for what `of_json` has none for.
	"""
	try:
		text = json.dumps(value, ensure_ascii=False)
	except RecursionError:
		return None
	return of_json(text.encode("utf-8", "replace").decode())

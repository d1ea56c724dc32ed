"""Spell the words of leads, and of what somebody types, so that they match.

Pure. Both sides go the same way: without case, accents and punctuation, so that what somebody types never means
anything to a database. The words of a lead stand in one column with a full-text index. They are spelled so that a full-text
index of any site takes them all, whatever its shortest word, stop words and word characters are:

- Each begins with two letters (`MARK`), the usual way around a shortest word of three and around stop words ("de", "com").
- Other letters than those of the English alphabet are written as four letters or digits each (`MARK_OF_SPELLED`).
- Where a script has no spaces, a word is cut into overlapping pairs of letters, as n-gram parsers do.
- A number of a phone stands there as dialled from abroad, at home, and backwards (`MARK_OF_BACKWARDS`), as people know the
  end of a number.

A word is found by its beginning.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

from lead_pipeline.domain.matching import Phone, name_words, read_phone

MARK, MARK_OF_SPELLED, MARK_OF_BACKWARDS = "ww", "uu", "rr"

# Longer words are known by their beginning: full-text indexes leave out words of more than 84 letters.
MAX_LETTERS, MAX_SPELLED_LETTERS = 40, 20
LETTER = 4

# Further words tell no lead from another.
MAX_WORDS = 200
MAX_TYPED_WORDS = 10
MAX_TYPED = 200

# Scripts that are written without spaces between words, or in which people look for a part of a word.
WITHOUT_SPACES = ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "THAI", "LAO", "KHMER", "MYANMAR")

# Fewer digits say nothing about the end of a number.
FEWEST_DIGITS = 3
OF_A_PHONE = re.compile(r"[\d\s()+./*#-]+")

# As `naming.next_name` makes them; the number begins behind the year.
NUMBERED = re.compile(r"\S+-\d{4}-(\d+)")

DIGITS_36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def words_of_lead(
	name: str | None,
	names: Iterable[str | None],
	emails: Iterable[str | None],
	phones: Iterable[Phone | None],
) -> str:
	"""Return the words of a lead for its column, each behind a space."""
	words: dict[str, None] = {}
	for text in names:
		words.update(dict.fromkeys(spelled_words(text)))
	for email in emails:
		words.update(dict.fromkeys(spelled_words((email or "").replace(".", " "))))
	for phone in filter(None, phones):
		words.update(dict.fromkeys(words_of_phone(phone)))
	numbered = NUMBERED.fullmatch(name or "")
	words.update(dict.fromkeys(spelled_words(numbered[1] if numbered else name)))
	return "".join(f" {word}" for word in list(words)[:MAX_WORDS])


def words_of_phone(phone: Phone) -> Iterator[str]:
	digits = phone.key.lstrip("+")
	yield f"{MARK}{digits}"
	yield f"{MARK}{phone.national.lstrip('0') or phone.national}"
	yield f"{MARK_OF_BACKWARDS}{digits[::-1]}"


def spelled_words(text: str | None) -> Iterator[str]:
	for word in name_words(text):
		for part, is_cut in parts_of_word(word):
			if is_cut:
				yield from pairs(part)
			else:
				yield spelled(part)


def parts_of_word(word: str) -> Iterator[tuple[str, bool]]:
	"""Yield the parts of a word, and whether each is of a script without spaces."""
	if word.isascii():
		yield word, False
		return
	part, was_cut = "", False
	for letter in word:
		# A mark belongs to the letter before it.
		is_cut = was_cut if unicodedata.category(letter)[0] == "M" and part else is_without_spaces(letter)
		if part and is_cut != was_cut:
			yield part, was_cut
			part = ""
		part, was_cut = part + letter, is_cut
	yield part, was_cut


def is_without_spaces(letter: str) -> bool:
	return not letter.isascii() and unicodedata.name(letter, "").startswith(WITHOUT_SPACES)


def pairs(letters: str) -> Iterator[str]:
	"""Yield each letter with the one behind it, and the last one alone."""
	for index in range(len(letters)):
		yield spelled(letters[index : index + 2])


def spelled(word: str) -> str:
	if word.isascii():
		return MARK + word[:MAX_LETTERS]
	return MARK_OF_SPELLED + "".join(map(four_digits, word[:MAX_SPELLED_LETTERS]))


def four_digits(letter: str) -> str:
	number, digits = ord(letter), ""
	for _digit in range(LETTER):
		number, digit = divmod(number, 36)
		digits = DIGITS_36[digit] + digits
	return digits


def typed_words(text: str, region: str | None = None) -> list[tuple[str, ...]]:
	"""Return the words that a lead must have to be found by `text`.

	Each is one of several, of which the lead has at least one that begins so. `region` as in `read_phone`. Empty when
	there is nothing in the text to look for.
	"""
	text = ascii_digits(text[:MAX_TYPED]).strip()
	digits = re.sub(r"\D", "", text)
	if OF_A_PHONE.fullmatch(text) and len(digits) >= FEWEST_DIGITS:
		return [number_typed(digits, read_phone(text, region))]
	if "@" in text:
		text = text.replace(".", " ")
	found = (word for part in text.split() for word in words_typed(part))
	return list(dict.fromkeys(found))[:MAX_TYPED_WORDS]


def words_typed(part: str) -> Iterator[tuple[str, ...]]:
	for word in name_words(part):
		if word.isascii() and word.isdecimal() and len(word) >= FEWEST_DIGITS:
			yield number_typed(word, None)
			continue
		for piece, is_cut in parts_of_word(word):
			# The last letter of a pair of letters says nothing that the pair does not say.
			cut = list(pairs(piece)) if is_cut else [spelled(piece)]
			yield from ((each,) for each in (cut[:-1] or cut))


def number_typed(digits: str, phone: Phone | None) -> tuple[str, ...]:
	"""Return the ways to find a number: by its beginning or by its end."""
	# Zeros in front dial another town or country; nobody types them for a number of a lead.
	short = digits.lstrip("0") or digits
	found = [f"{MARK}{digits}"]
	if phone:
		found.append(f"{MARK}{phone.key.lstrip('+')}")
	if len(short) >= FEWEST_DIGITS:
		found += [f"{MARK}{short}", f"{MARK_OF_BACKWARDS}{short[::-1]}"]
	return tuple(dict.fromkeys(word[: MAX_LETTERS + len(MARK)] for word in found))


def ascii_digits(text: str) -> str:
	return "".join(str(unicodedata.digit(sign)) if sign.isdecimal() else sign for sign in text)


def has_words(words: str | None, typed: list[tuple[str, ...]]) -> bool:
	"""Return whether a lead with these `words` is found by what was typed."""
	return bool(typed) and all(any(f" {way}" in (words or "") for way in ways) for ways in typed)

"""Names that sound alike: keys to find candidates, and likeness of two names.

Pure. By the keys a few candidates are found among a million. They are coarse on purpose: they find more than what is
alike, and `likeness` decides among what they have found.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from rapidfuzz import fuzz

from lead_pipeline.domain.matching import REMEMBERED, company_key, name_words

# Words around a person's name that are not part of it.
_TITLES = "mr mrs ms miss mx dr prof ing dipl mag herr frau hr fr mme mlle m sr sra srta dott sig ir"
TITLES = frozenset(_TITLES.split())

# Spellings of one sound, the longer ones first, in the alphabet of `letters`.
_SOUNDS = (
	*(("sch", "s"), ("tsch", "s"), ("ph", "f"), ("th", "t"), ("dt", "t"), ("tz", "s"), ("ck", "k")),
	*(("ch", "k"), ("qu", "k"), ("gh", "k"), ("x", "ks")),
)
_ALIKE = str.maketrans("bdgqcvwzjymß", "ptkkkffsiims")

# More letters than these tell nobody apart, and the column of a key is short.
MAX_KEY_LENGTH = 140


def sound(word: str) -> str:
	"""Return the sound of a word: a key shared by its spellings.

	Consonants of the same kind, in any European language. Other scripts keep their letters.
	"""
	for spelling, sounds in _SOUNDS:
		word = word.replace(spelling, sounds)
	word = word.translate(_ALIKE)
	first, rest = word[:1], word[1:]
	head = "a" if first in "aeiou" else first
	skeleton = head + re.sub(r"[aeiouh]", "", rest)
	return re.sub(r"(.)\1+", r"\1", skeleton)


def person_name(lead: Mapping) -> str | None:
	"""Return the person of a lead: first and last name, else the title.

	`lead` gives its fields. The title only when it is not the company's.
	"""
	name = " ".join(part for part in (lead.get("first_name"), lead.get("last_name")) if part)
	title = lead.get("lead_name")
	if name or lead.get("is_organization") or title in (lead.get("company_name"), lead.get("email")):
		return name or None
	return title


def person_key(name: str | None) -> str | None:
	"""Return first and last word of a person's name by sound, in either order.

	None for less than two words.
	"""
	if "@" in (name or ""):
		return None
	found = [word for word in name_words(name) if word not in TITLES]
	if len(found) < 2:
		return None
	return " ".join(sorted((sound(found[0]), sound(found[-1]))))[:MAX_KEY_LENGTH]


@lru_cache(maxsize=REMEMBERED)
def company_sound(name: str | None) -> str | None:
	"""Return the first two words of a company's name by sound, in either order.

	None when there is no name. Singular and plural make no difference: Metalwork, Metalworks.
	"""
	found = name_words(company_key(name))
	return " ".join(sorted(without_plural(sound(word)) for word in found[:2]))[:MAX_KEY_LENGTH] or None


def without_plural(sounds: str) -> str:
	return sounds.removesuffix("s") or sounds


def likeness(one: str | None, other: str | None) -> float:
	"""Return how alike two names are, from 0 to 100, in any order of words."""
	first, second = name_words(one), name_words(other)
	if not first or not second:
		return 0.0
	as_written = fuzz.ratio(" ".join(first), " ".join(second))
	return max(as_written, fuzz.ratio(" ".join(sorted(first)), " ".join(sorted(second))))


def company_likeness(one: str | None, other: str | None) -> float:
	"""Return how alike two companies' names are.

	Neither their legal form counts, nor what one adds to the other's name.
	"""
	first, second = company_key(one), company_key(other)
	if not first or not second:
		return 0.0
	return max(likeness(first, second), 0.95 * fuzz.token_set_ratio(first, second))

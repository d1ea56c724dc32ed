"""Rank cards that a person has placed by hand, with room between any two.

Pure. A card that nobody has placed stands at the moment at which it came into its column, newest on top; cards of the
same moment by their names, the greatest on top. A placed card gets a rank between those of its neighbours, so that
nothing has to be written about any other card.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

# As long as the column of a tie.
MAX_TIE_LENGTH = 140

# The characters of ties that are made here, and those just outside of them.
FIRST, LAST = "!", "~"
BELOW, ABOVE = ord(FIRST) - 1, ord(LAST) + 1

TICK = timedelta(microseconds=1)


class Rank(NamedTuple):
	"""The greater rank stands higher."""

	moment: datetime
	tie: str = ""


def on_top(first: Rank | None, now: datetime) -> Rank:
	"""Return a rank above `first`, the highest card of a column.

	`first` is None for an empty column.
	"""
	return Rank(now if not first else max(now, first.moment + TICK))


def below(above: Rank) -> Rank:
	"""Return a rank right below `above`, when it is not known what follows."""
	if not above.tie:
		return Rank(above.moment - TICK, LAST + LAST)
	last = above.tie[-1]
	if FIRST < last <= LAST:
		tie = above.tie[:-1] + chr(ord(last) - 1) + LAST + middle_character(BELOW, ABOVE)
		if len(tie) <= MAX_TIE_LENGTH:
			return Rank(above.moment, tie)
	return Rank(above.moment - TICK, LAST + LAST)


def between(above: Rank, beneath: Rank) -> Rank:
	"""Return a rank between two in this order, else one right below `above`.

	The latter when the two do not stand in this order.
	"""
	if not beneath < above:
		return below(above)
	gap = above.moment - beneath.moment
	if gap > TICK:
		return Rank(beneath.moment + gap // 2)
	tie = tie_between(beneath.tie, above.tie if not gap else None)
	if len(tie) > MAX_TIE_LENGTH:
		# Hundreds of cards were placed between the same two: the next one stands right above them.
		return Rank(above.moment + TICK)
	return Rank(beneath.moment, tie)


def tie_between(low: str, high: str | None) -> str:
	"""Return a text between two, in the order of their characters.

	`high` None: any greater text, with room above it.
	"""
	made = ""
	for place in range(len(low) + len(high or "") + 1):
		least = ord(low[place]) if place < len(low) else BELOW
		if high is None:
			greatest = ABOVE
		elif place < len(high):
			greatest = ord(high[place])
		else:
			break
		between_them = middle_character(least, min(greatest, ABOVE))
		if least == greatest:
			made += chr(least)
		elif least < ord(between_them) and between_them > FIRST:
			return made + between_them
		elif place < len(low):
			# Whatever follows the same character as in `low` is less than `high`.
			made += low[place]
			high = None
		elif greatest >= ord(FIRST):
			# No text ends with the first character: there would be no room below it.
			made += FIRST
			high = high if greatest == ord(FIRST) else None
		else:
			break
	return low + " " + middle_character(BELOW, ABOVE)


def middle_character(least: int, greatest: int) -> str:
	return chr((least + greatest) // 2)

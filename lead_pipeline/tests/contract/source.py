"""The source text of the framework's functions.

A contract test looks in it for what the app relies on.
"""

import inspect


def code(of) -> str:
	"""The source of a function, method or class of the framework."""
	return inspect.getsource(inspect.unwrap(of))


def in_order(text: str, *parts: str) -> bool:
	"""Whether each of the parts stands in the text, and behind the one before."""
	place = 0
	for part in parts:
		place = text.find(part, place) + 1
		if not place:
			return False
	return True

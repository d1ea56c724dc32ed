"""Convert HTML to plain text in which words of different lines stay apart.

No framework.
"""

import re
from html import unescape

# What begins a new line on the screen.
BREAK = re.compile(r"<\s*(?:br|/?(?:p|div|li|ul|ol|tr|table|h[1-6]|blockquote|pre))\b[^>]*>", re.IGNORECASE)
CELL = re.compile(r"<\s*/?t[dh]\b[^>]*>", re.IGNORECASE)
UNSHOWN = re.compile(r"<(style|script|head)\b.*?</\1\s*>|<!--.*?-->", re.IGNORECASE | re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def plain_text(html: str) -> str:
	"""Return the text of `html`, a line for each of its blocks.

	No empty lines, no space at either end.
	"""
	text = TAG.sub("", CELL.sub(" ", BREAK.sub("\n", UNSHOWN.sub("", html))))
	lines = (" ".join(line.split()) for line in unescape(text).splitlines())
	return "\n".join(line for line in lines if line)

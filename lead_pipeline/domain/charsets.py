"""Find the charset of a text file: certain, or a list of candidates to ask about.

Pure.
"""

from __future__ import annotations

import re
import unicodedata

from charset_normalizer import from_bytes

# Bytes of a file that are looked at; the text of a longer one is like its beginning.
SAMPLE = 200_000

WESTERN = "windows-1252"

# What people can choose (Pipeline Lead Import, Characters of the File), by the names of `charset_normalizer`; those that most
# files are written in come first.
CHOICES = {
	"cp1251": "windows-1251",
	"cp1250": "windows-1250",
	"cp932": "shift_jis",
	"gb18030": "gb18030",
	"big5": "big5",
	"cp949": "euc-kr",
	"euc_jp": "euc-jp",
	"cp1253": "windows-1253",
	"cp1254": "windows-1254",
	"cp1255": "windows-1255",
	"cp1256": "windows-1256",
	"cp1257": "windows-1257",
	"cp874": "windows-874",
	"iso8859_2": "iso-8859-2",
	"koi8_r": "koi8-r",
	"cp437": "cp437",
	"cp850": "cp850",
	"cp852": "cp852",
	"cp866": "cp866",
	"mac_roman": "mac-roman",
	"cp1252": "windows-1252",
}

# By the names of Python, where it knows only those.
_CODECS = {"windows-874": "cp874"}

# As many are proposed to people, and as many of them as `charset_normalizer` thinks likely.
PROPOSED = 6
LIKELY = 3

# Signs beside letters, digits and ASCII that people type in Western Europe; others in a text speak for another charset.
USUAL_SIGNS = frozenset("€£§°·–—‘’“”„…«»•²³µ½¼¾ªº¿¡®™©´¨\u00a0\u00ad")  # noqa: RUF001

# Signs of money, powers and the like are no part of a word, as the letters of other charsets would be: "£ukasz", "Wa³êsa".
SIGN_IN_A_WORD = re.compile(r"[^\W\d_][³²¹§¢¤¥¡¿][^\W\d_]|[£€¢¤¥§][^\W\d_]")


def certain(content: bytes) -> str | None:
	"""Return the charset of the file when there is hardly any doubt, else None.

	One of UTF-8, UTF-16, Western European.
	"""
	if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
		return "utf-16"
	if b"\x00" in content[:2]:
		# Without its mark: every other byte of an English letter is this one.
		return "utf-16-be" if content[:1] == b"\x00" else "utf-16-le"
	if _decodes(content, "utf-8"):
		return "utf-8-sig"
	return WESTERN if _is_western(content[:SAMPLE]) else None


def codec(charset: str) -> str:
	"""Python's name of a charset that people can choose."""
	return _CODECS.get(charset, charset)


def likely(content: bytes) -> list[tuple[str, str]]:
	"""Return charsets in which the file may be written, each with sample words.

	The words are from the file and show the difference.
	"""
	sample = content[:SAMPLE]
	guessed = [match.encoding for match in from_bytes(sample) if match.encoding in CHOICES]
	found: dict[str, str] = {}
	for name in dict.fromkeys([*guessed[:LIKELY], *CHOICES]):
		shown = _foreign_words(sample, CHOICES[name])
		if shown and shown not in found.values():
			found[CHOICES[name]] = shown
	return list(found.items())[:PROPOSED]


def _decodes(content: bytes, charset: str) -> bool:
	try:
		content.decode(codec(charset))
	except UnicodeDecodeError:
		return False
	return True


def _is_western(sample: bytes) -> bool:
	"""Return whether the text makes sense as Western European.

	It does when foreign letters stand among English ones and there are no odd signs.
	"""
	if not _decodes(sample, WESTERN):
		return False
	text = sample.decode(WESTERN)
	signs = {sign for sign in text if not sign.isascii() and not sign.isalpha()}
	words = [word for word in re.findall(r"[^\W\d_]{2,}", text) if not word.isascii()]
	return (
		signs <= USUAL_SIGNS
		and not SIGN_IN_A_WORD.search(text)
		and all(sum(not sign.isascii() for sign in word) * 2 <= len(word) for word in words)
	)


def _foreign_words(sample: bytes, charset: str) -> str:
	"""Return the first words with letters that are not English, as decoded.

	Empty when the charset does not decode the text.
	"""
	if not _decodes(sample, charset):
		return ""
	words = [
		word
		for word in sample.decode(codec(charset)).replace(",", " ").replace(";", " ").split()
		if any(unicodedata.category(sign)[0] == "L" and not sign.isascii() for sign in word)
	]
	shown = " ".join(dict.fromkeys(words))[:60]
	return shown if shown.isprintable() else ""

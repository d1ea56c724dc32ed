"""Extract the new text of a mail, without what it answers to.

Pure, and in time that grows with the length only. Anybody can send a mail: no pattern here looks further than a line
or a few, since a search through the whole text for each of its words keeps a worker busy for hours.
"""

from __future__ import annotations

import re

from lead_pipeline.domain.forwards import FROM, ORIGINAL, SENT, header_name
from lead_pipeline.domain.values import without_invisible

# Characters that are read; what is new stands on top.
MAX_READ_LENGTH = 200_000

# The words by which mail programs of several languages end the line above a quote: On Monday, Jane wrote:
WROTE = (
	"wrote|writes|schrieb|schreibt|a écrit|escribió|escreveu|ha scritto|schreef|skrev|napisał|napisal|napsal|"
	"kirjoitti|írta|yazd\u0131|şunu yazd\u0131|написал|написав|написала|пишет|пише|писал|έγραψε|a scris|napísal|napisao|написа|"
	"כתב|כתבה|כתב/ה|كتب|đã viết|menulis|pisze"
)
# In scripts that put no space between words.
WROTE_TOGETHER = "写道|寫道|写到|書きました|のメール|작성|เขียนว่า|เขียน"
ATTRIBUTION_ENDS = re.compile(
	rf"(?:\b(?:{WROTE})\b|(?:{WROTE_TOGETHER}))[^\n]{{0,120}}[:：]\s*$",  # noqa: RUF001
	re.IGNORECASE,
)
ATTRIBUTION_BEGINS = re.compile(
	r"\s*(On|Am|Le|El|Il|Op|Em|Den|Dne|Dnia|W dniu|\d{1,4}[-./]|\S{2,4},? \d)\b", re.IGNORECASE
)
# It is broken into so many lines at most, of which the end is looked at.
ATTRIBUTION_LINES = 4
ATTRIBUTION_LENGTH = 400

HEADER_LINES = 5

# A line of dashes or low lines, which stands above such a block.
DASHED_LINE = re.compile(r"\s*[-_]{3,}\s*")


def new_text(text: str) -> str:
	"""Return what the sender has written this time, or all when it is only quotes.

	Answers between quotes are kept.
	"""
	lines = text[:MAX_READ_LENGTH].replace("\r\n", "\n").replace("\r", "\n").split("\n")
	written: list[str] = []
	in_quote = False
	for line in lines[: _history(lines)]:
		is_quoted = line.startswith(">") or line[:4].lstrip().startswith(">")
		if is_quoted and not in_quote:
			_drop_attribution(written)
		if not is_quoted:
			written.append(line)
		in_quote = is_quoted
	return "\n".join(written).strip() or text[:MAX_READ_LENGTH].strip()


def _history(lines: list[str]) -> int:
	"""Return the line at which the earlier mails begin, placed below without marks.

	These are the mails that this one answers; some programs put them below it so.
	"""
	for number, line in enumerate(lines):
		if ORIGINAL.fullmatch(line[:200]) or _is_block_of_headers(lines[number : number + HEADER_LINES]):
			while number and (
				not lines[number - 1].strip() or DASHED_LINE.fullmatch(lines[number - 1][:200])
			):
				number -= 1
			return number
	return len(lines)


def _is_block_of_headers(lines: list[str]) -> bool:
	"""Return whether a block of headers begins at the first line.

	The first line says whom a mail is from, and one of the next ones when it was sent.
	"""
	return header_name(lines[0]) in FROM and any(header_name(line) in SENT for line in lines[1:])


def _drop_attribution(written: list[str]) -> None:
	"""Remove the line that says who has written the quote below it.

	It may span several lines.
	"""
	end = len(written)
	while end and not written[end - 1].strip():
		end -= 1
	if not end or not _ends_attribution(written[max(0, end - 2) : end]):
		return
	begin = end - 1
	for number in range(end - 1, max(-1, end - 1 - ATTRIBUTION_LINES), -1):
		if not written[number].strip():
			break
		if ATTRIBUTION_BEGINS.match(written[number][:40]):
			begin = number
			break
	del written[begin:]


def _ends_attribution(lines: list[str]) -> bool:
	said = without_invisible(" ".join(lines)[-ATTRIBUTION_LENGTH:])
	return bool(ATTRIBUTION_ENDS.search(said)) or (
		said.rstrip().endswith((":", "\uff1a"))
		and "@" in said
		and any(character.isdigit() for character in said)
	)

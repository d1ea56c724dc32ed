"""Choose the main one of several e-mails or phones; keep field and table in step.

Pure. A lead has its main e-mail in a field, because lists, searches and mails use it, and all of them in a table as
soon as there is a second one. People edit either. What they changed last is what they mean:

- a main field that was changed wins: its row in the table is ticked, or the ticked row gets the new value;
- else a row that was ticked just now wins, and the row ticked before loses its tick;
- a row that was deleted, or a main field that was emptied, takes its address away, and the next one moves up;
- the same address twice is one row.

A table without rows stays so: a lead with one e-mail needs none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass
class Row:
	"""An address of the table.

	`marks`: the kinds of main it is ticked for; `source`: the caller's row.
	"""

	value: str
	marks: set[str] = field(default_factory=set)
	source: object = None


@dataclass
class ContactSet:
	"""The main fields by mark and the rows of the table, at one moment.

	A mark is a kind of main.
	"""

	mains: dict[str, str]
	rows: list[Row]


@dataclass(frozen=True)
class Policy:
	"""How addresses of one table behave: `key` gives what makes two of them the same.

	`moves_up`: mark → whether another row takes the place of a main one that is gone; a landline does not
	become a mobile number by being the next in line.
	"""

	key: Callable[[str], str]
	moves_up: Mapping[str, bool]


def resolve_main(now: ContactSet, before: ContactSet | None, kind: Policy) -> ContactSet:
	"""Return what `now` has to become, given the record `before` the change.

	`before` is None for a new record; rows keep their `source`.
	"""
	settled = _Settlement(now, before or ContactSet({}, []), kind).result()
	# A row that lost one mark can be the next in line for another: once more for each kind of main.
	for _mark in kind.moves_up:
		settled = _Settlement(settled, settled, kind).result()
	return settled


class _Settlement:
	def __init__(self, now: ContactSet, before: ContactSet, kind: Policy):
		self.kind = kind
		self.typed = {mark: (now.mains.get(mark) or "").strip() for mark in kind.moves_up}
		self.was = {mark: (before.mains.get(mark) or "").strip() for mark in kind.moves_up}
		self.rows = folded(now.rows, kind)
		self.emptied: list[Row] = []
		self.ticks_before = {self.key(row): row.marks for row in before.rows if row.value}

	def key(self, row: Row) -> str:
		return self.kind.key(row.value)

	def result(self) -> ContactSet:
		if not self.rows:
			return ContactSet({mark: self.without_rows(mark) for mark in self.typed}, [])
		chosen = {}
		for mark in self.typed:
			self.bring_in_the_old_main(mark)
			chosen[mark] = self.choose(mark)
			self.tick(mark, chosen[mark])
		# An address that was emptied in one way and lost its other one in the same save is gone, too.
		self.rows = [row for row in self.rows if row.marks or not any(row is gone for gone in self.emptied)]
		return ContactSet({mark: row.value if row else "" for mark, row in chosen.items()}, self.rows)

	def without_rows(self, mark: str) -> str:
		"""Return the main field's value, or nothing if its row has just been deleted."""
		return "" if self.row_was_deleted(mark) else self.typed[mark]

	def row_was_deleted(self, mark: str) -> bool:
		unchanged = self.typed[mark] == self.was[mark]
		return unchanged and mark in self.ticks_before.get(self.kind.key(self.typed[mark]), ())

	def bring_in_the_old_main(self, mark: str) -> None:
		"""The main one has no row as long as it is alone."""
		typed, was = self.typed[mark], self.was[mark]
		same = self.kind.key(typed) == self.kind.key(was)
		if typed and same and not self.find(typed) and not self.row_was_deleted(mark):
			self.add(typed)

	def choose(self, mark: str) -> Row | None:
		"""Return the row that is the main one for `mark`; made when it is missing."""
		typed, was = self.typed[mark], self.was[mark]
		if typed and self.kind.key(typed) != self.kind.key(was):
			return self.row_for_new_main(mark)
		if was and not typed:
			self.drop(self.find(was), mark)
		if fresh := [row for row in self.rows if mark in row.marks and not self.was_ticked(row, mark)]:
			return fresh[-1]
		return self.row_of_old_main(mark) if typed else self.next_in_line(mark)

	def was_ticked(self, row: Row, mark: str) -> bool:
		return mark in self.ticks_before.get(self.key(row), ())

	def row_for_new_main(self, mark: str) -> Row:
		"""Return the row for the address typed into the main field.

		The row that has the address, else the old main's row, else a new one.
		"""
		typed = self.typed[mark]
		row = self.find(typed)
		if not row:
			row = self.find(self.was[mark])
			if not row or row.marks != {mark}:
				row = self.add(typed)
		row.value = typed
		return row

	def row_of_old_main(self, mark: str) -> Row | None:
		typed, was = self.typed[mark], self.was[mark]
		row = self.find(typed)
		if row and typed != was:
			# The same address in another spelling.
			row.value = typed
		return row or self.next_in_line(mark)

	def next_in_line(self, mark: str) -> Row | None:
		ticked = [row for row in self.rows if mark in row.marks]
		free = [row for row in self.rows if not row.marks] if self.kind.moves_up[mark] else []
		return next(iter([*ticked, *free]), None)

	def find(self, value: str) -> Row | None:
		key = self.kind.key(value)
		return next((row for row in self.rows if value and self.key(row) == key), None)

	def add(self, value: str) -> Row:
		row = Row(value)
		self.rows.insert(0, row)
		return row

	def drop(self, row: Row | None, mark: str) -> None:
		"""Remove a row whose main field was emptied, unless it is main in another way."""
		if not row:
			return
		self.emptied.append(row)
		if row.marks <= {mark}:
			self.rows.remove(row)
		else:
			row.marks.discard(mark)

	def tick(self, mark: str, chosen: Row | None) -> None:
		for row in self.rows:
			row.marks.discard(mark)
		if chosen:
			chosen.marks.add(mark)


def folded(rows: list[Row], kind: Policy) -> list[Row]:
	"""Return copies of the rows with content, one for each address.

	The first row of each address, with the ticks of all of them.
	"""
	found: dict[str, Row] = {}
	for row in rows:
		value = (row.value or "").strip()
		if value:
			same = found.setdefault(kind.key(value), Row(value, set(), row.source))
			same.marks |= row.marks
	return list(found.values())

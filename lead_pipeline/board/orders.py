"""The orders of the cards in a column, and how a column is read page by page.

An order is a sequence of phases: all cards of one phase come before those of the next, and within a phase an index gives
them in their order, so that a page costs the same in a column of ten cards and of a hundred thousand. A further page
begins behind the last card of the one before (a keyset, no offset): what others move meanwhile shifts nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

import frappe
from frappe import _
from frappe.utils import get_datetime
from pypika import Order
from pypika.terms import Criterion, LiteralValue

from lead_pipeline.board import places
from lead_pipeline.board.filters import Scope, all_of, throw_invalid_board
from lead_pipeline.constants import LEAD
from lead_pipeline.domain.ranks import Rank
from lead_pipeline.domain.values import of_json
from lead_pipeline.visibility import field_levels
from lead_pipeline.visibility.condition_text import literal

PAGE_SIZE = 20

# Of a card of which nobody knows since when it is in its column.
BEGINNING = datetime(1970, 1, 1)

HAND, NEXT_STEP, REVENUE, AGE, PRIORITY, MODIFIED = ORDERS = (
	"hand",
	"next_step",
	"revenue",
	"age",
	"priority",
	"modified",
)


@dataclass(frozen=True)
class Phase:
	"""Cards for which `holds`, ordered by `field` and then by name.

	Names are in the same direction as the field. The field `name` stands for cards without a value.
	"""

	field: str
	descending: bool
	holds: Criterion | None = None

	@property
	def direction(self) -> Order:
		return Order.desc if self.descending else Order.asc

	def behind(self, value: str, name: str) -> Criterion:
		"""Return the condition for cards after the one with this value and name.

		It is written so that the database uses the index.
		"""
		lead = frappe.qb.DocType(LEAD)
		column, value, name = lead[self.field], literal(value or name), literal(name)
		if self.descending:
			return (column <= value) & ((column < value) | (lead.name < name))
		return (column >= value) & ((column > value) | (lead.name > name))


@dataclass(frozen=True)
class Cursor:
	"""End of a page: the last card's phase, value and name.

	In the order by hand, also the last one of the cards placed by hand.
	"""

	order: str
	phase: int = 0
	value: str = ""
	name: str = ""
	placed: Rank | None = None

	def text(self) -> str:
		moment, tie = (str(self.placed.moment), self.placed.tie) if self.placed else ("", "")
		return frappe.as_json([self.order, self.phase, self.value, self.name, moment, tie], indent=None)


@dataclass
class Page:
	"""Names of the cards of one column, in order, and the start of the next page."""

	names: list[str]
	cursor: str | None


def refuse_unknown(order: str) -> None:
	hidden = field_levels.unreadable_fields(LEAD)
	if order not in ORDERS or {"revenue": "expected_revenue", "priority": "priority"}.get(order) in hidden:
		throw_invalid_board(_("The board cannot be ordered by {0}. Choose another order."), order)


def phases(order: str) -> list[Phase]:
	lead = frappe.qb.DocType(LEAD)
	if order == REVENUE:
		return [Phase("expected_revenue", True)]
	if order == MODIFIED:
		return [Phase("modified", True)]
	if order == PRIORITY:
		return [
			*(Phase("modified", True, lead.priority == literal(name)) for name in weightiest_first()),
			Phase("modified", True, lead.priority == ""),
			Phase("modified", True, lead.priority.isnull()),
		]
	field, descending = {
		HAND: ("status_changed_on", True),
		AGE: ("status_changed_on", False),
		NEXT_STEP: ("next_contact_date", False),
	}[order]
	column = lead[field]
	return [Phase(field, descending, column.isnotnull()), Phase("name", descending, column.isnull())]


def weightiest_first() -> list[str]:
	"""Return the priorities, the highest first.

	Ignores permissions: they are not secret for users who may read a lead.
	"""
	return frappe.get_all("Pipeline Lead Priority", pluck="name", order_by="weight desc, name asc")


def first_pages(statuses: Iterable[str], scope: Scope, order: str) -> dict[str, Page]:
	"""Return the first page of each column, in one statement for all."""
	return pages(dict.fromkeys(statuses), scope, order)


def further_page(status: str, cursor: str, scope: Scope, order: str) -> Page:
	return pages({status: read_cursor(cursor, order)}, scope, order)[status]


def read_cursor(text: str, order: str) -> Cursor:
	"""Raises InvalidBoardError for what is no place in a column of this order."""
	try:
		known, phase, value, name, moment, tie = of_json(text)
		texts = all(isinstance(part, str) for part in (value, name, moment, tie))
		if known != order or not texts or type(phase) is not int or phase < 0:
			raise ValueError(text)
		if value:
			read_value(phases(order)[phase].field, value)
		return Cursor(order, phase, value, name, Rank(get_datetime(moment), tie) if moment else None)
	except (TypeError, ValueError, IndexError):
		throw_invalid_board(_("There is no such page of the board. Open the board again."))


def read_value(field: str, value: str) -> object:
	"""Return a value from a cursor in the type of its column.

	Raises ValueError for anything else.
	"""
	if field == "expected_revenue":
		return float(value)
	return value if field == "name" else datetime.fromisoformat(value)


def pages(cursors: dict[str, Cursor | None], scope: Scope, order: str) -> dict[str, Page]:
	ordered = phases(order)
	placed = places.places_of_user(list(cursors), scope) if order == HAND else {}
	selects = [
		select
		for number, (status, cursor) in enumerate(cursors.items())
		for select in selects_of_page(number, status, cursor, scope, ordered, placed.get(status, {}))
	]
	found: dict[int, list[frappe._dict]] = {number: [] for number in range(len(cursors))}
	for row in scope.ask(" union all ".join(f"({select})" for select in selects)) if selects else ():
		found[row.column_number].append(row)
	return {
		status: page_of(found[number], cursor or Cursor(order), placed.get(status, {}))
		for number, (status, cursor) in enumerate(cursors.items())
	}


def selects_of_page(
	number: int,
	status: str,
	cursor: Cursor | None,
	scope: Scope,
	ordered: list[Phase],
	placed: dict[str, Rank],
) -> Iterator[str]:
	"""Return as SQL one page and one more card of each phase that is not behind us."""
	lead = frappe.qb.DocType(LEAD)
	for index, phase in enumerate(ordered):
		if cursor and index < cursor.phase:
			continue
		conditions = [lead.status == literal(status)]
		if phase.holds:
			conditions.append(phase.holds)
		if cursor and index == cursor.phase and cursor.name:
			conditions.append(phase.behind(cursor.value, cursor.name))
		if placed:
			conditions.append(lead.name.notin(list(map(literal, placed))))
		yield (
			frappe.qb.from_(lead)
			.select(
				LiteralValue(str(number), alias="column_number"),
				LiteralValue(str(index), alias="phase"),
				lead.name,
				LiteralValue("null", alias="value")
				if phase.field == "name"
				else lead[phase.field].as_("value"),
			)
			.where(all_of(scope, *conditions))
			.orderby(lead[phase.field], order=phase.direction)
			.orderby(lead.name, order=phase.direction)
			.limit(PAGE_SIZE + 1)
			.get_sql()
		)


def page_of(rows: list[frappe._dict], last: Cursor, placed: dict[str, Rank]) -> Page:
	"""Return the next cards of a column.

	They are merged from the cards in their own order and those that the user has placed by hand.
	"""
	# Within a phase the database has ordered them.
	own = sorted(rows, key=lambda row: row.phase)
	by_hand = sorted(placed.items(), key=lambda entry: entry[1], reverse=True)
	by_hand = [entry for entry in by_hand if not last.placed or entry[1] < last.placed]
	names: list[str] = []
	while (own or by_hand) and len(names) < PAGE_SIZE:
		if by_hand and (not own or by_hand[0][1] > rank_of(own[0].value, own[0].name)):
			name, rank = by_hand.pop(0)
			last = replace(last, placed=rank)
		else:
			row = own.pop(0)
			name = row.name
			value = "" if row.value is None else str(row.value)
			last = replace(last, phase=int(row.phase), value=value, name=name)
		names.append(name)
	return Page(names, last.text() if own or by_hand else None)


def rank_of(moment: datetime | str | None, name: str) -> Rank:
	"""Return where a card stands that nobody has placed."""
	return Rank(get_datetime(moment) if moment else BEGINNING, name)

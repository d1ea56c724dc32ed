"""Filters of a board, applied to the leads that the user may see.

The user's filters become SQL conditions.
"""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field

import frappe
from frappe import _
from frappe.model import optional_fields
from frappe.utils import escape_html, nowdate, strip_html
from pypika.terms import Criterion, LiteralValue

from lead_pipeline.constants import LEAD, LEAD_TYPE, NEXT_STEPS
from lead_pipeline.domain.values import is_text, of_json
from lead_pipeline.exceptions import InvalidBoardError
from lead_pipeline.framework.locks import somebody_was_first
from lead_pipeline.framework.query_text import select_as_text
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.search.finding import found_by
from lead_pipeline.visibility import field_levels
from lead_pipeline.visibility.condition_text import fragment, literal
from lead_pipeline.visibility.readable_records import list_conditions

TAG_ITEM = "Pipeline Lead Tag Item"

ME, NOBODY = "me", "nobody"

# Filters that compare a field with one text.
PLAIN = ("lead_type", "priority", "channel", "campaign")
KEYS = {*PLAIN, "lead_owner", "tags", "next_step", "stuck", "text", "list"}

MAX_TEXT_LENGTH = 140
MAX_FILTERS = 50


@dataclass(frozen=True)
class Scope:
	"""The leads of a board, in any status, as SQL conditions.

	`conditions` are on the table of leads, with their values included.
	"""

	lead_type: str | None = None
	conditions: tuple[str, ...] = ()
	from_list: bool = field(default=False, compare=False)

	def ask(self, statement: str) -> list[frappe._dict]:
		"""Run a select with these conditions.

		Errors caused by a filter of the list are shown to the user.
		"""
		with evaluation() if self.from_list else nullcontext():
			return frappe.db.sql(statement, as_dict=True)


@contextmanager
def evaluation() -> Iterator[None]:
	"""Show the user errors caused by a filter of the list.

	Such as an unknown operator or an invalid date.
	"""
	try:
		yield
	except Exception as error:
		if isinstance(error, frappe.PermissionError) or somebody_was_first(error):
			raise
		if error.args and frappe.db.is_timedout(error):
			raise
		if isinstance(error, frappe.ValidationError):
			frappe.clear_last_message()
		throw_invalid_board(
			_("The filters of the list cannot be evaluated: {0}. Remove the filter that is named."),
			strip_html(str(error)).rstrip("."),
		)


def read_scope(filters: str | dict | None) -> Scope:
	"""Return the scope for `filters`, an object or its JSON.

	Raises InvalidBoardError for invalid filters.
	"""
	given = parse_filters(filters)
	if unknown := sorted(set(given) - KEYS):
		throw_invalid_board(_("The board has no filter {0}. Remove it, or choose another one."), unknown[0])
	lead_type = filter_text(given, "lead_type") if given.get("lead_type") else None
	if lead_type and lead_type not in lead_statuses.lead_types():
		throw_invalid_board(
			_("There is no {0} called {1} any more. Choose another one, or all."), _(LEAD_TYPE), lead_type
		)
	refuse_hidden_fields([name for name in PLAIN if given.get(name)])
	conditions = visible_to_user() + [fragment(criterion) for criterion in criteria_of(given)]
	if from_list := list_filters(given.get("list")):
		conditions.append(matching_sql(from_list))
	return Scope(lead_type, tuple(conditions), bool(from_list))


def refuse_hidden_fields(names: list[str]) -> None:
	"""Refuse a question about fields that the user may not read.

	Its answer would tell what stands there.
	"""
	for name in {*names}.intersection(field_levels.unreadable_fields(LEAD)):
		label = _(frappe.get_meta(LEAD).get_label(name))
		throw_invalid_board(_("You may not read the field {0}. Remove the filter."), label)


def criteria_of(given: dict) -> Iterator[Criterion]:
	"""The filters of the board itself, but for those of the list."""
	lead = frappe.qb.DocType(LEAD)
	for name in PLAIN:
		if given.get(name):
			yield lead[name] == literal(filter_text(given, name))
	if given.get("lead_owner"):
		yield of_owner(lead, filter_text(given, "lead_owner"))
	if tags := texts_of(given, "tags"):
		yield with_tags(lead, tags)
	if steps := texts_of(given, "next_step"):
		yield lead.next_step.isin(list(map(literal, states(steps))))
	if given.get("stuck"):
		yield lead.stuck_on <= literal(nowdate())
	if given.get("text") and (text := filter_text(given, "text").strip()):
		# As the box above the list finds leads.
		yield found_by(text)


def visible_to_user() -> list[str]:
	"""Return the conditions for the leads that a list shows to the user.

	They are the framework's own: rights, shares and the setting together.
	"""
	conditions = list_conditions(LEAD, frappe.session.user)
	return [f"({conditions})"] if conditions else []


def parse_filters(filters: str | dict | None) -> dict:
	given = of_json(filters) if isinstance(filters, str) and filters else filters or {}
	if not isinstance(given, dict):
		throw_invalid_board(
			_("The filters of the board are no object. Open the board again without filters.")
		)
	return given


def filter_text(given: dict, name: str) -> str:
	value = given[name]
	if not is_characters(value) or len(value) > MAX_TEXT_LENGTH:
		throw_invalid_board(
			_("The filter {0} takes one text of at most 140 characters. Choose another value."), name
		)
	return value


def texts_of(given: dict, name: str) -> list[str]:
	values = given.get(name) or []
	values = [values] if isinstance(values, str) else values
	if not isinstance(values, list) or len(values) > MAX_FILTERS:
		throw_invalid_board(_("The filter {0} takes a list of texts. Choose other values."), name)
	return [filter_text({name: value}, name) for value in values]


def of_owner(lead, owner: str) -> Criterion:
	if owner == NOBODY:
		return lead.lead_owner.isnull() | (lead.lead_owner == "")
	return lead.lead_owner == literal(frappe.session.user if owner == ME else owner)


def with_tags(lead, tags: list[str]) -> Criterion:
	item = frappe.qb.DocType(TAG_ITEM)
	of_lead = (item.parenttype == LEAD) & (item.parentfield == "tags")
	tagged = (
		frappe.qb.from_(item).select(item.parent).where(of_lead & item.tag.isin(list(map(literal, tags))))
	)
	return lead.name.isin(tagged)


def states(steps: list[str]) -> list[str]:
	if unknown := [step for step in steps if step not in NEXT_STEPS]:
		throw_invalid_board(
			_("A next step is None, Overdue, Today or Planned, not {0}. Choose one of them."), unknown[0]
		)
	return steps


def list_filters(given: object) -> list[list]:
	"""Return the filters of the list of leads, as the list passes them.

	They may be on fields of leads and of their rows that the user may read.
	"""
	if not given:
		return []
	if not isinstance(given, list) or len(given) > MAX_FILTERS:
		throw_invalid_board(
			_("The filters of the list are no list of filters. Open the board from the list again.")
		)
	return [checked_condition(condition) for condition in given]


def checked_condition(condition: object) -> list:
	if isinstance(condition, list) and len(condition) == 3:
		condition = [LEAD, *condition]
	if not isinstance(condition, list) or len(condition) < 4 or not all(map(is_characters, condition[:3])):
		throw_invalid_board(
			_("A filter of the list has a field, an operator and a value. Remove the others.")
		)
	doctype, fieldname, operator, value = condition[:4]
	meta = frappe.get_meta(LEAD)
	if doctype not in [LEAD, *(table.options for table in meta.get_table_fields())]:
		throw_invalid_board(_("The board cannot filter by fields of {0}. Remove the filter."), _(doctype))
	meta = frappe.get_meta(doctype)
	if fieldname not in (*meta.get_valid_columns(), *optional_fields):
		throw_invalid_board(
			_("There is no field {0}. Remove the filter, or choose another field."), fieldname
		)
	docfield = meta.get_field(fieldname)
	if docfield and docfield.permlevel not in frappe.get_meta(LEAD).get_permlevel_access("read", LEAD):
		throw_invalid_board(
			_("You may not read the field {0}. Remove the filter."), _(docfield.label or fieldname)
		)
	return [doctype, fieldname, operator, value]


def is_characters(part: object) -> bool:
	return isinstance(part, str) and is_text(part)


def matching_sql(filters: list[list]) -> str:
	"""Return SQL for the leads that the list shows with these filters.

	The filters thus mean the same on the list and on the board.
	"""
	with evaluation():
		options = {"fields": ["name"], "order_by": None, "limit": 0}
		names = select_as_text(LEAD, filters, frappe.get_list, **options)
	return f"`tab{LEAD}`.`name` in ({names})"


def all_of(scope: Scope, *further: Criterion | str) -> Criterion:
	"""Return the conditions of `scope` and further ones, for a query run as text."""
	texts = [
		*(fragment(each) if isinstance(each, Criterion) else each for each in further),
		*scope.conditions,
	]
	return LiteralValue(" and ".join(f"({text})" for text in texts))


def throw_invalid_board(message: str, *values: str) -> None:
	bold = [frappe.bold(escape_html(value)) for value in values]
	frappe.throw(message.format(*bold), InvalidBoardError, title=_("Lead Board"))

"""Columns of the Lead Board with their cards, page by page.

See `README.md` in this folder.
"""

import frappe
from frappe import _
from frappe.utils import escape_html, fmt_money, nowdate

from lead_pipeline.board import cards as shown
from lead_pipeline.board import orders
from lead_pipeline.board.filters import Scope, all_of, read_scope, throw_invalid_board
from lead_pipeline.constants import LEAD, LOST, OPEN_CATEGORIES
from lead_pipeline.domain.decision import Status
from lead_pipeline.domain.values import of_json
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.status import workflow
from lead_pipeline.visibility.condition_text import literal
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads

# A column counts no further: "1,000+".
MAX_COUNTED = 1000

# Cards that may be asked for by name at once.
MAX_CARDS = 100


@frappe.whitelist(methods=["GET"])
def columns(filters: str | dict | None = None, order: str = orders.HAND) -> dict:
	"""Return the columns of the board, each with its lead count and first cards.

	Raises PermissionError when the user may not read leads, InvalidBoardError for invalid filters or an unknown
	order.
	"""
	refuse_who_reads_no_leads()
	orders.refuse_unknown(order)
	scope = read_scope(filters)
	choosable = lead_statuses.choosable_statuses(scope.lead_type)
	numbers = count_by_status(open_statuses(scope.lead_type), scope)
	# A disabled status is no column any more, but while leads have it they must not be out of sight.
	names = [name for name in numbers if numbers[name] or name in choosable]
	pages = orders.first_pages([name for name in names if numbers[name]], scope, order)
	known = shown.cards_of_leads([name for page in pages.values() for name in page.names])
	return {
		"columns": [
			column_head(name)
			| count_as_shown(numbers[name])
			| {"cards": [], "cursor": None, "disabled": name not in choosable}
			| (page_as_shown(pages[name], known) if name in pages else {})
			for name in names
		],
		"closed": closed_statuses(scope.lead_type),
		"lost_reasons": lost_reasons(),
		"people": shown.people_of_cards(known.values()),
		"currency": shown.currency_of_site(),
		"order": order,
		"today": nowdate(),
		"can_create": bool(frappe.has_permission(LEAD, "create")),
		"can_write": bool(frappe.has_permission(LEAD, "write")),
		"workflow": bool(workflow.on_status()),
		"message": None if names else without_columns(scope.lead_type),
	}


@frappe.whitelist(methods=["GET"])
def page(status: str, cursor: str, filters: str | dict | None = None, order: str = orders.HAND) -> dict:
	"""Return the next cards of a column, those after `cursor`.

	The cursor came with the previous cards.
	"""
	refuse_who_reads_no_leads()
	orders.refuse_unknown(order)
	if status not in lead_statuses.statuses():
		throw_invalid_board(_("There is no status {0} any more. Open the board again."), status)
	found = orders.further_page(status, cursor, read_scope(filters), order)
	known = shown.cards_of_leads(found.names)
	return page_as_shown(found, known) | {"people": shown.people_of_cards(known.values())}


@frappe.whitelist(methods=["GET"])
def cards(leads: str | list, filters: str | dict | None = None) -> dict:
	"""Return the current cards of some leads.

	Also returns the names of those that are not on this board any more.
	"""
	refuse_who_reads_no_leads()
	names = leads
	if isinstance(leads, str):
		names = of_json(leads) if leads.startswith("[") else [leads]
	if (
		not isinstance(names, list)
		or len(names) > MAX_CARDS
		or not all(isinstance(name, str) for name in names)
	):
		throw_invalid_board(
			_("At most {0} cards can be asked for at once, as a list of names."), str(MAX_CARDS)
		)
	known = shown.cards_of_leads(on_board(names, read_scope(filters)))
	left = [name for name in names if name not in known]
	return {"cards": known, "left": left, "people": shown.people_of_cards(known.values())}


def on_board(names: list[str], scope: Scope) -> list[str]:
	if not names:
		return []
	lead = frappe.qb.DocType(LEAD)
	query = (
		frappe.qb.from_(lead)
		.select(lead.name)
		.where(all_of(scope, lead.name.isin(list(map(literal, names)))))
	)
	return [row.name for row in scope.ask(query.get_sql())]


def open_statuses(lead_type: str | None) -> list[str]:
	"""Return the open statuses that the type allows, ordered by position.

	Disabled statuses are included.
	"""
	return [
		name
		for name, status in lead_statuses.statuses().items()
		if status.category in OPEN_CATEGORIES and lead_statuses.is_allowed(name, lead_type)
	]


def count_by_status(names: list[str], scope: Scope) -> dict[str, int]:
	"""Return the number of leads in each status, in one query.

	The number is at most MAX_COUNTED + 1, which stands for more than MAX_COUNTED.
	"""
	if not names:
		return {}
	lead = frappe.qb.DocType(LEAD)
	selects = []
	for number, name in enumerate(names):
		one = frappe.qb.from_(lead).select(lead.name).where(all_of(scope, lead.status == literal(name)))
		some = one.limit(MAX_COUNTED + 1).get_sql()
		# The number is ours, the query was built by pypika.
		selects.append(f"select {number} as column_number, count(*) as leads from ({some}) found")  # nosec B608
	found = {int(row.column_number): row.leads for row in scope.ask(" union all ".join(selects))}
	return {name: found[number] for number, name in enumerate(names)}


def count_as_shown(number: int) -> dict:
	capped = number > MAX_COUNTED
	number = min(number, MAX_COUNTED)
	# With the separators that the user's number format has.
	label = fmt_money(number, precision=0) + ("+" if capped else "")
	return {"count": number, "capped": capped, "count_label": label}


def page_as_shown(found: orders.Page, known: dict[str, dict]) -> dict:
	return {"cards": [known[name] for name in found.names if name in known], "cursor": found.cursor}


def column_head(name: str) -> dict:
	status: Status = lead_statuses.statuses()[name]
	return {
		"name": name,
		"label": _(name),
		"category": status.category,
		"color": status.color,
		"position": status.position,
		"protected": bool(status.protected),
		"probability": status.probability,
		"stuck_after": status.stuck_after,
		"next_step_required": bool(status.next_step_required),
	}


def closed_statuses(lead_type: str | None) -> list[dict]:
	"""Return where a card can be dropped that leaves the board."""
	return [
		column_head(name) | {"asks": "lost_reason" if lead_statuses.category(name) == LOST else None}
		for name in lead_statuses.choosable_statuses(lead_type)
		if lead_statuses.is_closed_status(name)
	]


def lost_reasons() -> list[str]:
	"""Return the lost reasons to choose from.

	Ignores permissions: users who may move a lead may say why it is lost.
	"""
	return frappe.get_all(
		"Pipeline Lost Reason", filters={"disabled": 0}, pluck="name", order_by="creation asc"
	)


def without_columns(lead_type: str | None) -> str:
	if lead_type:
		return _("The type {0} allows no open status. Allow one in the type, or choose another type.").format(
			frappe.bold(escape_html(_(lead_type)))
		)
	return _(
		"There is no open status. Ask a Sales Manager to add a Pipeline Lead Status of the category New, Working or Qualified."
	)

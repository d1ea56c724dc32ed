"""How many leads stand in each column, and how much they are expected to bring."""

from collections.abc import Iterable

import frappe
from frappe import _
from frappe.query_builder.functions import Count, Sum
from frappe.utils import flt, fmt_money, nowdate

from lead_pipeline.board.cards import currency_of_site
from lead_pipeline.board.columns import open_statuses
from lead_pipeline.board.filters import Scope, all_of, read_scope
from lead_pipeline.constants import LEAD
from lead_pipeline.visibility.condition_text import literal
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads

# Where ERPNext keeps rates of exchange.
EXCHANGE = "Currency Exchange"


@frappe.whitelist(methods=["GET"])
def totals(filters: str | dict | None = None) -> dict:
	"""Return count, sum and weighted sum of the leads in each column and in all.

	Amounts are in the site's currency. Those in other currencies are converted by the site's exchange rates;
	amounts without a rate are in `not_converted`, and `message` says so. Users who may not read the amounts get
	only the counts.
	"""
	refuse_who_reads_no_leads()
	scope = read_scope(filters)
	names, own = open_statuses(scope.lead_type), currency_of_site()
	rows = sums(names, scope)
	rates = rates_to(own, {row.currency for row in rows if row.currency})
	columns = {name: sum_up([row for row in rows if row.status == name], own, rates) for name in names}
	everything = sum_up(rows, own, rates)
	return {
		"currency": own,
		"columns": columns,
		"all": everything,
		"message": note_on_currencies(everything["not_converted"], own),
	}


def sums(names: list[str], scope: Scope) -> list[frappe._dict]:
	"""Return number, amount and weighted amount by status and currency.

	In one query that is answered by an index.
	"""
	if not names:
		return []
	lead = frappe.qb.DocType(LEAD)
	columns, groups = [Count("*").as_("leads")], [lead.status]
	if may_read_amounts():
		columns += [
			lead.currency,
			Sum(lead.expected_revenue).as_("amount"),
			Sum(lead.expected_revenue * lead.probability).as_("weighted"),
		]
		groups.append(lead.currency)
	if not scope.conditions:
		# Then all leads are read in the order of an index, which begins with these two.
		groups.insert(1, lead.lead_owner)
	query = (
		frappe.qb.from_(lead)
		.select(lead.status, *columns)
		.where(all_of(scope, lead.status.isin(list(map(literal, names)))))
		.groupby(*groups)
	)
	return scope.ask(query.get_sql())


def may_read_amounts() -> bool:
	return "expected_revenue" in frappe.get_meta(LEAD).get_permitted_fieldnames()


def sum_up(rows: Iterable[frappe._dict], own: str | None, rates: dict[str, float]) -> dict:
	"""Return one sum of all rows, in the site's currency.

	`weighted` counts each amount by the probability of its lead, in percent.
	"""
	found = {"count": 0, "sum": 0.0, "weighted": 0.0}
	others: dict[str, dict] = {}
	for row in rows:
		found["count"] += row.leads
		currency = row.currency or own
		rate = 1.0 if currency == own else rates.get(currency)
		if rate:
			found["sum"] += flt(row.amount) * rate
			found["weighted"] += flt(row.weighted) / 100 * rate
		elif flt(row.amount):
			other = others.setdefault(currency, {"currency": currency, "count": 0, "sum": 0.0})
			other["count"] += row.leads
			other["sum"] += flt(row.amount)
	return found | {"not_converted": [others[currency] for currency in sorted(others)]}


def rates_to(own: str | None, currencies: set[str]) -> dict[str, float]:
	"""Return what one unit of each currency is worth in the site's own.

	Without permissions: the rate of a currency is no secret from anybody who may read the amounts.
	"""
	others = sorted(currencies - {own})
	if not others or not own or not frappe.db.exists("DocType", EXCHANGE):
		return {}
	found = {currency: latest_rate(currency, own) for currency in others}
	return {currency: rate for currency, rate in found.items() if rate}


def latest_rate(currency: str, own: str) -> float | None:
	"""Return the newest exchange rate that is not in the future.

	This is the rate that ERPNext would take, else the inverse of the opposite one.
	"""
	for source, target in ((currency, own), (own, currency)):
		rows = frappe.get_all(
			EXCHANGE,
			filters={"from_currency": source, "to_currency": target, "date": ("<=", nowdate())},
			pluck="exchange_rate",
			order_by="date desc, modified desc",
			limit=1,
		)
		if rows and (rate := flt(rows[0])) > 0:
			return rate if source == currency else 1 / rate
	return None


def note_on_currencies(not_converted: list[dict], own: str | None) -> str | None:
	if not not_converted:
		return None
	amounts = ", ".join(fmt_money(other["sum"], currency=other["currency"]) for other in not_converted)
	if not frappe.db.exists("DocType", EXCHANGE):
		return _("Not in the sums, as this site has no rates of exchange: {0}.").format(amounts)
	return _("Not in the sums, as there is no rate of exchange to {0}: {1}. Add a Currency Exchange.").format(
		own, amounts
	)

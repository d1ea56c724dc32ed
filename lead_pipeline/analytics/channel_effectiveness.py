"""*Channel Effectiveness*: the outcome of the leads of a period, by their origin.

The origin is the channel, the campaign or a UTM value.
"""

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count, Sum
from pypika import Order
from pypika.terms import Term

from lead_pipeline.analytics import asked as ask
from lead_pipeline.analytics import conditions, dimensions, scope, sql
from lead_pipeline.analytics.asked import Asked
from lead_pipeline.analytics.conditions import Condition
from lead_pipeline.analytics.money import Money
from lead_pipeline.analytics.tables import (
	ListFilters,
	Report,
	Table,
	bar_chart,
	column,
	count_column,
	days_column,
	figure,
	money_column,
	percent_column,
	share,
)
from lead_pipeline.constants import LEAD

SOURCES = ("channel", "campaign", "utm_source", "utm_medium", "utm_campaign", "lead_type")

# Free texts can be as many as leads; nobody reads more.
MAX_ROWS = 500


def read(filters: dict | str | None) -> Asked:
	return ask.read(filters, {"source": SOURCES}, ask.last_months())


def outcome_conditions() -> dict[str, Condition]:
	"""Return columns that count leads by what became of them until now."""
	return {
		"open": conditions.is_open(),
		"qualified": conditions.is_qualified(),
		"won": conditions.is_won(),
		"lost": conditions.is_lost(),
		"disqualified": conditions.is_disqualified(),
	}


def table(asked: Asked) -> Table:
	money, source = Money(), dimensions.find_dimension(asked.choices["source"])
	found = outcome_by_source(asked, source.term, money)
	asked.note(money.note(sum(int(row.left_out) for row in found)))
	if len(found) > MAX_ROWS:
		asked.note(_("Only the {0} with the most leads are shown.").format(MAX_ROWS))
	labels = source.labels([row.source for row in found])
	rows = [row_of(row, labels, money) for row in found[:MAX_ROWS]]
	rows.sort(key=lambda row: (-row["leads"], row["label"]))
	leads, won_leads = (sum(row[name] for row in rows) for name in ("leads", "won"))
	return Table(
		columns=columns(),
		rows=rows,
		chart=bar_chart(
			[row["label"] for row in rows[:20]],
			{
				_("Leads"): [row["leads"] for row in rows],
				_("Qualified"): [row["qualified"] for row in rows],
				_("Won"): [row["won"] for row in rows],
			},
		),
		summary=[
			figure(_("Leads"), leads),
			figure(_("Won"), won_leads),
			figure(_("Conversion"), share(won_leads, leads), "Percent"),
			figure(
				_("Revenue Won"),
				sum(row["won_revenue"] for row in rows),
				"Currency",
				currency=money.currency,
			),
		],
	)


def outcome_by_source(asked: Asked, source: Term, money: Money) -> list[dict]:
	"""Return the numbers of each source, those with the most leads first.

	One more than MAX_ROWS of them. Counted by category first: the conditions of all columns are then asked of few groups, not of each lead.
	"""
	lead = DocType(LEAD)
	groups = (
		asked.narrow(asked.between(scope.from_leads(), lead.creation))
		.select(
			source.as_("source"),
			lead.status_category.as_("category"),
			Count("*").as_("leads"),
			money.total().as_("revenue"),
			Sum(sql.seconds_between(lead.creation, lead.status_changed_on)).as_("seconds"),
			money.count_left_out().as_("left_out"),
		)
		.groupby(source, lead.status_category)
		.as_("outcome")
	)
	name, category, leads, revenue, seconds, left_out = (
		sql.column_of(groups, column)
		for column in ("source", "category", "leads", "revenue", "seconds", "left_out")
	)
	is_won, number = category.isin(conditions.categories_of(conditions.is_won())), Sum(leads)
	return (
		frappe.qb.from_(groups)
		.select(
			name.as_("source"),
			number.as_("leads"),
			*(
				sql.sum_where(category.isin(conditions.categories_of(condition)), leads).as_(column)
				for column, condition in outcome_conditions().items()
			),
			Sum(revenue).as_("revenue"),
			sql.sum_where(is_won, revenue).as_("won_revenue"),
			sql.sum_where(is_won, seconds).as_("seconds"),
			Sum(left_out).as_("left_out"),
		)
		.groupby(name)
		.orderby(number, order=Order.desc)
		.limit(MAX_ROWS + 1)
		.run(as_dict=True)
	)


def row_of(row: dict, labels: dict, money: Money) -> dict:
	counts = {name: int(row[name]) for name in ("leads", *outcome_conditions())}
	return {
		"key": {"source": row["source"]},
		"label": labels.get(row["source"], _("Not Set")),
		**counts,
		"qualified_share": share(counts["qualified"], counts["leads"]),
		"conversion": share(counts["won"], counts["leads"]),
		"revenue": float(row["revenue"]),
		"won_revenue": float(row["won_revenue"]),
		"days_to_win": float(row["seconds"]) / sql.DAY_SECONDS / counts["won"] if counts["won"] else None,
		"currency": money.currency,
	}


def columns() -> list[dict]:
	return [
		column("label", _("Source"), width=180),
		count_column("leads", _("Leads")),
		count_column("open", _("Still Open")),
		count_column("qualified", _("Qualified or Won"), 140),
		percent_column("qualified_share", _("Qualified %")),
		count_column("won", _("Won")),
		percent_column("conversion", _("Conversion")),
		count_column("lost", _("Lost")),
		count_column("disqualified", _("Disqualified")),
		money_column("revenue", _("Expected Revenue")),
		money_column("won_revenue", _("Revenue Won")),
		days_column("days_to_win", _("Days to Win")),
	]


def leads_behind(asked: Asked, key: dict, column: str) -> ListFilters:
	source = dimensions.find_dimension(asked.choices["source"])
	found = [*source.filters(key["source"], asked), *asked.days_as_list_filters("creation")]
	return found if column == "leads" else [*found, *outcome_conditions()[column].filters]


REPORT = Report(read, table, leads_behind)

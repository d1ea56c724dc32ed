"""*Lost Reasons*: why leads were lost in a period, and their lost value."""

from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count

from lead_pipeline.analytics import asked as ask
from lead_pipeline.analytics import conditions, dimensions, scope, sql
from lead_pipeline.analytics.asked import Asked
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

REASON, MONTH = "lost_reason", "status_changed_on Month"

# What can stand beside the reason, each with a row of its own.
FURTHER = ("", "lead_owner", "channel", "lead_type", "priority", "campaign", MONTH)
MAX_ROWS = 2000


def read(filters: dict | str | None) -> Asked:
	return ask.read(filters, {"further": FURTHER}, ask.last_months())


def table(asked: Asked) -> Table:
	lead, money = DocType(LEAD), Money()
	chosen = chosen_dimensions(asked)
	terms = [dimension.term for dimension in chosen]
	found = (
		asked.narrow(asked.between(scope.from_leads(), lead.status_changed_on))
		.where(conditions.is_lost().criterion)
		.select(
			*terms,
			Count("*"),
			money.total(),
			sql.sum_where(lead.name.isnotnull(), sql.seconds_between(lead.creation, lead.status_changed_on)),
			money.count_left_out(),
		)
		.groupby(*terms)
		.limit(MAX_ROWS + 1)
		.run()
	)
	if len(found) > MAX_ROWS:
		ask.throw_invalid_filter(_("These are too many rows. Choose fewer days or another grouping."))
	asked.note(money.note(sum(int(row[-1]) for row in found)))
	labels = [dimension.labels([row[place] for row in found]) for place, dimension in enumerate(chosen)]
	leads = sum(row[len(chosen)] for row in found)
	rows = [row_of(row, labels, leads, money) for row in found]
	rows.sort(key=lambda row: (-row["leads"], row["label"], str(row.get("further"))))
	return Table(
		columns=columns(asked),
		rows=rows,
		chart=chart(rows),
		summary=[
			figure(_("Lost"), leads),
			figure(
				_("Revenue Lost"), sum(row["revenue"] for row in rows), "Currency", currency=money.currency
			),
			figure(
				_("Without a Reason"),
				sum(row["leads"] for row in rows if row["key"]["values"][0] is None),
			),
		],
	)


def chosen_dimensions(asked: Asked) -> list[dimensions.Dimension]:
	return [dimensions.find_dimension(name) for name in (REASON, asked.choices["further"]) if name]


def row_of(row: tuple, labels: list[dict], leads: int, money: Money) -> dict:
	values, (count, amount, seconds, _left_out) = row[: len(labels)], row[len(labels) :]
	named = [found.get(value, _("Not Set")) for value, found in zip(values, labels, strict=True)]
	return {
		"key": {"values": list(values)},
		"label": named[0],
		"further": named[1] if len(named) > 1 else None,
		"leads": count,
		"share": share(count, leads),
		"revenue": float(amount),
		"days": float(seconds) / sql.DAY_SECONDS / count,
		"currency": money.currency,
	}


def columns(asked: Asked) -> list[dict]:
	further = {
		"lead_owner": _("Sales Person"),
		"channel": _("Channel"),
		"lead_type": _("Lead Type"),
		"priority": _("Priority"),
		"campaign": _("Campaign"),
		MONTH: _("Lost In"),
	}.get(asked.choices["further"])
	return [
		column("label", _("Lost Reason"), width=240),
		*([column("further", further, width=180)] if further else []),
		count_column("leads", _("Leads")),
		# The framework's own "Share" is a button.
		percent_column("share", _("Share", context="Part of all lost leads")),
		money_column("revenue", _("Expected Revenue")),
		days_column("days", _("Average Days Until Lost"), 180),
	]


def chart(rows: list[dict]) -> dict | None:
	"""Draw the leads by reason alone, whatever stands beside it."""
	leads: dict[str, int] = {}
	for row in rows:
		leads[row["label"]] = leads.get(row["label"], 0) + row["leads"]
	found = sorted(leads.items(), key=lambda item: (-item[1], item[0]))[:15]
	return bar_chart([label for label, _count in found], {_("Leads"): [count for _label, count in found]})


def leads_behind(asked: Asked, key: dict, column: str) -> ListFilters:
	found = [*conditions.is_lost().filters]
	for dimension, value in zip(chosen_dimensions(asked), key["values"], strict=True):
		found += dimension.filters(value, asked)
	# A month of the closing says which days already, but not those before the first or after the last one asked for.
	return [*found, *asked.days_as_list_filters("status_changed_on")]


REPORT = Report(read, table, leads_behind)

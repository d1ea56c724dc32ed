"""*Leads by Date*: number and value of the leads that came in during each period.

The period is a day, week, month, quarter or year.
"""

from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count

from lead_pipeline.analytics import asked as ask
from lead_pipeline.analytics import scope, sql
from lead_pipeline.analytics.asked import Asked
from lead_pipeline.analytics.money import Money
from lead_pipeline.analytics.tables import (
	ListFilters,
	Report,
	Table,
	bar_chart,
	column,
	count_column,
	figure,
	money_column,
	period_label,
	within,
)
from lead_pipeline.constants import LEAD
from lead_pipeline.domain import periods

INTERVALS = (periods.MONTH, periods.DAY, periods.WEEK, periods.QUARTER, periods.YEAR)

# A period in which nothing came is a row, too, unless there would be more rows than anybody reads.
MAX_EMPTY_ROWS = 400


def read(filters: dict | str | None) -> Asked:
	return ask.read(filters, {"interval": INTERVALS}, ask.last_months())


def table(asked: Asked) -> Table:
	lead, money, interval = DocType(LEAD), Money(), asked.choices["interval"]
	period = sql.period(interval, lead.creation)
	query = asked.narrow(asked.between(scope.from_leads(), lead.creation))
	found = (
		query.select(period, Count("*"), money.total(), money.count_left_out())
		.groupby(period)
		.orderby(period)
		.run()
	)
	asked.note(money.note(sum(int(left_out) for *_rest, left_out in found)))
	values = {int(number): (count, float(amount)) for number, count, amount, _left_out in found}
	rows = [
		{
			"key": {"period": number},
			"period": period_label(interval, number),
			"leads": values.get(number, (0, 0))[0],
			"amount": values.get(number, (0, 0))[1],
			"currency": money.currency,
		}
		for number in all_numbers(values, interval, asked)
	]
	return Table(
		columns=[
			column("period", _("Created On"), width=200),
			count_column("leads", _("Leads")),
			money_column("amount", _("Total Amount")),
		],
		rows=rows,
		chart=bar_chart([row["period"] for row in rows], {_("Leads"): [row["leads"] for row in rows]}),
		summary=[
			figure(_("Leads"), sum(row["leads"] for row in rows)),
			figure(
				_("Total Amount"), sum(row["amount"] for row in rows), "Currency", currency=money.currency
			),
		],
	)


def all_numbers(found: dict[int, tuple], interval: str, asked: Asked) -> list[int]:
	if not found:
		return []
	first, last = (
		periods.period_number(interval, day, sql.first_weekday()) for day in (asked.start, asked.end)
	)
	return list(range(first, last + 1)) if last - first < MAX_EMPTY_ROWS else sorted(found)


def leads_behind(asked: Asked, key: dict, column: str) -> ListFilters:
	return within("creation", asked.choices["interval"], int(key["period"]), asked)


REPORT = Report(read, table, leads_behind)

"""*First Response*: how long leads wait for our first mail, call or meeting.

Grouped by sales person, channel, type or priority of the lead, or by the time when it came in.
"""

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count
from pypika.queries import QueryBuilder
from pypika.terms import LiteralValue

from lead_pipeline.analytics import asked as ask
from lead_pipeline.analytics import dimensions, listing, scope, sql
from lead_pipeline.analytics.asked import Asked
from lead_pipeline.analytics.tables import (
	ListFilters,
	Report,
	Table,
	bar_chart,
	column,
	count_column,
	figure,
	percent_column,
	share,
)
from lead_pipeline.constants import LEAD
from lead_pipeline.framework.list_conditions import is_time_set

HOUR = 60 * 60

# What a team promises: so many hours until the first response.
PROMISES = (1, 4, 24)
GROUPS = (
	"lead_owner",
	"channel",
	"lead_type",
	"priority",
	"creation Month",
	"creation Week",
	"creation Weekday",
	"creation Hour of the Day",
)


def read(filters: dict | str | None) -> Asked:
	return ask.read(filters, {"group": GROUPS}, ask.last_months(3))


def table(asked: Asked) -> Table:
	lead = DocType(LEAD)
	group = dimensions.find_dimension(asked.choices["group"])
	waited = sql.seconds_between(lead.creation, lead.first_response_on)
	found = (
		cohort(asked)
		.select(
			group.term.as_("group_of"),
			Count("*").as_("leads"),
			Count(lead.first_response_on).as_("answered"),
			*(sql.count_where(waited <= hours * HOUR).as_(f"within_{hours}") for hours in PROMISES),
		)
		.groupby(group.term)
		.run(as_dict=True)
	)
	middles = sql.medians(cohort(asked), group.term, waited)
	labels = group.labels([row.group_of for row in found])
	by_value = {row.group_of: row for row in found}
	rows = [
		row_of(by_value[value], labels, middles) for value in dimensions.sort_values(group, list(by_value))
	]
	leads, answered = (sum(row[name] for row in rows) for name in ("leads", "answered"))
	everybody = sql.medians(cohort(asked), LiteralValue("1"), waited)
	return Table(
		columns=columns(),
		rows=rows,
		chart=bar_chart(
			[row["label"] for row in rows],
			{_("Median Hours"): [round(row["median_hours"] or 0, 2) for row in rows]},
		),
		summary=[
			figure(_("Leads"), leads),
			figure(_("Answered"), share(answered, leads), "Percent"),
			figure(_("Not Answered Yet"), leads - answered, indicator="Red" if leads - answered else "Green"),
			figure(_("Median Hours"), str(round(everybody.get(1, 0) / HOUR, 1)), "Data"),
		],
	)


def cohort(asked: Asked) -> QueryBuilder:
	return asked.narrow(asked.between(scope.from_leads(), DocType(LEAD).creation))


def row_of(row: frappe._dict, labels: dict, middles: dict) -> dict:
	value, answered = row.group_of, int(row.answered)
	middle = middles.get(value)
	return {
		"key": {"group": value if value is None or isinstance(value, str) else int(value)},
		"label": labels.get(value, _("Not Set")),
		"leads": int(row.leads),
		"answered": answered,
		"waiting": int(row.leads) - answered,
		"median_hours": middle / HOUR if middle is not None else None,
		**{f"within_{hours}": share(int(row[f"within_{hours}"]), int(row.leads)) for hours in PROMISES},
	}


def columns() -> list[dict]:
	return [
		column("label", _("Group"), width=200),
		count_column("leads", _("Leads")),
		count_column("answered", _("Answered")),
		count_column("waiting", _("Not Answered Yet"), 140),
		column("median_hours", _("Median Hours"), "Float", 130, precision=1),
		percent_column("within_1", _("Within an Hour"), 140),
		percent_column("within_4", _("Within 4 Hours"), 140),
		percent_column("within_24", _("Within a Day"), 140),
	]


def leads_behind(asked: Asked, key: dict, column: str) -> ListFilters:
	group = dimensions.find_dimension(asked.choices["group"])
	answered = {
		"leads": [],
		"answered": [is_time_set("first_response_on")],
		"waiting": [is_time_set("first_response_on", is_set=False)],
	}[column]
	filters = group.filters(key["group"], asked)
	if filters is None:
		lead = DocType(LEAD)
		query = cohort(asked).where(dimensions.has_value(group, key["group"]))
		if answered:
			is_answered = lead.first_response_on.isnotnull()
			query = query.where(is_answered if column == "answered" else lead.first_response_on.isnull())
		return listing.filters_by_name(query)
	days = [] if group.is_time else asked.days_as_list_filters("creation")
	return [*days, *filters, *answered]


REPORT = Report(read, table, leads_behind)

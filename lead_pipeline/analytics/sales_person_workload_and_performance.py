"""*Sales Person Workload and Performance*: open work, wins and losses per person.

The work is what lies with a person now; won and lost leads are those of a period.
"""

from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Count

from lead_pipeline.analytics import asked as ask
from lead_pipeline.analytics import conditions, scope, sql
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
	full_names,
	money_column,
	percent_column,
	share,
)
from lead_pipeline.constants import LEAD


def read(filters: dict | str | None) -> Asked:
	return ask.read(filters, days=ask.last_months(3))


def workload_conditions() -> dict[str, Condition]:
	"""Return columns that count what lies with somebody now."""
	return {
		"open": conditions.is_open(),
		"overdue": conditions.has_step(conditions.OVERDUE),
		"due_today": conditions.has_step(conditions.TODAY),
		"without_step": conditions.has_step(conditions.NO_STEP),
		"stuck": conditions.stuck_condition(),
	}


def closed() -> dict[str, Condition]:
	"""Return columns that count what was closed on the days asked for."""
	return {
		"won": conditions.is_won(),
		"lost": conditions.is_lost(),
		"disqualified": conditions.is_disqualified(),
	}


def table(asked: Asked) -> Table:
	money = Money()
	people: dict[str | None, dict] = {}
	left_out = 0
	for found in (workload_rows(asked, money), of_new(asked), of_closed(asked, money)):
		for row in found:
			left_out += int(row.pop("left_out", 0))
			values = people.setdefault(row.pop("person") or None, {})
			values |= {name: float(value) if value is not None else None for name, value in row.items()}
	asked.note(money.note(left_out))
	names = full_names(people)
	rows = [
		row_of(person, names.get(person) or _("Nobody"), values, money) for person, values in people.items()
	]
	rows.sort(key=lambda row: (row["key"]["person"] is None, row["label"].casefold(), row["key"]["person"]))
	total = {name: sum(row[name] for row in rows) for name in (*workload_conditions(), *closed(), "new")}
	return Table(
		columns=columns(),
		rows=rows,
		chart=bar_chart(
			[row["label"] for row in rows],
			{
				_("Open"): [row["open"] for row in rows],
				_("Won"): [row["won"] for row in rows],
				_("Lost"): [row["lost"] for row in rows],
			},
		),
		summary=[
			figure(_("Open Now"), total["open"]),
			figure(_("Overdue Now"), total["overdue"], indicator="Red" if total["overdue"] else "Green"),
			figure(_("New"), total["new"]),
			figure(_("Won"), total["won"]),
			figure(_("Win Rate"), share(total["won"], sum(total[name] for name in closed())), "Percent"),
		],
	)


def workload_rows(asked: Asked, money: Money) -> list[dict]:
	lead = DocType(LEAD)
	person = sql.NullIf(lead.lead_owner, "")
	counts = [
		sql.count_where(condition.criterion).as_(name) for name, condition in workload_conditions().items()
	]
	return (
		asked.narrow(scope.open_leads_query())
		.select(
			person.as_("person"),
			*counts,
			money.total().as_("revenue"),
			money.total_weighted().as_("weighted"),
			money.count_left_out().as_("left_out"),
		)
		.groupby(person)
		.run(as_dict=True)
	)


def of_new(asked: Asked) -> list[dict]:
	lead = DocType(LEAD)
	person = sql.NullIf(lead.lead_owner, "")
	query = asked.between(asked.narrow(scope.from_leads()), lead.creation)
	return query.select(person.as_("person"), Count("*").as_("new")).groupby(person).run(as_dict=True)


def of_closed(asked: Asked, money: Money) -> list[dict]:
	lead = DocType(LEAD)
	person = sql.NullIf(lead.lead_owner, "")
	won = conditions.is_won().criterion
	query = asked.between(asked.narrow(scope.from_leads()), lead.status_changed_on)
	counts = [sql.count_where(condition.criterion).as_(name) for name, condition in closed().items()]
	return (
		query.where(conditions.closed_condition().criterion)
		.select(
			person.as_("person"),
			*counts,
			sql.sum_where(won, money.revenue).as_("won_revenue"),
			(
				sql.sum_where(won, sql.seconds_between(lead.creation, lead.status_changed_on))
				/ sql.DAY_SECONDS
			).as_("days_won"),
			sql.count_where(won & money.is_left_out).as_("left_out"),
		)
		.groupby(person)
		.run(as_dict=True)
	)


def row_of(person: str | None, label: str, values: dict, money: Money) -> dict:
	counts = {name: int(values.get(name) or 0) for name in (*workload_conditions(), "new", *closed())}
	ended = sum(counts[name] for name in closed())
	return {
		"key": {"person": person},
		"label": label,
		**counts,
		"revenue": values.get("revenue") or 0.0,
		"weighted": values.get("weighted") or 0.0,
		"won_revenue": values.get("won_revenue") or 0.0,
		"win_rate": share(counts["won"], ended),
		"days_to_win": (values.get("days_won") or 0.0) / counts["won"] if counts["won"] else None,
		"currency": money.currency,
	}


def columns() -> list[dict]:
	return [
		column("label", _("Sales Person"), width=180),
		count_column("open", _("Open Now")),
		count_column("overdue", _("Overdue")),
		count_column("due_today", _("Due Today")),
		count_column("without_step", _("No Next Step"), 130),
		count_column("stuck", _("Stuck")),
		money_column("revenue", _("Expected Revenue")),
		money_column("weighted", _("Weighted Revenue")),
		count_column("new", _("New")),
		count_column("won", _("Won")),
		count_column("lost", _("Lost")),
		count_column("disqualified", _("Disqualified")),
		percent_column("win_rate", _("Win Rate")),
		money_column("won_revenue", _("Revenue Won")),
		days_column("days_to_win", _("Days to Win")),
	]


def leads_behind(asked: Asked, key: dict, column: str) -> ListFilters:
	person = key["person"]
	whose = [["lead_owner", "=", person] if person else ["lead_owner", "is", "not set"]]
	if column == "new":
		return [*whose, *asked.days_as_list_filters("creation")]
	if column in closed():
		return [*whose, *closed()[column].filters, *asked.days_as_list_filters("status_changed_on")]
	return [*whose, *workload_conditions()[column].filters]


REPORT = Report(read, table, leads_behind)

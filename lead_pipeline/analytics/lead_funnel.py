"""*Lead Funnel*: how far the leads of a period came, and where they dropped out.

It also shows how long each step took. The steps are the open statuses in their order, then Won. A lead has
reached a step when it was there or farther at any time, so that each step has at most as many leads as the one
before it. It has dropped out at the farthest step that it reached, when it is closed now and not won.
"""

from __future__ import annotations

from dataclasses import dataclass

import frappe
from frappe import _
from frappe.query_builder import DocType
from frappe.query_builder.functions import Coalesce, Count, Max, Sum
from pypika import Case, JoinType
from pypika.queries import QueryBuilder
from pypika.terms import Term, ValueWrapper

from lead_pipeline.analytics import asked as ask
from lead_pipeline.analytics import listing, scope, sql
from lead_pipeline.analytics.asked import Asked
from lead_pipeline.analytics.tables import (
	ListFilters,
	Report,
	Table,
	bar_chart,
	column,
	count_column,
	days_column,
	figure,
	percent_column,
	share,
)
from lead_pipeline.constants import DISQUALIFIED, LEAD, LOST, OPEN_CATEGORIES, STATUS_LOG, WON
from lead_pipeline.reference_data import lead_statuses

GONE = (LOST, DISQUALIFIED)


@dataclass(frozen=True)
class Step:
	"""A step of the funnel; `place` counts from 1.

	The last step is Won, which has the name of its category and no status of its own.
	"""

	place: int
	name: str
	statuses: tuple[str, ...]


def read(filters: dict | str | None) -> Asked:
	return ask.read(filters, days=ask.last_months(3))


def funnel_steps(asked: Asked) -> list[Step]:
	"""Return the open statuses that the chosen type allows, by position, and Won.

	A disabled one still has its history.
	"""
	lead_type = asked.values.get("lead_type")
	found = lead_statuses.statuses().values()
	opened = [
		status.name
		for status in found
		if status.category in OPEN_CATEGORIES and lead_statuses.is_allowed(status.name, lead_type)
	]
	won = tuple(status.name for status in found if status.category == WON)
	return [
		*(Step(place, name, (name,)) for place, name in enumerate(opened, start=1)),
		Step(len(opened) + 1, WON, won),
	]


def table(asked: Asked) -> Table:
	found = funnel_steps(asked)
	at = by_farthest_step(asked, found)
	days = median_days(asked, found)
	everybody = sum(row["leads"] for row in at.values())
	rows, before = [], everybody
	for step in found:
		reached = sum(at[place]["leads"] for place in at if place >= step.place)
		here = at.get(step.place, {"gone": 0, "still": 0})
		rows.append(
			{
				"key": {"step": step.place},
				"label": _(step.name),
				"reached": reached,
				"of_all": share(reached, everybody),
				"of_previous": share(reached, before),
				"still_here": 0 if step.name == WON else here["still"],
				"fell_out": 0 if step.name == WON else here["gone"],
				"days": days.get(step.name),
			}
		)
		before = reached
	won = rows[-1]["reached"]
	outside = at.get(0, {"leads": 0})["leads"]
	if outside:
		asked.note(
			_("{0} leads were in none of these statuses. They count as created, and as nothing else.").format(
				outside
			)
		)
	return Table(
		columns=columns(),
		rows=rows if everybody else [],
		chart=bar_chart([row["label"] for row in rows], {_("Reached"): [row["reached"] for row in rows]}),
		summary=[
			figure(_("Leads Created"), everybody),
			figure(_("Won"), won),
			figure(_("Conversion"), share(won, everybody), "Percent"),
			figure(_("Fell Out"), sum(row["gone"] for row in at.values())),
		],
	)


def columns() -> list[dict]:
	return [
		column("label", _("Step"), width=180),
		count_column("reached", _("Reached")),
		percent_column("of_all", _("Of All"), 120),
		percent_column("of_previous", _("Of the Step Before"), 160),
		count_column("still_here", _("Still Here")),
		count_column("fell_out", _("Fell Out Here"), 140),
		days_column("days", _("Median Days in This Step"), 200),
	]


def place_of(status: Term, found: list[Step]) -> Term:
	"""Return the place of a status among these steps, 0 for one that is none of them."""
	case = Case()
	with_statuses = [step for step in found if step.statuses]
	for step in with_statuses:
		case = case.when(status.isin([sql.text_term(name) for name in step.statuses]), step.place)
	return case.else_(0) if with_statuses else ValueWrapper(0)


def new_leads_reaching(asked: Asked) -> QueryBuilder:
	return asked.narrow(asked.between(scope.from_leads(), DocType(LEAD).creation))


def farthest(asked: Asked, found: list[Step]) -> QueryBuilder:
	"""Return a query with one row for each lead and the farthest step that it reached.

	Columns: `lead`, the `place` that it has reached, whether it is `gone` now or `still` open. Won is reached by
	leads that are won now, as in all other reports; a sale that was cancelled does not count.
	"""
	lead, log = DocType(LEAD), DocType(STATUS_LOG)
	before, now = Max(place_of(log.to_status, found[:-1])), place_of(lead.status, found)
	return (
		scope.with_changes(new_leads_reaching(asked), JoinType.left)
		.select(
			lead.name.as_("lead"),
			sql.Greatest(Coalesce(before, 0), now).as_("place"),
			Case().when(lead.status_category.isin(GONE), 1).else_(0).as_("gone"),
			Case().when(lead.status_category.isin(OPEN_CATEGORIES), 1).else_(0).as_("still"),
		)
		.groupby(lead.name, lead.status, lead.status_category)
	)


def by_farthest_step(asked: Asked, found: list[Step]) -> dict[int, dict]:
	leads = farthest(asked, found).as_("reached")
	rows = (
		frappe.qb.from_(leads)
		.select(
			sql.column_of(leads, "place"),
			Count("*").as_("leads"),
			Sum(sql.column_of(leads, "gone")).as_("gone"),
			Sum(sql.column_of(leads, "still")).as_("still"),
		)
		.groupby(sql.column_of(leads, "place"))
		.run(as_dict=True)
	)
	return {
		int(row.place): {name: int(row[name] or 0) for name in ("leads", "gone", "still")} for row in rows
	}


def median_days(asked: Asked, found: list[Step]) -> dict[str, float]:
	"""Return the median days that leads spent in each step that they have left.

	Concerns the leads of the cohort; all stays of a lead in a step count together.
	"""
	log = DocType(STATUS_LOG)
	names = [name for step in found[:-1] for name in step.statuses]
	if not names:
		return {}
	stays = (
		scope.with_changes(new_leads_reaching(asked))
		.where(log.from_status.isin(names))
		.select(log.from_status.as_("step"), Sum(log.seconds_in_previous).as_("seconds"))
		.groupby(log.from_status, log.lead)
		.as_("stays")
	)
	middle = sql.medians(
		frappe.qb.from_(stays), sql.column_of(stays, "step"), sql.column_of(stays, "seconds")
	)
	return {step: seconds / sql.DAY_SECONDS for step, seconds in middle.items()}


def leads_behind(asked: Asked, key: dict, column: str) -> ListFilters:
	found = funnel_steps(asked)
	place = int(key["step"])
	leads = farthest(asked, found).as_("reached")
	lead = DocType(LEAD)
	query = frappe.qb.from_(leads).join(lead).on(lead.name == sql.column_of(leads, "lead"))
	match column:
		case "reached":
			query = query.where(sql.column_of(leads, "place") >= place)
		case "still_here":
			query = query.where(
				(sql.column_of(leads, "place") == place) & (sql.column_of(leads, "still") == 1)
			)
		case "fell_out":
			query = query.where(
				(sql.column_of(leads, "place") == place) & (sql.column_of(leads, "gone") == 1)
			)
		case _:
			raise KeyError(column)
	return listing.filters_by_name(query)


REPORT = Report(read, table, leads_behind)

"""What a report is asked for: its filters, as the server believes them.

Filters come from the desk, from an address, from a saved report or from a program, so every value is checked here, and
what is wrong is said in a sentence that tells what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

import frappe
from frappe import _
from frappe.utils import escape_html, formatdate, get_first_day, nowdate
from pypika.queries import QueryBuilder
from pypika.terms import Term

from lead_pipeline.constants import LEAD
from lead_pipeline.exceptions import InvalidReportFilterError

# Filters that every report has, with the DocType of their values. Data fields take any text.
COMMON = {
	"lead_owner": "User",
	"lead_type": "Pipeline Lead Type",
	"channel": "Pipeline Channel",
	"priority": "Pipeline Lead Priority",
	"campaign": None,
}
EARLIEST, LATEST = date(1900, 1, 1), date(2100, 12, 31)


@dataclass
class Asked:
	"""The filters of one report.

	They are days, common filters by field, and choices of the report itself.
	"""

	start: date | None = None
	end: date | None = None
	values: dict[str, str] = field(default_factory=dict)
	choices: dict[str, str] = field(default_factory=dict)
	notes: list[str] = field(default_factory=list)

	def narrow(self, query: QueryBuilder) -> QueryBuilder:
		"""`query` on leads, of those that the common filters take."""
		lead = frappe.qb.DocType(LEAD)
		for fieldname, value in self.values.items():
			query = query.where(lead[fieldname] == value)
		return query

	def between(self, query: QueryBuilder, moment: Term) -> QueryBuilder:
		"""`query` of those whose `moment` lies on one of the days asked for."""
		if self.start:
			query = query.where(moment >= self.first_moment)
		if self.end:
			query = query.where(moment < self.moment_after)
		return query

	def on_days(self, query: QueryBuilder, day: Term) -> QueryBuilder:
		"""Return the condition that a date lies in the days asked for."""
		if self.start:
			query = query.where(day >= self.start)
		if self.end:
			query = query.where(day <= self.end)
		return query

	@property
	def first_moment(self) -> datetime:
		return datetime.combine(self.start, time())

	@property
	def moment_after(self) -> datetime:
		return datetime.combine(self.end + timedelta(days=1), time())

	def as_list_filters(self) -> list[list]:
		"""Return the common filters as those of a list."""
		return [[fieldname, "=", value] for fieldname, value in self.values.items()]

	def days_as_list_filters(self, fieldname: str) -> list[list]:
		"""Return the days asked for as filters of a list on a field with a moment."""
		found = []
		if self.start:
			found.append([fieldname, ">=", str(self.first_moment)])
		if self.end:
			found.append([fieldname, "<", str(self.moment_after)])
		return found

	@property
	def message(self) -> str | None:
		return "<br>".join(self.notes) or None

	def note(self, text: str | None) -> None:
		if text:
			self.notes.append(text)


def read(
	filters: dict | str | None,
	choices: dict[str, Iterable[str]] | None = None,
	days: tuple[str, str] | None = None,
) -> Asked:
	"""Return the filters as `Asked`.

	`choices`: further filters and what each may be, the first one is meant when nothing is said. `days`: the first and
	the last day that are meant when nothing is said; None for a report without days.

	Raises InvalidReportFilterError with what is wrong.
	"""
	filters = frappe.parse_json(filters) if isinstance(filters, str) else filters
	if filters is None or filters == []:
		filters = {}
	if not isinstance(filters, dict):
		throw_invalid_filter(_("The filters of a report are pairs of a field and a value."))
	asked = Asked()
	if days:
		read_days(asked, filters, days)
	for fieldname, doctype in COMMON.items():
		if value := filter_as_text(filters, fieldname):
			asked.values[fieldname] = value
			asked.note(said_of_missing(doctype, value))
	for name, allowed in (choices or {}).items():
		asked.choices[name] = as_choice(filters, name, list(allowed))
	return asked


def read_days(asked: Asked, filters: dict, days: tuple[str, str]) -> None:
	asked.start = as_day(filters, "from_date", days[0])
	asked.end = as_day(filters, "to_date", days[1])
	if asked.start > asked.end:
		throw_invalid_filter(
			_("The first day, {0}, comes after the last one, {1}. Exchange them.").format(
				formatdate(asked.start), formatdate(asked.end)
			)
		)


def said_of_missing(doctype: str | None, value: str) -> str | None:
	"""Return the message about a filter that names a missing record.

	None when the record exists.
	"""
	if not doctype or frappe.db.exists(doctype, value):
		return None
	return _("There is no {0} {1} any more: it was renamed or deleted. Choose another one.").format(
		_(doctype), frappe.bold(escape_html(value))
	)


def filter_as_text(filters: dict, name: str) -> str:
	value = filters.get(name)
	if value is None:
		return ""
	if not isinstance(value, str):
		throw_invalid_filter(_("The filter {0} takes one text.").format(frappe.bold(escape_html(name))))
	return value.strip()


def as_choice(filters: dict, name: str, allowed: list[str]) -> str:
	value = filter_as_text(filters, name)
	if not value:
		return allowed[0]
	if value not in allowed:
		throw_invalid_filter(
			_("{0} is nothing that this report can show. Choose one of: {1}.").format(
				frappe.bold(escape_html(value)), ", ".join(_(each) for each in allowed if each)
			)
		)
	return value


def as_day(filters: dict, name: str, default: str) -> date:
	value = filters.get(name) or default
	try:
		day = date.fromisoformat(str(value).split(" ")[0])
	except ValueError:
		day = None
	if not day or not EARLIEST <= day <= LATEST:
		throw_invalid_filter(
			_("{0} is no day between {1} and {2}. Choose one from the calendar.").format(
				frappe.bold(escape_html(str(value))), EARLIEST.isoformat(), LATEST.isoformat()
			)
		)
	return day


def last_months(count: int = 12) -> tuple[str, str]:
	"""Return the days from the first of the month, this many months ago, until today."""
	return str(get_first_day(nowdate(), d_months=-count)), nowdate()


def throw_invalid_filter(message: str) -> None:
	frappe.throw(message, InvalidReportFilterError, title=_("Filter of the Report"))

"""Leads in the search bar, and in the suggestions of link fields."""

import frappe
from frappe import _
from frappe.query_builder.functions import Match
from pypika.terms import LiteralValue, Term

from lead_pipeline.constants import LEAD


def describe_suggestions(suggestions: list[dict]) -> None:
	"""Describe each suggested lead by the fields that people know it by.

	The framework lists all fields that it searched in, including the keys for matching.
	"""
	# Without permissions: these leads have been found with them.
	names = [suggestion["value"] for suggestion in suggestions]
	rows = frappe.get_all(
		LEAD,
		filters={"name": ("in", names)},
		fields=["name", "company_name", "status", "email", "phone"],
		order_by=None,
	)
	known = {row.pop("name"): row | {"status": _(row.status)} for row in rows}
	for suggestion in suggestions:
		name = suggestion["value"]
		parts = [*known.get(name, {}).values(), name]
		suggestion["description"] = ", ".join(
			dict.fromkeys(part for part in parts if part and part != suggestion.get("label"))
		)


def forget_deleted_leads(words: list[str]) -> None:
	"""Remove deleted leads that one of `words` finds from the search index.

	The framework writes the index some minutes after a save, and a lead that was deleted in the meantime stays in it.
	On Frappe 16 a search that finds such a record ends in an error, whatever else it has found.
	"""
	index, lead = frappe.qb.Table("__global_search"), frappe.qb.DocType(LEAD)
	for word in words:
		gone = (
			frappe.qb.from_(index)
			.left_join(lead)
			.on(lead.name == index.name)
			.select(index.name)
			.where((index.doctype == LEAD) & lead.name.isnull() & Match(index.content).Against(word))
			.run(pluck=True)
		)
		if gone:
			frappe.db.delete("__global_search", {"doctype": LEAD, "name": ("in", gone)})


def with_description(found: list[frappe._dict], text: str) -> list[frappe._dict]:
	"""Put name, company and status of each lead in front of its search result.

	The search bar heads a result with the number of the record, and shows of its content only the parts that hold
	`text`, as HTML.
	"""
	leads = {row.name for row in found if row.doctype == LEAD}
	if not leads:
		return found
	# Without permissions: these leads have been found with them.
	rows = frappe.get_all(
		LEAD,
		filters={"name": ("in", list(leads))},
		fields=["name", "lead_name", "company_name", "status"],
		order_by=None,
	)
	known = {
		row.name: dict.fromkeys(filter(None, (row.lead_name, row.company_name, _(row.status))))
		for row in rows
	}
	for row in found:
		if row.doctype == LEAD and row.name in known:
			summary = ", ".join(known[row.name])
			if text.lower() not in summary.lower():
				summary = f"{summary} ({text})"
			heading = _("Lead") + " : " + frappe.utils.escape_html(summary)
			row.content = f"{heading} ||| {row.content or ''}"
	return found


def without_keys(found: list[frappe._dict]) -> list[frappe._dict]:
	"""Return the search results of leads without the keys for matching."""
	keys = [f"{field.label} : " for field in frappe.get_meta(LEAD).fields if field.report_hide]
	for row in found:
		if row.doctype == LEAD and row.content:
			parts = row.content.split(" ||| ")
			row.content = " ||| ".join(part for part in parts if not part.startswith(tuple(keys)))
	return found


def indexed_leads(word: str, leads: str, start: int, limit: int) -> list[frappe._dict]:
	"""Return one page of the leads with `word` in the search index, best match first."""
	index = frappe.qb.Table("__global_search")
	rank = Match(index.content).Against(word).as_("rank")
	rows = (
		frappe.qb.from_(index)
		.select(index.doctype, index.name, index.content, rank)
		.where((index.doctype == LEAD) & among(index.name, leads))
		.orderby("rank", order=frappe.qb.desc)
		.limit(limit)
		.offset(start)
		.run(as_dict=True)
	)
	return [row for row in rows if row["rank"] > 0]


def among(field: Term, leads: str) -> Term:
	"""Return the condition that `field` is one of `leads`.

	`leads` is a subquery as text. In a query with parameters, as here, a percent sign is doubled.
	"""
	return field.isin(LiteralValue(leads.replace("%", "%%")))

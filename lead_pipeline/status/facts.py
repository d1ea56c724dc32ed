"""Find which rules match the documents of one or many leads, in one query."""

import json
from collections.abc import Iterable

import frappe
from frappe import _
from frappe.utils.caching import site_cache

from lead_pipeline.constants import RULE
from lead_pipeline.domain import rule_filters
from lead_pipeline.domain.decision import Fact
from lead_pipeline.framework import transactions
from lead_pipeline.framework.failure_log import log_failure
from lead_pipeline.framework.query_text import text_literal
from lead_pipeline.status import linked_records
from lead_pipeline.status.rules import Rule, rules

# A rule, and the leads that it is asked for.
Question = tuple[Rule, list[str]]

# Name and creation of a document, and its lead.
Answer = tuple[str, str, str]

# The same as the database gives it: after the number of its question.
Row = tuple[int, str, str, str]

# Stands in a statement for the names of leads, as no lead is called.
ANY_LEADS = "'lead_pipeline:any-leads'"

# Seconds for which a process keeps the text of a statement.
STATEMENT_CACHE_SECONDS = 3600


def facts_of_lead(lead: str, lead_type: str | None) -> list[Fact]:
	"""Return the facts that speak for a status of this lead."""
	return facts_of_leads({lead: lead_type})[lead]


def facts_of_leads(
	lead_types: dict[str, str | None], among: list[Rule] | None = None
) -> dict[str, list[Fact]]:
	"""Return the facts of many leads, given as name → lead type.

	Every name is a key of the answer. `among`: the rules to ask; without it, those of the site.
	"""
	questions = [
		(rule, leads)
		for rule in (rules() if among is None else among)
		if (leads := [lead for lead, lead_type in lead_types.items() if rule.concerns(lead_type)])
	]
	return by_lead(lead_types, ask(questions))


def by_lead(leads: Iterable[str], found: list[tuple[Rule, list[Answer]]]) -> dict[str, list[Fact]]:
	facts: dict[str, list[Fact]] = {lead: [] for lead in leads}
	for rule, answers in found:
		# A document with several rows of the same lead is one document.
		for name, creation, lead in dict.fromkeys(answers):
			facts[lead].append(fact(rule, name, creation))
	return facts


def fact(rule: Rule, name: str, creation: str) -> Fact:
	return Fact(
		rule=rule.name,
		status=rule.status,
		position=rule.position,
		document_type=rule.document_type,
		document_name=name,
		created=creation,
	)


def ask(questions: list[Question]) -> list[tuple[Rule, list[Answer]]]:
	"""Return what each rule finds, with one query.

	A rule that cannot be evaluated is skipped, and said so in the Error Log.
	"""
	if not questions:
		return []
	found: list[list[Answer]] = []
	if not transactions.attempt_reading(lambda: found.extend(together(questions)), is_asked_again):
		# Whatever a filter can break: a missing field, an unknown operator, a value of the wrong kind.
		return one_by_one(questions)
	return list(zip((rule for rule, _leads in questions), found, strict=True))


def is_asked_again(error: Exception) -> None:
	"""Do nothing: `one_by_one` asks each question again."""


def together(questions: list[Question]) -> list[list[Answer]]:
	# The framework has no words for a union of its own queries.
	return sort_out(questions, frappe.db.sql(union_of(questions)))


def union_of(questions: list[Question]) -> str:
	"""Return as SQL all that is asked, for rows that `sort_out` understands.

	The framework has written each select, with its values escaped; it has no words for a union of them.
	"""
	return " union all ".join(
		f"select {number} as rule_number, {select.replace(ANY_LEADS, as_sql(leads))}"
		for number, (rule, leads) in enumerate(questions)
		for select in selects_of_rule(rule)
	)


def as_sql(leads: list[str]) -> str:
	return ", ".join(map(text_literal, leads))


def sort_out(questions: list[Question], rows: Iterable[Row]) -> list[list[Answer]]:
	answers: list[list[Answer]] = [[] for _question in questions]
	for number, name, creation, lead in rows:
		answers[int(number)].append((str(name), str(creation), lead))
	return answers


def selects_of_rule(rule: Rule) -> list[str]:
	"""Return as SQL the documents that match the rule, for any leads.

	ANY_LEADS stands in the place of the leads that are asked for. One select for the document's own link, and one
	for each link in its rows. Written once for each rule and process, as writing takes longer than the query;
	filters whose meaning depends on the day are written anew each time.
	"""
	arguments = rule.document_type, json.dumps(rule.links), json.dumps(rule.filters)
	write = write_selects if rule_filters.moves_on(rule.filters) else kept_selects
	return write(*arguments)


def write_selects(document_type: str, links: str, filters: str) -> list[str]:
	columns = columns_of_answer(document_type)
	return [
		f"{columns} from ({select_of(document_type, table, link, json.loads(filters))}) found"
		for table, link in json.loads(links)
	]


# The framework's cache takes plain values only, hence the JSON.
kept_selects = site_cache(ttl=STATEMENT_CACHE_SECONDS)(write_selects)


def select_of(document_type: str, table: str, link: str, filters: list) -> str:
	"""Return as SQL all matching documents, without permissions.

	A lead's status does not depend on what this user may see.
	"""
	return linked_records.select_linked(
		document_type,
		[*filters, [table, link, "in", [ANY_LEADS.strip("'")]]],
		fields=[
			f"`tab{document_type}`.`name` as document_name",
			f"`tab{document_type}`.`creation` as document_creation",
			f"`tab{table}`.`{link}` as lead_of_document",
		],
	)


def columns_of_answer(document_type: str) -> str:
	"""Return the columns of a select, with the document's name as text.

	PostgreSQL does not unite numbers with text.
	"""
	name = "concat(found.document_name, '')" if is_numbered(document_type) else "found.document_name"
	return f"{name} as document_name, found.document_creation, found.lead_of_document"


def is_numbered(document_type: str) -> bool:
	return frappe.get_meta(document_type).autoname == "autoincrement"


def one_by_one(questions: list[Question]) -> list[tuple[Rule, list[Answer]]]:
	"""Ask each rule by itself, as at least one of them cannot be evaluated."""
	found = []
	for question in questions:
		answers: list[list[Answer]] = []
		if transactions.attempt_reading(
			lambda: answers.extend(together([question])),  # noqa: B023 - called at once
			lambda error: report_skipped(question[0]),  # noqa: B023 - called at once
		):
			found.append((question[0], answers[0]))
	return found


def can_be_evaluated(rule: Rule) -> bool:
	"""Return whether the database can evaluate `rule`.

	It is asked for no lead at all, so that nothing is read.
	"""
	errors: list[Exception] = []
	return transactions.run_in_savepoint(lambda: together([(rule, [""])]), errors.append)


def report_skipped(rule: Rule) -> None:
	"""Log, once an hour, that a rule cannot be evaluated.

	In the Error Log, for any user who saves a document.
	"""
	advice = _(
		"Open the rule {0}, correct its filters or disable it. Until then leads have the status that the "
		"other rules give them; the hourly repair corrects them afterwards."
	).format(rule.name)
	title = _("Status rule {0} cannot be evaluated and is skipped").format(rule.title or rule.name)
	log_failure(title, advice, RULE, rule.name, hours=1)

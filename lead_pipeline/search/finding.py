"""Find leads by what somebody types.

As fast among a million as among a hundred. Open leads come first, then those that were changed last. What is typed decides the way:

- the number of a lead, or a whole e-mail address: by its own index, and nothing else is looked for;
- all else by the words of the leads (`domain/search_words.py`), in one of two ways. A sample of the leads tells how common
  each word is. Of rare ones, the full-text index knows the leads. It would take long to gather all leads with a common one,
  of which nobody looks at more than some: these are found among some of the leads (`windows.py`).
"""

from collections.abc import Callable, Sequence
from functools import reduce
from operator import mul
from typing import NamedTuple

import frappe
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Sum
from pypika.terms import Criterion, Term

from lead_pipeline.constants import LEAD, LEAD_KEY, OPEN_CATEGORIES, SEARCH_INDEX
from lead_pipeline.domain.matching import email_key, read_phone
from lead_pipeline.domain.search_words import MARK, NUMBERED, has_words, typed_words, words_of_lead
from lead_pipeline.framework.full_text import by_letters, has_all_words, has_full_text_index
from lead_pipeline.framework.query_text import select_as_text
from lead_pipeline.reference_data import lead_statuses
from lead_pipeline.search.plain_filters import Filters, split
from lead_pipeline.search.windows import (
	FIRST_WINDOW,
	LEAST_WINDOW,
	WINDOW,
	in_ranks,
	latest_windows,
	own_windows,
)
from lead_pipeline.visibility import field_levels
from lead_pipeline.visibility.condition_text import among, as_criterion, literal
from lead_pipeline.visibility.lead_access import refuse_who_reads_no_leads
from lead_pipeline.visibility.readable_records import list_conditions

# So many leads are found at most; one more says that there are more.
MOST = 100

# Leads by which it is judged how common a word is, and with so many of them it is common.
SAMPLE = 2000
COMMON = 10
# Words that are at most so many times as common as the rarest one are left to the index, too: to know which of its leads
# have them takes it less time than the database needs to read the leads without them.
TIMES_AS_COMMON = 20
# When so many are found among some of the leads, no more are looked for.
ENOUGH = 20
# A user, or the filters of a list, may leave so few leads that they are simply read.
FEW = 2000

SHOWN = ("name", "lead_name", "company_name", "email", "phone", "mobile_no", "first_name", "last_name")
# Who may not read one of these must not learn from a search what stands there.
HIDING = {*SHOWN, "email_ids", "phone_nos"}


class Found(NamedTuple):
	"""The names of leads, best first, and whether there are more or may be more."""

	names: list[str]
	more: bool


def find_leads(text: str, filters: Filters | None = None, most: int = MOST) -> list[str]:
	"""Return the names of the leads that `text` finds, best first.

	Of those that the user may see, at most one more than `most`. `filters`: those of a list of leads, which they also
	have to pass.
	"""
	return search_leads(text, filters, most).names


def search_leads(text: str, filters: Filters | None = None, most: int = MOST) -> Found:
	"""Find leads as `find_leads` does, and say whether these are all."""
	text, filters = text.strip(), filters or []
	if found := by_number_or_address(text, filters, most):
		return found
	typed = typed_words(text, lead_statuses.default_region())
	if not typed:
		return Found([], False)
	found = by_words(typed, filters, most)
	return found._replace(names=without_hidden_matches(found.names, typed))


def found_by(text: str) -> Criterion:
	"""Return the condition that an open lead is found by `text`.

	For the queries of a board, as text: its values are in it. All that `find_leads` finds among all open leads, however
	many these are: who asks has to leave out those that the user may not see. Of rare words the leads are looked up here, once; the leads
	with common ones are where a query looks anyway.
	"""
	text = text.strip()
	typed = typed_words(text, lead_statuses.default_region())
	named_ones = by_number_or_address(text, [], FEW)
	names = named_ones and named_ones.names
	if names is None and not HIDING.isdisjoint(field_levels.unreadable_fields(LEAD)):
		names = find_leads(text, most=FEW)
	if names is None and typed:
		names = open_leads_with_rare_words(typed)
	if names is not None or not typed:
		return frappe.qb.DocType(LEAD).name.isin(list(map(literal, names or [""])))
	return Criterion.all([contains(ways, literal) for ways in typed])


def by_number_or_address(text: str, filters: Filters, most: int) -> Found | None:
	"""Find the leads whose number or address `text` is or begins; None without any."""
	if (names := named(text)) and (found := ranked([*filters, [LEAD, "name", "in", names]], most)):
		return Found(found, len(found) > most)
	numbered = NUMBERED.fullmatch(text)
	if not numbered:
		return None
	# The beginning of a number, whose prefix and year most leads have.
	found = by_words([(f"{MARK}{numbered[1]}",)], filters, most, begins_with(text))
	return found if found.names else None


def open_leads_with_rare_words(typed: list[tuple[str, ...]]) -> list[str] | None:
	"""Return all open leads with these words by the full-text index.

	None when they are many, or there is no such index.
	"""
	leads, with_all, with_each = counted_in_sample(typed)
	is_indexed = frappe.db.db_type != "mariadb" or has_full_text_index(LEAD, SEARCH_INDEX)
	if leads < SAMPLE or with_all >= COMMON or not is_indexed:
		return None
	rare, lead = rarest(typed, with_each), frappe.qb.DocType(LEAD)
	open_ones = [
		name for name, found in lead_statuses.statuses().items() if found.category in OPEN_CATEGORIES
	]
	query = frappe.qb.from_(lead).select(lead.name).where(lead.status.isin(open_ones))
	for condition in (
		*(contains(ways) for ways in typed if ways not in rare),
		has_all_words(LEAD, "search_words", rare),
	):
		query = query.where(condition)
	names = query.limit(FEW + 1).run(pluck=True)
	return names if len(names) <= FEW else None


def named(text: str) -> list[str]:
	"""Return the lead with the number `text`, or those with the whole address.

	Without permissions: it only says where to look. As values of a query, which no text can break.
	"""
	lead, further = frappe.qb.DocType(LEAD), frappe.qb.DocType(LEAD_KEY)
	leads = frappe.qb.from_(lead).select(lead.name).limit(MOST + 1)
	key = email_key(text)
	if not key:
		return leads.where(lead.name.isin([text, text.upper()])).run(pluck=True)
	if {"email", "email_ids"} & set(field_levels.unreadable_fields(LEAD)):
		return []
	rows = frappe.qb.from_(further).select(further.lead).where(further.key == key).limit(MOST + 1)
	return [*leads.where(lead.email_key == key).run(pluck=True), *rows.run(pluck=True)]


def begins_with(text: str) -> Criterion:
	name = frappe.qb.DocType(LEAD).name
	for special in ("\\", "%", "_"):
		text = text.replace(special, f"\\{special}")
	return name.ilike(f"{text}%") if frappe.db.db_type == "postgres" else name.like(f"{text}%")


def ranked(filters: Filters, most: int) -> list[str]:
	rows = frappe.get_list(
		LEAD,
		filters=filters,
		fields=["name", "status_category"],
		order_by="modified desc",
		limit=most + 1,
	)
	return [row.name for row in sorted(rows, key=lambda row: row.status_category not in OPEN_CATEGORIES)]


def by_words(
	typed: list[tuple[str, ...]], filters: Filters, most: int, further: Criterion | None = None
) -> Found:
	leads, with_all, with_each = counted_in_sample(typed)
	first = [further] if further else []
	having = Criterion.all([*first, *map(contains, typed)])
	if leads < SAMPLE:
		return found_with([having], filters, most)
	if with_all >= COMMON and (found := by_common_words(having, with_all, filters, most)):
		return found
	if frappe.db.db_type == "mariadb" and not has_full_text_index(LEAD, SEARCH_INDEX):
		return found_with([having], filters, most)
	rare = rarest(typed, with_each)
	others = [contains(ways) for ways in typed if ways not in rare]
	return found_with([*first, *others, has_all_words(LEAD, "search_words", rare)], filters, most)


def by_common_words(having: Criterion, with_all: int, filters: Filters, most: int) -> Found | None:
	"""Return what is found among some of the leads; None when that is not enough."""
	found = among_own(having, filters, most) or among_latest(having, with_all, filters, most)
	if found:
		return found
	few = few_leads(filters)
	if few is None:
		return None
	return found_with([having, frappe.qb.DocType(LEAD).name.isin(few or [""])], filters, most)


def among_own(having: Criterion, filters: Filters, most: int) -> Found | None:
	"""Find leads of one sales person.

	Of who does not see all leads, or whom the filters name.
	"""
	plain = split(filters)
	owner = plain.owner or (frappe.session.user if list_conditions(LEAD, frappe.session.user) else None)
	for statuses in in_ranks(plain.statuses)[:1] if owner else ():
		for window in own_windows(owner, statuses):
			names = matching([having, window], filters, most)
			if len(names) >= min(ENOUGH, most):
				return Found(names, True)
	return None


def among_latest(having: Criterion, with_all: int, filters: Filters, most: int) -> Found | None:
	"""Find leads among those that were changed last: open ones, then closed ones."""
	found, enough = [], min(ENOUGH, most)
	ranks = in_ranks(split(filters).statuses)
	for number, statuses in enumerate(ranks, start=1):
		for window in latest_windows(statuses, window_sizes(with_all)):
			names = matching([having, window.condition], filters, most)
			if window.is_all or len(found) + len(names) >= enough:
				break
		found += names
		if len(found) >= enough:
			is_more = len(found) > most or number < len(ranks) or not window.is_all
			return Found(found[: most + 1], is_more)
		if not window.is_all:
			return None
	return Found(found, False)


def window_sizes(with_all: int) -> list[int]:
	"""Return how large the windows are in which common words are looked for.

	In leads of all statuses. `with_all`: how many leads of the sample have the words.
	"""
	first = max(LEAST_WINDOW, min(FIRST_WINDOW, 2 * MOST * SAMPLE // max(1, with_all)))
	is_enough = with_all * first >= 2 * ENOUGH * SAMPLE
	return [first, WINDOW] if is_enough else [WINDOW]


def found_with(conditions: list[Term], filters: Filters, most: int) -> Found:
	names = matching(conditions, filters, most)
	return Found(names, len(names) > most)


def contains(ways: Sequence[str], spell: Callable[[str], object] = str) -> Criterion:
	words = by_letters(frappe.qb.DocType(LEAD).search_words)
	return Criterion.any([words.like(spell(f"% {way}%")) for way in ways])


def counted_in_sample(typed: list[tuple[str, ...]]) -> tuple[int, int, list[int]]:
	"""Count in a sample: all leads, those with all words, those with each word."""
	lead = frappe.qb.DocType(LEAD)
	sample = (
		frappe.qb.from_(lead)
		.select(
			*(Case().when(contains(ways), 1).else_(0).as_(f"w{number}") for number, ways in enumerate(typed))
		)
		.orderby(lead.name, order=frappe.qb.desc)
		.limit(SAMPLE)
	).as_("sample")
	marks = [sample[f"w{number}"] for number in range(len(typed))]
	sums = [Sum(mark) for mark in (reduce(mul, marks), *marks)]
	((leads, *found),) = frappe.qb.from_(sample).select(Count("*"), *sums).run()
	with_all, *with_each = (int(number or 0) for number in found)
	return leads, with_all, with_each


def rarest(typed: list[tuple[str, ...]], with_each: list[int]) -> list[tuple[str, ...]]:
	"""Return the words for the index, the rarest first.

	It gathers the leads of each in turn.
	"""
	most = max(COMMON, TIMES_AS_COMMON * min(with_each))
	by_number = sorted(zip(with_each, typed, strict=True))
	return [ways for number, ways in by_number if number <= most]


def few_leads(filters: Filters) -> list[str] | None:
	"""Return the leads of the user that pass the filters, None when there are many."""
	if not filters and not list_conditions(LEAD, frappe.session.user):
		return None
	names = frappe.get_list(LEAD, filters=filters, pluck="name", order_by=None, limit=FEW + 1)
	return names if len(names) <= FEW else None


def matching(conditions: list[Term], filters: Filters, most: int) -> list[str]:
	"""Return the leads of which the conditions hold, as the user may see them.

	Open ones first, then those that were changed last.
	"""
	# Who may but choose a lead, in a link field, finds it as well.
	if not frappe.has_permission(LEAD, "select"):
		refuse_who_reads_no_leads()
	lead, plain = frappe.qb.DocType(LEAD), split(filters)
	query = frappe.qb.from_(lead).select(lead.name).where(plain.condition)
	if plain.others:
		options = {"fields": ["name"], "order_by": None, "limit": 0}
		shown = select_as_text(LEAD, plain.others, frappe.get_list, **options)
		query = query.where(among(lead.name, f"({shown})"))
	elif shown := list_conditions(LEAD, frappe.session.user):
		query = query.where(as_criterion(shown))
	for condition in conditions:
		query = query.where(condition)
	is_closed = Case().when(lead.status_category.isin(OPEN_CATEGORIES), 0).else_(1)
	query = query.orderby(is_closed).orderby(lead.modified, order=frappe.qb.desc)
	return query.limit(most + 1).run(pluck=True)


def without_hidden_matches(names: list[str], typed: list[tuple[str, ...]]) -> list[str]:
	"""Leave out leads that were found by a field that the user may not read."""
	hidden = set(field_levels.unreadable_fields(LEAD))
	if not names or hidden.isdisjoint(HIDING):
		return names
	readable = [field for field in SHOWN if field not in hidden]
	# Without permissions: these leads have been found with them.
	rows = frappe.get_all(LEAD, {"name": ("in", names)}, readable, order_by=None)
	found = {row.name for row in rows if has_words(words_without_rows(row), typed)}
	return [name for name in names if name in found]


def words_without_rows(lead: frappe._dict) -> str:
	region = lead_statuses.default_region()
	return words_of_lead(
		lead.name,
		[lead.lead_name, lead.company_name, lead.first_name, lead.last_name],
		[lead.email],
		[read_phone(number, region) for number in (lead.phone, lead.mobile_no)],
	)


def latest_leads(filters: Filters, most: int) -> list[str]:
	"""Return the leads to choose from while nothing is typed."""
	is_open = [LEAD, "status_category", "in", OPEN_CATEGORIES]
	found = ranked([*filters, is_open], most)
	return found if len(found) > most else list(dict.fromkeys([*found, *ranked(filters, most)]))

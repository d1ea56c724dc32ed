"""Find leads whose status disagrees with their documents, and repair them.

For everything that changes documents without an event: raw SQL (ERPNext expires quotations that way), changed rules,
relative dates in their filters, events that were lost. Set-based: leads are read in batches in the order of their
names, each batch asks every rule once, and only those that disagree are saved, one by one, as real changes. Which leads
are looked at when, says `hourly_repair.py`.
"""

import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import frappe
from frappe import _
from pypika.terms import Criterion

from lead_pipeline.constants import LEAD
from lead_pipeline.domain.decision import Decision
from lead_pipeline.framework import locks, transactions
from lead_pipeline.status import facts, recompute, rules
from lead_pipeline.status.rules import Rule, lead_link

# Of 200 names and more in a list MariaDB does not look up how many rows each has (`eq_range_index_dive_limit`). It guesses,
# and of a field that most rows leave empty it guesses so many that it reads the whole table.
BATCH_SIZE = 199

# When so many leads in a row cannot be examined, it is not about leads.
HOPELESS = 20

# Seconds for which a lead that somebody else holds is waited for at last.
LAST_PAUSE = 0.5

# Gets how many more leads are done: they agree, or a repair was tried.
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Disagreement:
	"""A lead whose `status` differs from the `wanted` one.

	`wanted`: the status that its documents and people's choices justify.
	"""

	lead: str
	status: str
	wanted: str
	decision: Decision = field(repr=False, compare=False)


@dataclass
class Outcome:
	"""Result of a reconcile.

	How many leads were `examined`, how many disagreed (`found`), and what became of those. `held`: the leads that only a
	hold or a protection keeps.
	"""

	examined: int = 0
	found: int = 0
	repaired: int = 0
	failed: list[str] = field(default_factory=list)
	held: list[str] = field(default_factory=list)

	def add(self, other: "Outcome") -> None:
		"""Add what came of further leads."""
		self.examined += other.examined
		self.found += other.found
		self.repaired += other.repaired
		self.failed += other.failed
		self.held += other.held


def reconcile() -> int:
	"""Repair every lead that disagrees with its documents, from the first to the last.

	Returns how many were repaired. Safe to run at any time.
	"""
	return repair_each().repaired


def repair_each(progress: Progress | None = None, batch: int = BATCH_SIZE) -> Outcome:
	"""Repair every lead that disagrees with its documents.

	Commits after each lead and batch: holds no locks for long, loses nothing.

	A lead that cannot be examined or saved is logged and does not stop the others. When no lead can be examined at
	all, the problem is not a single lead, and the error is raised.
	"""
	outcome = Outcome()
	for rows in leads_in_pieces(size=batch):
		repair_rows(rows, outcome, progress)
	return outcome


def repair_rows(rows: list[frappe._dict], outcome: Outcome, progress: Progress | None = None) -> None:
	"""Repair those of the leads that disagree, and add to `outcome` what came of it.

	`rows`: rows of `leads_in_pieces`.
	"""
	# Somebody may have changed a rule since the last batch.
	rules.look_again()
	found = find_disagreements(rows, outcome.failed, outcome.held)
	report_progress(progress, len(rows) - len(found))
	for disagreement in found:
		outcome.found += 1
		if repair_disagreement(disagreement):
			outcome.repaired += 1
		else:
			outcome.failed.append(disagreement.lead)
		# To examine a lead takes no time, to repair it does.
		report_progress(progress, 1)
	outcome.examined += len(rows)
	# What could not be examined is in the Error Log now; the next batch sees the rules as they are by then.
	frappe.db.commit()


def report_progress(progress: Progress | None, leads: int) -> None:
	if progress and leads:
		progress(leads)


def repair_disagreement(disagreement: Disagreement) -> bool:
	"""Repair one lead in its own transaction; return whether its status changed.

	When another transaction holds the lead, this is no failure: it is looked at again a moment later, as it is by
	then. When it is never free, a job tries it once more.
	"""
	for pause in (*recompute.PAUSE_SECONDS, LAST_PAUSE):
		if not meets_somebody(disagreement.lead):
			break
		time.sleep(pause)
	else:
		transactions.enqueue_after_commit(
			recompute.RETRY, recompute.job_of(disagreement.lead), lead=disagreement.lead
		)
		# So that it is queued now; nothing else is open.
		frappe.db.commit()
	return frappe.db.get_value(LEAD, disagreement.lead, "status") != disagreement.status


def meets_somebody(lead: str) -> bool:
	"""Repair `lead` and return whether another transaction prevented it.

	When it cannot be repaired for another reason, the failure is recorded.
	"""
	met: list[Exception] = []

	def note_unless_met(error: Exception) -> None:
		if is_contention(error):
			met.append(error)
		else:
			recompute.note_and_retry(lead, None, error)

	try:
		transactions.run_in_savepoint(lambda: recompute.repair_lead(lead), note_unless_met)
	except Exception as error:
		# The database has undone the transaction, in which there was nothing but this lead.
		if not is_contention(error):
			raise
		met.append(error)
	if met:
		# The next look is to see what the other has committed.
		frappe.db.rollback()
	else:
		frappe.db.commit()
	return bool(met)


def is_contention(error: Exception) -> bool:
	return isinstance(error, frappe.TimestampMismatchError) or locks.somebody_was_first(error)


def disagreements(
	failed: list[str] | None = None, progress: Progress | None = None
) -> Iterator[Disagreement]:
	"""All leads whose status is not the justified one. Repairs nothing.

	Leads that cannot be examined are added to `failed` and logged; without it, passed over.
	"""
	for rows in leads_in_pieces():
		yield from find_disagreements(rows, failed)
		report_progress(progress, len(rows))


def find_disagreements(
	rows: list[frappe._dict], failed: list[str] | None, held: list[str] | None = None
) -> list[Disagreement]:
	"""Return those of the leads that disagree with their documents.

	`rows`: rows of `leads_in_pieces`. One query per rule. Leads that only a hold or a protection keeps are added to
	`held`.
	"""
	unreadable: dict[str, Exception] = {}
	decided_rows = with_decisions(rows, unreadable)
	found = [
		Disagreement(row.name, row.status, decision.status, decision)
		for row, decision in decided_rows
		if decision.status != row.status
	]
	if held is not None:
		held += [row.name for row, decision in decided_rows if decision.held_by]
	for lead, error in unreadable.items() if failed is not None else ():
		failed.append(lead)
		report_unreadable(lead, error)
	return found


def with_decisions(
	rows: list[frappe._dict], unreadable: dict[str, Exception], among: list[Rule] | None = None
) -> list[tuple[frappe._dict, Decision]]:
	"""Return the leads, each with its decision by the rules `among`.

	Without `among`: by the rules of the site.

	Leads that cannot be examined are put into `unreadable`, so that one of them does not keep the others of its
	batch from their repair. Raises the error when the first HOPELESS leads all fail: then a rule or the database is
	broken.
	"""
	found: list[tuple[frappe._dict, Decision]] = []
	if transactions.run_in_savepoint(lambda: found.extend(decided(rows, among)), examine_again):
		return found
	in_vain = min(HOPELESS, len(rows))
	for number, row in enumerate(rows, start=1):
		errors: list[Exception] = []
		if transactions.run_in_savepoint(lambda row=row: found.extend(decided([row], among)), errors.append):
			in_vain = 0
		elif number == in_vain > 1:
			raise errors[0]
		else:
			unreadable[row.name] = errors[0]
	return found


def examine_again(error: Exception) -> None:
	"""The batch is examined again, lead by lead."""


def report_unreadable(lead: str, error: Exception) -> None:
	frappe.log_error(
		title=_("Status of lead {0} could not be examined").format(lead),
		message="\n".join(
			[
				_(
					"The lead was left as it is. Open it and correct what the error names; saving it anew may be enough."
				),
				"",
				"".join(traceback.format_exception(error)),
			]
		),
		reference_doctype=LEAD,
		reference_name=lead,
	)


def decided(rows: list[frappe._dict], among: list[Rule] | None = None) -> list[tuple[frappe._dict, Decision]]:
	"""`with_decisions` without its care; one query per rule."""
	found = facts.facts_of_leads({row.name: row.lead_type for row in rows}, among)
	# Most leads of a batch have no document and are like many others: those are decided once.
	alike: dict[tuple, Decision] = {}
	decisions = []
	for row in rows:
		if found[row.name]:
			decision = recompute.decide_for(row, found=found[row.name])
		else:
			key = tuple(row[column] for column in recompute.DECIDING_FIELDS)
			decision = alike.get(key) or alike.setdefault(key, recompute.decide_for(row, found=[]))
		decisions.append((row, decision))
	return decisions


def leads_in_pieces(
	document_types: Iterable[str] | None = None, size: int = BATCH_SIZE, newest_first: bool = False
) -> Iterator[list[frappe._dict]]:
	"""Yield the leads in lists of `size` rows, with the fields for a decision.

	Holds no more than one list in memory. `document_types`: only leads that have a document of these types, else
	all. Read without permissions: what is true of a lead does not depend on who asks.
	"""
	lead = frappe.qb.DocType(LEAD)
	query = frappe.qb.from_(lead).select(*(lead[column] for column in recompute.STATE_FIELDS)).limit(size)
	query = query.orderby(lead.name, order=frappe.qb.desc if newest_first else frappe.qb.asc)
	if document_types is not None:
		query = query.where(has_document(lead, document_types))
	rows = query.run(as_dict=True)
	while rows:
		yield rows
		if len(rows) < size:
			return
		last = rows[-1].name
		rows = query.where(lead.name < last if newest_first else lead.name > last).run(as_dict=True)


def rows_of(names: list[str]) -> list[frappe._dict]:
	"""Return the named leads that there are, with the fields for a decision."""
	lead = frappe.qb.DocType(LEAD)
	query = frappe.qb.from_(lead).select(*(lead[column] for column in recompute.STATE_FIELDS))
	return query.where(lead.name.isin(names)).orderby(lead.name).run(as_dict=True)


def next_rows(after: str) -> list[frappe._dict]:
	"""Return the next leads behind the one named `after`, in the order of names."""
	lead = frappe.qb.DocType(LEAD)
	query = frappe.qb.from_(lead).select(*(lead[column] for column in recompute.STATE_FIELDS))
	return query.where(lead.name > after).orderby(lead.name).limit(BATCH_SIZE).run(as_dict=True)


def has_document(lead, document_types: Iterable[str]) -> Criterion:
	"""Return the condition for leads that have a document of these types.

	The document names the lead in its own link or in one of its rows.
	"""
	places = [
		place
		for document_type in document_types
		if (link := lead_link(document_type))
		for place in ((document_type, link), *rules.row_links(document_type))
	]
	criteria = []
	for table, link in places:
		document = frappe.qb.DocType(table)
		# An empty link would make the whole condition unknown to the database.
		linked = frappe.qb.from_(document).select(document[link]).where(document[link] > "")
		criteria.append(lead.name.isin(linked))
	return Criterion.any(criteria) if criteria else lead.name.isnull()


def count_leads_to_examine() -> int:
	"""Return how many leads there are to examine."""
	return frappe.db.count(LEAD)

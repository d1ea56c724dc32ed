"""Judge a row of a file with leads: what it lacks, whose it is, and its verdict.

Pure: what the site knows (open leads, earlier imports) is handed in. Verdicts are words of the program.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from lead_pipeline.domain import cells
from lead_pipeline.domain.import_cells import Column, Problem
from lead_pipeline.domain.matching import company_key, email_key, phone_key

# What a row is found to be in the rehearsal.
NEW, KNOWN, HIDDEN, REPEATED, BEFORE, EXAMPLE, BAD = VERDICTS = (
	"New",
	"Known",
	"Hidden",
	"Repeated",
	"Imported Before",
	"Example",
	"Bad",
)

# What is to be done with a row whose lead is there already: the values of Pipeline Lead Import.duplicates.
LEAVE_OUT, ADD, FILL, CREATE = POLICIES = (
	"Leave Out",
	"Add to Timeline",
	"Fill Empty Fields",
	"Create Anyway",
)

# What has become of a row.
CREATED, ADDED, UPDATED, LEFT_OUT, REJECTED = OUTCOMES = (
	"Created",
	"Added",
	"Updated",
	"Left Out",
	"Rejected",
)

# Every row of the template's examples has an address of this domain, which no mail ever reaches (RFC 2606).
EXAMPLE_DOMAIN = "@template.example"

# A row of the CSV template that only explains begins like this.
REMARK = "#"

IDENTITY = ("lead_name", "company_name", "first_name", "last_name", "email", "item")

# The framework reads the rows from a file whose cells have at most 131,072 characters.
MAX_TEXT_LENGTH = 100_000

# What reports write below their rows.
FOOTER = re.compile(
	r"(generated (by|on)|report (generated|created)|copyright|confidential|erstellt (von|am)|vertraulich|page \d|seite \d|"
	r"(grand )?total\b|summe\b|gesamt\b|©)",
	re.IGNORECASE,
)


class Terms(NamedTuple):
	"""The requirements of the site for a lead as a whole.

	`only_type`: the type of leads that name none; `choosable(type)`: the statuses that a lead of the type may have;
	`lost`: statuses that need a reason; `mandatory`: fields of the site's own that must be filled.
	"""

	only_type: str | None
	choosable: Callable[[str | None], tuple[str, ...]]
	lost: frozenset[str]
	mandatory: tuple[str, ...] = ()


def misfits(values: Mapping[str, object], terms: Terms) -> list[Problem]:
	"""Return what is wrong with a row whose cells are all right by themselves."""
	problems = []
	if not any(values.get(name) for name in (*IDENTITY, "email_ids")):
		problems.append(Problem("nobody"))
	if values.get("is_organization") and not values.get("company_name"):
		problems.append(Problem("no company", "company_name"))
	lead_type = values.get("lead_type") or terms.only_type
	status = values.get("status")
	if status and status not in terms.choosable(lead_type):
		problems.append(
			Problem("forbidden", "status", str(status), (str(lead_type or ""), *terms.choosable(lead_type)))
		)
	elif status in terms.lost and not values.get("lost_reason"):
		problems.append(Problem("no reason", "lost_reason", str(status)))
	problems += [Problem("missing", name) for name in terms.mandatory if values.get(name) in (None, "", [])]
	return problems


def too_long(values: Mapping[str, object]) -> list[Problem]:
	"""Return the texts of a row that are longer than an import can take."""
	return [
		Problem("too long", name, text, (str(MAX_TEXT_LENGTH),))
		for name, text in values.items()
		if isinstance(text, str) and len(text) > MAX_TEXT_LENGTH
	]


class Keys(NamedTuple):
	"""The keys by which a row is recognised.

	`origin`: everything it says, whatever the order or language of the columns; `email`, `phones`: the sender;
	`name`: name and company, for senders without address or phone.
	"""

	origin: str
	email: str | None
	phones: tuple[str, ...]
	name: tuple[str, str] | None

	@property
	def identity(self) -> tuple | None:
		"""Return what tells one sender from another within a file, or None.

		None for a mere name, which many people share.
		"""
		if self.email:
			return ("email", self.email)
		if self.phones:
			return ("phone", self.phones[0])
		return ("name", *self.name) if self.name else None


def keys(values: Mapping[str, object], region: str | None) -> Keys:
	emails = [values.get("email"), *values.get("email_ids", ())]
	numbers = [values.get("mobile_no"), values.get("phone"), *values.get("phone_nos", ())]
	person = " ".join(str(values[name]) for name in ("first_name", "last_name") if values.get(name))
	name = str(values.get("lead_name") or person or values.get("company_name") or "").strip().casefold()
	company = company_key(str(values.get("company_name") or ""))
	return Keys(
		origin=origin_of_row(values),
		email=next((key for key in map(email_key, emails) if key), None),
		phones=tuple(dict.fromkeys(key for number in numbers if (key := phone_key(number, region)))),
		name=(name, company) if name and company else None,
	)


def origin_of_row(values: Mapping[str, object]) -> str:
	said = json.dumps(values, sort_keys=True, ensure_ascii=False, default=str)
	return "Import/" + hashlib.sha256(said.encode()).hexdigest()[:40]


def is_example(values: Mapping[str, object]) -> bool:
	return str(values.get("email") or "").strip().lower().endswith(EXAMPLE_DOMAIN)


def is_remark(row: list[object]) -> bool:
	"""Return whether the row is only a remark.

	In the lists of other programs numbers begin like one: "#17".
	"""
	first, *others = map(cells.cell_text, row or [None])
	return first.startswith(REMARK) and not any(others)


def is_footer(row: list[object]) -> bool:
	"""Return whether the last row of a file is a report's footer.

	Who made it and when, a copyright, a total.
	"""
	filled = [cells.cell_text(cell) for cell in row if cells.cell_text(cell)]
	return 0 < len(filled) < 3 and bool(FOOTER.match(filled[0]))


def keep_rest(
	values: dict[str, object],
	problems: list[Problem],
	columns: Mapping[int, Column],
	rest: Mapping[int, str],
	row: list[object],
) -> None:
	"""Write values without a field, or unknown to the site, into the description.

	They are kept there instead of being rejected.
	"""
	lines = [
		f"{heading}: {cells.cell_text(row[place])}"
		for place, heading in rest.items()
		if place < len(row) and cells.cell_text(row[place])
	]
	labels = {column.fieldname: column.label for column in columns.values()}
	for problem in [problem for problem in problems if problem.kind in ("unknown", "disabled")]:
		lines.append(f"{labels.get(problem.column, problem.column)}: {problem.value}")
		problems.remove(problem)
	if lines:
		values["description"] = "\n".join(filter(None, [str(values.get("description") or ""), *lines]))


class Site(NamedTuple):
	"""The site's data for a batch of rows.

	Leads made from the same row before, by origin; open leads of a sender, by `Keys.identity`; and which of these the
	user may see.
	"""

	before: Mapping[str, str]
	open: Mapping[tuple, str]
	visible: frozenset[str] | set[str]


class Verdict(NamedTuple):
	"""The verdict on a row.

	`lead`: the one that the row belongs to; `same_as`: the row of this file that says the same.
	"""

	verdict: str
	lead: str | None = None
	same_as: int | None = None


class Judge:
	"""Judges the rows of one file, from the first to the last."""

	def __init__(self):
		self.rows: dict[tuple | str, int] = {}
		self.origins: dict[str, int] = {}

	def origin(self, keys: Keys) -> str:
		"""Return the key of the row's lead.

		A row that stands in the file twice gets two keys, in case the user wants both leads.
		"""
		count = self.origins[keys.origin] = self.origins.get(keys.origin, 0) + 1
		return keys.origin if count == 1 else f"{keys.origin}-{count}"

	def judge(self, file_row: int, keys: Keys, origin: str, problems: list[Problem], site: Site) -> Verdict:
		if problems:
			return Verdict(BAD)
		first = self.rows.get(keys.identity or keys.origin)
		self.rows.setdefault(keys.identity or keys.origin, file_row)
		if origin in site.before:
			return Verdict(BEFORE, site.before[origin])
		if known := keys.identity and site.open.get(keys.identity):
			return Verdict(KNOWN if known in site.visible else HIDDEN, known)
		return Verdict(REPEATED, same_as=first) if first else Verdict(NEW)


def creates(verdict: str, policy: str) -> bool:
	"""Return whether the row becomes a lead of its own."""
	return verdict == NEW or (policy == CREATE and verdict in (KNOWN, HIDDEN, REPEATED))

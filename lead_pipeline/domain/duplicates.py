"""Are two leads the same? What speaks for it, and how strongly; pure.

A key that very many leads share (the domain of a marketplace, the number of a call centre) says nothing, as in Odoo.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from lead_pipeline.domain.names import company_likeness, likeness

EMAIL, PHONE, COMPANY, DOMAIN, PERSON, NAME_ALIKE, COMPANY_ALIKE = (
	"same e-mail",
	"same phone",
	"same company",
	"same company domain",
	"same name",
	"similar name",
	"similar company",
)

WEIGHTS = {EMAIL: 100, PHONE: 70, COMPANY: 40, DOMAIN: 30, PERSON: 35, NAME_ALIKE: 25, COMPANY_ALIKE: 20}

# From this many leads on, a key is no evidence.
CROWD = 21

# Names that sound alike are alike from here on, and companies differ below that (out of 100).
ALIKE = 76
DIFFERENT = 60


class Probe(NamedTuple):
	"""A query to an index: which leads have this `key`.

	`kind`: the kind of evidence that a hit is.
	"""

	kind: str
	key: str


class Names(NamedTuple):
	person: str | None
	company: str | None


class Suspicion(NamedTuple):
	"""A lead that may be a duplicate, with the reasons for it.

	`reasons`, the strongest first, for taking `lead` for the same; `weight`: their sum.
	"""

	lead: str
	reasons: tuple[str, ...]
	weight: int


def evidence(hits: Iterable[tuple[Probe, str]]) -> dict[str, set[str]]:
	"""Return the kinds of evidence for each lead, from pairs of probe and lead.

	Keys that too many leads have are left out; the address of one mailbox is evidence however many leads have it.
	"""
	leads_of: dict[Probe, set[str]] = defaultdict(set)
	for probe, lead in hits:
		leads_of[probe].add(lead)
	found: dict[str, set[str]] = defaultdict(set)
	for probe, leads in leads_of.items():
		if probe.kind == EMAIL or len(leads) < CROWD:
			for lead in leads:
				found[lead].add(probe.kind)
	return found


def find_suspicions(
	wanted: Names, kinds: Mapping[str, set[str]], names: Mapping[str, Names]
) -> list[Suspicion]:
	"""Return the leads that may be the same as `wanted`, the most suspicious first.

	`names`: those of the leads in `kinds`.
	"""
	found = []
	for lead, said in kinds.items():
		if lead in names and (reasons := weigh(wanted, names[lead], said)):
			strongest_first = sorted(reasons, key=lambda reason: -WEIGHTS[reason])
			found.append(Suspicion(lead, tuple(strongest_first), sum(WEIGHTS[reason] for reason in reasons)))
	return sorted(found, key=lambda suspicion: (-suspicion.weight, suspicion.lead))


def weigh(one: Names, other: Names, kinds: set[str]) -> set[str]:
	"""Return the reasons that hold for taking two names for the same.

	Reasons by key hold as they are; those by sound only when the names are indeed alike.
	"""
	reasons = kinds - {NAME_ALIKE, COMPANY_ALIKE}
	companies = company_likeness(one.company, other.company)
	apart = bool(one.company and other.company) and companies < DIFFERENT
	if NAME_ALIKE in kinds and not apart:
		alike = likeness(one.person, other.person)
		if alike >= ALIKE:
			reasons.add(PERSON if alike == 100 else NAME_ALIKE)
	if COMPANY_ALIKE in kinds and COMPANY not in kinds and companies >= ALIKE:
		reasons.add(COMPANY_ALIKE)
	return reasons

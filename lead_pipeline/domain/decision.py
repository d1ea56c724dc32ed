"""Decide which status a lead should have.

The one decision of the product; pure: no database, no framework.

    facts (what the rules found in the lead's documents)  ┐
    the person's last choice and what it was made against ├→ decide() → Decision
    hold, protection, what the lead's type allows         ┘

The answer depends on the present state only, never on the order of events, so every event can simply ask again.
"""

from __future__ import annotations

from dataclasses import dataclass

# What decided: the values of Decision.origin.
BY_DOCUMENT = "document"
BY_PERSON = "person"
BY_DEFAULT = "default"

# What keeps a lead from the status it would get: the values of Decision.held_by.
HELD_BY_HOLD = "hold"
HELD_BY_PROTECTION = "protection"


@dataclass(frozen=True)
class Status:
	"""A status: its meaning, and whether it may be given or taken automatically.

	A row of reference data.
	"""

	name: str
	category: str
	position: int = 0
	protected: bool = False
	disabled: bool = False
	color: str = ""
	probability: float = 0
	stuck_after: int = 0
	next_step_required: bool = False


@dataclass(frozen=True)
class Fact:
	"""A rule that holds for a lead: a document in its present state asks for a status.

	`position` and `created` order the facts; `created` is any value that grows with the age of creation.
	"""

	rule: str
	status: str
	position: int
	document_type: str
	document_name: str
	created: str = ""

	@property
	def key(self) -> tuple[str, str, str]:
		"""Return what identifies the fact: the rule and the document, not the status.

		A fact with the same key is not new.
		"""
		return (self.rule, self.document_type, self.document_name)


@dataclass(frozen=True)
class LeadState:
	"""What the decision has to know about a lead.

	`choosable`: names of the statuses that the lead's type allows and that are enabled, in their order; then the one
	that it has, if it may keep it.
	`chosen`: the status that a person last chose, empty when there is none or the type forbids it by now;
	`chosen_against`: key of the fact that won at that moment, or None.
	"""

	status: str
	choosable: tuple[str, ...]
	chosen: str = ""
	chosen_against: tuple[str, str, str] | None = None
	protected: bool = False
	hold: bool = False


@dataclass(frozen=True)
class Decision:
	"""The status that a lead should have, and the facts behind it.

	`status`: what the lead should have now; `wanted`: what it would have if it were not `held_by` something.

	`fact`: the strongest fact that the lead's type can follow, also when a person's choice stands against it;
	`skipped`: stronger facts whose status the type does not allow; `facts`: all of them, the strongest first.
	"""

	status: str
	wanted: str
	origin: str
	fact: Fact | None = None
	held_by: str | None = None
	skipped: tuple[Fact, ...] = ()
	facts: tuple[Fact, ...] = ()


def decide(state: LeadState, facts: list[Fact]) -> Decision:
	"""Return the decision for a lead in `state` with `facts`, given in any order."""
	ordered = strongest_first(facts)
	winner, skipped = strongest(ordered, state.choosable)
	wanted, origin = wanted_status(state, winner)
	held_by = held(state, wanted)
	return Decision(
		status=state.status if held_by else wanted,
		wanted=wanted,
		origin=origin,
		fact=winner,
		held_by=held_by,
		skipped=skipped,
		facts=ordered,
	)


def strongest_first(facts: list[Fact]) -> tuple[Fact, ...]:
	"""Return the facts by position of their rule, then the newest document first.

	A new quotation changes the decision, an old one does not.
	"""
	newest_first = sorted(facts, key=lambda fact: (fact.created, fact.document_name), reverse=True)
	return tuple(sorted(newest_first, key=lambda fact: (fact.position, fact.rule)))


def strongest(ordered: tuple[Fact, ...], choosable: tuple[str, ...]) -> tuple[Fact | None, tuple[Fact, ...]]:
	"""Return the first fact whose status may be given, and the stronger ones skipped."""
	for index, fact in enumerate(ordered):
		if fact.status in choosable:
			return fact, ordered[:index]
	return None, ordered


def wanted_status(state: LeadState, winner: Fact | None) -> tuple[str, str]:
	"""Return the status that documents and person justify, and who decided it.

	Regardless of anything that holds it back.
	"""
	if winner and not (state.chosen and winner.key == state.chosen_against):
		return winner.status, BY_DOCUMENT
	if state.chosen:
		return state.chosen, BY_PERSON
	# A lead whose type allows nothing at all keeps what it has: there is no better answer.
	return (state.choosable[0] if state.choosable else state.status), BY_DEFAULT


def held(state: LeadState, wanted: str) -> str | None:
	"""Return what forbids automation to give the wanted status, if anything does."""
	if wanted == state.status:
		return None
	if state.hold:
		return HELD_BY_HOLD
	if state.protected:
		return HELD_BY_PROTECTION
	return None

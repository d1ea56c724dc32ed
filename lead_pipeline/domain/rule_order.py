"""Which rules stand in whose way: pure, from their order, filters and types."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from lead_pipeline.domain.rule_filters import Filter, includes


@dataclass(frozen=True)
class Terms:
	"""What decides about a rule's chances. `lead_type` empty: leads of every type."""

	name: str
	document_type: str
	status: str
	position: int
	lead_type: str = ""
	filters: list[Filter] = field(default_factory=list)

	@property
	def order(self) -> tuple[int, str]:
		return (self.position, self.name)


def shadows(stronger: Terms, weaker: Terms, types: Iterable[str], allows: Callable[[str, str], bool]) -> bool:
	"""Return whether `weaker` can never decide, because `stronger` always does first.

	`stronger` holds whenever `weaker` holds, and decides first. `types`: all lead types, "" for leads without one;
	`allows(lead_type, status)`: a rule whose status is not allowed for a type is passed over there, so it does not
	get in the way of others.
	"""
	if stronger.document_type != weaker.document_type or stronger.order >= weaker.order:
		return False
	if stronger.lead_type and stronger.lead_type != weaker.lead_type:
		return False
	if not includes(weaker.filters, stronger.filters):
		return False
	concerned = [weaker.lead_type] if weaker.lead_type else list(types)
	return all(allows(lead_type, stronger.status) for lead_type in concerned)

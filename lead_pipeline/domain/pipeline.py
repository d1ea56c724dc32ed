"""Check that the pipeline still works after a change of its statuses and types.

Pure: no database, no framework.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from lead_pipeline.constants import OPEN_CATEGORIES
from lead_pipeline.domain.decision import Status

# Stands for the leads that have no type, or one that allows every status.
ANY_TYPE = ""


@dataclass(frozen=True)
class Pipeline:
	"""All statuses, and for each type the names of those that it allows.

	A type with none allows all.
	"""

	statuses: Collection[Status]
	types: dict[str, Collection[str]] = field(default_factory=dict)

	def can_be_open(self, lead_type: str = ANY_TYPE) -> bool:
		"""Return whether leads of this type have an enabled status of an open category."""
		allowed = self.types.get(lead_type)
		return any(
			status.category in OPEN_CATEGORIES
			and not status.disabled
			and (not allowed or status.name in allowed)
			for status in self.statuses
		)


def stranded(before: Pipeline, after: Pipeline) -> list[str]:
	"""Return the types that lose their last open status by a change.

	ANY_TYPE comes first when all types do.
	"""
	return [
		lead_type
		for lead_type in (ANY_TYPE, *before.types)
		if before.can_be_open(lead_type) and not after.can_be_open(lead_type)
	]

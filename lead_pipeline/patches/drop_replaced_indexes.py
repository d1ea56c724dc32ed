"""Drop indexes that longer ones have replaced.

Each costs time at every save of a lead, and disk space.
"""

from lead_pipeline.constants import LEAD
from lead_pipeline.setup.indexes import drop_index

REPLACED = ("lead_pipeline_created",)


def execute() -> None:
	for name in REPLACED:
		drop_index(LEAD, name)

"""Drop indexes that longer ones have replaced.

Each costs time at every save of a lead, and disk space.
"""

from lead_pipeline.constants import LEAD
from lead_pipeline.setup.indexes import drop_index

REPLACED = (
	"lead_pipeline_created",
	"lead_pipeline_board_sums",
	"lead_pipeline_creator",
	"lead_pipeline_next_contact",
	"lead_pipeline_came",
	"lead_pipeline_closed",
	"lead_pipeline_nobodys",
	"lead_pipeline_made_by",
	"lead_pipeline_contact_by",
	"lead_pipeline_owner",
)


def execute() -> None:
	for name in REPLACED:
		drop_index(LEAD, name)

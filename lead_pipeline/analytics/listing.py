"""Leads that a list shows by their names, for what none of its filters can say."""

from frappe import _
from frappe.query_builder import DocType
from pypika.queries import QueryBuilder

from lead_pipeline.analytics.asked import throw_invalid_filter
from lead_pipeline.analytics.tables import ListFilters
from lead_pipeline.constants import LEAD

# More would not fit into a request.
MAX_NAMES = 500


def filters_by_name(query: QueryBuilder) -> ListFilters:
	"""Return list filters that name the leads of `query`.

	Raises InvalidReportFilterError when they are too many.
	"""
	names = query.select(DocType(LEAD).name).distinct().limit(MAX_NAMES + 1).run(pluck=True)
	if len(names) > MAX_NAMES:
		throw_invalid_filter(
			_(
				"These are more than {0} leads, and no filter of the list can say which. Narrow the report down by a shorter time or a filter."
			).format(MAX_NAMES)
		)
	return [["name", "in", names or [""]]]

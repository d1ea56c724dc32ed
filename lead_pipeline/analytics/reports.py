"""The reports of analytics by their names.

Each has a module here and a thin one of the same name in `lead_pipeline/report/`.
"""

from lead_pipeline.analytics import (
	channel_effectiveness,
	first_response,
	forecast,
	lead_analysis,
	lead_funnel,
	leads_by_date,
	lost_reasons,
	sales_person_workload_and_performance,
	time_in_status,
)
from lead_pipeline.analytics.tables import Report


def reports_by_name() -> dict[str, Report]:
	return {
		"Leads by Date": leads_by_date.REPORT,
		"Lead Analysis": lead_analysis.REPORT,
		"Lead Funnel": lead_funnel.REPORT,
		"Time in Status": time_in_status.REPORT,
		"Lost Reasons": lost_reasons.REPORT,
		"Sales Person Workload and Performance": sales_person_workload_and_performance.REPORT,
		"Channel Effectiveness": channel_effectiveness.REPORT,
		"Forecast": forecast.REPORT,
		"First Response": first_response.REPORT,
	}

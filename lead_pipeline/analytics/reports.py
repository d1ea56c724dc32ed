"""The reports of analytics by their names; each has a module here and a thin one in `lead_pipeline/report/`."""

from lead_pipeline.analytics import (
	channels,
	first_response,
	forecast,
	funnel,
	lead_analysis,
	leads_by_date,
	lost_reasons,
	sales_people,
	time_in_status,
)
from lead_pipeline.analytics.tables import Report


def reports_by_name() -> dict[str, Report]:
	return {
		"Leads by Date": leads_by_date.REPORT,
		"Lead Analysis": lead_analysis.REPORT,
		"Lead Funnel": funnel.REPORT,
		"Time in Status": time_in_status.REPORT,
		"Lost Reasons": lost_reasons.REPORT,
		"Sales Person Workload and Performance": sales_people.REPORT,
		"Channel Effectiveness": channels.REPORT,
		"Forecast": forecast.REPORT,
		"First Response": first_response.REPORT,
	}

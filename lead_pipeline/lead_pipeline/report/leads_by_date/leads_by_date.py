"""The report “Leads by Date”, see `analytics/leads_by_date.py`."""

from lead_pipeline.analytics.leads_by_date import REPORT

execute = REPORT.execute

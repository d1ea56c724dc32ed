"""The report “Lead Funnel”, see `analytics/lead_funnel.py`."""

from lead_pipeline.analytics.lead_funnel import REPORT

execute = REPORT.execute

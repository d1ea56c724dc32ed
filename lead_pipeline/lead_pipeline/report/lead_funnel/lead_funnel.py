"""The report “Lead Funnel”, see `analytics/funnel.py`."""

from lead_pipeline.analytics.funnel import REPORT

execute = REPORT.execute

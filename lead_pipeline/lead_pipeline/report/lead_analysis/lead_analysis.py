"""The report “Lead Analysis”, see `analytics/lead_analysis.py`."""

from lead_pipeline.analytics.lead_analysis import REPORT

execute = REPORT.execute

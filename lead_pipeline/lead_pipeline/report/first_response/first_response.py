"""The report “First Response”, see `analytics/first_response.py`."""

from lead_pipeline.analytics.first_response import REPORT

execute = REPORT.execute

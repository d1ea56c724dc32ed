"""The report “Forecast”, see `analytics/forecast.py`."""

from lead_pipeline.analytics.forecast import REPORT

execute = REPORT.execute

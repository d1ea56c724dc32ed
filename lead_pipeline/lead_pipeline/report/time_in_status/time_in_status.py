"""The report “Time in Status”, see `analytics/time_in_status.py`."""

from lead_pipeline.analytics.time_in_status import REPORT

execute = REPORT.execute
